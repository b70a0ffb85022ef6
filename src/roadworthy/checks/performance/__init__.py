"""Does the model predict well, and do its probabilities mean what they say?"""

"""Does the model treat groups of people alike?"""

"""Is the data what it was said to be?"""

"""How much worse does the model get when its inputs get worse?"""

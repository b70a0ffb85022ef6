"""What do the model's predictions depend on?"""

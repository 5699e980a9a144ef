"""What is known of words: which are spelt right, which deny, which are each other's contrary."""

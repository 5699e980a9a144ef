"""What is done to an utterance before anything is compared."""

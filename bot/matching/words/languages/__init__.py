"""What is known of each language's words: data, a file a language."""

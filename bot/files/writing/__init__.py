"""Changes of files that people wrote, and what is said of them."""

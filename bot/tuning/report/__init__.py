"""What tuning has to say, as one page."""

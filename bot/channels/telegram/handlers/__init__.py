"""What is done about each update; `routes` is the table of contents."""

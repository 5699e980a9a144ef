"""What stands in an answer, read as formatted text; its door is `answer`."""

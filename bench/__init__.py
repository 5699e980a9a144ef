"""Measures how well the bot understands, on labelled sets that are not part of the project."""

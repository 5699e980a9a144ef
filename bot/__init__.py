"""A Telegram bot that answers frequently asked questions from a folder of YAML files."""

__version__ = "0.1.0"

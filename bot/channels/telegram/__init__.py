"""Telegram, through python-telegram-bot. Import `channel` only to serve: it is a heavy import."""

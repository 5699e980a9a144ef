"""Telegram; the door is `channel`."""

"""Phrasings that PostgreSQL searches; the door is `indexes`."""

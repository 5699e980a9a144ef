"""Ranked entries → a decision, and its guards."""

"""Text → Decision."""

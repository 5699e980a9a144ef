"""Text → Decision; the door is `build`."""

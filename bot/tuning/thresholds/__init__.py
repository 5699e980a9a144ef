"""Which thresholds answer most within a promise; the door is `tune`."""

"""Edits of FAQ files that change nothing else. The door: `edits`."""

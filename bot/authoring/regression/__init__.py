"""What an FAQ must go on doing: its tests, and what an edit of it changes."""

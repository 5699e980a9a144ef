"""(Incoming, State) → (Reply, State); the door is `conversation`."""

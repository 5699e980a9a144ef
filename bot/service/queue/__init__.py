"""The durable queue: `carrying` one update, and its order in one process or several."""

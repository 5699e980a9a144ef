"""A first FAQ for whoever has none yet; its door is `start`."""

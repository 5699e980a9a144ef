"""What people write makes the FAQ better. The door: `learning`."""

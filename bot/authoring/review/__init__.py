"""What keeps people from their answer though the files load; the door is `review`."""

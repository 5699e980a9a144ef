"""What becomes of a labelled set; the door is `evaluation`."""

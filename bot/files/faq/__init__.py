"""FAQ files → entries, with a problem for all that is wrong; the door is `load`."""

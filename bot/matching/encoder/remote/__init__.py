"""An encoder on another server; the door is `load`."""

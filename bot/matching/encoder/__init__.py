"""Texts → unit vectors; the door is `encoder.Encoder`, made by `load`."""

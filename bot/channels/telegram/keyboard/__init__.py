"""Buttons: what they carry and how they are laid out."""

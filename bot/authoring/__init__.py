"""What admins have for their FAQ. Each room has a door of its own: `edit/edits`."""

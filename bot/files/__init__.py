"""What people write: configuration and FAQ files, read with file and line kept for every value."""

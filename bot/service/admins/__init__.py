"""What admins are told, and what a channel may ask of their wing (`learning`)."""

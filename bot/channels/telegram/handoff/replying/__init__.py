"""What the team says and does; the door is `desk`, and all share the `switchboard`."""

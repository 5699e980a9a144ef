"""What is known of people who were handed to the team: tickets, notes, files and blocks."""

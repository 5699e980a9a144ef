"""People of channels without accounts: their numbers, their mail, and the team they may ask."""

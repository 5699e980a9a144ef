"""How the team is shown something: posts, topics, digests; `team_chat` is the door."""

"""People behind the bot: tickets and posts in the team's chat."""

"""Where conversations take place: one adapter each, composed in `bot.app`."""

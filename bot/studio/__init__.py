"""The pages for whoever looks after the bot, in a browser; `channel` is the door.

They stand above all wings and have no logic of their own: what they show and do are the functions
that the commands call.
"""

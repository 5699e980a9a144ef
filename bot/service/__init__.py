"""What any channel needs: `live`, the bot now served, its one `worker`, limits and health.

In rooms of their own: the durable `queue`, the `http` server, `visitors` and the team they may ask,
what `admins` are told, and what is looked at meanwhile (`watch`). Above them, `serving` is one bot
with its channels, and `bots` are several in one process.
"""

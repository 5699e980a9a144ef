"""People behind the bot; the door is `handoff`.

From a person: `handoff` → `records.tickets` (whom the team is part of) → `posting.backlog` (now, or
in a digest) → `posting.team_chat` (how it is posted).
From the team, in `replying`: `desk` (what it says), `custody` (who has whom) and `moderation`
(blocks), each with the `switchboard`; `answers` says for whom a reply is, and `to_person` sends it.
"""

"""People behind the bot; the door is `handoff`.

From a person: `handoff` → `tickets` (whom the team is part of) → `backlog` (now, or in a digest) →
`team_chat` (how it is posted).
From the team: `desk` (what it says), `custody` (who has whom) and `moderation` (blocks), each with
the `switchboard`; `answers` says for whom a reply is, and `to_person` sends it.
"""

"""The formats of other programs: each file reads one of them into drafts."""

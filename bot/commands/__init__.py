"""The command line's commands, one a file: HELP, DESCRIPTION, `add` (its options) and `run`.

A new command is a file here and a row in `bot.cli.COMMANDS`. Heavy imports stand inside `run`, so
that `--help` and `check` answer at once.
"""

"""Entry point of `python -m bot`."""

import gc
import sys

from bot.cli import main

if __name__ == "__main__":
    gc.disable()  # what a start makes stays; once a bot is built, its garbage is looked for again
    sys.exit(main())

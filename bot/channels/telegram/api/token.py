"""The bot's token: from the environment, or from a file that the environment names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from bot.errors import ChannelError

TOKEN = "TELEGRAM_BOT_TOKEN"  # noqa: S105  (a variable's name, not a token)
TOKEN_FILE = "TELEGRAM_BOT_TOKEN_FILE"  # noqa: S105
_SHAPE = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")


def read_token(environment: Mapping[str, str]) -> str | None:
    """The token, or None where the environment has none.

    Raises:
        ChannelError: the file cannot be read, or the value does not look like a token. The text
            never shows the value.
    """
    token, source = environment.get(TOKEN, "").strip(), TOKEN
    file = environment.get(TOKEN_FILE, "").strip()
    if not token and file:
        if _SHAPE.fullmatch(file):  # shown as a path, it would stand in the log
            raise ChannelError(
                f"{TOKEN_FILE} holds a token; the path of a file that holds it is needed. Give "
                f"the path, or put the token in {TOKEN}."
            )
        source = f"{TOKEN_FILE} ({file})"
        try:
            token = Path(file).read_text(encoding="utf-8-sig").strip()
        except OSError as error:
            raise ChannelError(
                f"{source} cannot be read ({error.strerror}). Check the path and its permissions."
            ) from None
        except UnicodeDecodeError:
            raise ChannelError(
                f"{source} is no text. Name the file that holds the token and nothing else."
            ) from None
        if not token:
            raise ChannelError(f"{source} is empty. Put the token that @BotFather gave you in it.")
    if not token:
        return None
    if not _SHAPE.fullmatch(token):
        raise ChannelError(
            f"{source} does not look like a token (needed: digits, a colon, letters and digits). "
            "Copy it again from @BotFather."
        )
    return token

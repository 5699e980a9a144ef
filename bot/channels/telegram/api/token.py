"""The bot's token: from the environment, or from a file that this or config.yaml names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.errors import ChannelError
from bot.files.config.telegram import TOKEN_SHAPE

TOKEN = "TELEGRAM_BOT_TOKEN"  # noqa: S105  (a variable's name, not a token)
TOKEN_FILE = "TELEGRAM_BOT_TOKEN_FILE"  # noqa: S105


def read_token(environment: Mapping[str, str], named: Path | None = None) -> str | None:
    """The token, or None where there is none.

    Args:
        named: `Settings.token_file`, which counts where the environment has nothing.
    Raises:
        ChannelError: the file cannot be read, or the value does not look like a token. The text
            never shows the value.
    """
    token, source = environment.get(TOKEN, "").strip(), TOKEN
    file = environment.get(TOKEN_FILE, "").strip()
    if file and not token:
        if TOKEN_SHAPE.fullmatch(file):  # shown as a path, it would stand in the log
            raise ChannelError(
                f"{TOKEN_FILE} holds a token; the path of a file that holds it is needed. Give "
                f"the path, or put the token in {TOKEN}."
            )
        source = f"{TOKEN_FILE} ({file})"
        token = _read(Path(file), source)
    elif named is not None and not token:
        source = f"token_file ({named})"
        token = _read(named, source)
    if not token:
        return None
    if not TOKEN_SHAPE.fullmatch(token):
        raise ChannelError(
            f"{source} does not look like a token (needed: digits, a colon, letters and digits). "
            "Copy it again from @BotFather."
        )
    return token


def _read(file: Path, source: str) -> str:
    """What stands in a file.

    Args:
        source: the file as people know it.
    """
    try:
        token = file.read_text(encoding="utf-8-sig").strip()
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
    return token

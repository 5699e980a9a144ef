"""What the commands here have in common: one-line errors, lists as options, the machine's line."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import NoReturn

from bot.errors import BotError, FileProblems
from bot.files.config.settings import EncoderKind

FINE, UNUSABLE, INTERRUPTED = 0, 2, 130


class OneLineParser(argparse.ArgumentParser):
    """Says in one line what is wrong with the options, and exits with 2."""

    def error(self, message: str) -> NoReturn:
        """Print the line and exit."""
        self.exit(UNUSABLE, f"{self.prog}: {message}. See: {self.prog} --help\n")


def guarded(command: Callable[[], int | None]) -> int:
    """Run a command; what a person can mend ends as one line on standard error.

    Returns:
        The exit code: the command's own, 0 where it returns none, or 2 after an error.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"  # a model that is not here is an error, not a download
    try:
        return command() or FINE
    except FileProblems as error:
        more = len(error.problems) - 1
        print(f"{error.problems[0]}{f' (and {more} more)' if more else ''}", file=sys.stderr)
        return UNUSABLE
    except BotError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader (head, a closed pager) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FINE


def names(text: str) -> tuple[str, ...]:
    """An option's value such as "a,b"."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} names nothing; write for example: a,b")
    return found


def encoders(text: str) -> tuple[str, ...]:
    """An option's value such as "onnx,torch"."""
    known = [kind.value for kind in EncoderKind]
    if wrong := [name for name in names(text) if name not in known]:
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is not one of {', '.join(known)}")
    return names(text)


def natural(text: str) -> int:
    """An option's value that is 0, 1, 2, …"""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def positive(text: str) -> int:
    """An option's value that is 1, 2, 3, …"""
    if (number := natural(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def shares(text: str) -> tuple[float, ...]:
    """An option's value such as "0.1,0.2", each from 0 to 1."""
    return tuple(between(part, 0, 1) for part in names(text))


def between(text: str, low: float, high: float) -> float:
    """A number from `low` to `high`."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not low <= number <= high:
        raise argparse.ArgumentTypeError(f"{text} is not from {low:g} to {high:g}")
    return number


def machine() -> Mapping[str, str]:
    """What the figures were measured with."""
    return {
        "CPUs": str(os.cpu_count()),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "torch": _version("torch"),
        "onnxruntime": _version("onnxruntime"),
        "faiss": _version("faiss-cpu", "faiss"),
    }


def machine_line(found: Mapping[str, str]) -> str:
    """What the figures were measured with, in one line."""
    return ", ".join(f"{name} {value}" for name, value in found.items())


def _version(*packages: str) -> str:
    for package in packages:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return "unknown"

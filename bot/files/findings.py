"""The kinds of findings that `check` tells after the mistakes, by the names that silence them."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """What is no mistake, and yet keeps people from their answer, or may."""

    # found while the files are read
    CONFIG = "config"
    EMPTY_WORDING = "empty-wording"
    NO_LETTERS = "no-letters"
    MARKUP = "markup"
    BROKEN_LINK = "broken-link"
    # found in the texts
    FEW_WORDINGS = "few-wordings"
    LONG_BUTTON = "long-button"
    LONG_ANSWER = "long-answer"
    LONG_WORDING = "long-wording"
    TWINS = "twins"
    ONLY_IN_ANSWER = "only-in-answer"
    LANGUAGE = "language"
    UNTESTED = "untested"
    EXPIRED = "expired"
    # found by their meaning
    COMPETING = "competing"
    NEAR_DUPLICATE = "near-duplicate"
    ADDS_NOTHING = "adds-nothing"
    TOO_GENERAL = "too-general"
    # found on the web
    DEAD_LINK = "dead-link"

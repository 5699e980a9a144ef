"""Every kind of finding: what it is, and how much it helps to mend one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.files.findings import Code


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding.

    Attributes:
        gain: what mending one does for people, against the other kinds.
        one: what there is, if there is one.
        many: what there is, if there are {n}.
        remedy: what helps.
    """

    gain: float
    one: str
    many: str
    remedy: str


KINDS: Mapping[str, Kind] = {
    Code.FEW_WORDINGS: Kind(
        1.0,
        "1 entry has only one or two wordings",
        "{n} entries have only one or two wordings",
        "Two or three short ones more for each help most of all.",
    ),
    Code.COMPETING: Kind(
        1.0,
        "1 wording fits another entry better than its own",
        "{n} wordings fit another entry better than their own",
        "Move them where they belong, or make them plainer.",
    ),
    Code.NEAR_DUPLICATE: Kind(
        0.8,
        "1 wording says the same as one of another entry",
        "{n} wordings say the same as one of another entry",
        "Keep one of the two.",
    ),
    Code.TWINS: Kind(
        0.8,
        "1 pair of entries is told apart by a single word",
        "{n} pairs of entries are told apart by a single word",
        "Give both sides wordings that only they can have.",
    ),
    Code.TOO_GENERAL: Kind(
        0.7,
        "1 wording is so general that it draws in other questions",
        "{n} wordings are so general that they draw in other questions",
        "Say in them what they are about.",
    ),
    Code.LANGUAGE: Kind(
        1.0,
        "1 entry is in a language that is only compared letter by letter",
        "{n} entries are in a language that is only compared letter by letter",
        "Many wordings help, or a translation.",
    ),
    Code.BROKEN_LINK: Kind(
        0.8, "1 link is mistyped", "{n} links are mistyped", "Correct the addresses."
    ),
    Code.DEAD_LINK: Kind(
        0.8, "1 link leads nowhere", "{n} links lead nowhere", "Correct or remove them."
    ),
    Code.ONLY_IN_ANSWER: Kind(
        0.3,
        "1 entry has words in its answer that no wording has",
        "{n} entries have words in their answers that no wording has",
        "People may ask with them.",
    ),
    Code.LONG_WORDING: Kind(
        0.3, "1 wording is very long", "{n} wordings are very long", "A sentence or two finds more."
    ),
    Code.LONG_BUTTON: Kind(
        0.3, "1 button is cut off", "{n} buttons are cut off", "Shorten their texts."
    ),
    Code.MARKUP: Kind(
        0.2,
        "1 line of an answer is shown in another way than it is written",
        "{n} lines of answers are shown in another way than they are written",
        "Look at them in Telegram.",
    ),
    Code.LONG_ANSWER: Kind(
        0.2,
        "1 answer takes more than one message",
        "{n} answers take more than one message",
        "Shorten them, or link to the rest.",
    ),
    Code.CONFIG: Kind(
        0.2,
        "1 setting in config.yaml looks odd",
        "{n} settings in config.yaml look odd",
        "Look at them.",
    ),
    Code.EXPIRED: Kind(
        0.2, "1 thing has expired", "{n} things have expired", "Delete them, or move their dates."
    ),
    Code.NO_LETTERS: Kind(
        0.2,
        "1 wording has no letters",
        "{n} wordings have no letters",
        "No message will match them.",
    ),
    Code.UNTESTED: Kind(
        0.2,
        "1 entry has no test",
        "{n} entries have no test",
        "One message each that must find it is enough.",
    ),
    Code.ADDS_NOTHING: Kind(
        0.1,
        "1 wording says what another one of its entry says",
        "{n} wordings say what another one of their entry says",
        "Other ways to ask would find more.",
    ),
    Code.EMPTY_WORDING: Kind(
        0.1, "1 wording is empty", "{n} wordings are empty", "Delete their lines."
    ),
}

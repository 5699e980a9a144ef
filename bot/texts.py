"""What the bot itself says, apart from the FAQ's answers, in every language it knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TypeVar

from bot.domain import Place, base_language

T = TypeVar("T")

# Who reads Traditional Chinese, as Telegram and others name it.
_MARK = re.compile(r"\{(\w+)\}")
_TRADITIONAL = re.compile(r"zh(?:-hant(?:-\w+)?|-tw|-hk|-mo)")


@dataclass(frozen=True, slots=True)
class _Sentences:
    """Sentences by name, each of which is an attribute too: `texts.welcome`.

    bot/languages/en.yaml is the list of them, and says when each is used. A sentence holds {marks}
    where the bot fills something in, in every language the same. A name is never changed, as the
    config.yaml of somebody may use it.
    """

    sentences: Mapping[str, str]

    def __getattr__(self, name: str) -> str:
        if name not in self.sentences:
            raise AttributeError(f"no text is called {name}")
        return self.sentences[name]


@dataclass(frozen=True, slots=True)
class TeamTexts(_Sentences):
    """What people who help read: the handoff chat and admins."""


@dataclass(frozen=True, slots=True)
class StudioTexts(_Sentences):
    """What stands on the pages of the studio.

    Attributes:
        code: of the language.
    """

    code: str = "en"


@dataclass(frozen=True, slots=True)
class Talk:
    """What people say beside questions.

    Attributes:
        wordings: by kind; where a message says several, the kind that comes first counts.
        filler: what may stand beside a wording and adds nothing.
        replies: what is said back, by kind; `small_talk_reply` has those that are missing.
    """

    wordings: Mapping[str, tuple[str, ...]]
    filler: tuple[str, ...] = ()
    replies: Mapping[str, str] = field(default_factory=dict)


def talk_of_all(languages: Iterable[Talk]) -> Talk:
    """The wordings of several languages together; the kinds come in the order of the first."""
    wordings: dict[str, dict[str, None]] = {}
    filler: dict[str, None] = {}
    for talk in languages:
        for kind, its in talk.wordings.items():
            wordings.setdefault(kind, {}).update(dict.fromkeys(its))
        filler.update(dict.fromkeys(talk.filler))
    return Talk({kind: tuple(its) for kind, its in wordings.items()}, tuple(filler))


@dataclass(frozen=True, slots=True)
class Texts(_Sentences):
    """Every sentence of the bot in one language, and the small talk it knows there."""

    team: TeamTexts
    talk: Talk = field(default_factory=lambda: Talk({}))


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said above every answer for a time.

    Attributes:
        texts: by lower-case language code; "": for everybody.
        until: it is said until then, by the clock on the wall; None: for as long as it is there.
        place: where it stands.
    """

    texts: Mapping[str, str]
    until: datetime | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """The bot's sentences by language.

    Attributes:
        languages: by lower-case language code, such as "en" or "zh".
        default: the code of the language for people whose own is not among them.
        other_language: what is said before an answer in another language than the message, by the
            lower-case code of the message's.
        answers_in: which {languages} the bot answers in, by the code of the language it is said in.
        language_names: what languages call themselves, by code.
        notice: what is said above every answer, if anything is.
        zone: where the clock on the wall hangs.
    """

    languages: Mapping[str, Texts]
    default: str
    other_language: Mapping[str, str] = field(default_factory=dict)
    answers_in: Mapping[str, str] = field(default_factory=dict)
    language_names: Mapping[str, str] = field(default_factory=dict)
    notice: Notice | None = None
    zone: tzinfo = UTC

    def speaks(self, code: str) -> bool:
        """Whether there are sentences in a language."""
        return nearest(code, self.languages) is not None

    def remark(self, code: str) -> str | None:
        """What is said, in a language, before an answer in another; None where that is unknown."""
        lines = self.other_language
        return lines.get(code.lower()) or lines.get(base_language(code))

    def noticed(self, code: str | None, at: float) -> str | None:
        """What is said above an answer to a person; None for nothing.

        Args:
            code: see `of`.
            at: when it is said; seconds since 1970.
        """
        notice = self.notice
        if notice is None:
            return None
        is_over = notice.until is not None and notice.until <= wall_clock(at, self.zone)
        its = notice.texts
        said = nearest(code or "", its) or nearest(self.default, its)
        return None if is_over else said or next(iter(its.values()))

    def of(self, code: str | None) -> Texts:
        """The sentences for a person.

        Args:
            code: of the person's language, such as "zh-hans"; its first part is enough.
        """
        return nearest(code or "", self.languages) or self.languages[self.default]


def fill(sentence: str, /, **words: object) -> str:
    """A sentence with words in the place of its {marks}; what the words hold stays as it is."""
    return _MARK.sub(lambda found: str(words.get(found[1], found[0])), sentence)


def wall_clock(at: float, zone: tzinfo) -> datetime:
    """A time (seconds since 1970) by the clock on the wall, without its zone."""
    return datetime.fromtimestamp(at, zone).replace(tzinfo=None)


def nearest(code: str, languages: Mapping[str, T]) -> T | None:
    """What there is in a language, or in the nearest one: "zh-hk" is "zh-hant"."""
    wanted = code.lower()
    if _TRADITIONAL.fullmatch(wanted):
        for each in (wanted, "zh-hant"):
            if each in languages:
                return languages[each]
    return languages.get(wanted) or languages.get(base_language(wanted))

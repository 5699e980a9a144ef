"""What the bot itself says, apart from the FAQ's answers, in every language it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Texts:
    """Every sentence of the bot in one language. bot/languages/en.yaml says when each is used.

    Attributes:
        topic: holds "{topic}" where the topic's name goes.
    """

    welcome: str
    help: str
    follow_up: str
    none_of_these: str
    rephrase: str
    fallback: str
    thanks: str
    gone: str
    related: str
    not_text: str
    trouble: str
    topics: str
    topic: str
    all_topics: str
    command_start: str
    command_help: str
    command_topics: str


TEXT_NAMES = tuple(field.name for field in fields(Texts))


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """The bot's sentences by language.

    Attributes:
        languages: by lower-case language code, such as "en" or "zh".
        default: the code of the language for people whose own is not among them.
    """

    languages: Mapping[str, Texts]
    default: str

    def of(self, code: str | None) -> Texts:
        """The sentences for a person.

        Args:
            code: of the person's language, such as "zh-hans"; its first part is enough.
        """
        wanted = (code or "").lower()
        for known in (wanted, wanted.partition("-")[0], self.default):
            if known in self.languages:
                return self.languages[known]
        raise KeyError(self.default)

"""What the bot itself says, apart from the FAQ's answers, in every language it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

# A text of config.yaml keeps its meaning when it is given another name here: former name → name.
RENAMED: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class TeamTexts:
    """What people who help read: the handoff chat and admins. bot/languages/en.yaml explains."""

    question: str
    wants_person: str
    nearest: str
    how_to_reply: str
    says: str
    first_sent: str
    not_sent: str
    unknown_post: str
    which: str
    digest: str
    ended_by_person: str
    ended_by_team: str
    ended_by_time: str
    forgot: str
    why_matched: str
    why_others: str
    why_reason: str
    why_labels: str
    why_now: str
    why_then: str
    why_unknown: str
    why_usage: str
    action_answer: str
    action_follow_up: str
    action_fallback: str
    label_choice: str
    label_none: str
    stats: str
    counts: str
    thumbs: str
    stats_days: str
    stats_day: str
    stats_entries: str
    stats_entry: str
    stats_empty: str
    unanswered: str
    unanswered_empty: str
    words_not_kept: str
    reload_running: str
    reloaded: str
    reload_refused: str
    reload_failed: str
    restart_needed: str
    memory_away: str
    command_why: str
    command_stats: str
    command_unanswered: str
    command_reload: str


@dataclass(frozen=True, slots=True)
class Texts:
    """Every sentence of the bot in one language. bot/languages/en.yaml says when each is used.

    A text holds {marks} where the bot fills something in, in every language the same.
    """

    welcome: str
    help: str
    follow_up: str
    none_of_these: str
    rephrase: str
    fallback: str
    fallback_again: str
    thanks: str
    gone: str
    related: str
    not_text: str
    trouble: str
    topics: str
    topic: str
    all_topics: str
    feedback_thanks: str
    not_yours: str
    old_button: str
    file_away: str
    slow_down: str
    late: str
    ask_person: str
    passed_on: str
    person_comes: str
    person_says: str
    person_away: str
    nobody_yet: str
    person_gone: str
    nothing_to_close: str
    privacy: str
    privacy_all: str
    privacy_unanswered: str
    privacy_none: str
    privacy_kept: str
    privacy_team: str
    forgotten: str
    not_forgotten: str
    ask_usage: str
    command_start: str
    command_help: str
    command_topics: str
    command_ask: str
    command_person: str
    command_close: str
    command_privacy: str
    command_forget: str
    team: TeamTexts


TEAM_TEXT_NAMES = tuple(field.name for field in fields(TeamTexts))
TEXT_NAMES = tuple(field.name for field in fields(Texts) if field.name != "team")


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

"""What a page works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels.http.meaning import Meaning
from bot.files.config.settings import Settings
from bot.service.serving import Parts
from bot.studio.checks import Checks
from bot.studio.tuner import Tuner
from bot.texts import StudioTexts, TeamTexts


@dataclass(frozen=True, slots=True)
class Desk:
    """What a page works with, for whoever looks at it.

    Attributes:
        meaning: says how alike texts are.
        tuner: finds thresholds, and puts them in place.
        checks: says what there is to mend in the FAQ.
        texts, team: in the language that they read.
        who: what the log of edits calls them.
        asked: what the page's address asks for, such as {"days": "28"}; anybody may have written
            it.
    """

    settings: Settings
    parts: Parts
    meaning: Meaning
    tuner: Tuner
    checks: Checks
    texts: StudioTexts
    team: TeamTexts
    who: str
    asked: Mapping[str, str] = field(default_factory=dict)

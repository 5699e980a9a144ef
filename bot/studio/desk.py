"""What a page works with."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.http.meaning import Meaning
from bot.files.config import Settings
from bot.service.serving import Parts
from bot.studio.tuner import Tuner
from bot.texts import StudioTexts, TeamTexts


@dataclass(frozen=True, slots=True)
class Desk:
    """What a page works with, for whoever looks at it.

    Attributes:
        meaning: says how alike texts are.
        tuner: finds thresholds, and puts them in place.
        texts, team: in the language that they read.
        who: what the log of edits calls them.
    """

    settings: Settings
    parts: Parts
    meaning: Meaning
    tuner: Tuner
    texts: StudioTexts
    team: TeamTexts
    who: str

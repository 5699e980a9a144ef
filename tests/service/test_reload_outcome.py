"""What whoever asked for a hot reload is told."""

from __future__ import annotations

import pytest

from bot.errors import Problem
from bot.files.config_texts import shipped
from bot.service.reload_outcome import ReloadOutcome

TEXTS = shipped()["en"].team
MANY = tuple(Problem("faq/a.yaml", line, "bad") for line in range(1, 22))
DONE = "Done: 2 entries, 3 wordings are served now."
KEPT = "Nothing was changed, the old FAQ is still served"


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (ReloadOutcome(2, 3), [DONE]),
        (
            ReloadOutcome(2, 3, ("model", "telegram")),
            [DONE, "These take effect only after a restart: model, telegram"],
        ),
        (
            ReloadOutcome(problems=MANY[:2]),
            [f"{KEPT}. To mend: 2", "", "faq/a.yaml:1: bad", "faq/a.yaml:2: bad"],
        ),
        (
            ReloadOutcome(problems=MANY),
            [f"{KEPT}. To mend: 21", "", *map(str, MANY[:20]), "…"],
        ),
        (ReloadOutcome(trouble="the model is away"), [f"{KEPT}: the model is away"]),
        (ReloadOutcome(is_running=True), [TEXTS.reload_running]),
    ],
)
def test_a_reload_is_told_with_every_mistake_up_to_twenty(
    outcome: ReloadOutcome, told: list[str]
) -> None:
    assert outcome.told(TEXTS).split("\n") == told

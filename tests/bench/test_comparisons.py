"""Two checkouts are compared: their decisions, their lines, their times."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

import bench.decisions
from bench.count_lines import by_folder, told
from bench.decisions import TOLERANCE, difference
from bench.side_by_side import ratio

FIRST: dict[str, Any] = {"entry": "refund", "phrasing": "a refund", "score": 0.8, "raw": 0.7}
SAME: dict[str, Any] = {
    "text": "money back", "action": "answer", "entry": "refund", "score": 0.8, "reason": "",
    "candidates": [FIRST],
}  # fmt: skip


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        pytest.param({"score": 0.8 + TOLERANCE / 2}, None, id="a score within the tolerance"),
        pytest.param({"reason": "other words"}, None, id="another reason is no other decision"),
        pytest.param({"score": 0.8 + 2 * TOLERANCE}, "score", id="a score beyond it"),
        pytest.param({"action": "follow_up"}, "action", id="another action"),
        pytest.param({"entry": "track"}, "entry", id="another entry"),
        pytest.param(
            {"candidates": [FIRST | {"phrasing": "my money"}]}, "candidates", id="another phrasing"
        ),
        pytest.param({"candidates": [FIRST | {"raw": 0.6}]}, "score", id="another raw score"),
        pytest.param({"parts": [{"action": "answer", "entry": "a"}]}, "parts", id="in parts"),
    ],
)
def test_decisions_differ_by_action_entry_candidates_parts_or_score(
    after: dict[str, Any], kind: str | None
) -> None:
    found = difference(SAME, SAME | after)
    assert (None if found is None else found.kind) == kind


BOT = """import json, sys
for line in sys.stdin:
    row = {"text": line[:-1], "action": "fallback", "entry": None, "score": SCORE, "reason": ""}
    print(json.dumps(row | {"candidates": []}))
"""


def test_checkouts_are_asked_and_the_exit_code_is_the_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, alike, other = (tmp_path / name for name in ("one", "alike", "other"))
    for checkout, score in ((one, "0.5"), (alike, "0.5"), (other, "len(line)")):
        for folder in ("bot", "faq", "tests/data"):
            (checkout / folder).mkdir(parents=True)
        (checkout / "bot/__main__.py").write_text(BOT.replace("SCORE", score), "utf-8")
        (checkout / "tests/data/shop.jsonl").write_text('{"text": "hello\\nthere"}', "utf-8")
    keep = ["--keep", str(tmp_path / "kept")]
    assert bench.decisions.main([str(one), str(alike), *keep]) == 0
    (one / "bot/__main__.py").unlink()  # what is kept is not asked again
    assert bench.decisions.main([str(one), str(other), *keep]) == 1
    assert capsys.readouterr().out.endswith("shop: 'hello there': score 0.5 became 12\n")


def test_lines_are_counted_as_wc_does_and_by_folder() -> None:
    files = {"bot/a.py": b"1\n2\n3", "bot/page/a.js": b"1\n", "bot/x.yaml": b"1\n", "a.py": b"1\n"}
    found = by_folder((PurePosixPath(name), content) for name, content in files.items())
    assert found == {"bot": 2, "bot/page": 1}
    assert told("bot", [Counter({"bot": 1000}), found]).splitlines()[2:] == [
        "bot          1,000    2    -998",
        "bot/page         0    1      +1",
        "bot/ in all  1,000    3    -997",
    ]


def test_a_ratio_is_taken_round_by_round_with_its_confidence_interval() -> None:
    slow_rounds = [1.0, 1.0, 5.0] * 7  # both were slow in them
    found = ratio(slow_rounds, [1.1 * seconds for seconds in slow_rounds])
    assert [found.low, found.median, found.high] == pytest.approx([1.1] * 3)
    wide = ratio([1.0] * 21, [0.9] * 11 + [1.2] * 10)
    assert wide.low == 0.9 < wide.high == 1.2

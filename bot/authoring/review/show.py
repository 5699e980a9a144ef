"""A review as text, and in the forms that machines read: JSON, GitHub's annotations, SARIF."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from bot.authoring.review.finding import FAILED_TEST, KINDS, Finding, Level
from bot.authoring.review.review import Review

MOST_OF_A_KIND = 20  # that a person is shown at once
_GITHUB = {Level.ERROR: "error", Level.WARNING: "warning", Level.HINT: "notice"}
_SARIF = {Level.ERROR: "error", Level.WARNING: "warning", Level.HINT: "note"}
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_text(review: Review, *, everything: bool = False) -> str:
    """For people: what was looked at, what would help most, and the findings.

    Args:
        everything: show all findings, however many there are of a kind.
    """
    size = f"{_count(review.entries, 'entry', 'entries')}, {_count(review.wordings, 'wording')}"
    if not review.findings:
        return f"No problems: {size}."
    told = [_count(review.count(level), level.value) for level in Level if review.count(level)]
    lines = [f"{size}: {', '.join(told)}."]
    if useful := review.most_useful():
        lines += ["What would help most:", *(f"  {n}. {line}" for n, line in enumerate(useful, 1))]
    lines += _findings(review, everything=everything)
    return "\n".join(lines)


def _findings(review: Review, *, everything: bool) -> Iterator[str]:
    shown: dict[str, int] = {}
    groups = review.by_kind()
    for finding in review.findings:
        shown[finding.code] = number = shown.get(finding.code, 0) + 1
        if everything or number <= MOST_OF_A_KIND or finding.level is Level.ERROR:
            yield str(finding)
        elif number == len(groups[finding.code]):
            more = number - MOST_OF_A_KIND
            yield f"… and {more} more [{finding.code}]; see them with --all"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def as_json(review: Review) -> str:
    """One JSON object."""
    return _dumped(
        {
            "entries": review.entries,
            "wordings": review.wordings,
            **{f"{level.value}s": review.count(level) for level in Level},
            "silenced": len(review.silenced),
            "left_out": review.left_out or None,
            "summary": review.most_useful(),
            "findings": [_fields(finding) for finding in review.findings],
        }
    )


def _fields(finding: Finding) -> Mapping[str, Any]:
    other = finding.other
    return {
        "path": finding.path,
        "line": finding.line,
        "level": finding.level.value,
        "code": str(finding.code),
        "text": finding.text,
        "entry": finding.entry or None,
        "severity": round(finding.severity, 4),
        "other": None if other is None else {"path": other.path, "line": other.line},
    }


def as_github(review: Review) -> str:
    """Workflow commands, which GitHub shows beside the lines of a pull request."""
    return "\n".join(
        f"::{_GITHUB[finding.level]} file={_escaped(finding.path, ':,')},"
        f"line={finding.line or 1},title={finding.code}::{_escaped(finding.text)}"
        for finding in review.findings
    )


def _escaped(text: str, more: str = "") -> str:
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def as_sarif(review: Review) -> str:
    """SARIF 2.1.0; what is silenced stands there as suppressed."""
    silenced = dict(review.silenced)
    results = [_result(finding, silenced.get(finding)) for finding in (*review.findings, *silenced)]
    rules = sorted({str(finding.code) for finding in (*review.findings, *silenced)})
    driver = {"name": "faq-bot check", "rules": [_rule(code) for code in rules]}
    return _dumped(
        {
            "$schema": _SARIF_SCHEMA,
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "results": results}],
        }
    )


def _rule(code: str) -> Mapping[str, Any]:
    kind = KINDS.get(code)
    about = "The files cannot be loaded" if kind is None else kind.one
    about = "A test of the FAQ fails" if code == FAILED_TEST else about
    return {"id": code, "shortDescription": {"text": about}}


def _result(finding: Finding, reason: str | None) -> Mapping[str, Any]:
    suppressed = [{"kind": "inSource", "justification": reason}]
    return {
        "ruleId": str(finding.code),
        "level": _SARIF[finding.level],
        "message": {"text": finding.text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(finding.path)},
                    "region": {"startLine": finding.line or 1},
                }
            }
        ],
        **({} if reason is None else {"suppressions": suppressed}),
    }


def _dumped(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


# How `check` writes it by --format; what machines read always holds all findings.
FORMATS: Mapping[str, Callable[[Review], str]] = {
    "text": as_text,
    "all": partial(as_text, everything=True),
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
}

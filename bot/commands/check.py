"""`check`: every mistake in the files that people write, and then what would make them better."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.commands.options import FINE, PROBLEMS, UNUSABLE
from bot.errors import FileProblems, StoreError
from bot.files.faq.load import load_project

if TYPE_CHECKING:
    from bot.authoring.regression.cases import Case
    from bot.authoring.review.finding import Finding
    from bot.authoring.review.review import Review
    from bot.domain import Faq
    from bot.files.config.settings import Settings

_FORMATS = ("text", "json", "github", "sarif")

HELP = "report every mistake in configuration and FAQ files, and what would make them better"
DESCRIPTION = (
    "Report every mistake as path:line: text. Where there is none, report what would make the FAQ "
    "better, as path:line: warning: text or hint: text, with the name of its kind in brackets. "
    'silence: {KIND: "why"} under an entry silences a kind there. Exit code 1 says that there are '
    "mistakes or failed tests (--tests), or with --strict anything at all."
)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tests", action="store_true", help="run the tests of the FAQ, too")
    parser.add_argument(
        "--fast", action="store_true", help="mistakes only; no model is loaded, no server asked"
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 for any finding")
    parser.add_argument("--online", action="store_true", help="ask for every web address, too")
    parser.add_argument("--all", action="store_true", help="show all findings of every kind")
    parser.add_argument(
        "--format", choices=_FORMATS, default="text", help="how they are written (default: text)"
    )


def run(options: argparse.Namespace) -> int:
    """Print the mistakes, or else the findings.

    Returns:
        1 where there are mistakes, or, if that is asked for, findings.
    """
    from bot.authoring.review.finding import of_error
    from bot.authoring.review.review import Review, review
    from bot.authoring.review.show import FORMATS

    try:
        settings, faq = load_project(options.config, options.faq, reviews=True)
        cases = _cases(faq, needed=options.tests or not options.fast)
    except FileProblems as error:
        if options.format == "text":
            print(error)
        else:
            told = Review(tuple(map(of_error, error.problems)), 0, 0)
            print(FORMATS[options.format](told))
        return PROBLEMS
    mistakes: list[Finding] = []
    if options.fast:
        wordings = sum(len(entry.wordings) for entry in faq.entries)
        found, unseen = Review((), len(faq.entries), wordings), _unasked(settings)
    else:
        tested = {case.expected for case in cases if case.expected is not None}
        found = review(settings, faq, online=options.online, tested=tested)
        mistakes, unseen = _of_servers(options.config, settings, found)
    is_tested = options.tests and not found.is_refused
    failing = _failing(settings, faq, cases) if is_tested else []
    found = replace(found, findings=(*mistakes, *failing, *found.findings))
    show = FORMATS["all" if options.all and options.format == "text" else options.format]
    print(show(found), flush=True)
    if options.format == "text":
        from bot.matching.build import describe_scale

        print(describe_scale(settings, faq), flush=True)
        if is_tested:
            print(_told(len(cases), len(failing)), flush=True)
    for line in unseen:
        print(line, file=sys.stderr)
    if mistakes or failing or (options.strict and found.findings):
        return PROBLEMS
    return UNUSABLE if options.strict and unseen and not options.fast else FINE


def _unasked(settings: Settings) -> list[str]:
    """What `--fast` says of the servers that a configuration names."""
    from bot.files.config.settings import EncoderKind, IndexKind

    named = []
    if settings.encoder is EncoderKind.REMOTE:
        named.append("the server of encoder_url")
    if settings.index is IndexKind.PGVECTOR:
        named.append("the database of index: pgvector")
    return [f"With --fast nothing was asked of {' and '.join(named)}."] if named else []


def _of_servers(config: str, settings: Settings, found: Review) -> tuple[list[Finding], list[str]]:
    """What servers that a configuration names say: mistakes in it, and what was not seen."""
    from bot.authoring.review.finding import of_error
    from bot.errors import Problem
    from bot.files.config.settings import IndexKind, line_of

    mistakes, unseen = [], []
    if found.is_refused:
        line = line_of(config, "encoder_url")
        mistakes.append(of_error(Problem(config, line, found.left_out)))
    elif found.left_out:
        unseen.append(f"What takes the model was not looked for: {found.left_out}")
    if settings.index is IndexKind.PGVECTOR:
        from bot.store.sql.pgvector.phrasings import prepare
        from bot.store.sql.postgres import AwayError, place_of

        try:
            prepare(settings.store.url, keeps=False)
        except AwayError as error:
            place = place_of(settings.store.url)
            unseen.append(f"Whether {place} can hold phrasings was not looked for: {error}")
        except StoreError as error:
            mistakes.append(of_error(Problem(config, line_of(config, "index"), str(error))))
    return mistakes, unseen


def _cases(faq: Faq, *, needed: bool) -> tuple[Case, ...]:
    """The tests of the FAQ; without need only sets that may hold mistakes are read."""
    if not (needed or faq.labelled):
        return ()
    from bot.authoring.regression.cases import cases_of

    return cases_of(faq)


def _failing(settings: Settings, faq: Faq, cases: Sequence[Case]) -> list[Finding]:
    """The tests that fail."""
    if not cases:
        return []
    from bot.authoring.regression.cases import failed
    from bot.authoring.review.finding import of_failure
    from bot.matching.build import build_matcher

    return [of_failure(problem) for problem in failed(build_matcher(settings, faq), cases)]


def _told(count: int, failing: int) -> str:
    if not count:
        return "There are no tests: write some under tests: of an entry, or in FILE.tests.yaml."
    if failing:
        return f"{failing:,} of {count:,} tests failed."
    return "1 test passes." if count == 1 else f"All {count:,} tests pass."

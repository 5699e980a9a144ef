"""The door of matching: settings and FAQ → a `Matcher`, which decides on utterances.

`build_matcher` loads at a start what most messages need; `complete` adds the second encoder, which
reads the languages that the first cannot, beside the matcher that serves. A hot reload calls
`rebuild` there, too; what that gives may be provisional, and `measure` then gives the matcher to be
served from then on.
"""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.domain import Decision, Faq
from bot.errors import ModelError
from bot.files.config.settings import Score, Settings, until_restart
from bot.gently import beside
from bot.matching.assembly import assemble, fit_cache, wordings_of
from bot.matching.encoder import multilingual
from bot.matching.encoder.load import check_compiled, vectors_fingerprint
from bot.matching.encoder.weights import find_model
from bot.matching.first_encoder import first_encoder
from bot.matching.index import IN_MEMORY, Indexes
from bot.matching.matcher import Matcher
from bot.matching.second_encoder import second_reader
from bot.matching.turns import AT_ONCE, Turns
from bot.matching.words.spelling import SpelledWords
from bot.texts import wall_clock

__all__ = [
    "AT_ONCE", "Matcher", "MatcherOnDemand", "Rebuilt", "Turns", "assemble", "build_matcher",
    "check_weights", "complete", "complete_for", "describe_scale", "measure", "rebuild", "valid",
]  # fmt: skip

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rebuilt:
    """A matcher of changed files.

    Attributes:
        needs_restart: the keys of config.yaml whose change does not show in `matcher`.
    """

    matcher: Matcher
    needs_restart: tuple[str, ...] = ()


def build_matcher(
    settings: Settings, faq: Faq, turns: Turns = AT_ONCE, indexes: Indexes = IN_MEMORY
) -> Matcher:
    """Load the model, encode what the cache lacks, and wire the parts.

    Args:
        turns: where the encoder may be used, if others use it too.
        indexes: where phrasings are searched.
    Raises:
        ModelError: the configured model cannot be had.
    """
    started = time.perf_counter()
    # Nearly all of what is made now stays, and to go through it again and again for garbage would
    # take as long as several messages.
    gc.disable()
    try:
        encoder, fingerprint = first_encoder(settings)
        try:
            SpelledWords(settings.cache).prepare()
            with beside(turns.give_way):
                parts = settings, faq, encoder, fingerprint
                matcher = assemble(*parts, turns=turns, indexes=indexes)
        except BaseException:
            encoder.close()
            raise
    finally:
        gc.enable()
    logger.info(
        "ready: %d entries, %d wordings, model %s, %.1f s",
        len(faq.entries),
        sum(len(entry.wordings) for entry in faq.entries),
        settings.model,
        time.perf_counter() - started,
    )
    _log_stale(matcher)
    # What was loaded stays. Python would go through all of it again and again for garbage, which
    # holds up messages, and takes a third of the time in which a changed FAQ is read.
    gc.freeze()
    return matcher


def check_weights(matcher: Matcher) -> None:
    """Hash what the encoders were loaded from and compiled to, whatever is known of it.

    Raises:
        ModelError: it is not what was loaded, or is gone.
    """
    settings = matcher.settings
    server = matcher.encoder.server
    if server is None or server.has_local:
        model = find_model(settings.model, only_local=server is not None)
        if vectors_fingerprint(model, settings.encoder) != matcher.model_fingerprint:
            raise ModelError(f"model: files in {model.path} have changed since the bot was started")
        check_compiled(matcher.model_fingerprint, settings.cache)
    if matcher.second is not None:
        check_compiled(multilingual.FINGERPRINT, settings.cache)
        if multilingual.is_installed():
            multilingual.find_weights()


def rebuild(before: Matcher, settings: Settings, faq: Faq, turns: Turns) -> Rebuilt:
    """Build a matcher of changed files beside the one that serves.

    Where the FAQ is large and little of it changed, it serves with the measurements of the one
    before (`Matcher.is_provisional`) until `measure` is done.

    Args:
        turns: the encoder is used there only, a few texts at a time, so that nobody waits for the
            whole FAQ.
    """
    settings, changed = until_restart(before.settings, settings)
    is_measured_alike = (settings.head, settings.synonyms) == (
        before.settings.head,
        before.settings.synonyms,
    )
    known = before if is_measured_alike else None
    second = None if before.second is None else before.second.encoder
    parts = settings, faq, before.encoder, before.model_fingerprint, known, turns, second
    # It does not give way: whoever saved it waits for it, and is served later by an eighth if it
    # does, while nobody else waits less (`bench.hot_reload`).
    matcher = assemble(*parts, indexes=before.indexes)
    _log_stale(matcher)
    return Rebuilt(matcher, changed)


def valid(matcher: Matcher, at: float) -> Faq:
    """The matcher's FAQ with the entries that are valid at a time (seconds since 1970).

    It is the very same where these are the entries it has, and where there would be none.
    """
    faq = matcher.faq.at(wall_clock(at, matcher.settings.zone))
    return faq if faq.entries else matcher.faq


def measure(provisional: Matcher, turns: Turns) -> Matcher:
    """The same matcher with measurements of its own, in place of those of the FAQ before.

    It takes seconds, and runs beside the one that serves.
    """
    second = None if provisional.second is None else provisional.second.encoder
    parts = provisional.settings, provisional.faq, provisional.encoder
    with beside(turns.give_way):
        return assemble(
            *(*parts, provisional.model_fingerprint, provisional, turns, second),
            measures=True,
            indexes=provisional.indexes,
        )


def complete(matcher: Matcher, turns: Turns = AT_ONCE) -> Matcher:
    """The same matcher with the second encoder, which is loaded if it has to be.

    It takes a fraction of a second, seconds where the encoder is not compiled yet or the FAQ not
    measured, and runs beside the one that serves.

    Raises:
        ModelError: the second encoder cannot be had.
    """
    if matcher.is_complete:
        return matcher
    started = time.perf_counter()
    settings = matcher.settings
    encoder = multilingual.load_multilingual(settings.cache, settings.threads)
    parts = settings, matcher.faq, matcher.wordings, encoder, turns
    with beside(turns.give_way):
        second = second_reader(*parts, indexes=matcher.indexes)
    logger.info(
        "%s is loaded, %.1f s", settings.multilingual_model.value, time.perf_counter() - started
    )
    return replace(matcher, decider=matcher.decider.with_second(second), second=second)


def complete_for(
    matcher: Matcher, utterances: Iterable[tuple[str, str | None]], turns: Turns = AT_ONCE
) -> Matcher:
    """The matcher with the second encoder, if one of the utterances needs it; see `complete`.

    Args:
        utterances: each with the code of the person's language; None if unknown.
    """
    lacks = any(matcher.lacks([utterance], lang) for utterance, lang in utterances)
    return complete(matcher, turns) if lacks else matcher


class MatcherOnDemand:
    """Decides with a matcher, to which it adds the second encoder when a message needs it.

    Attributes:
        matcher: with what was added.
    """

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher

    def decide(self, utterance: str, lang: str | None = None) -> Decision:
        """Decide on one utterance; see `Matcher.decide`."""
        self.matcher = complete_for(self.matcher, [(utterance, lang)])
        return self.matcher.decide(utterance, lang)


def describe_scale(settings: Settings, faq: Faq) -> str:
    """One line on the scale that a start measured, without loading a model."""
    if settings.score is Score.COSINE:
        return "Scale: none, scores are plain cosines."
    measured = fit_cache(settings, faq, wordings_of(settings, faq), model=None).load([])
    return "Scale: measured at the next start." if measured is None else str(measured)


def _log_stale(matcher: Matcher) -> None:
    if matcher.stale is not None:
        logger.warning("%s", matcher.stale)

"""Edits, tried in memory: what they would change of all that is known of the FAQ."""

from __future__ import annotations

from collections.abc import Sequence, Set
from contextlib import ExitStack

from bot.authoring.regression.cases import cases_of
from bot.authoring.regression.diff import Baseline, Diff, baseline, utterances
from bot.domain import Faq
from bot.matching import fingerprint
from bot.matching.build import AT_ONCE, Matcher, Turns, complete_for
from bot.store.store import Record


class Proofs:
    """What the FAQ does is kept from one proof to the next, for as long as it stays the same.

    Args:
        turns: where the encoders may be used meanwhile.
    """

    def __init__(self, turns: Turns = AT_ONCE) -> None:
        self._turns = turns
        self._kept = ExitStack()
        self._known: tuple[str, Baseline] | None = None
        self._last = ""

    def against(
        self,
        bot: Matcher,
        before: Faq,
        after: Faq,
        log: Sequence[Record],
        ignored: Set[str],
        among: Set[str],
    ) -> Diff:
        """What an edit changes.

        Args:
            bot: whose encoders and settings serve.
            log: messages whose words are kept.
            ignored: see `Baseline.listen`.
            among: entries that it may reach; see `Baseline.against`.
        Raises:
            FileProblems: the FAQ's labelled sets have mistakes.
        """
        state = state_of(bot, before)
        if self._known is None or self._known[0] != state:
            self.drop()
            complete = complete_for(bot, utterances(before, log), self._turns)
            found = self._kept.enter_context(baseline(complete, before, turns=self._turns))
            self._known = state, found
        known = self._known[1]
        known.listen(log, ignored)
        self._last = state_of(bot, after)
        return known.against(after, among)

    def made(self, bot: Matcher, faq: Faq) -> None:
        """Note that an edit was made; if it was the last that was tried, all that is known of it is
        kept for the next."""
        if self._known is not None and state_of(bot, faq) == self._last:
            self._known[1].go_on()
            self._known = self._last, self._known[1]

    def drop(self) -> None:
        """Keep nothing more."""
        self._known = None
        self._kept.close()


def state_of(bot: Matcher, faq: Faq) -> str:
    """A fingerprint of all that the proof of an edit hangs on, but the log."""
    decides = fingerprint.of_decisions(bot.settings, faq, bot.model_fingerprint)
    cases = [(case.text, case.expected, case.expect, case.lang) for case in cases_of(faq)]
    return fingerprint.of_text(repr((decides, bot.is_complete, cases)))

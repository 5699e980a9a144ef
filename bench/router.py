"""semantic-router and its own fit, for comparison; it need not be installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.domain import Faq
from bot.errors import BotError
from bot.labels.labelled import Labelled
from bot.matching.encoder.encoder import Encoder

Encode = Callable[[list[str]], list[list[float]]]


class RouterMissingError(BotError):
    """semantic-router is not installed."""


@dataclass(frozen=True, slots=True, eq=False)
class RouterScores:
    """What semantic-router makes of labels, before any fit; shape (n,) each.

    Attributes:
        scores: its raw score of the route it prefers.
        correct: whether that is the entry asked for.
    """

    scores: NDArray[np.float64]
    correct: NDArray[np.bool_]


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise RouterMissingError(
            f"--router: semantic-router cannot be imported ({error}). Install it in an environment "
            "of its own, beside what this project needs."
        ) from None


def require_router() -> None:
    """Find out whether semantic-router can be asked.

    Raises:
        RouterMissingError: it is not installed.
    """
    _imported("semantic_router.routers")


def router_over(faq: Faq, encode: Encode) -> Any:
    """An `IndexedRouter` with its own defaults.

    Args:
        encode: texts → rows of numbers, for wordings and messages alike.
    Raises:
        RouterMissingError: it is not installed.
    """
    base = _imported("semantic_router.encoders.base")
    route = _imported("semantic_router.route").Route
    router_class = _imported("semantic_router.routers").IndexedRouter

    def called(_self: object, docs: list[str]) -> list[list[float]]:
        return encode(docs)

    given = type("GivenVectors", (base.DenseEncoder,), {"__call__": called})
    routes = [route(name=entry.id, utterances=list(entry.wordings)) for entry in faq.entries]
    return router_class(encoder=given(name="given vectors"), routes=routes)


def router_scores(faq: Faq, labels: Sequence[Labelled], encoder: Encoder) -> RouterScores:
    """Ask it, over this bot's vectors.

    Raises:
        RouterMissingError: it is not installed.
    """

    def encode(texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = encoder.utterances.encode(texts).tolist()
        return rows

    router = router_over(faq, encode)
    encoder.utterances.encode([label.text for label in labels])  # remembered from here on
    picks = [router(label.text or " ") for label in labels]
    return RouterScores(
        np.array([0.0 if pick.confidence is None else pick.confidence for pick in picks]),
        np.array(
            [
                pick.name is not None and pick.name == label.expected
                for pick, label in zip(picks, labels, strict=True)
            ]
        ),
    )


def fitted_router(
    found: RouterScores, part: NDArray[np.bool_], max_wrong: float
) -> tuple[float, float]:
    """Fit its calibration to a part, and take it at its word.

    Its fit gives confidences, and leaves the threshold on them to the user. Whoever wants at most a
    share of messages answered wrongly would choose the lowest threshold at which, by these
    confidences, no more than that is expected to be wrong.

    Returns:
        Of the rest: the share answered wrongly, and the share answered.
    """
    calibrator = _imported("semantic_router.calibration").Calibrator
    fitted = calibrator.fit(found.scores[part], found.correct[part].astype(float), "platt")
    confidences = np.asarray(fitted(found.scores), np.float64)
    order = np.sort(confidences[part])[::-1]
    expected_wrong = np.cumsum(1 - order) / len(order)
    within = np.flatnonzero(expected_wrong <= max_wrong)
    threshold = order[within[-1]] if len(within) else np.inf
    answered = confidences[~part] >= threshold
    wrong = answered & ~found.correct[~part]
    return float(wrong.mean()), float(answered.mean())

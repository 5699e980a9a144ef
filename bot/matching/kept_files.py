"""The cache files of one FAQ, to be handed on to where the same FAQ is served."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from bot.files.atomic import write_whole
from bot.files.config.settings import Settings
from bot.matching.encoder import multilingual
from bot.matching.fingerprint import cache_name
from bot.matching.matcher import Matcher

logger = logging.getLogger(__name__)

_VECTORS, _FIT = "vectors", "fit"


def kept_for(matcher: Matcher) -> dict[str, bytes]:
    """What was computed for the FAQ of a matcher: each file's content, by its kind and its model.

    Nothing, where the measurements are those of the FAQ before.
    """
    if matcher.is_provisional:
        return {}
    second = multilingual.FINGERPRINT
    models = [(_VECTORS, matcher.model_fingerprint), (_FIT, matcher.settings.model)]
    found = {}
    for kind, model in (*models, (_VECTORS, second), (_FIT, second)):
        try:
            found[f"{kind} {model}"] = _path(matcher.settings, kind, model).read_bytes()
        except OSError:
            continue
    return found


def keep(settings: Settings, files: Mapping[str, bytes]) -> None:
    """Put what was computed elsewhere where it is looked for here; each file says what it is of."""
    for name, content in files.items():
        kind, _, model = name.partition(" ")
        if kind not in {_VECTORS, _FIT}:
            continue  # of a newer version
        path = _path(settings, kind, model)
        try:
            write_whole(path, content, outlasts_power=False)
        except OSError as error:
            logger.warning("%s cannot be written (%s); it is computed here", path, error.strerror)


def _path(settings: Settings, kind: str, model: str) -> Path:
    return settings.cache / f"{kind}-{cache_name(settings.faq, model)}.npz"

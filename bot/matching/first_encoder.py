"""The encoder that config.yaml names: on this machine, or on a server."""

from __future__ import annotations

from bot.files.config.settings import EncoderKind, Settings
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.load import load_encoder, vectors_fingerprint
from bot.matching.encoder.weights import find_model


def first_encoder(settings: Settings, *, waits: bool = True) -> tuple[Encoder, str]:
    """The encoder that config.yaml names, and the fingerprint of its vectors.

    Args:
        waits: for a server that runs it and does not answer at once; else that is an error.
    Raises:
        ModelError: it cannot be had.
    """
    if settings.encoder is EncoderKind.REMOTE:
        from bot.matching.encoder.remote.load import load_remote

        return load_remote(settings, waits=waits)
    model = find_model(settings.model, settings.cache)
    encoder = load_encoder(model, settings.cache, settings.encoder, settings.threads)
    return encoder, vectors_fingerprint(model, settings.encoder)

"""The model alone: vectors of texts, and how alike texts are."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np

from bot.channels.http import shapes
from bot.channels.http.problems import ProblemError
from bot.errors import EncoderError
from bot.matching.encoder.encoder import Encoder, Vectors
from bot.matching.matcher import Matcher
from bot.service.live import Live
from bot.service.worker import Worker

_CHARS_AT_ONCE = 2_000  # encoded between two messages of people, or one text
_MAX_AT_ONCE = 16
_NO_SERVER = "The server that runs the encoder does not serve now; send it again in a minute."


class Meaning:
    """Encodes for programs, a few texts at a time, so that nobody who asks the bot waits long."""

    def __init__(self, live: Live, worker: Worker) -> None:
        self._live = live
        self._worker = worker

    async def alike(self, pairs: Sequence[tuple[str, str]], owner: str) -> shapes.Similarity:
        """The cosine of each pair, by the encoder that reads both.

        Args:
            owner: whoever asks; see `Worker`.
        """
        matcher = self._live.matcher
        scores = np.zeros(len(pairs), np.float64)
        seconds = np.array([_is_for_second(pair, matcher) for pair in pairs], bool)
        for is_second in (False, True):
            rows = np.flatnonzero(seconds == is_second)
            texts = [text for row in rows.tolist() for text in pairs[row]]
            if texts:
                encoder = (
                    matcher.second.encoder if is_second and matcher.second else matcher.encoder
                )
                vectors = await self._encoded(encoder, texts, owner)
                scores[rows] = (vectors[::2] * vectors[1::2]).sum(axis=1)
        return shapes.Similarity(scores=[round(float(score), 6) for score in scores])

    async def embeddings(self, body: shapes.EmbeddingsBody, owner: str) -> shapes.Embeddings:
        """Unit vectors, as OpenAI has them; see `alike`.

        Raises:
            ProblemError: there is no such model.
        """
        matcher, texts = self._live.matcher, body.input
        texts = [texts] if isinstance(texts, str) else texts
        models = {matcher.settings.model: matcher.encoder}
        if matcher.second is not None:
            models[matcher.settings.multilingual_model.value] = matcher.second.encoder
        name = matcher.settings.model if body.model is None else body.model
        if name not in models:
            wrong = f"There is no model by this name here; there is {' and '.join(models)}."
            raise ProblemError(404, wrong)
        vectors = await self._encoded(models[name], texts, owner)
        tokens = sum(len(models[name].vocabulary.tokens(text)) for text in texts)
        is_packed = body.encoding_format == "base64"
        rows = [
            shapes.Embedding(index=index, embedding=_packed(row) if is_packed else row.tolist())
            for index, row in enumerate(vectors)
        ]
        usage = shapes.Usage(prompt_tokens=tokens, total_tokens=tokens)
        return shapes.Embeddings(data=rows, model=name, usage=usage)

    async def _encoded(self, encoder: Encoder, texts: Sequence[str], owner: str) -> Vectors:
        """A unit vector of each text; at least one.

        Raises:
            ProblemError: the encoder's server does not serve.
        """
        found: list[Vectors] = []
        some: list[str] = []
        for number, text in enumerate(texts):
            some.append(text)
            is_last = number == len(texts) - 1
            is_enough = len(some) == _MAX_AT_ONCE or sum(map(len, some)) >= _CHARS_AT_ONCE
            if is_last or is_enough:
                encode = encoder.utterances.encode
                try:
                    found.append(await self._worker.run(encode, some, owner=owner))
                except EncoderError:
                    raise ProblemError(503, _NO_SERVER, {"Retry-After": "60"}) from None
                some = []
        return np.concatenate(found)


def _is_for_second(pair: Sequence[str], matcher: Matcher) -> bool:
    """Whether one of two texts is for the second encoder, which then reads both."""
    routes = matcher.routes
    if routes is None or matcher.second is None:
        return False
    return any(routes.is_for_second(routes.language(text)) for text in pair)


def _packed(row: Vectors) -> str:
    return base64.b64encode(row.astype("<f4").tobytes()).decode()

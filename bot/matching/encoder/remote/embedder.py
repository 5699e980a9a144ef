"""An encoder on another machine: texts are sent to a server, vectors come back.

A thread of its own asks the server, so that neither the event loop nor the thread that matches ever
waits for it. Texts that are wanted at the same time share requests; each request carries a probe,
whose vector tells whether it is still the same model that answers.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import random
import threading
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from bot.errors import EncoderError
from bot.matching.encoder.encoder import Tokenizer, Vectors, WholeTextEmbedder
from bot.matching.encoder.onnx import PROBE
from bot.matching.encoder.remote.breaker import CircuitBreaker
from bot.matching.encoder.remote.embeddings_api import Embedded, EmbeddingsApi, RequestError
from bot.matching.encoder.supply import VectorsMissing, current_supply
from bot.matching.words.lexicon import told_by

logger = logging.getLogger(__name__)

_BATCH = 31  # texts and the probe: what text-embeddings-inference takes at once
_SIDE_BY_SIDE = 4  # requests for messages
_FIRST_PAUSE_S = 0.2  # before the second try; each is twice as long as the one before, more or less
_TEST_S = 5.0
_ONE_MESSAGE = 64  # pieces at most; who has more is no person who waits
_MOST_WORDS = 16  # of a text; longer ones share no frame with a phrasing, so no word of them is odd


@dataclass(frozen=True, slots=True)
class _Patience:
    """How long is tried: one request, and all of them together."""

    tries: int
    each_s: float
    in_all_s: float


_FOR_A_PERSON = _Patience(3, 2.5, 4.0)
_FOR_THE_FAQ = _Patience(6, 60.0, 240.0)
_FOR_A_LOOK = _Patience(2, 10.0, 12.0)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the server gave at the start, to which all that follows is held.

    Attributes:
        probe: the vector of `PROBE`, shape (dim,).
        model: the name it answered with.
        least: the least cosine of a later probe and this one.
    """

    probe: Vectors
    model: str
    least: float


class EmbeddingsServer:
    """Asks a server, with retries, exponential backoff and a circuit breaker.

    Attributes:
        seen: None until the start has looked; then nothing is checked but an answer's form.
        address: for the log; no key is in it.
        has_local: the same model is on this machine and takes over where the server does not serve.
    """

    def __init__(self, api: EmbeddingsApi) -> None:
        self.seen: Seen | None = None
        self.address = api.address
        self.has_local = False
        self._api = api
        self._breaker = CircuitBreaker()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._queue: deque[str] = deque()
        self._wanted: dict[str, asyncio.Future[Vectors | EncoderError]] = {}
        self._senders = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def trouble(self) -> str | None:
        """Why nothing is asked of it now, in a few words; None where all is well."""
        return self._breaker.trouble

    def ask(
        self, texts: Sequence[str], *, for_a_person: bool = True
    ) -> Future[Mapping[str, Vectors]]:
        """Have texts embedded, each once; may be called from any thread.

        Args:
            for_a_person: who does not wait for long; else it is tried for minutes.
        Returns:
            Their vectors by text, or an `EncoderError`.
        """
        found = self._soon(texts) if for_a_person else self._in_time(texts)
        return asyncio.run_coroutine_threadsafe(found, self._running())

    def look(self, texts: Sequence[str], *, waits: bool = True) -> Embedded:
        """What it gives for a few texts, with its name for the model.

        Args:
            waits: it may be starting, and is tried for minutes; else for seconds.
        Raises:
            EncoderError: it does not answer.
        """
        patience = _FOR_THE_FAQ if waits else _FOR_A_LOOK
        return asyncio.run_coroutine_threadsafe(
            self._tried(texts, patience), self._running()
        ).result()

    def close(self) -> None:
        """End the thread and the connections; nothing can be asked any more."""
        atexit.unregister(self.close)
        loop, self._loop = self._loop, None
        if loop is not None and self._thread is not None:
            asyncio.run_coroutine_threadsafe(self._end(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join()
            loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                run = self._loop.run_forever
                self._thread = threading.Thread(target=run, name="embeddings", daemon=True)
                self._thread.start()
                atexit.register(self.close)
            return self._loop

    async def _end(self) -> None:
        own = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not own]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._api.close()
        await asyncio.get_running_loop().shutdown_default_executor()

    # --- for a person: what is wanted at the same time goes together ------------------------------

    async def _soon(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        coming = {text: self._enqueued(text) for text in texts}
        await asyncio.wait(coming.values(), timeout=_FOR_A_PERSON.in_all_s)
        found = {}
        for text, future in coming.items():
            result = future.result() if future.done() else EncoderError("it is too slow")
            if isinstance(result, EncoderError):
                raise result
            found[text] = result
        return found

    def _enqueued(self, text: str) -> asyncio.Future[Vectors | EncoderError]:
        if text not in self._wanted:
            self._wanted[text] = asyncio.get_running_loop().create_future()
            self._queue.append(text)
            if self._senders < _SIDE_BY_SIDE:
                self._senders += 1
                self._begin(self._send())
        return self._wanted[text]

    async def _send(self) -> None:
        """Send what waits, until nothing does."""
        while self._queue:
            some = [self._queue.popleft() for _ in range(min(_BATCH, len(self._queue)))]
            results: Sequence[Vectors | EncoderError]
            try:
                results = list((await self._tried(some, _FOR_A_PERSON)).vectors)
            except EncoderError as error:
                results = [error] * len(some)
            for text, result in zip(some, results, strict=True):
                self._wanted.pop(text).set_result(result)
        self._senders -= 1

    async def _in_time(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        found: dict[str, Vectors] = {}
        for start in range(0, len(texts), _BATCH):
            some = texts[start : start + _BATCH]
            found |= zip(some, (await self._tried(some, _FOR_THE_FAQ)).vectors, strict=True)
        return found

    # --- one request, tried again ----------------------------------------------------------------

    async def _tried(self, texts: Sequence[str], patience: _Patience) -> Embedded:
        loop = asyncio.get_running_loop()
        deadline, pause_s = loop.time() + patience.in_all_s, _FIRST_PAUSE_S
        for number in range(1, patience.tries + 1):
            if self.trouble is not None:
                raise EncoderError(self.trouble)
            left_s = deadline - loop.time()
            try:
                found = await self._asked(texts, min(patience.each_s, left_s))
            except RequestError as error:
                if error.refuses_text and len(texts) > 1:  # one of them, or so many at once
                    return await self._halves(texts, patience)
                if not error.refuses_text:
                    self._failed(error)
                wait_s = max(pause_s * random.uniform(0.5, 1.5), error.after_s)  # noqa: S311
                left_s = deadline - loop.time()
                if not error.may_pass or number == patience.tries or wait_s >= left_s:
                    raise EncoderError(str(error)) from error
                await asyncio.sleep(wait_s)
                pause_s *= 2
            else:
                self._succeeded()
                return found
        raise AssertionError

    async def _halves(self, texts: Sequence[str], patience: _Patience) -> Embedded:
        middle = len(texts) // 2
        first = await self._tried(texts[:middle], patience)
        second = await self._tried(texts[middle:], patience)
        return Embedded(np.concatenate([first.vectors, second.vectors]), second.model)

    async def _asked(self, texts: Sequence[str], within_s: float) -> Embedded:
        """One request, whose answer is by the model that was seen at the start.

        Raises:
            RequestError: there is none, or it is by another.
        """
        found = await self._api.embed([*texts, PROBE], within_s)
        *rows, probe = found.vectors
        seen = self.seen
        if seen is not None:
            is_like = probe.shape == seen.probe.shape and float(probe @ seen.probe) >= seen.least
            if not is_like or found.model != seen.model:
                raise RequestError("another model answers there now", may_pass=False)
        return Embedded(np.array(rows, np.float32), found.model)

    def begin_in_trouble(self, seen: Seen, reason: str) -> None:
        """Serve without it from the start on, until it answers as it did when it was last seen."""
        self.seen = seen

        async def begin() -> None:
            self._failed(RequestError(reason, may_pass=False))

        asyncio.run_coroutine_threadsafe(begin(), self._running()).result()

    def _failed(self, error: RequestError) -> None:
        reason = str(error)
        if self.seen is None or not self._breaker.failed(reason, at_once=not error.may_pass):
            return
        logger.error(
            "encoder_url: %s does not serve: %s; until it does, %s",
            self.address,
            reason,
            "the same model on this machine takes over"
            if self.has_local
            else "people are told that nothing can be looked up right now",
        )
        self._begin(self._recover())

    async def _recover(self) -> None:
        """Ask for the probe alone, with longer and longer pauses, until it comes as it should."""
        while self.trouble is not None:
            await asyncio.sleep(self._breaker.pause_s)
            try:
                await self._asked((), _TEST_S)
            except RequestError as error:
                self._breaker.still_failing(str(error))
            else:
                self._succeeded()

    def _succeeded(self) -> None:
        if self._breaker.succeeded():
            logger.info("encoder_url: %s serves again", self.address)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class RemoteEmbedder(WholeTextEmbedder):
    """Has a server embed texts.

    Where whoever encodes may not wait, it raises `VectorsMissing`; see `supply`.

    Args:
        prompt: put before each text.
        local: the same model on this machine, with the same prompt; None where there is none.
        for_people: what users send, which cannot wait for long. Their single words are embedded in
            the same request, for the guard that looks at one word alone.
    """

    def __init__(
        self,
        server: EmbeddingsServer,
        prompt: str,
        tokenizer: Tokenizer,
        limit: int,
        dim: int,
        local: WholeTextEmbedder | None,
        *,
        for_people: bool,
    ) -> None:
        super().__init__(tokenizer, limit, dim)
        self._server = server
        self._prompt = prompt
        self._local = local
        self._for_people = for_people

    def embed(self, pieces: list[str]) -> Vectors:
        supply = current_supply()
        sent = [self._sent(piece) for piece in pieces]
        given: Mapping[str, Vectors] = {} if supply is None else supply.vectors
        missing = [text for text in dict.fromkeys(sent) if text not in given]
        try:
            if missing and self._server.trouble is not None:
                raise EncoderError(self._server.trouble)
            if missing and supply is None:
                given = self._server.ask(missing, for_a_person=False).result()
            elif missing and supply is not None:
                if supply.is_cut_off:
                    raise EncoderError("it does not answer in time")
                raise VectorsMissing(self._ask_with_words(missing, pieces))
        except EncoderError as error:
            if self._local is not None:
                return self._local.embed(pieces)
            told = f"encoder_url: {self._server.address} does not serve: {error}"
            raise EncoderError(told) from error
        return np.stack([given[text] for text in sent])

    def _ask_with_words(
        self, missing: Sequence[str], pieces: Sequence[str]
    ) -> Future[Mapping[str, Vectors]]:
        if not self._for_people or len(pieces) > _ONE_MESSAGE:
            return self._server.ask(missing, for_a_person=False)
        told = [told_by(piece).telling for piece in pieces]
        words = [word for its in told if len(its) <= _MOST_WORDS for word in its]
        return self._server.ask(list(dict.fromkeys([*missing, *map(self._sent, words)])))

    def _sent(self, piece: str) -> str:
        return (self._prompt + piece).encode("utf-8", "replace").decode()

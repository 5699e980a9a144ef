"""config.yaml → an encoder on a server, and proof that its vectors are those of the cache.

Where the model's weights are on this machine too, the server is held against them. Where they are
not, it is held against what it gave when it was first seen, which the cache keeps. What it gives
must be the same model's, or the start is refused; whether it may be stood in for by the model on
this machine hangs on more: `AGREEMENT`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.errors import EncoderError, ModelError, OtherModelError
from bot.files.config.encoder import KEY, KEY_FILE
from bot.files.config.settings import EncoderKind, Settings
from bot.matching.arrays import Arrays, load_arrays, save_arrays
from bot.matching.encoder.encoder import Encoder, Tokenizer, Vectors, WholeTextEmbedder
from bot.matching.encoder.load import load_encoder
from bot.matching.encoder.onnx import AGREEMENT, AGREEMENT_IN_8_BITS, PROBE, read_tokenizer
from bot.matching.encoder.remote.embedder import EmbeddingsServer, RemoteEmbedder, Seen
from bot.matching.encoder.remote.embeddings_api import Embedded, EmbeddingsApi
from bot.matching.encoder.remote.no_tokenizer import LIMIT, NoTokenizer
from bot.matching.encoder.weights import ModelFolder, find_model, has_weights

logger = logging.getLogger(__name__)

_FORMAT = "1"
_LEAST = 0.999  # of a server that is not the model on this machine: it may round a little each time
_SKETCH = 16
_DEFAULT_TOKENS = 512
# What sentence-transformers puts before texts; it looks for the second in this order.
_QUERY, _DOCUMENT = ("query",), ("document", "passage", "corpus")
# Of several lengths and scripts; the server and the model on this machine have to agree on all.
SENTENCES = (
    PROBE,
    "refund",
    "I LOST MY PASSWORD AND CANNOT LOG IN!!!",
    "How do I get a refund for an order that I placed more than thirty days ago?",
    "¿Dónde está mi pedido?",
    "我的包裹在哪里",
    "🤔 42 % off -- http://shop.example/sale?id=7",
)


@dataclass(frozen=True, slots=True)
class _Card:
    """What is kept of a server in the cache.

    Attributes:
        fingerprint: of its vectors.
        local: the fingerprint of the model on this machine that gives the same; "" where none does.
    """

    seen: Seen
    fingerprint: str
    local: str


def load_remote(settings: Settings, *, waits: bool = True) -> tuple[Encoder, str]:
    """The encoder that config.yaml names, and the fingerprint of its vectors.

    Args:
        waits: see `EmbeddingsServer.look`.
    Raises:
        OtherModelError: the server runs another model than the one the cache holds vectors of, or
            than the one on this machine.
        ModelError: it was never seen, and does not answer.
    """
    name = settings.encoder_model or settings.model
    api = EmbeddingsApi(str(settings.encoder_url), name, read_key(os.environ))
    server = EmbeddingsServer(api)
    try:
        folder = _folder_of(settings)
        own = None if folder is None or not has_weights(folder.path) else _local(folder, settings)
        path = settings.cache / f"server-{hashlib.sha256(name.encode()).hexdigest()[:16]}.npz"
        start = _Start(server, name, folder, own, _Reader.of(folder, own), path)
        return start.checked(waits=waits)
    except BaseException:
        server.close()
        raise


def read_key(environment: Mapping[str, str]) -> str | None:
    """The key of the server: from the environment, or from a file that the environment names.

    Raises:
        ModelError: the file cannot be read, or the key holds what no header can.
    """
    key, file = environment.get(KEY, "").strip(), environment.get(KEY_FILE, "").strip()
    if not key and file:
        try:
            key = Path(file).read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise ModelError(f"{KEY_FILE} ({file}) cannot be read ({reason}).") from None
    if not (key.isascii() and key.isprintable()):
        raise ModelError(f"{KEY} or {KEY_FILE} holds more than a key: letters no header can hold.")
    return key or None


@dataclass(frozen=True, slots=True)
class _Start:
    """What a start knows of the server's model.

    Attributes:
        name: what the model is called there.
        folder: of the model on this machine, or of its tokenizer alone; None: neither is here.
        own: the model on this machine; None: its weights are not here.
        path: where the card is kept.
    """

    server: EmbeddingsServer
    name: str
    folder: ModelFolder | None
    own: Encoder | None
    reader: _Reader
    path: Path

    def checked(self, *, waits: bool) -> tuple[Encoder, str]:
        """See `load_remote`."""
        before = load_arrays(self.path, f"{_FORMAT}:{self.name}", _card_of)
        prompted = (prompt + text for prompt in self.reader.prompts for text in SENTENCES)
        server = self.server
        try:
            found = server.look([PROBE, *prompted], waits=waits)
        except EncoderError as error:
            if before is None or before.local not in ("", self._local_fingerprint):
                told = f"encoder_url: {server.address} does not serve: {error}"
                raise ModelError(f"{told}. It has to, at the first start.") from error
            card = before
            server.has_local = bool(card.local)
            server.begin_in_trouble(card.seen, str(error))
        else:
            card = self._card(found, before)
        own = self.own if card.local else None
        server.seen, server.has_local = card.seen, own is not None
        logger.info(
            "encoder: remote: what people write is sent to %s, as config.yaml says%s",
            server.address,
            "" if own is None else "; the same model on this machine stands in for it",
        )
        return self.reader.encoder(server, own, len(card.seen.probe)), card.fingerprint

    @property
    def _local_fingerprint(self) -> str:
        return "" if self.own is None or self.folder is None else self.folder.fingerprint

    def _card(self, found: Embedded, before: _Card | None) -> _Card:
        """What the server is, by what it gave just now; kept for the next start.

        Raises:
            OtherModelError: it is not what it has to be.
        """
        probe, local = found.vectors[0], self._agreeing(found)
        if not local and before is not None:
            known = before.seen
            what = f"the one of the vectors in the cache; if that is meant, delete {self.path}"
            self._require(found.vectors[:1], known.probe[None], known.least, what)
            if not before.local and known.model == found.model:
                return before
        seen = Seen(probe, found.model, AGREEMENT if local else _LEAST)
        card = _Card(seen, local or _fingerprint(self.name, probe), local)
        names = np.array([found.model, card.fingerprint, local])
        arrays = {"probe": probe, "names": names, "least": np.array(seen.least)}
        save_arrays(self.path, f"{_FORMAT}:{self.name}", arrays)
        return card

    def _agreeing(self, found: Embedded) -> str:
        """The fingerprint of the model on this machine, if it gives the same; else "".

        Raises:
            OtherModelError: the server runs another model.
        """
        if self.own is None:
            base, needed = _base(found.model), _base(self.name)
            if base not in needed and needed not in base:
                raise OtherModelError(
                    f"encoder_url: {self.server.address} runs {found.model!r}, and {self.name!r} "
                    f"is needed. Have it run that, or write encoder_model: {found.model} if that "
                    "is its name there."
                )
            return ""
        own = self.own
        expected = [each.encode(SENTENCES) for each in (own.utterances, own.phrasings)]
        what = f"{self.name} on this machine (model:)"
        agreement = self._require(
            found.vectors[1:], np.concatenate(expected), AGREEMENT_IN_8_BITS, what
        )
        if agreement >= AGREEMENT:
            return self._local_fingerprint
        logger.warning(
            "encoder_url: %s gives not quite the vectors of the model on this machine (a cosine of "
            "%.5f, %g is needed), so that does not stand in for it",
            *(self.server.address, agreement, AGREEMENT),
        )
        return ""

    def _require(self, found: Vectors, expected: Vectors, least: float, what: str) -> float:
        """The least cosine of vectors and those that they should be.

        Raises:
            OtherModelError: they are of another model.
        """
        told = f"encoder_url: {self.server.address} runs another model than {what}"
        if found.shape != expected.shape:
            dims = f"{found.shape[1]} numbers a text, {expected.shape[1]} are needed"
            raise OtherModelError(f"{told} ({dims}).")
        agreement = float(np.sum(found * expected, axis=1).min())
        if not agreement >= least:
            raise OtherModelError(f"{told} (a cosine of {agreement:.4f}, {least:g} is needed).")
        return agreement


def _fingerprint(name: str, probe: Vectors) -> str:
    """Of a server's vectors: the name of the model, and where its probe points to, roughly, so that
    what a server rounds otherwise each time makes no difference."""
    largest = np.argsort(-np.abs(probe))[:_SKETCH]
    sketch = sorted((int(place), probe[place] > 0) for place in largest)
    return hashlib.sha256(f"remote:{name}:{len(probe)}:{sketch}".encode()).hexdigest()


def _card_of(arrays: Arrays) -> _Card:
    model, fingerprint, local = arrays["names"].tolist()
    seen = Seen(arrays["probe"].astype(np.float32), model, float(arrays["least"]))
    return _Card(seen, fingerprint, local)


def _base(model: str) -> str:
    """A model's name without its owner, its folder and its tag."""
    return model.rstrip("/").rpartition("/")[2].partition(":")[0].casefold()


# --- what of the model is on this machine --------------------------------------------------------


def _folder_of(settings: Settings) -> ModelFolder | None:
    """The model's folder; one with a tokenizer alone will do. None: there is none."""
    try:
        return find_model(settings.model, settings.cache, only_local=True)
    except ModelError:
        path = Path(settings.model)
        return ModelFolder(path, "") if path.is_dir() else None


def _local(folder: ModelFolder, settings: Settings) -> Encoder:
    return load_encoder(folder, settings.cache, EncoderKind.AUTO, settings.threads)


@dataclass(frozen=True, slots=True)
class _Reader:
    """How texts are prepared before they are sent.

    Attributes:
        prompts: put before what users send, and before what the FAQ holds.
        limit: the most tokens of a text.
    """

    prompts: tuple[str, str]
    tokenizer: Tokenizer
    limit: int

    @classmethod
    def of(cls, folder: ModelFolder | None, own: Encoder | None) -> _Reader:
        """By the files of a model's folder, and the model itself where it is there."""
        path = Path() if folder is None else folder.path
        told = _json(path / "config_sentence_transformers.json") if folder is not None else {}
        prompts = _prompt(told, _QUERY), _prompt(told, _DOCUMENT)
        if own is not None and isinstance(own.phrasings, WholeTextEmbedder):
            return cls(prompts, own.phrasings.tokenizer, own.phrasings.limit)
        file = path / "tokenizer.json"
        if folder is None or not file.is_file():
            logger.warning(
                "model: there is no tokenizer.json of it on this machine, so the length of a text "
                "is estimated, and whether the model can read it is not looked at. Write model: "
                "and the path of a folder with that file, and encoder_model: the model's name"
            )
            return cls(prompts, NoTokenizer(), LIMIT)
        unknown = _json(path / "tokenizer_config.json").get("unk_token")
        unknown = unknown.get("content") if isinstance(unknown, dict) else unknown
        tokenizer = read_tokenizer(file, unknown)
        longest = max(len(tokenizer.tokens(prompt)) for prompt in prompts)
        limit = _longest(path) - tokenizer.special_tokens - longest
        return cls(prompts, tokenizer, max(1, limit))

    def encoder(self, server: EmbeddingsServer, own: Encoder | None, dim: int) -> Encoder:
        """Both views of text.

        Args:
            own: what stands in for the server; None: nothing does.
        """
        utterances, phrasings = (
            RemoteEmbedder(
                *(server, prompt, self.tokenizer, self.limit, dim),
                its if isinstance(its, WholeTextEmbedder) else None,
                for_people=for_people,
            )
            for prompt, its, for_people in zip(
                self.prompts,
                (None, None) if own is None else (own.utterances, own.phrasings),
                (True, False),
                strict=True,
            )
        )
        return Encoder(utterances, phrasings, self.tokenizer, server)


def _longest(folder: Path) -> int:
    """The most tokens that a model reads."""
    for name, key in (
        ("sentence_bert_config.json", "max_seq_length"),
        ("tokenizer_config.json", "model_max_length"),
        ("config.json", "max_position_embeddings"),
    ):
        found = _json(folder / name).get(key)
        if isinstance(found, int) and 0 < found < 1_000_000:  # beyond it stands for none
            return found
    return _DEFAULT_TOKENS


def _prompt(told: Mapping[str, Any], names: tuple[str, ...]) -> str:
    prompts = told.get("prompts") or {}
    name = next((name for name in names if name in prompts), told.get("default_prompt_name"))
    return "" if name is None else prompts.get(name) or ""


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

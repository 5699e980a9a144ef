"""FAQs of any size, made up: texts of the shop's own words, vectors that lie as real ones do.

A vector is the sum of what all phrasings have in common, a topic, an entry and a phrasing's own
part. Cosines come out as with all-MiniLM-L6-v2 on public FAQs (banking77, clinc150, hint3): 0.52
within an entry (0.35 to 0.75 there) and 0.10 between entries (0.08 to 0.23). No encoder is needed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bot.domain import Faq, FaqEntry, Thresholds
from bot.files.faq.load import load_faq
from bot.matching.encoder.encoder import Encoder, Vectors

DIM = 384
LANGUAGES = ("en", "de")
_COMMON, _TOPIC, _ENTRY, _OWN = 0.1, 0.2, 0.22, 0.48  # shares of a vector's square
_PER_TOPIC = 25  # entries
_WIDE = 20.0  # dimensions that hold most: the spectrum falls off like 1 / (1 + i / 20)
_CJK = range(0x4E00, 0x5000)


class Growing:
    """An FAQ of so many phrasings, and messages to it. The same arguments give the same.

    One entry in ten is written in Chinese characters, which the made-up model cannot read; the
    others are in one of two languages, one in four of them in the second.

    Attributes:
        faq: entries with `per_entry` wordings each.
        messages: about an entry that the model can read, with its number; half of an entry's words
            and some others.
        spelled: messages that the model cannot read.
        encoder: gives every text its vector.
    """

    def __init__(self, phrasings: int, per_entry: int = 10, messages: int = 200) -> None:
        chance, numbers = random.Random(phrasings), np.random.default_rng(phrasings)
        words = _words()
        count = phrasings // per_entry
        parts = _Parts(count, numbers)
        self._rows: dict[str, int] = {}
        cores = [_core(words, chance, is_cjk=entry % 10 == 9) for entry in range(count)]
        entries = []
        for entry in range(count):
            texts: list[str] = []
            while len(texts) < per_entry:
                text = _phrasing(cores[entry], words, chance)
                if text not in self._rows:
                    self._rows[text] = len(self._rows)
                    texts.append(text)
            lang = None if entry % 10 == 9 else LANGUAGES[entry % 4 == 0]
            entries.append(
                FaqEntry(f"e{entry}", texts[0], tuple(texts[1:]), f"answer {entry}", lang=lang)
            )
        self.faq = Faq(tuple(entries))
        owners = np.repeat(np.arange(count), per_entry)
        asked = [number - (number % 10 == 9) for number in chance.choices(range(count), k=messages)]
        self.messages = [(_phrasing(cores[n], words, chance), n) for n in asked]
        spelled = [n - n % 10 + 9 for n in asked if n - n % 10 + 9 < count]
        self.spelled = [_phrasing(cores[n], words, chance) for n in spelled]
        for text, _ in self.messages:
            self._rows.setdefault(text, len(self._rows))
        found = parts.vectors(np.concatenate([owners, np.array(asked, np.int64)]), numbers)
        self._vectors = np.concatenate([found, parts.anywhere(messages, numbers)])
        self._known = len(found)
        self.encoder = Encoder(self, self, _Words(words))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.encode`; a text nobody knows lies anywhere."""
        anywhere = len(self._vectors) - self._known
        rows = [
            self._rows[text] if text in self._rows else self._known + sum(map(ord, text)) % anywhere
            for text in texts
        ]
        return self._vectors[rows]

    def write(self, folder: Path, files: int) -> None:
        """Write the FAQ as so many YAML files."""
        folder.mkdir(parents=True, exist_ok=True)
        entries = self.faq.entries
        for number in range(files):
            lines: list[str] = []
            for entry in entries[number::files]:
                lines.extend(yaml_of(entry))
            (folder / f"{number:04}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def yaml_of(entry: FaqEntry) -> Iterator[str]:
    """The lines of an entry."""
    yield f"- id: {entry.id}"
    yield f'  question: "{entry.question}"'
    if entry.lang is not None:
        yield f"  lang: {entry.lang}"
    yield "  phrasings:"
    for phrasing in entry.phrasings:
        yield f'    - "{phrasing}"'
    yield f"  answer: {entry.answer}"


class _Parts:
    """What the vectors are made of."""

    def __init__(self, entries: int, numbers: np.random.Generator) -> None:
        topics = max(1, entries // _PER_TOPIC)
        common, topic = _drawn(1, numbers), _drawn(topics, numbers)
        of_entry = numbers.integers(0, topics, entries)
        self._centres = (
            _COMMON**0.5 * common
            + _TOPIC**0.5 * topic[of_entry]
            + _ENTRY**0.5 * _drawn(entries, numbers)
        )

    def vectors(self, owners: np.ndarray, numbers: np.random.Generator) -> Vectors:
        found = np.empty((len(owners), DIM), np.float32)
        for start in range(0, len(owners), 65_536):
            chunk = owners[start : start + 65_536]
            found[start : start + 65_536] = _unit(
                self._centres[chunk] + _OWN**0.5 * _drawn(len(chunk), numbers)
            )
        return found

    def anywhere(self, count: int, numbers: np.random.Generator) -> Vectors:
        return _unit(_drawn(count, numbers))


def _drawn(count: int, numbers: np.random.Generator) -> Vectors:
    spectrum = 1 / (1 + np.arange(1, DIM + 1) / _WIDE)
    deviations = np.sqrt(spectrum / spectrum.sum()).astype(np.float32)
    drawn: Vectors = numbers.standard_normal((count, DIM), dtype=np.float32) * deviations
    return drawn


def _unit(rows: Vectors) -> Vectors:
    units: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return units


def _words() -> list[str]:
    folder = Path(__file__).parent.parent / "faq"
    shop = load_faq(folder, Thresholds(0.75, 0.60))
    wordings = (wording for entry in shop.entries for wording in entry.wordings)
    found = {word.strip("?!.,'\"()").lower() for text in wordings for word in text.split()}
    return sorted(word for word in found if word.isascii() and word.isalpha())


def _core(words: Sequence[str], chance: random.Random, *, is_cjk: bool) -> Sequence[str]:
    if is_cjk:
        return [chr(chance.choice(_CJK)) for _ in range(8)]
    return chance.choices(words, k=5)


def _phrasing(core: Sequence[str], words: Sequence[str], chance: random.Random) -> str:
    if not core[0].isascii():
        others = [chr(chance.choice(_CJK)) for _ in range(4)]
        return "".join(chance.sample([*chance.sample(core, 5), *others], 9))
    mixed = [*chance.sample(core, 3), *chance.choices(words, k=chance.randint(2, 5))]
    chance.shuffle(mixed)
    return " ".join(mixed)


class _Words:
    """A `Vocabulary` of some words, and of no Chinese."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = frozenset(words)

    def unknown_share(self, text: str) -> float:
        return sum(ord(character) in _CJK for character in text) / max(1, len(text))

    def tokens(self, text: str) -> Sequence[str]:
        return text.split()

    def __contains__(self, word: object, /) -> bool:
        return word in self._words

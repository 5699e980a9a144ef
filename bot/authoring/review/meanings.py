"""The wordings of an FAQ with their vectors, apart by language, each read by a model that can.

They come out of the cache of the bot that serves, and are kept there for its next start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.domain import Faq, FaqEntry, base_language
from bot.files.config.settings import MultilingualModel, Settings
from bot.matching.assembly import embed, wordings_of
from bot.matching.encoder import multilingual
from bot.matching.encoder.encoder import Encoder, WholeTextEmbedder
from bot.matching.first_encoder import first_encoder
from bot.matching.index import PhrasingVectors
from bot.matching.language import ENGLISH, Routes, languages_of, unread_language
from bot.matching.matcher import Matcher
from bot.matching.score.blended import UNREADABLE
from bot.matching.score.wordings import Wordings
from bot.matching.turns import AT_ONCE, InTurn, Turns

_AT_A_TIME = 256  # texts, between two messages


@dataclass(frozen=True, slots=True, eq=False)
class Meanings:
    """What the models make of an FAQ.

    Attributes:
        groups: the wordings of each language that is read, without translations.
        unread: the entries that no model reads, by id, and their language if that is known.
        too_long: wordings that are longer than the model reads at once, with their entries' ids.
        languages: the codes of those of the groups.
    """

    groups: tuple[PhrasingVectors, ...]
    unread: Mapping[str, str]
    too_long: frozenset[tuple[str, str]]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Readers:
    """The models that read an FAQ.

    Attributes:
        fingerprint: of the first one's vectors.
        load_second: gives the second one, where it is needed.
        turns: where they may be used; their tokenizers bear no two threads at once.
        before: wordings that are cleaned already, as those of the bot that serves.
    """

    first: Encoder
    fingerprint: str
    load_second: Callable[[], Encoder]
    turns: Turns = AT_ONCE
    before: Wordings | None = None


def load_readers(settings: Settings) -> Readers:
    """Load the model of the settings, and the second one once it is needed.

    Raises:
        ModelError: it cannot be had.
    """
    first, fingerprint = first_encoder(settings, waits=False)
    load = partial(multilingual.load_multilingual, settings.cache, settings.threads)
    return Readers(first, fingerprint, load)


def readers_of(bot: Matcher, turns: Turns) -> Readers:
    """The models of the bot that serves, which it lends between two messages."""
    settings, second = bot.settings, bot.second
    load = partial(multilingual.load_multilingual, settings.cache, settings.threads)
    its = load if second is None else lambda: second.encoder
    return Readers(bot.encoder, bot.model_fingerprint, its, turns, bot.wordings)


def read_meanings(settings: Settings, faq: Faq, readers: Readers | None = None) -> Meanings:
    """Encode what the cache lacks, by the models that the FAQ needs.

    Args:
        readers: None: they are loaded.
    Raises:
        ModelError: a model cannot be had.
    """
    readers = readers or load_readers(settings)
    first, turns = readers.first, readers.turns
    wordings = wordings_of(settings, faq, readers.before)
    languages = _languages(faq)
    routes = Routes(first.vocabulary)
    is_first = {
        entry_id: language == ENGLISH or not routes.is_for_second(language)
        for entry_id, language in languages.items()
    }
    has_second = settings.multilingual_model is not MultilingualModel.NONE
    known = {base_language(one) for one in multilingual.LANGUAGES} if has_second else set()
    is_second = {one: not is_first[one] and languages[one] in known for one in languages}
    groups: list[tuple[str, PhrasingVectors]] = []
    too_long: set[tuple[str, str]] = set()
    own = {(entry.id, wording) for entry in faq.entries for wording in entry.wordings}
    if any(is_first.values()):
        embedded = embed(settings, wordings, InTurn(first.phrasings, turns), readers.fingerprint)
        can_read: dict[str, bool] = {}
        for start in range(0, len(wordings.texts), _AT_A_TIME):
            some = wordings.texts[start : start + _AT_A_TIME]
            can_read |= turns.in_turn(partial(_readable, some, first))
        groups += _groups(embedded, own, languages, is_first, can_read)
        too_long.update(turns.in_turn(partial(_too_long, wordings, first, is_first)))
    if any(is_second.values()):
        second = readers.load_second()
        embedded = embed(
            settings, wordings, InTurn(second.phrasings, turns), multilingual.FINGERPRINT
        )
        groups += _groups(embedded, own, languages, is_second, dict.fromkeys(wordings.texts, True))
        too_long.update(turns.in_turn(partial(_too_long, wordings, second, is_second)))
    read = {entry_id for _, group in groups for entry_id in group.entry_ids}
    unread = {
        entry_id: "" if is_first[entry_id] else language
        for entry_id, language in languages.items()
        if entry_id not in read
    }
    its = tuple(group for _, group in groups)
    return Meanings(its, unread, frozenset(too_long & own), tuple(code for code, _ in groups))


def _languages(faq: Faq) -> dict[str, str]:
    """The language of each entry, which may be one that no model here reads."""
    found = dict(languages_of(faq.entries))
    for entry in faq.entries:
        if entry.lang is None:
            found[entry.id] = unread_language(_text(entry)) or found[entry.id]
    return found


def _text(entry: FaqEntry) -> str:
    return " ".join((*entry.wordings, entry.answer))


def _groups(
    embedded: PhrasingVectors,
    own: Container[tuple[str, str]],
    languages: Mapping[str, str],
    is_read: Mapping[str, bool],
    can_read: Mapping[str, bool],
) -> Iterator[tuple[str, PhrasingVectors]]:
    """The wordings by language that one model reads; what it cannot read of them is left out."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, (entry_id, text) in enumerate(embedded.rows()):
        is_own = (entry_id, embedded.phrasings[row]) in own
        if is_read[entry_id] and is_own and can_read[text]:
            rows[languages[entry_id]].append(row)
    return ((language, embedded.of(its)) for language, its in rows.items())


def _readable(texts: Sequence[str], encoder: Encoder) -> dict[str, bool]:
    """Whether a model can read each text."""
    return {text: encoder.vocabulary.unknown_share(text) <= UNREADABLE for text in texts}


def _too_long(
    wordings: Wordings, encoder: Encoder, is_read: Mapping[str, bool]
) -> list[tuple[str, str]]:
    """Entry id and wording of those that the model has to take in in pieces."""
    embedder = encoder.phrasings
    if not isinstance(embedder, WholeTextEmbedder):
        return []
    return [
        (entry_id, wording)
        for entry_id, wording, text in wordings.rows
        if is_read[entry_id] and embedder.is_too_long(text)
    ]

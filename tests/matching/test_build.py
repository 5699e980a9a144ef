"""Settings and FAQ → a matcher, and what it makes of utterances."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Action, FaqEntry
from bot.errors import ModelError
from bot.files.config.settings import Score, Settings
from bot.matching.build import check_weights
from bot.matching.decider import MAX_TOKENS
from bot.matching.encoder.weights import find_model
from bot.matching.score.ranker import MAX_HITS
from bot.matching.text import Synonyms
from tests.factories import bot_over, entry, matched
from tests.fakes import FakeEmbedder

ENTRIES = (
    entry("refund", "How do I get a refund?", "give me my money back"),
    entry("track", "Where is my parcel?", "track my order"),
)


def test_with_cosine_an_entry_scores_by_its_nearest_phrasing(tmp_path: Path) -> None:
    embedder = FakeEmbedder({"q": (1, 0), "far": (0, 1), "near": (0.6, 0.8), "other": (0.28, 0.96)})
    plain = Settings(cache=tmp_path, score=Score.COSINE)
    entries = entry("a", "far", "near"), entry("b", "other")
    bot = bot_over(tmp_path, *entries, embedder=embedder, settings=plain)
    hits = matched(bot, "q").hits
    assert [(hit.entry_id, hit.score, hit.phrasing) for hit in hits] == [
        ("a", 0.6, "near"),
        ("b", 0.28, "other"),
    ]


def test_what_was_read_ahead_is_neither_cleaned_nor_encoded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder, cleaned = FakeEmbedder(), []
    bot = bot_over(tmp_path, *ENTRIES, embedder=embedder)
    apply = Synonyms.apply

    def counted(synonyms: Synonyms, text: str) -> str:
        cleaned.append(text)
        return apply(synonyms, text)

    monkeypatch.setattr(Synonyms, "apply", counted)
    embedder.encoded.clear()
    together = ["where is it", "a refund", "where is it"]
    bot.read_ahead(together)
    alone = [bot.decide(utterance) for utterance in together]
    assert cleaned == embedder.encoded == ["where is it", "a refund"]
    assert alone == [bot_over(tmp_path, *ENTRIES).decide(utterance) for utterance in together]


def test_a_message_in_parts_is_read_ahead_with_its_parts(tmp_path: Path) -> None:
    ahead, alone = FakeEmbedder(), FakeEmbedder()
    message = "where might it be and might it be a refund"
    bot = bot_over(tmp_path / "ahead", *ENTRIES, embedder=ahead)
    other = bot_over(tmp_path / "alone", *ENTRIES, embedder=alone)
    ahead.encoded.clear()
    alone.encoded.clear()
    bot.read_ahead([message])
    read = list(ahead.encoded)
    assert bot.decide(message) == other.decide(message)
    assert ahead.encoded == read == alone.encoded
    assert len(read) == 3


def test_bots_of_one_encoder_read_ahead_share_what_is_encoded_and_read_by_themselves(
    tmp_path: Path,
) -> None:
    embedder = FakeEmbedder()
    plain = bot_over(tmp_path / "plain", *ENTRIES, embedder=embedder)
    synonyms = Settings(cache=tmp_path, synonyms=(("package", "parcel"),))
    other = bot_over(tmp_path / "other", *ENTRIES, embedder=embedder, settings=synonyms)
    embedder.encoded.clear()
    message = "where is it, my package"
    assert plain.read_ahead([message, message, "a refund"], [plain, other, other]) == 3
    read = sorted(embedder.encoded)
    found = [bot.decide(message) for bot in (plain, other)]
    assert sorted(embedder.encoded) == read
    assert len(read) == len(set(read))
    assert found[0].score < found[1].score


@pytest.mark.parametrize(
    "utterance", ["", "   \n", "🤔🤷", "?!", "\u200b", "\x00"],
    ids=["empty", "blank", "emoji", "punctuation", "zero-width", "control"],
)  # fmt: skip
def test_an_utterance_without_words_falls_back(tmp_path: Path, utterance: str) -> None:
    (decision,) = bot_over(tmp_path, *ENTRIES).decide_all([utterance])
    assert decision.action is Action.FALLBACK
    assert decision.reason == "there is no letter or digit to read; nothing to compare"


def test_a_very_long_utterance_is_cut_and_the_reason_says_so(tmp_path: Path) -> None:
    embedder = FakeEmbedder()
    (decision,) = bot_over(tmp_path, *ENTRIES, embedder=embedder).decide_all(["x" * 650_000])
    assert decision.reason.startswith("only the first 1,500 characters were read; ")
    assert max(map(len, embedder.encoded)) == 1_500


@pytest.mark.parametrize(
    "utterance",
    [
        pytest.param("a " * 2_048, id="many words"),
        pytest.param("\u33c2" * 4_090, id="each character becomes four"),
        pytest.param("x\ufdfa" * 2_048, id="each second one becomes eighteen, with spaces"),
        pytest.param("where is it now? " * 50, id="many sentences"),
        pytest.param(f"{'where is it ' * 50}? {'a refund ' * 50}.", id="two long sentences"),
        pytest.param(f"{'where is it ' * 70} and {'a refund ' * 30}", id="a long connective"),
        pytest.param("where is my parcle " + "where is my order " * 40, id="a typing error"),
        pytest.param(
            "where is my parcle. a refnd and my monye. " * 12, id="typing errors in parts"
        ),
        pytest.param("go " * 300, id="words for which a synonym puts many"),
    ],
)
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "read ahead with others"])
def test_no_utterance_takes_more_tokens_than_so_many(
    tmp_path: Path, utterance: str, *, alone: bool
) -> None:
    """With its parts, and as it was typed before its typing errors were repaired."""
    embedder = FakeEmbedder()
    settings = Settings(cache=tmp_path, synonyms=(("go", "leave " * 40),))
    bot = bot_over(tmp_path, *ENTRIES, embedder=embedder, settings=settings)
    embedder.encoded.clear()
    if not alone:
        bot.read_ahead([utterance, "where is it"])
    bot.decide(utterance)
    assert sum(len(text.split()) for text in embedder.encoded) <= MAX_TOKENS + len(["a", "b", "c"])


def test_of_many_utterances_as_many_are_read_ahead_as_take_little_time(tmp_path: Path) -> None:
    bot = bot_over(tmp_path, *ENTRIES)
    assert bot.read_ahead(["where is it"] * 100) == 100
    assert bot.read_ahead(["a word " * 100, *["where is it now " * 60] * 9]) == 2


def test_an_entry_with_most_of_the_phrasings_does_not_hide_the_others(tmp_path: Path) -> None:
    crowd = entry("crowd", "word", *(f"word {number}" for number in range(300)))
    others = [entry(f"other{number}", f"thing {number}") for number in range(MAX_HITS)]
    hits = matched(bot_over(tmp_path, crowd, *others), "word").hits
    assert len({hit.entry_id for hit in hits}) == MAX_HITS


def test_the_fingerprint_changes_with_faq_and_settings_only(tmp_path: Path) -> None:
    def fingerprint(*entries: FaqEntry, settings: Settings | None = None) -> str:
        bot = bot_over(tmp_path, *entries, settings=settings)
        return bot.decide_all(["x"])[0].fingerprint

    base = fingerprint(*ENTRIES)
    assert fingerprint(*ENTRIES[::-1]) == base
    assert fingerprint(*ENTRIES, entry("new")) != base
    assert fingerprint(replace(ENTRIES[0], lang="en"), ENTRIES[1]) != base
    assert fingerprint(replace(ENTRIES[0], answer="other words"), ENTRIES[1]) != base
    assert fingerprint(replace(ENTRIES[0], answer=ENTRIES[0].answer + "!"), ENTRIES[1]) == base
    other = Settings(cache=tmp_path / "cache", follow_up_choices=2)
    assert fingerprint(*ENTRIES, settings=other) != base


def test_files_that_are_not_what_was_loaded_are_noticed_whatever_is_known_of_them(
    tmp_path: Path,
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "modules.json").write_text("[]")
    bot = bot_over(tmp_path / "cache", *ENTRIES)
    settings = replace(bot.settings, model=str(model))
    bot = replace(bot, settings=settings, model_fingerprint=find_model(str(model)).fingerprint)
    check_weights(bot)
    status = (model / "modules.json").stat()
    (model / "modules.json").write_text("{}")
    os.utime(model / "modules.json", ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(ModelError, match="have changed since the bot was started"):
        check_weights(bot)

"""How entries are ranked by the blended score, and what is read of an utterance before."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from bot.domain import Hit
from bot.files.config.settings import Settings
from tests.factories import bot_over, entry, matched
from tests.fakes import FakeEmbedder
from tests.matching.score.rows import about

ENTRIES = (
    entry("refund", "How do I get a refund?", "give me my money back"),
    entry("track", "Where is my parcel?", "track my order"),
)


def test_a_phrasing_typed_word_for_word_scores_one_whatever_the_blend_says(tmp_path: Path) -> None:
    match = matched(bot_over(tmp_path, *ENTRIES), " TRACK my  order! ")
    first = match.hits[0]
    assert (first.entry_id, first.score, first.phrasing) == ("track", 1.0, "track my order")
    assert (match.close, match.word_for_word) == (("track my order",), True)
    assert match.remarks == ("word for word a phrasing",)
    near = matched(bot_over(tmp_path, *ENTRIES), "track my parcel order")
    assert near.hits[0].score < 1
    assert near.word_for_word is False


def test_a_word_for_word_phrasing_overtakes_entries_that_score_more(tmp_path: Path) -> None:
    """ "b" is written alike, "a" means the same."""
    embedder = FakeEmbedder({"q": (0, 1), "Q!": (1, 0), "x": (1, 0)})
    bot = bot_over(tmp_path, entry("a", "x"), entry("b", "q"), embedder=embedder)
    first, second = matched(bot, "Q!").hits
    assert (first.entry_id, first.score, second.entry_id) == ("b", 1.0, "a")
    assert (first.raw, second.raw) == (about(0.2 - 0.5 * 0.6), about(0.8 + 0.5 * 0.6))


def test_a_wording_of_two_entries_is_sure_for_neither(tmp_path: Path) -> None:
    entries = entry("a", "where is it"), entry("b", "Where is it?"), entry("c", "how to pay")
    match = matched(bot_over(tmp_path, *entries), "where is it")
    assert match.word_for_word is False
    assert max(hit.score for hit in match.hits) < 1


def test_with_synonyms_a_phrasing_is_still_found_word_for_word(tmp_path: Path) -> None:
    settings = Settings(cache=tmp_path, synonyms=(("locker", "pick-up point"),))
    bot = bot_over(tmp_path, entry("a", "Where is the locker?"), *ENTRIES, settings=settings)
    for utterance in ("where is the locker", "where is the pick-up point"):
        match = matched(bot, utterance)
        assert (match.word_for_word, match.hits[0].score, match.hits[0].phrasing) == (
            True,
            1.0,
            "Where is the locker?",
        )


CHINESE = (*ENTRIES, entry("zh", "如何退款", "English too"))


def test_phrasings_the_model_cannot_read_stay_out_of_its_vectors(tmp_path: Path) -> None:
    bot = bot_over(tmp_path, *CHINESE)
    assert bot.measured is not None
    assert bot.measured.fit is not None
    assert len(bot.measured.fit.hubness) == 5  # of six wordings
    shown = {hit.phrasing for hit in matched(bot, "how where give track").hits}
    assert "English too" in shown
    assert "如何退款" not in shown


def test_a_message_the_model_cannot_read_is_compared_by_letters(tmp_path: Path) -> None:
    match = matched(bot_over(tmp_path, *CHINESE), "退款如何办")
    assert [(hit.entry_id, hit.phrasing) for hit in match.hits] == [("zh", "如何退款")]
    assert match.close == ("如何退款",)
    assert match.remarks == ("the model cannot read this script, so only letters were compared",)
    exact = matched(bot_over(tmp_path, *CHINESE), "如何退款？").hits[0]
    assert (exact.entry_id, exact.score) == ("zh", 1.0)


@pytest.mark.parametrize(
    ("text", "needs_vector"),
    [("abcdefg一二三", True), ("abcdef一二三四", False)],
    ids=["30 % unknown", "40 % unknown"],
)
def test_above_30_percent_of_unknown_words_a_message_is_not_encoded(
    tmp_path: Path, text: str, needs_vector: bool
) -> None:
    embedder = FakeEmbedder()
    bot = bot_over(tmp_path, *CHINESE, embedder=embedder)
    embedder.encoded.clear()
    matched(bot, text)
    assert embedder.encoded == ([text] if needs_vector else [])


def test_an_faq_the_model_cannot_read_at_all_is_found_by_letters(tmp_path: Path) -> None:
    embedder = FakeEmbedder()
    bot = bot_over(tmp_path, entry("a", "如何退款"), entry("b", "何时发货"), embedder=embedder)
    assert bot.measured is not None
    assert bot.measured.fit is None
    embedder.encoded.clear()
    assert matched(bot, "退款").hits[0].entry_id == "a"
    assert matched(bot, "money").hits == ()
    assert embedder.encoded == []


def at(cosine: float) -> tuple[float, float]:
    return cosine, math.sqrt(1 - cosine**2)


def test_phrasings_less_than_a_tenth_below_the_nearest_are_close(tmp_path: Path) -> None:
    embedder = FakeEmbedder(
        {"q": at(1), "far": at(0.87), "near": at(0.89), "nearest": at(0.98), "other": at(0.1)}
    )
    entries = entry("a", "far", "near", "nearest"), entry("b", "other")
    bot = bot_over(tmp_path, *entries, embedder=embedder)
    match = matched(bot, "q")
    assert match.hits[0].entry_id == "a"
    assert match.close == ("nearest", "near")


def test_at_most_ten_phrasings_are_close(tmp_path: Path) -> None:
    names = [chr(ord("a") + number) * 3 for number in range(12)]
    angles = dict(zip(names, (at(1 - number / 1_000) for number in range(12)), strict=True))
    bot = bot_over(tmp_path, entry("a", *names), embedder=FakeEmbedder({"q": at(1), **angles}))
    assert matched(bot, "q").close == tuple(names[:10])


def test_typing_errors_are_repaired_before_anything_is_compared(tmp_path: Path) -> None:
    embedder = FakeEmbedder()
    bot = bot_over(tmp_path, *ENTRIES, embedder=embedder)
    match = matched(bot, "trakc my ordr please")
    assert embedder.encoded[-2:] == ["track my order please", "trakc my ordr please"]
    assert match.text == "track my order please"
    assert match.remarks == ('read "trakc" as "track"', 'read "ordr" as "order"')


def test_a_repaired_utterance_is_not_a_phrasing_word_for_word(tmp_path: Path) -> None:
    bot = bot_over(tmp_path, *ENTRIES)
    exact, repaired = matched(bot, "track my order"), matched(bot, "trakc my order")
    assert (exact.word_for_word, exact.hits[0].score) == (True, 1.0)
    assert repaired.text == exact.text
    assert not repaired.word_for_word
    assert repaired.hits[0].score < 1


def test_an_utterance_counts_as_typed_where_that_fits_better(tmp_path: Path) -> None:
    vectors = {"xyz": at(1), "track it now": at(0), "track": at(0.5), "trakc": at(1)}
    entries = (entry("a", "xyz"), entry("b", "track it now"))
    match = matched(bot_over(tmp_path, *entries, embedder=FakeEmbedder(vectors)), "trakc")
    assert (match.text, match.hits[0].entry_id) == ("trakc", "a")
    assert match.remarks == ('read "trakc" as "track"', "as typed it fits better")


def test_scores_are_on_the_faqs_scale_and_rounded_to_four_places(tmp_path: Path) -> None:
    """The entry's only phrasing lies at cosine 0.5; an only entry keeps the fixed scale."""
    bot = bot_over(
        tmp_path, entry("a", "xyz"), embedder=FakeEmbedder({"q": (1, 0), "xyz": at(0.5)})
    )
    score = round(0.60 + 0.09 * (0.4 - 0.34) / (0.57 - 0.34), 4)
    assert matched(bot, "q").hits == (Hit("a", score, "xyz", 0.4),)


def test_at_most_ten_entries_are_ranked(tmp_path: Path) -> None:
    entries = [entry(f"e{number:02}", f"thing {number}") for number in range(12)]
    bot = bot_over(tmp_path, *entries)
    assert len(matched(bot, "some thing").hits) == 10
    assert len(matched(bot, "thing 11").hits) == 10

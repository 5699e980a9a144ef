"""A person's own language comes first, and costs nobody else anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.domain import Action, Decision, Hit
from bot.files.config.settings import Score, Settings
from bot.matching.build import Matcher
from bot.matching.decide.thresholds import Policy
from bot.matching.decider import Decider
from bot.matching.language import ForeignEntries
from bot.matching.score.blended import BlendedRanker
from bot.matching.score.ranker import Match
from bot.matching.text import Synonyms
from tests.factories import LINES, bot_over, entry
from tests.fakes import FakeEmbedder, fake_encoder
from tests.matching.test_determinism import nameless
from tests.matching.test_matcher import TableRanker, match

ROOT = Path(__file__).parent.parent.parent.parent


# --- who is foreign ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "foreign"),
    [
        pytest.param("en", {"de", "at"}, id="entries in other languages"),
        pytest.param("DE-ch", {"en"}, id="a region, however it is written, is no other language"),
        pytest.param("fr", set(), id="nobody, where nothing is in the language"),
        pytest.param(None, set(), id="nobody, where the language is unknown"),
        pytest.param("", set(), id="nobody, where the code is empty"),
    ],
)
def test_entries_in_other_languages_are_foreign(lang: str | None, foreign: set[str]) -> None:
    entries = [
        entry("en", lang="en"), entry("de", lang="de"), entry("at", lang="de-AT"), entry("any"),
    ]  # fmt: skip
    assert ForeignEntries(entries).to(lang) == foreign


# --- two ways to see an utterance ----------------------------------------------------------------

FOREIGN = ForeignEntries(
    [entry("geld", lang="de"), entry("paket", lang="de"), entry("own", lang="en")]
)


def decider(
    among_all: Mapping[str, Match], own: Mapping[str, Match], policy: Policy | None = None
) -> Decider:
    ranker = TableRanker(among_all, own)
    return Decider(
        fake_encoder(FakeEmbedder()), ranker, Synonyms({}), policy or Policy(LINES), FOREIGN
    )


def decided(among_all: Match, own: Match, policy: Policy | None = None) -> Decision:
    return decider({"it": among_all}, {"it": own}, policy).decide("it", "en-GB")


GELD = Hit("geld", 0.7, "phrasing of geld", 0.5)
ASIDE = "entries in other languages were set aside"


def test_an_answer_in_the_persons_language_comes_before_any_other() -> None:
    found = match("own", 0.8)
    assert decided(match("geld", 0.9), found) == Decision(
        Action.ANSWER,
        "own",
        0.8,
        found.hits,
        f"{ASIDE}; 0.8000 is above the answer line 0.75",
        thresholds=LINES,
    )


def test_a_person_of_another_language_or_none_gets_what_fits_best() -> None:
    ask = decider({"it": match("geld", 0.9)}, {})
    assert [ask.decide("it", lang).entry_id for lang in (None, "fr")] == ["geld", "geld"]


@pytest.mark.parametrize("score", [0.9, 0.7, 0.5], ids=["answer", "follow-up", "fallback"])
def test_where_the_persons_language_has_nothing_all_entries_count(score: float) -> None:
    among_all = match("geld", score)
    expected = decider({"it": among_all}, {}).decide("it")
    assert decided(among_all, match("own", 0.59)) == expected
    assert decided(among_all, Match((), text="it")) == expected


def test_a_follow_up_in_the_persons_language_comes_before_a_foreign_answer() -> None:
    """Which is offered last: it may be all that the FAQ has on the topic."""
    decision = decided(match("geld", 0.9), match("own", 0.7))
    assert (decision.action, decision.entry_id, decision.score) == (Action.FOLLOW_UP, "own", 0.7)
    assert [hit.entry_id for hit in decision.candidates] == ["own", "geld"]
    assert decision.reason == (
        f"{ASIDE} except geld, which fits better; "
        "0.7000 is from the follow-up line 0.6 to the answer line 0.75"
    )


def test_a_foreign_entry_is_offered_only_if_it_fits_better() -> None:
    decision = decided(match("own", 0.7, "it", GELD), match("own", 0.72))
    assert [hit.entry_id for hit in decision.candidates] == ["own"]
    assert decision.reason.startswith(f"{ASIDE}; ")


@pytest.mark.parametrize(
    ("choices", "offered"), [(3, ["own", "b", "geld"]), (2, ["own", "geld"]), (1, ["own"])]
)
def test_with_a_foreign_entry_a_follow_up_still_offers_at_most_the_configured_number(
    choices: int, offered: list[str]
) -> None:
    own = match("own", 0.7, "it", Hit("b", 0.69, "…", 0.5), Hit("c", 0.68, "…", 0.5))
    decision = decided(match("geld", 0.9), own, Policy(LINES, choices=choices))
    assert [hit.entry_id for hit in decision.candidates] == offered


@pytest.mark.parametrize(
    ("own", "entry_id"), [(0.8, "own"), (0.7, "geld")], ids=["an answer", "no follow-up"]
)
def test_a_foreign_phrasing_word_for_word_gives_way_to_an_answer_only(
    own: float, entry_id: str
) -> None:
    exact = replace(match("geld", 1.0), word_for_word=True)
    decision = decided(exact, match("own", own))
    assert (decision.action, decision.entry_id) == (Action.ANSWER, entry_id)


def test_the_reason_says_nothing_where_the_preference_changed_nothing() -> None:
    found = match("own", 0.9)
    assert decided(found, found).reason == "0.9000 is above the answer line 0.75"


def test_a_foreign_near_duplicate_makes_no_close_call() -> None:
    rival = Hit("geld", 0.89, "…", 0.89)
    decision = decided(match("own", 0.9, "it", rival), match("own", 0.9))
    assert (decision.action, decision.candidates[1:]) == (Action.ANSWER, ())


def test_the_guards_compare_with_the_entry_in_the_persons_language() -> None:
    among_all = Match((Hit("geld", 0.9, "9 Tage", 0.9),), text="9 days", close=("9 Tage",))
    own = Match((Hit("own", 0.8, "5 days", 0.9),), text="9 days", close=("5 days",))
    decision = decided(among_all, own)
    assert decision.action is Action.FOLLOW_UP
    assert "; but the message says 9, “5 days” 5, so it asks" in decision.reason


TOLD_APART = {
    "Own? Only foreign?": (match("geld", 0.3), match("own", 0.3)),
    "Own?": (match("geld", 0.9), match("own", 0.8)),
    "Only foreign?": (match("paket", 0.9), match("own", 0.4)),
    "Own? Rain?": (match("geld", 0.8), match("own", 0.8)),
    "Rain?": (match("geld", 0.2), match("own", 0.2)),
    "own and only foreign": (match("geld", 0.5), match("own", 0.5)),
    "own": (match("geld", 0.9), match("own", 0.8)),
    "only foreign": (match("paket", 0.9), match("own", 0.4)),
}


@pytest.mark.parametrize(
    ("message", "lang", "parts"),
    [
        pytest.param("Own? Only foreign?", "en", ["own", "paket"], id="two sentences"),
        pytest.param("own and only foreign", "en", ["own", "paket"], id="two clauses"),
        pytest.param("Own? Only foreign?", None, ["geld", "paket"], id="without a preference"),
        pytest.param("Own? Rain?", "en", [], id="an answer to the whole stands"),
    ],
)
def test_each_part_of_a_message_is_decided_by_the_preference(
    message: str, lang: str | None, parts: list[str]
) -> None:
    among_all = {text: pair[0] for text, pair in TOLD_APART.items()}
    own = {text: pair[1] for text, pair in TOLD_APART.items()}
    decision = decider(among_all, own).decide(message, lang)
    assert decision.action is Action.ANSWER
    assert [part.entry_id for part in decision.parts] == parts


# --- the ways of ranking -------------------------------------------------------------------------

PAYPAL = (
    entry("en", "paypal payment", "pay by paypal", lang="en"),
    entry("de", "paypal zahlung", "mit paypal zahlen", lang="de"),
    entry("code", "voucher code", "gift card", lang="en"),
    entry("gutschein", "gutschein einloesen", "geschenkkarte", lang="de"),
    entry("hours", "opening hours", "open on sunday"),
)
UTTERANCES = [
    "paypal", "paypal?", "PayPal payment!", "paypal zahlung", "gift code", "open on sundy", "",
    "paypal payment. gutschein einloesen", "gift card and geschenkkarte", "如何", "rain",
]  # fmt: skip


def plain(folder: Path, score: Score) -> Settings:
    return Settings(cache=folder / "cache", score=score)


@pytest.mark.parametrize("score", list(Score))
def test_a_foreign_near_duplicate_neither_overtakes_nor_takes_the_lead_away(
    tmp_path: Path, score: Score
) -> None:
    """With the plain cosine there is no lead to lose."""
    embedder = FakeEmbedder(
        {"q": (1, 0, 0), "own": (0.9, 0.43589, 0), "fremd": (0.9, 0, 0.43589), "x": (-1, 0, 0)}
    )
    entries = entry("z", "own", lang="en"), entry("a", "fremd", lang="de"), entry("x", "x")
    bot = bot_over(tmp_path, *entries, embedder=embedder, settings=plain(tmp_path, score))
    unknown, german, english = (
        bot.decide_all(["q"], lang)[0].candidates[0] for lang in (None, "de", "en")
    )
    assert [unknown.entry_id, german.entry_id, english.entry_id] == ["a", "a", "z"]
    if score is Score.COSINE:
        assert english.score == german.score == unknown.score == 0.9
    else:
        assert unknown.raw is not None
        assert english.raw is not None
        assert english.raw > unknown.raw + 0.3
        assert english.raw == german.raw


def test_letters_alone_are_compared_without_foreign_entries_too(tmp_path: Path) -> None:
    """An entry alone leads by all it has; two that are as like the message, by nothing."""
    bot = bot_over(tmp_path, entry("zh", "退款多久", lang="zh"), entry("ja", "退款何日", lang="ja"))
    unknown, chinese, japanese = (
        bot.decide_all(["退款"], lang)[0].candidates[0] for lang in (None, "zh-hans", "ja")
    )
    assert [unknown.entry_id, chinese.entry_id, japanese.entry_id] == ["ja", "zh", "ja"]
    assert unknown.raw is not None
    assert chinese.raw == japanese.raw == pytest.approx(1.3 * unknown.raw, abs=1e-4)


@pytest.mark.parametrize(("lang", "entry_id"), [("en", "en"), ("de", "de")])
def test_a_wording_of_two_languages_is_sure_for_whoever_speaks_one(
    tmp_path: Path, lang: str, entry_id: str
) -> None:
    entries = entry("en", "WhatsApp", lang="en"), entry("de", "WhatsApp", lang="de"), entry("x")
    bot = bot_over(tmp_path, *entries)
    (decision,) = bot.decide_all(["whatsapp?"], lang)
    assert (decision.entry_id, decision.score) == (entry_id, 1.0)
    assert bot.decide_all(["whatsapp?"])[0].score < 1


def test_where_the_model_can_read_nothing_of_the_persons_language_all_entries_count(
    tmp_path: Path,
) -> None:
    entries = *PAYPAL[::2], entry("zh", "如何退款", lang="zh"), entry("zh2", "退款多久", lang="zh")
    english = [replace(e, lang="en") for e in entries if e.lang is None]
    bot = bot_over(tmp_path, *english, *(e for e in entries if e.lang is not None))
    assert bot.decide_all(["paypal payments"], "zh") == bot.decide_all(["paypal payments"])


# --- what it costs those who need none -----------------------------------------------------------


def told(bot: Matcher, lang: str | None) -> list[Decision]:
    """Decisions without the fingerprint, which holds the languages."""
    return [nameless(decision) for decision in bot.decide_all(UTTERANCES, lang)]


@pytest.mark.parametrize("score", list(Score))
@pytest.mark.parametrize("lang", [None, "fr", "en"])
def test_without_a_preference_nothing_changes(
    tmp_path: Path, score: Score, lang: str | None
) -> None:
    settings = plain(tmp_path, score)
    nameless = [replace(e, lang=None) for e in PAYPAL]
    expected = told(bot_over(tmp_path, *nameless, settings=settings), None)
    others = PAYPAL if lang != "en" else [replace(e, lang=e.lang and "de") for e in PAYPAL]
    assert told(bot_over(tmp_path, *others, settings=settings), lang) == expected
    assert told(bot_over(tmp_path, *PAYPAL, settings=settings), "de") != expected


@pytest.mark.parametrize(("lang", "ranked"), [(None, 1), ("fr", 1), ("en", 2)])
def test_an_utterance_is_encoded_once_and_ranked_again_for_a_preference_only(
    tmp_path: Path, lang: str | None, ranked: int
) -> None:
    embedder = FakeEmbedder()
    bot = bot_over(tmp_path, *PAYPAL, embedder=embedder)
    embedder.encoded.clear()
    with patch.object(BlendedRanker, "rank", autospec=True, side_effect=BlendedRanker.rank) as rank:
        bot.decide_all(["paypal"], lang)
    assert (embedder.encoded, rank.call_count) == (["paypal"], ranked)

"""The second encoder: what it reads, what it leaves alone, and when it is loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Action, Faq, FaqEntry, Translation
from bot.files.config.settings import MultilingualModel, Score, Settings
from bot.matching import build
from bot.matching.build import Matcher, MatcherOnDemand, assemble, complete, complete_for
from bot.matching.encoder import multilingual
from bot.matching.encoder.encoder import Encoder
from tests.factories import entry
from tests.fakes import FakeEmbedder, fake_encoder

GERMAN = "Wo ist meine Bestellung?"
VECTORS = {
    "Where is my order?": (1.0, 0.0, 0.0, 0.0),
    "Can I return it?": (0.0, 1.0, 0.0, 0.0),
    "When are you open?": (0.0, 0.0, 1.0, 0.0),
    GERMAN: (0.98, 0.1, 0.1, 0.0),
    "Wie ist das Wetter heute bei euch?": (0.0, 0.0, 0.0, 1.0),
    "我的订单在哪里": (0.97, 0.1, 0.0, 0.0),
    "订单到哪了": (0.96, 0.1, 0.0, 0.1),
    "营业时间是什么": (0.0, 0.0, 0.96, 0.1),
}
ENTRIES = (
    entry("order", "Where is my order?", answer="It is on its way to you."),
    entry("return", "Can I return it?", answer="You can return it within a month."),
    entry("open", "When are you open?", answer="We are open all day."),
)
CHINESE = (
    entry("order-zh", "订单到哪了", lang="zh"),
    entry("open-zh", "营业时间是什么", lang="zh"),
)


def second() -> Encoder:
    return fake_encoder(FakeEmbedder(VECTORS))


def bot_of(
    folder: Path,
    *entries: FaqEntry,
    encoder: Encoder | None = None,
    score: Score = Score.BLENDED,
    model: MultilingualModel = MultilingualModel.USE,
) -> Matcher:
    settings = Settings(cache=folder, score=score, multilingual_model=model)
    first = fake_encoder(FakeEmbedder())
    return assemble(settings, Faq(entries or ENTRIES), first, "fake", second=encoder)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Where the second encoder was looked for, each time that it was loaded."""
    asked: list[Path] = []

    def load(cache: Path, _: int | None) -> Encoder:
        asked.append(cache)
        return second()

    monkeypatch.setattr(multilingual, "load_multilingual", load)
    return asked


def test_a_message_in_another_language_finds_its_entry_by_meaning(tmp_path: Path) -> None:
    decision = bot_of(tmp_path, encoder=second()).decide(GERMAN)
    assert decision.action is Action.ANSWER
    assert decision.entry_id == "order"
    assert decision.language == "de"
    assert decision.foreign == {"order", "return", "open"}


def test_a_message_about_something_else_in_another_language_falls_back(tmp_path: Path) -> None:
    bot = bot_of(tmp_path, encoder=second())
    assert bot.decide("Wie ist das Wetter heute bei euch?").action is Action.FALLBACK


def test_the_second_encoder_changes_no_decision_on_an_english_message(tmp_path: Path) -> None:
    one, both = bot_of(tmp_path / "one"), bot_of(tmp_path / "both", encoder=second())
    for text in ("Where is my order?", "my order please", "the weather", "Can I return it now?"):
        before, after = one.decide(text), both.decide(text)
        assert after == before


def test_an_entry_in_the_language_of_the_message_comes_before_its_twin(tmp_path: Path) -> None:
    bot = bot_of(tmp_path, *ENTRIES, *CHINESE, encoder=second())
    assert bot.decide("我的订单在哪里").entry_id == "order-zh"


def test_where_no_entry_is_in_the_language_of_the_message_that_of_most_comes_first(
    tmp_path: Path,
) -> None:
    bot = bot_of(tmp_path, *ENTRIES, *CHINESE, encoder=second())
    decision = bot.decide(GERMAN)
    assert decision.action is Action.ANSWER
    assert decision.entry_id == "order"


def test_an_entry_in_another_language_answers_what_its_own_language_cannot(tmp_path: Path) -> None:
    german = entry("wetter", "Wie ist das Wetter heute bei euch?", lang="de")
    bot = bot_of(tmp_path, *ENTRIES, german, encoder=second())
    assert bot.decide(GERMAN).entry_id == "order"


def test_a_translated_question_is_found_word_for_word(tmp_path: Path) -> None:
    translated = replace(
        ENTRIES[1], translations=(Translation("de", "Kann ich es zurückgeben?", "Ja."),)
    )
    bot = bot_of(tmp_path, ENTRIES[0], translated, ENTRIES[2], encoder=second())
    decision = bot.decide("kann ich es zurückgeben")
    assert (decision.entry_id, decision.score) == ("return", 1.0)


def test_a_translation_changes_nothing_for_english_messages(tmp_path: Path) -> None:
    translations = (Translation("de", "Kann ich es zurückgeben?", "Ja."),)
    plain = bot_of(tmp_path / "plain")
    rest = (ENTRIES[0], replace(ENTRIES[1], translations=translations), ENTRIES[2])
    translated = bot_of(tmp_path / "translated", *rest)
    for text in ("Can I return it please", "is my order here"):
        assert translated.decide(text).candidates == plain.decide(text).candidates
    assert translated.fingerprint != plain.fingerprint


def test_traditional_chinese_is_word_for_word_the_same_as_simplified(tmp_path: Path) -> None:
    bot = bot_of(tmp_path, *ENTRIES, entry("hours-zh", "营业时间", lang="zh"))
    assert bot.decide("營業時間").score == 1


def test_the_second_encoder_is_loaded_only_when_asked_for(
    tmp_path: Path, loads: list[Path]
) -> None:
    bot = bot_of(tmp_path)
    assert not bot.is_complete
    assert bot.lacks([GERMAN])
    assert not bot.lacks(["Where is my order?"])
    assert complete_for(bot, [("Where is my order?", None)]) is bot
    assert loads == []
    completed = complete_for(bot, [("Where is my order?", None), (GERMAN, None)])
    assert loads == [tmp_path]
    assert completed.is_complete
    assert completed.decide(GERMAN).entry_id == "order"
    assert complete(completed) is completed


def test_a_bot_completed_later_decides_as_one_that_was_built_whole(
    tmp_path: Path, loads: list[Path]
) -> None:
    whole = bot_of(tmp_path, encoder=second())
    completed = complete(bot_of(tmp_path))
    for text in (GERMAN, "Where is my order?", "我的订单在哪里"):
        assert completed.decide(text) == whole.decide(text)
    assert completed.fingerprint == whole.fingerprint


def test_decisions_made_without_the_second_encoder_carry_another_fingerprint(
    tmp_path: Path,
) -> None:
    bots = (
        bot_of(tmp_path),
        bot_of(tmp_path, encoder=second()),
        bot_of(tmp_path, model=MultilingualModel.NONE),
    )
    assert len({bot.decide(GERMAN).fingerprint for bot in bots}) == 3
    lacking, whole, _ = (bot.decide("Where is my order?").fingerprint for bot in bots)
    assert lacking == whole == bots[0].fingerprint == bots[1].fingerprint


@pytest.mark.parametrize(
    ("score", "model"),
    [
        pytest.param(Score.COSINE, MultilingualModel.USE, id="plain cosines"),
        pytest.param(Score.BLENDED, MultilingualModel.NONE, id="switched off"),
    ],
)
def test_where_no_second_encoder_is_wanted_none_is_loaded(
    tmp_path: Path, loads: list[Path], score: Score, model: MultilingualModel
) -> None:
    bot = bot_of(tmp_path, score=score, model=model)
    assert bot.is_complete
    assert not bot.lacks([GERMAN])
    assert complete(bot) is bot
    assert loads == []


def test_a_matcher_on_demand_loads_it_when_the_first_message_needs_it(
    tmp_path: Path, loads: list[Path]
) -> None:
    matcher = MatcherOnDemand(bot_of(tmp_path))
    matcher.decide("Where is my order?")
    assert loads == []
    assert matcher.decide(GERMAN).entry_id == "order"
    matcher.decide(GERMAN)
    assert loads == [tmp_path]


def test_what_was_measured_is_kept_for_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bot_of(tmp_path, encoder=second()).decide(GERMAN)
    monkeypatch.setattr("bot.matching.score.multilingual.fit_second", None)
    assert bot_of(tmp_path, encoder=second()).decide(GERMAN) == before


def test_after_a_small_edit_measurements_serve_on_until_the_faq_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.matching.score.measured.FEWEST", 1)
    monkeypatch.setattr("bot.matching.score.measured.MOST_CHANGED", 0.5)
    bot = bot_of(tmp_path, *ENTRIES, *CHINESE, encoder=second())
    edited = replace(CHINESE[0], phrasings=("订单",))
    faq = Faq((*ENTRIES, edited, *CHINESE[1:]))
    with monkeypatch.context() as patched:
        patched.setattr("bot.matching.score.multilingual.fit_second", None)
        rebuilt = build.rebuild(bot, bot.settings, faq, build.AT_ONCE).matcher
    assert rebuilt.is_provisional
    assert rebuilt.fingerprint != bot.fingerprint
    assert rebuilt.decide("我的订单在哪里").entry_id == "order-zh"
    measured = build.measure(rebuilt, build.AT_ONCE)
    fresh = bot_of(tmp_path / "fresh", *faq.entries, encoder=second())
    assert not measured.is_provisional
    assert measured.decide("我的订单在哪里") == fresh.decide("我的订单在哪里")

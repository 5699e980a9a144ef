"""config.yaml becomes settings; a value that does not fit is told with its line, never replaced."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import Thresholds
from bot.files.config import (
    EncoderKind,
    Score,
    Settings,
    StoreSettings,
    decisive,
    read_settings,
    until_restart,
)
from bot.files.config_telegram import Limit, Limits, TelegramSettings, Webhook
from bot.files.config_texts import shipped
from bot.texts import TEAM_TEXT_NAMES, TEXT_NAMES, Phrasebook
from tests.files.test_yamlfile import TEXTS

KNOWN = (
    "Known here: faq, model, encoder, threads, matching, thresholds, follow_up_choices, synonyms, "
    "cache, language, telegram, store, monitoring, texts."
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with an FAQ folder in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faq").mkdir()
    return tmp_path


def read(content: str, faq: str | None = None) -> tuple[Settings, list[str]]:
    """The settings and the problems of a config.yaml in the working folder."""
    Path("config.yaml").write_text(content, encoding="utf-8")
    found, problems = read_settings("config.yaml", faq)
    return found, [str(problem) for problem in problems]


def problems_of(content: str) -> list[str]:
    return read(content)[1]


# --- values --------------------------------------------------------------------------------------


# All lines under them are comments.
EMPTY = "thresholds:\nmatching:\ntexts:\nsynonyms:\ntelegram:\nstore:\n"


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "{}\n", "thresholds: {}\ntexts: {}\n", EMPTY]
)
def test_a_key_left_out_has_its_default(content: str) -> None:
    assert read(content) == (
        Settings(
            faq=Path("faq"),
            model="all-MiniLM-L6-v2",
            score=Score.BLENDED,
            head=True,
            thresholds=Thresholds(answer=0.75, follow_up=0.60),
            follow_up_choices=3,
            synonyms=(),
            cache=Path(".cache"),
            language="en",
            texts=shipped(),
            telegram=TelegramSettings(),
            store=StoreSettings(),
        ),
        [],
    )


def test_every_key_is_read() -> None:
    Path("questions.yaml").touch()
    content = """\
faq: questions.yaml
model: other-model
encoder: torch
threads: 4
matching:
  score: cosine
  head: false
thresholds:
  answer: 0.9
  follow_up: -0.5
follow_up_choices: 10
synonyms:
  parcel shop: pick-up point
  快件: 包裹
cache: /var/cache/bot
language: zh
telegram:
  handoff_chat: -1001234567890
store:
  retention_days: 1
texts:
  en:
    welcome: Hi!
    team:
      nearest: Near
"""
    english = shipped()["en"]
    changed = replace(english, welcome="Hi!", team=replace(english.team, nearest="Near"))
    assert read(content) == (
        Settings(
            faq=Path("questions.yaml"),
            model="other-model",
            encoder=EncoderKind.TORCH,
            threads=4,
            score=Score.COSINE,
            head=False,
            thresholds=Thresholds(answer=0.9, follow_up=-0.5),
            follow_up_choices=10,
            synonyms=(("parcel shop", "pick-up point"), ("快件", "包裹")),
            cache=Path("/var/cache/bot"),
            language="zh",
            texts={**shipped(), "en": changed},
            telegram=TelegramSettings(handoff_chat=-1001234567890),
            store=StoreSettings(retention_days=1),
        ),
        [],
    )


@pytest.mark.parametrize("written", ["false", "no", "OFF"])
def test_off_is_a_value_and_not_unset(written: str) -> None:
    found, problems = read(f"matching: {{head: {written}}}")
    assert (found.head, found.score, problems) == (False, Score.BLENDED, [])


@pytest.mark.parametrize("written", ["true", "Yes", "on"])
def test_on_may_be_said_in_any_of_yamls_ways(written: str) -> None:
    assert read(f"matching: {{head: {written}}}")[0].head is True


def test_the_order_of_synonyms_makes_no_difference() -> None:
    straight, _ = read("synonyms:\n  a: x\n  b: y\n")
    turned, problems = read("synonyms:\n  b: y\n  a: x\n")
    assert (turned, problems) == (straight, [])
    assert turned.synonyms == (("a", "x"), ("b", "y"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("{answer: 0.0, follow_up: 0.0}", Thresholds(0.0, 0.0), id="both"),
        pytest.param("{answer: 0, follow_up: -0.0}", Thresholds(0.0, 0.0), id="0 and -0.0"),
        pytest.param("{follow_up: 0.0}", Thresholds(0.75, 0.0), id="follow_up"),
        pytest.param("{answer: 0.0, follow_up: -1}", Thresholds(0.0, -1.0), id="answer"),
    ],
)
def test_zero_is_a_value_and_not_unset(content: str, expected: Thresholds) -> None:
    found, problems = read(f"thresholds: {content}")
    assert (found.thresholds, problems) == (expected, [])


@pytest.mark.parametrize("line", ["-1", "1", "-1.0", "1.0", "0.123456789"])
def test_lines_may_be_equal_and_as_far_out_as_minus_one_and_one(line: str) -> None:
    found, problems = read(f"thresholds:\n  answer: {line}\n  follow_up: {line}\n")
    assert (found.thresholds, problems) == (Thresholds(float(line), float(line)), [])


def test_paths_are_relative_to_the_folder_of_the_config(folder: Path) -> None:
    for name in ("sub", "sub/questions", "sub/encoder"):
        (folder / name).mkdir()
    config = folder / "sub" / "my.yaml"
    config.write_text("faq: questions\nmodel: encoder\ncache: vectors\n", encoding="utf-8")
    found, problems = read_settings("sub/my.yaml")
    assert (found.faq, found.model, found.cache, problems) == (
        Path("sub/questions"),
        "sub/encoder",
        Path("sub/vectors"),
        [],
    )


def test_a_model_without_a_folder_of_its_name_is_a_name(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "a-file").touch()
    config = folder / "sub" / "config.yaml"
    config.write_text("faq: ../faq\nmodel: a-file\n", encoding="utf-8")
    assert read_settings("sub/config.yaml")[0].model == "a-file"
    assert read("model: someone/some-model\n")[0].model == "someone/some-model"
    assert read(f"model: {'m' * 300}\n")[0].model == "m" * 300


def test_faq_given_beside_the_config_replaces_its_own() -> None:
    Path("other").mkdir()
    found, problems = read("faq: missing/\n", faq="other")
    assert (found.faq, problems) == (Path("other"), [])


# --- problems ------------------------------------------------------------------------------------

NO_FAQ = "there is no such file or folder. Give a folder of *.yaml files, or one such file."
NO_ASKING = "or the bot can never ask back. Lower follow_up or raise answer."
QUOTE = "text is needed. Put it in quotes if the colon, dash or bracket is meant."
TEXT_KEYS = ", ".join((*TEXT_NAMES, "team"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            "faq: faq\ntresholds: {}\n",
            f"config.yaml:2: tresholds is not a key this bot knows. Did you mean 'thresholds'? "
            f"{KNOWN}",
            id="key misspelt",
        ),
        pytest.param(
            "Model: m\n",
            f"config.yaml:1: Model is not a key this bot knows. Did you mean 'model'? {KNOWN}",
            id="key in capitals",
        ),
        pytest.param(
            "\nwebhook: on\n",
            f"config.yaml:2: webhook is not a key this bot knows. {KNOWN}",
            id="key like no other",
        ),
        pytest.param(
            "'': on\n", f'config.yaml:1: "" is not a key this bot knows. {KNOWN}', id="empty key"
        ),
        pytest.param(
            '"a\\nb": on\n',
            f"config.yaml:1: a\\nb is not a key this bot knows. {KNOWN}",
            id="key over two lines is told in one",
        ),
        pytest.param(
            f"{'k' * 50}: on\n",
            f"config.yaml:1: {'k' * 39}… is not a key this bot knows. {KNOWN}",
            id="long key is shortened",
        ),
        pytest.param(
            "thresholds:\n  answer: 0.8\n  followup: 0.6\n",
            "config.yaml:3: thresholds.followup is not a key this bot knows. Did you mean "
            "'follow_up'? Known here: answer, follow_up.",
            id="key misspelt in a part",
        ),
        pytest.param(
            "texts:\n  en:\n    wellcome: Hi\n",
            "config.yaml:3: texts.en.wellcome is not a key this bot knows. Did you mean 'welcome'? "
            f"Known here: {TEXT_KEYS}.",
            id="text misspelt",
        ),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest_known_one(content: str, expected: str) -> None:
    assert problems_of(content) == [expected]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            "faq: [a, b]\n", f"config.yaml:1: faq is a list; {QUOTE}", id="list for a path"
        ),
        pytest.param(
            "model: {name: m}\n",
            f"config.yaml:1: model is a group of keys; {QUOTE}",
            id="group for a name",
        ),
        pytest.param("cache:\n", "config.yaml:1: cache is empty; text is needed.", id="no value"),
        pytest.param(
            "cache: '  '\n",
            "config.yaml:1: cache is empty; text is needed.",
            id="blanks for a path",
        ),
        pytest.param(
            "model: 007\n",
            "config.yaml:1: model is 007, which YAML reads as a number; text is needed. Put it in "
            'quotes: "007".',
            id="number for a name",
        ),
        pytest.param(
            "texts:\n  en:\n    none_of_these: no\n",
            "config.yaml:3: texts.en.none_of_these is no, which YAML reads as yes/no; text is "
            'needed. Put it in quotes: "no".',
            id="no for a text",
        ),
        pytest.param(
            f"texts:\n  en:\n    help: {'h' * 4097}\n",
            "config.yaml:3: texts.en.help has 4,097 characters; at most 4,096 are possible. "
            "Shorten it.",
            id="text too long for a message",
        ),
        pytest.param(
            "thresholds: 0.75\n",
            "config.yaml:1: thresholds is 0.75; keys under it are needed: answer, follow_up.",
            id="number for two thresholds",
        ),
        pytest.param(
            "texts: [Hi]\n",
            "config.yaml:1: texts is a list; keys under it are needed: en, zh.",
            id="list for texts",
        ),
        pytest.param(
            "- faq: faq\n",
            "config.yaml:1: the file is a list; keys are needed, for example: faq: faq/",
            id="list for the whole file",
        ),
        pytest.param(
            "\nfaq\n",
            'config.yaml:2: the file is "faq"; keys are needed, for example: faq: faq/',
            id="word for the whole file",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_with_what_was_needed(
    content: str, expected: str
) -> None:
    assert problems_of(content) == [expected]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param("high", 'is "high"; a number is needed.', id="word"),
        pytest.param(
            '"0.8"',
            'is "0.8"; a number is needed. Write 0.8, with a point and without quotes.',
            id="number in quotes",
        ),
        pytest.param(
            "0,8",
            'is "0,8"; a number is needed. Write 0.8, with a point and without quotes.',
            id="comma",
        ),
        pytest.param("80%", 'is "80%"; a number is needed.', id="percent"),
        pytest.param("nan", 'is "nan"; a number is needed.', id="nan"),
        pytest.param(".nan", "is .nan; a number is needed.", id=".nan"),
        pytest.param(".inf", "is .inf; a number is needed.", id=".inf"),
        pytest.param("1e999", 'is "1e999"; a number is needed.', id="too large a number"),
        pytest.param("1.0e+999", "is 1.0e+999; a number is needed.", id="too large, with a point"),
        pytest.param("1:45", "is 1:45; a number is needed.", id="base 60"),
        pytest.param("0x1", "is 0x1; a number is needed.", id="base 16"),
        pytest.param("yes", "is yes; a number is needed.", id="yes"),
        pytest.param("", "is empty; a number is needed.", id="nothing"),
        pytest.param("[0.8]", "is a list; a number is needed.", id="list"),
        pytest.param("75", "is 75; a number from -1 to 1 is needed.", id="75"),
        pytest.param("1.0001", "is 1.0001; a number from -1 to 1 is needed.", id="just over 1"),
        pytest.param("-1.0001", "is -1.0001; a number from -1 to 1 is needed.", id="below -1"),
    ],
)
@pytest.mark.parametrize("key", ["answer", "follow_up"])
def test_a_threshold_is_a_number_from_minus_one_to_one(key: str, written: str, told: str) -> None:
    """And one that is none is not compared with the other: nobody knows what was meant."""
    other = "answer: -1" if key == "follow_up" else "follow_up: 1"
    content = f"thresholds:\n  {other}\n  {key}: {written}\n"
    assert problems_of(content) == [f"config.yaml:3: thresholds.{key} {told}"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            "thresholds:\n  answer: 0.75\n  follow_up: 0.82\n",
            "config.yaml:3: thresholds.follow_up is 0.82 but must not exceed thresholds.answer "
            f"(0.75, line 2), {NO_ASKING}",
            id="both are written",
        ),
        pytest.param(
            "thresholds:\n  follow_up: 0.75001\n",
            "config.yaml:2: thresholds.follow_up is 0.75001 but must not exceed thresholds.answer "
            f"(0.75, the default), {NO_ASKING}",
            id="only follow_up, just above the default",
        ),
        pytest.param(
            "thresholds:\n  answer: 0.0\n",
            "config.yaml:2: thresholds.answer is 0 but must not be below thresholds.follow_up "
            f"(0.6, the default), {NO_ASKING}",
            id="only answer, 0.0",
        ),
        pytest.param(
            "thresholds: {answer: 0.70000000, follow_up: 0.70000001}\n",
            "config.yaml:1: thresholds.follow_up is 0.70000001 but must not exceed "
            f"thresholds.answer (0.7, line 1), {NO_ASKING}",
            id="a difference in the eighth place is shown",
        ),
    ],
)
def test_follow_up_must_not_exceed_answer(content: str, expected: str) -> None:
    assert problems_of(content) == [expected]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param("0", "is 0; a number from 1 to 10 is needed.", id="0"),
        pytest.param("11", "is 11; a number from 1 to 10 is needed.", id="11"),
        pytest.param("2.5", "is 2.5; a whole number from 1 to 10 is needed.", id="2.5"),
        pytest.param("three", 'is "three"; a number is needed.', id="word"),
        pytest.param(
            '"3"',
            'is "3"; a number is needed. Write 3, with a point and without quotes.',
            id="in quotes",
        ),
    ],
)
def test_follow_up_choices_is_a_whole_number_from_1_to_10(written: str, told: str) -> None:
    assert problems_of(f"follow_up_choices: {written}\n") == [
        f"config.yaml:1: follow_up_choices {told}"
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param(
            "cosin", "is \"cosin\"; cosine or blended is needed. Did you mean 'cosine'?",
            id="misspelt",
        ),
        pytest.param(
            "Blended", "is \"Blended\"; cosine or blended is needed. Did you mean 'blended'?",
            id="in capitals",
        ),
        pytest.param("bm25", 'is "bm25"; cosine or blended is needed.', id="like neither"),
        pytest.param("1", 'is 1, which YAML reads as a number; text is needed. Put it in quotes: '
                     '"1".', id="number"),
        pytest.param("", "is empty; text is needed.", id="nothing"),
        pytest.param("[cosine]", f"is a list; {QUOTE}", id="list"),
    ],
)  # fmt: skip
def test_the_score_is_one_of_two(written: str, told: str) -> None:
    assert problems_of(f"matching:\n  score: {written}\n") == [
        f"config.yaml:2: matching.score {told}"
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param("maybe", 'is "maybe"; true or false is needed, without quotes.', id="word"),
        pytest.param('"true"', 'is "true"; true or false is needed, without quotes.', id="quotes"),
        pytest.param("1", "is 1; true or false is needed, without quotes.", id="number"),
        pytest.param("", "is empty; true or false is needed, without quotes.", id="nothing"),
        pytest.param("[no]", "is a list; true or false is needed, without quotes.", id="list"),
    ],
)
def test_the_head_is_on_or_off(written: str, told: str) -> None:
    assert problems_of(f"matching:\n  head: {written}\n") == [
        f"config.yaml:2: matching.head {told}"
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(
            "encoder: onx",
            "encoder is \"onx\"; auto, onnx, torch or openvino is needed. Did you mean 'onnx'?",
            id="misspelt",
        ),
        pytest.param("threads: 0", "threads is 0; a number from 1 to 64 is needed.", id="0"),
        pytest.param("threads: 65", "threads is 65; a number from 1 to 64 is needed.", id="65"),
        pytest.param(
            "threads: 1.5",
            "threads is 1.5; a whole number from 1 to 64 is needed.",
            id="one and a half",
        ),
    ],
)
def test_how_the_model_is_run_is_told_with_what_was_needed(content: str, told: str) -> None:
    assert problems_of(content) == [f"config.yaml:1: {told}"]


def test_a_value_of_matching_that_does_not_fit_leaves_the_other_alone() -> None:
    found, problems = read("matching:\n  score: cosin\n  head: false\n")
    assert (found.score, found.head, len(problems)) == (Score.BLENDED, False, 1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            "matching: cosine\n",
            'config.yaml:1: matching is "cosine"; keys under it are needed: score, head.',
            id="word for matching",
        ),
        pytest.param(
            "matching:\n  scores: cosine\n",
            "config.yaml:2: matching.scores is not a key this bot knows. Did you mean 'score'? "
            "Known here: score, head.",
            id="key of matching misspelt",
        ),
        pytest.param(
            "synonyms: [a, b]\n",
            "config.yaml:1: synonyms is a list; lines such as  parcel shop: pick-up point  are "
            "needed.",
            id="list for synonyms",
        ),
        pytest.param(
            "synonyms:\n  parcel shop:\n",
            "config.yaml:2: synonyms.parcel shop is empty; text is needed.",
            id="no plain word",
        ),
        pytest.param(
            "synonyms:\n  five: 5\n",
            "config.yaml:2: synonyms.five is 5, which YAML reads as a number; text is needed. Put "
            'it in quotes: "5".',
            id="number for a plain word",
        ),
        pytest.param(
            "synonyms:\n  a: [b, c]\n",
            f"config.yaml:2: synonyms.a is a list; {QUOTE}",
            id="list for a plain word",
        ),
        pytest.param(
            f"synonyms:\n  a: {'b' * 201}\n",
            "config.yaml:2: synonyms.a has 201 characters; at most 200 are possible. Shorten it.",
            id="plain word too long",
        ),
        pytest.param(
            "synonyms:\n  ' ': b\n",
            "config.yaml:2: synonyms has an empty word; text is needed before the colon.",
            id="empty business word",
        ),
        pytest.param(
            "synonyms:\n  x: b\n  c: the X prize\n",
            "config.yaml:3: synonyms.c becomes 'the X prize', which holds 'x', itself a word of "
            "this table. Write the plain word that both should become.",
            id="plain word holds a business word",
        ),
        pytest.param(
            "synonyms:\n  shop: parcel shop\n",
            "config.yaml:2: synonyms.shop becomes 'parcel shop', which holds 'shop', itself a word "
            "of this table. Write the plain word that both should become.",
            id="plain word holds its own business word",
        ),
    ],
)
def test_matching_and_synonyms_are_told_with_what_was_needed(content: str, expected: str) -> None:
    assert problems_of(content) == [expected]


def test_a_synonym_that_does_not_fit_leaves_the_others_alone() -> None:
    found, problems = read("synonyms:\n  a: 5\n  ' b ': y\n")
    assert (found.synonyms, len(problems)) == ((("b", "y"),), 1)


def test_an_faq_that_does_not_exist_is_told_where_it_is_named() -> None:
    assert problems_of("cache: c\nfaq: fqa/\n") == [f'config.yaml:2: faq is "fqa"; {NO_FAQ}']
    assert problems_of('faq: "a\\nb"\n') == [f'config.yaml:1: faq is "a\\nb"; {NO_FAQ}']


def test_an_faq_that_no_folder_could_be_called_does_not_exist() -> None:
    assert problems_of(f"faq: {'f' * 300}\n") == [f'config.yaml:1: faq is "{"f" * 300}"; {NO_FAQ}']
    assert problems_of('faq: "\\0"\n') == ["config.yaml:1: faq holds the character \\0. Delete it."]


def test_an_faq_left_out_must_exist_too(folder: Path) -> None:
    (folder / "faq").rmdir()
    assert problems_of("cache: c\n") == [f'config.yaml:1: faq is "faq"; {NO_FAQ}']


def test_an_faq_of_the_wrong_kind_is_told_once(folder: Path) -> None:
    (folder / "faq").rmdir()
    assert problems_of("faq: 7\n") == [
        "config.yaml:1: faq is 7, which YAML reads as a number; text is needed. Put it in quotes: "
        '"7".'
    ]


def test_an_faq_given_beside_the_config_must_exist() -> None:
    assert read("", faq="fqa")[1] == ["fqa: there is no such file or folder (given with --faq)."]


def test_of_a_config_that_cannot_be_read_no_more_is_said(folder: Path) -> None:
    """Not that the FAQ is missing: which one it names is unknown."""
    (folder / "faq").rmdir()
    _, problems = read_settings("missing.yaml")
    assert list(map(str, problems)) == ["missing.yaml: there is no such file."]
    assert problems_of("[]\n") == [
        "config.yaml:1: the file is a list; keys are needed, for example: faq: faq/"
    ]


def test_all_problems_are_told_at_once() -> None:
    content = """\
faq: missing
faq: faq
modle: m
thresholds:
  answer: &x high
  follow_up: 2
follow_up_choices: 0
cache: *x
texts:
  en:
    help: 1.10
    welcome: []
"""
    assert sorted(problems_of(content)) == [
        "config.yaml:11: texts.en.help is 1.10, which YAML reads as a number; text is needed. Put "
        'it in quotes: "1.10".',
        f"config.yaml:12: texts.en.welcome is a list; {QUOTE}",
        f'config.yaml:1: faq is "missing"; {NO_FAQ}',
        "config.yaml:2: the key 'faq' stands here a second time (first in line 1). Remove one of "
        "the two.",
        f"config.yaml:3: modle is not a key this bot knows. Did you mean 'model'? {KNOWN}",
        "config.yaml:5: &x is an anchor, which this bot does not allow. Remove it, or put the text "
        "in quotes if the & is meant.",
        'config.yaml:5: thresholds.answer is "high"; a number is needed.',
        "config.yaml:6: thresholds.follow_up is 2; a number from -1 to 1 is needed.",
        "config.yaml:7: follow_up_choices is 0; a number from 1 to 10 is needed.",
        "config.yaml:8: *x is an alias, which this bot does not allow. Write the value out here.",
    ]


# --- columns of the table ------------------------------------------------------------------------


def test_the_settings_that_decide_are_named_once_for_every_fingerprint() -> None:
    assert decisive(Settings(follow_up_choices=4, model="m", threads=2)) == {
        "score": "blended",
        "head": True,
        "thresholds": Thresholds(answer=0.75, follow_up=0.60),
        "follow_up_choices": 4,
        "synonyms": (),
    }


def test_a_hot_reload_takes_over_what_needs_no_restart_and_names_the_rest() -> None:
    read = Settings(
        threads=2,
        follow_up_choices=4,
        telegram=TelegramSettings(feedback=False),
        monitoring_port=9464,
    )
    assert until_restart(Settings(), read) == (
        Settings(follow_up_choices=4),
        ("monitoring", "telegram", "threads"),
    )
    assert until_restart(read, read) == (read, ())


def test_an_encoder_that_is_no_more_is_read_as_auto_with_a_remark() -> None:
    found, problems = read("threads: 2\nencoder: openvino\n")
    assert (found.encoder, problems) == (EncoderKind.AUTO, [])
    assert [str(remark) for remark in found.remarks] == [
        "config.yaml:2: encoder: openvino no longer exists and is read as auto."
    ]


# --- anything whatever ---------------------------------------------------------------------------

KEYS = [field.name for field in fields(Settings)] + ["texts", "en", *TEXT_NAMES]
VALUES = st.one_of(
    TEXTS,
    st.floats().map(str),
    st.sampled_from(["0.0", "-1", "1.5", "faq", "{answer: 0, follow_up: 1}", "{help: no}", "[a]"]),
)
CONFIGS = st.one_of(
    TEXTS,
    st.lists(st.tuples(st.sampled_from(KEYS), VALUES)).map(
        lambda pairs: "".join(f"{key}: {value}\n" for key, value in pairs)
    ),
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(content=CONFIGS)
def test_any_config_gives_fitting_settings_and_one_line_for_each_problem(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any-config.yaml"
    file.write_bytes(content.encode("utf-8", "replace"))
    found, problems = read_settings(str(file))
    assert -1 <= found.thresholds.follow_up <= found.thresholds.answer <= 1
    assert 1 <= found.follow_up_choices <= 10
    for problem in problems:
        assert len(str(problem).splitlines()) == 1


ROOT = Path(__file__).parent.parent.parent


def test_the_shipped_configuration_says_what_is_so_without_it() -> None:
    loaded, problems = read_settings(str(ROOT / "config.yaml"))
    assert problems == []
    store = StoreSettings(url=f"sqlite:///{ROOT}/data/faq-bot.db", key_file=ROOT / "data" / "key")
    assert loaded == Settings(
        faq=ROOT / "faq", cache=ROOT / ".cache", store=store, lock=ROOT / "policy.lock"
    )


def test_the_examples_of_the_shipped_configuration_work_when_uncommented(tmp_path: Path) -> None:
    """They are the lines "# key: value" and "# - item" from the synonyms on."""
    before, mark, examples = (ROOT / "config.yaml").read_text("utf-8").partition("synonyms:")
    used, count = re.subn(r"(?m)^( +)# (?=- \d|[a-z][a-z_ ]*: )", r"\1", examples)
    (tmp_path / "faq").mkdir(exist_ok=True)
    path = tmp_path / "config.yaml"
    path.write_text(before + mark + used, "utf-8")
    loaded, problems = read_settings(str(path))
    assert problems == []
    assert loaded.synonyms == (("parcel shop", "pick-up point"),)
    assert loaded.telegram == TelegramSettings(
        admins=frozenset({123456789}), handoff_chat=-1001234567890
    )
    assert loaded.monitoring_port == 9464
    assert loaded.phrasebook == Phrasebook(shipped(), "en")
    assert count == 4 + len(TEXT_NAMES) + len(TEAM_TEXT_NAMES)


def test_the_shipped_configuration_shows_every_key() -> None:
    written = (ROOT / "config.yaml").read_text("utf-8")
    written = re.sub(r"monitoring:\s+# port:", "monitoring_port:", written)
    parts = (Settings, Thresholds, TelegramSettings, Limits, Limit, Webhook, StoreSettings)
    names = [
        field.name
        for part in parts
        for field in fields(part)
        if field.name not in {"lock", "remarks"}
    ]
    assert [name for name in names if not re.search(rf"(?m)^ *(# *)?{name}:", written)] == []

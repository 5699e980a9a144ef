"""config.yaml becomes settings; a value that does not fit is told with its line, never replaced."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import KeepText, Thresholds
from bot.files.config.settings import (
    EncoderKind,
    Score,
    Settings,
    decisive,
    read_settings,
    until_restart,
)
from bot.files.config.store import StoreSettings
from bot.files.config.telegram import TelegramSettings
from bot.files.config.texts import shipped
from bot.texts import TeamTexts, Texts
from tests.files.reading import problems_of, read

KNOWN = (
    "Known here: faq, model, multilingual_model, encoder, encoder_url, encoder_model, index, "
    "threads, matching, thresholds, follow_up_choices, synonyms, small_talk, hot_reload, "
    "cache, timezone, notice, language, telegram, token_file, store, http, studio, "
    "authoring, monitoring, texts."
)


# --- values --------------------------------------------------------------------------------------


# All lines under them are comments.
EMPTY = "thresholds:\nmatching:\ntexts:\nsynonyms:\ntelegram:\nstore:\n"


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "{}\n", "thresholds: {}\ntexts: {}\n", EMPTY]
)
def test_a_key_left_out_has_its_default(content: str) -> None:
    assert read(content) == (Settings(), [])


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
  tentative: 0.3
follow_up_choices: 10
synonyms:
  parcel shop: pick-up point
  快件: 包裹
small_talk: off
hot_reload: off
cache: /var/cache/bot
language: zh
telegram:
  handoff_chat: -1001234567890
store:
  retention_days: 1
texts:
  en:
    welcome: Hi!
    small_talk:
      goodbye: {reply: So long!}
    team:
      nearest: Near
"""
    english = shipped()["en"]
    team = TeamTexts({**english.team.sentences, "nearest": "Near"})
    talk = replace(english.talk, replies={**english.talk.replies, "goodbye": "So long!"})
    changed = Texts({**english.sentences, "welcome": "Hi!"}, team, talk)
    assert read(content) == (
        Settings(
            faq=Path("questions.yaml"),
            model="other-model",
            encoder=EncoderKind.TORCH,
            threads=4,
            score=Score.COSINE,
            head=False,
            thresholds=Thresholds(answer=0.9, follow_up=-0.5, tentative=0.3),
            follow_up_choices=10,
            synonyms=(("parcel shop", "pick-up point"), ("快件", "包裹")),
            small_talk=False,
            hot_reload=False,
            cache=Path("/var/cache/bot"),
            language="zh",
            texts={**shipped(), "en": changed},
            telegram=TelegramSettings(handoff_chat=-1001234567890),
            store=StoreSettings(retention_days=1),
        ),
        [],
    )


@pytest.mark.parametrize(
    ("written", "head"),
    [("false", False), ("no", False), ("OFF", False), ("true", True), ("Yes", True), ("on", True)],
)
def test_off_is_a_value_and_not_unset(written: str, head: bool) -> None:
    found, problems = read(f"matching: {{head: {written}}}")
    assert (found.head, found.score, problems) == (head, Score.BLENDED, [])


def test_the_order_of_synonyms_makes_no_difference() -> None:
    straight, _ = read("synonyms:\n  a: x\n  b: y\n")
    turned, problems = read("synonyms:\n  b: y\n  a: x\n")
    assert (turned, problems) == (straight, [])
    assert turned.synonyms == (("a", "x"), ("b", "y"))


@pytest.mark.parametrize(
    ("written", "answer", "follow_up"),
    [
        ("{answer: 0.0, follow_up: 0.0}", 0, 0),
        ("{answer: 0, follow_up: -0.0}", 0, 0),
        ("{follow_up: 0.0}", 0.75, 0),
        ("{answer: 0.0, follow_up: -1}", 0, -1),
        ("{answer: -1, follow_up: -1.0}", -1, -1),
        ("{answer: 1, follow_up: 1.0}", 1, 1),
        ("{answer: 0.123456789, follow_up: 0.123456789}", 0.123456789, 0.123456789),
    ],
)
def test_zero_is_a_value_and_lines_may_be_equal_and_as_far_out_as_one(
    written: str, answer: float, follow_up: float
) -> None:
    found, problems = read(f"thresholds: {written}")
    tentative = min(max(0.69, follow_up), answer)  # gives way to the two lines
    assert (found.thresholds, problems) == (Thresholds(answer, follow_up, tentative), [])


@pytest.mark.parametrize("written", ["off", "no", "false"])
def test_tentative_answers_can_be_switched_off(written: str) -> None:
    found, problems = read(f"thresholds: {{tentative: {written}}}")
    assert (found.thresholds, problems) == (Thresholds(0.75, 0.60, None), [])


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


# --- the store ------------------------------------------------------------------------------------


def test_every_key_of_the_store_is_read() -> None:
    found, problems = read("""\
store:
  url: sqlite:////var/lib/faq-bot/memory.db
  key_file: /etc/faq-bot/key
  keep_text: "all"
  retention_days: 3650
""")
    url, key = "sqlite:////var/lib/faq-bot/memory.db", Path("/etc/faq-bot/key")
    assert (found.store, problems) == (StoreSettings(url, key, KeepText.ALL, 3650), [])


@pytest.mark.parametrize(
    ("section", "url", "key_file"),
    [
        ("{url: sqlite:///here.db, key_file: secrets/key}", "here.db", "secrets/key"),
        ("", "data/faq-bot.db", "data/key"),
    ],
)
def test_paths_of_the_store_are_relative_to_the_folder_of_the_config(
    folder: Path, section: str, url: str, key_file: str
) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "config.yaml").write_text(f"faq: ../faq\nstore: {section}\n", "utf-8")
    found, problems = read_settings("sub/config.yaml")
    expected = StoreSettings(url=f"sqlite:///sub/{url}", key_file=Path("sub", key_file))
    assert (found.store, problems) == (expected, [])


@pytest.mark.parametrize("path", ["a b@c.db", "100%.db", "é 你好.db", "../x.db", "C:/x.db"])
def test_a_database_may_be_called_as_files_are(path: str) -> None:
    found, problems = read(f'store:\n  url: "sqlite:///{path}"\n')
    assert (found.store.url, problems) == (f"sqlite:///{path}", [])


def test_a_database_on_a_server_is_named_as_sqlalchemy_does() -> None:
    url = "postgresql+psycopg://bot@db.example.com:5433/faq?sslmode=verify-full"
    found, problems = read(f"store:\n  url: {url}\n")
    assert (found.store.url, problems) == (url, [])


# --- problems, beside those of test_config_problems ----------------------------------------------

NO_FAQ = "there is no such file or folder. Give a folder of *.yaml files, or one such file."
QUOTE = "text is needed. Put it in quotes if the colon, dash or bracket is meant."


UNKNOWN = f"is not a key this bot knows. {KNOWN}"
WHOLE = "keys are needed, for example: faq: faq/"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("'': on\n", f'1: "" {UNKNOWN}'),
        ('"a\\nb": on\n', f"1: a b {UNKNOWN}"),
        (f"{'k' * 70}: on\n", f"1: {'k' * 59}… {UNKNOWN}"),
        ("- faq: faq\n", f"1: the file is a list; {WHOLE}"),
        ("\nfaq\n", f'2: the file is "faq"; {WHOLE}'),
        (
            "thresholds:\n  answer: 0.7\n  follow_up: 0.70000001\n",
            "3: thresholds.follow_up is 0.70000001 but must not exceed thresholds.answer (0.7, "
            "line 2), or the bot can never ask back. Lower follow_up or raise answer.",
        ),
        (
            "synonyms:\n  x: b\n  c: the X prize\n",
            "3: synonyms.c becomes 'the X prize', which holds 'x', itself a word of this table. "
            "Write the plain word that both should become.",
        ),
        (
            "synonyms:\n  ' ': b\n",
            "2: synonyms has an empty word; text is needed before the colon.",
        ),
    ],
)
def test_what_is_wrong_is_told_with_what_was_needed(content: str, told: str) -> None:
    assert problems_of(content) == [f"config.yaml:{told}"]


@pytest.mark.parametrize(
    "content",
    ["thresholds:\n  answer: -1\n  follow_up: x\n", "thresholds: {answer: x, follow_up: 1}\n"],
)
def test_a_threshold_that_is_none_is_not_compared_with_the_other(content: str) -> None:
    """Nobody knows what was meant."""
    found, (told,) = read(content)
    assert told.endswith('is "x"; a number is needed.')
    assert found.thresholds == Settings().thresholds


def test_a_value_that_does_not_fit_leaves_the_others_alone() -> None:
    found, problems = read("matching:\n  score: cosin\n  head: false\nfollow_up_choices: 2\n")
    assert found == Settings(head=False, follow_up_choices=2)
    assert len(problems) == 1


def test_a_synonym_that_does_not_fit_leaves_the_others_alone() -> None:
    found, problems = read("synonyms:\n  a: 5\n  ' b ': y\n")
    assert (found.synonyms, len(problems)) == ((("b", "y"),), 1)


@pytest.mark.parametrize("name", ["fqa/", "a\nb", "f" * 300])
def test_an_faq_that_does_not_exist_is_told_where_it_is_named(name: str) -> None:
    """No folder could have the longest of these names."""
    shown = name.rstrip("/").replace("\n", "\\n")
    (told,) = problems_of(f"cache: c\nfaq: {json.dumps(name)}\n")
    assert told == f'config.yaml:2: faq is "{shown}"; {NO_FAQ}'


def test_an_faq_left_out_must_exist_too(folder: Path) -> None:
    (folder / "faq").rmdir()
    assert problems_of("cache: c\n") == [f'config.yaml:1: faq is "faq"; {NO_FAQ}']


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
        "config.yaml:8: *x is an alias, which this bot does not allow. Write the value out, or put "
        "the text in quotes if the * is meant.",
    ]


# --- columns of the table ------------------------------------------------------------------------


def test_the_settings_that_decide_are_named_once_for_every_fingerprint() -> None:
    assert decisive(Settings(follow_up_choices=4, model="m", threads=2)) == {
        "multilingual_model": "use-multilingual-3",
        "score": "blended",
        "head": True,
        "thresholds": Thresholds(answer=0.75, follow_up=0.60, tentative=0.69),
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
        "config.yaml:2: encoder: openvino no longer exists and is read as auto. Write auto."
    ]

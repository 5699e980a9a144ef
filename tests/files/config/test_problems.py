"""A value of config.yaml that does not fit is told with its line, and its default stands."""

from __future__ import annotations

import pytest

from bot.files.config.settings import Settings
from tests.files.reading import TEAM_TEXT_NAMES, TEXT_NAMES, read, rows_of

NAMES = {
    "TEXT": "text is needed. Put it in quotes if the colon, dash or bracket is meant.",
    "ASK": "or the bot can never ask back. Lower follow_up or raise answer.",
    "MODE": "auto, onnx, onnx-int8, torch or remote is needed.",
    "PERSON": "the number of a person's account is needed, such as 123456789, without quotes. A "
    "name can change hands; a number cannot. Those of groups are negative.",
    "GROUP": "the number of a group is needed, such as -1001234567890, without quotes. A name can "
    "change hands; a number cannot.",
    "URL": "Write sqlite:/// and a file's path, such as sqlite:///data/faq-bot.db.",
    "SERVER": "Write it such as postgresql+psycopg://faqbot@db.example.com/faqbot.",
    "PASSWORD": "which does not belong in this file. Put it in STORE_PASSWORD, or the path of a "
    "file that holds it in STORE_PASSWORD_FILE. Write it such as "
    "postgresql+psycopg://faqbot@db.example.com/faqbot.",
    "KEYS": "faq, model, multilingual_model, encoder, encoder_url, encoder_model, index, "
    "threads, matching, thresholds, follow_up_choices, synonyms, small_talk, hot_reload, "
    "cache, timezone, notice, language, telegram, token_file, store, http, studio, "
    "authoring, monitoring, texts.",
    "TEXTS": f"{', '.join((*TEXT_NAMES, 'team', 'small_talk'))}.",
    "TEAM": f"{', '.join(TEAM_TEXT_NAMES)}.",
    "PLAIN": "itself a word of this table. Write the plain word that both should become.",
}
# A key, with dots for lines below one another, its value → what is told of it.
CASES = """
Model: m → is not a key this bot knows. Did you mean 'model'? Known here: <KEYS>
webhook: on → is not a key this bot knows. Known here: <KEYS>
faq: [a, b] → is a list; <TEXT>
faq: "\\0" → holds the character \\0. Delete it.
faq: 7 → is 7, which YAML reads as a number; text is needed. Put it in quotes: "7".
model: {name: m} → is a group of keys; <TEXT>
model: 007 → is 007, which YAML reads as a number; text is needed. Put it in quotes: "007".
cache: → is empty; text is needed.
cache: '  ' → is empty; text is needed.
encoder: tensorrt → is "tensorrt"; <MODE>
encoder: ONNX → is "ONNX"; <MODE> Did you mean 'onnx'?
threads: 0 → is 0; a number from 1 to 64 is needed.
threads: 65 → is 65; a number from 1 to 64 is needed.
matching: cosine → is "cosine"; keys under it are needed: score, head.
matching.scores: cosine → is not a key this bot knows. Did you mean 'score'? Known here: score,
    head.
matching.score: blend → is "blend"; cosine or blended is needed. Did you mean 'blended'?
matching.score: 1 → is 1, which YAML reads as a number; text is needed. Put it in quotes: "1".
matching.head: 1 → is 1; true or false is needed, without quotes.
matching.head: "true" → is "true"; true or false is needed, without quotes.
matching.head: maybe → is "maybe"; true or false is needed, without quotes.
matching.head: → is empty; true or false is needed, without quotes.
matching.head: [] → is a list; true or false is needed, without quotes.
thresholds: 0.75 → is 0.75; keys under it are needed: answer, follow_up, tentative.
thresholds.followup: 1 → is not a key this bot knows. Did you mean 'follow_up'? Known here: answer,
    follow_up, tentative.
thresholds.answer: high → is "high"; a number is needed.
thresholds.answer: "0.8" → is "0.8"; a number is needed. Write 0.8, with a point and without quotes.
thresholds.answer: 0,8 → is "0,8"; a number is needed. Write 0.8, with a point and without quotes.
thresholds.answer: 80% → is "80%"; a number is needed.
thresholds.answer: nan → is "nan"; a number is needed.
thresholds.answer: .nan → is .nan; a number is needed.
thresholds.answer: .inf → is .inf; a number is needed.
thresholds.answer: 1e999 → is "1e999"; a number is needed.
thresholds.answer: 1.0e+999 → is 1.0e+999; a number is needed.
thresholds.answer: 1:45 → is 1:45; a number is needed.
thresholds.answer: 0x1 → is 0x1; a number is needed.
thresholds.answer: yes → is yes; a number is needed.
thresholds.answer: → is empty; a number is needed.
thresholds.answer: [0.8] → is a list; a number is needed.
thresholds.answer: 1.0001 → is 1.0001; a number from -1 to 1 is needed.
thresholds.answer: 75 → is 75; a number from -1 to 1 is needed. Did you mean 0.75?
thresholds.answer: 5 → is 5; a number from -1 to 1 is needed.
thresholds.tentative: on → is on; a number or off is needed.
thresholds.tentative: 0.76 → is 0.76; a number from thresholds.follow_up (0.6) to
    thresholds.answer (0.75) is needed, or off.
thresholds.tentative: 0.5 → is 0.5; a number from thresholds.follow_up (0.6) to
    thresholds.answer (0.75) is needed, or off.
thresholds.follow_up: -1.0001 → is -1.0001; a number from -1 to 1 is needed.
thresholds.follow_up: 0.75001 → is 0.75001 but must not exceed thresholds.answer (0.75, the
    default), <ASK>
thresholds.answer: 0.0 → is 0 but must not be below thresholds.follow_up (0.6, the default), <ASK>
follow_up_choices: 0 → is 0; a number from 1 to 10 is needed.
follow_up_choices: 11 → is 11; a number from 1 to 10 is needed.
follow_up_choices: 2.5 → is 2.5; a whole number from 1 to 10 is needed.
synonyms: [a, b] → is a list; lines such as  parcel shop: pick-up point  are needed.
synonyms.parcel shop: → is empty; text is needed.
synonyms.a: [b, c] → is a list; <TEXT>
synonyms.shop: parcel shop → becomes 'parcel shop', which holds 'shop', <PLAIN>
language: fr → is "fr"; one of en, zh-hant, zh is needed, or its texts under texts.
telegram.admin: [1] → is not a key this bot knows. Did you mean 'admins'? Known here: admins,
    handoff_chat, handoff_on, handoff_topics, handoff_timeout, team_may_edit, office_hours, groups,
    presses, feedback, limits, max_age, watchdog_s, webhook.
telegram.admins: 123 → is 123; a list of numbers, each in a line of its own after a dash, is needed.
telegram.handoff_chat: "@my_team" → is "@my_team"; <GROUP>
telegram.handoff_chat: '-100123' → is "-100123"; <GROUP>
telegram.handoff_chat: -100.5 → is -100.5; <GROUP>
telegram.handoff_chat: -0 → is -0; <GROUP>
telegram.handoff_chat: -12345678901234567 → is -12345678901234567; <GROUP>
telegram.handoff_chat: → is empty; <GROUP>
telegram.handoff_chat: [-1] → is a list; <GROUP>
telegram.handoff_on: unaswered → is "unaswered"; unanswered or asked is needed. Did you mean
    'unanswered'?
telegram.handoff_timeout: 0 → is 0; a number from 0.05 to 10080 is needed.
telegram.handoff_timeout: 10081 → is 10081; a number from 0.05 to 10080 is needed.
telegram.groups: when addressed → is "when addressed"; when_addressed or silent_unless_sure is
    needed. Did you mean 'when_addressed'?
telegram.presses: Asker → is "Asker"; asker or anyone is needed. Did you mean 'asker'?
telegram.feedback: thumbs → is "thumbs"; true or false is needed, without quotes.
telegram.limits: 10 → is 10; keys under it are needed: person, chat.
telegram.limits.person.burst: 0 → is 0; a number from 1 to 10000 is needed.
telegram.limits.chat.burst: 10001 → is 10001; a number from 1 to 10000 is needed.
telegram.limits.chat.burst: 2.5 → is 2.5; a whole number from 1 to 10000 is needed.
telegram.limits.person.per_minute: 0 → is 0; a number from 0.1 to 10000 is needed.
telegram.limits.chat.per_minute: 10001 → is 10001; a number from 0.1 to 10000 is needed.
telegram.limits.chat.bursts: 5 → is not a key this bot knows. Did you mean 'burst'? Known here:
    burst, per_minute.
telegram.max_age: 0.9 → is 0.9; a number from 1 to 10080 is needed.
telegram.max_age: 10081 → is 10081; a number from 1 to 10080 is needed.
telegram.watchdog_s: 4.9 → is 4.9; a number from 5 to 86400 is needed.
telegram.watchdog_s: 86401 → is 86401; a number from 5 to 86400 is needed.
telegram.webhook: x → is "x"; keys under it are needed: url, port, secret, host.
monitoring: 9464 → is 9464; keys under it are needed: port.
monitoring.port: 0 → is 0; a number from 1 to 65535 is needed.
monitoring.port: on → is on; a number is needed.
monitoring.host: x → is not a key this bot knows. Known here: port.
store.retention: 90 → is not a key this bot knows. Did you mean 'retention_days'? Known here: url,
    key_file, keep_text, retention_days.
store.url: postgresql://bot:hunter2@db.example.com/faq → begins with postgresql://. <SERVER>
store.url: mysql://bot:hunter2@db.example.com/faq → begins with mysql://; only sqlite and
    postgresql+psycopg are possible. <URL>
store.url: postgresql+psycopg://bot:hunter2@db.example.com/faq → holds a password, <PASSWORD>
store.url: postgresql+psycopg://bot@db.example.com/faq?password=hunter2 → holds a
    password, <PASSWORD>
store.url: postgresql+psycopg://hunter2@db.example.com → names no database. <SERVER>
store.url: postgresql+psycopg://hunter2@db.example.com:port/faq → is no address. <SERVER>
store.url: sqlite://bot:hunter2@/data/x.db → does not begin with sqlite:///, as is needed. <URL>
store.url: sqlite:///bot:hunter2@data/x.db → holds more than a file's path: a password or options
    (?…). <URL>
store.url: sqlite:///data/x.db?key=hunter2 → holds more than a file's path: a password or options
    (?…). <URL>
store.url: hunter2 → does not begin with sqlite:///, as is needed. <URL>
store.url: SQLite:///hunter2.db → begins with SQLite://; only sqlite and
    postgresql+psycopg are possible. <URL>
store.url: sqlite:/// → names no file. <URL>
store.url: "sqlite:///:memory:" → names no file. <URL>
store.url: sqlite:///hunter2/ → names no file. <URL>
store.url: sqlite:///faq → names no file. <URL>
store.url: → is empty; text is needed.
store.key_file: [] → is a list; <TEXT>
store.keep_text: None → is "None"; none, unanswered or all is needed. Did you mean 'none'?
store.keep_text: ~ → is ~, which YAML reads as nothing; text is needed. Put it in quotes: "~".
store.retention_days: 0 → is 0; a number from 1 to 3650 is needed.
store.retention_days: 3651 → is 3651; a number from 1 to 3650 is needed.
texts: [Hi] → is a list; keys under it are needed: en, zh-hant, zh.
texts.welcome: Hi → stands outside of a language. Put it under one, such as en:.
texts.team: {nearest: Near} → stands outside of a language. Put it under one, such as en:.
texts.en.wellcome: Hi → is not a key this bot knows. Did you mean 'welcome'? Known here: <TEXTS>
texts.en.none_of_these: no → is no, which YAML reads as yes/no; text is needed. Put it in quotes:
    "no".
texts.en.team: Hello → is "Hello"; keys under it are needed: <TEAM>
texts.en.team.neerest: Near → is not a key this bot knows. Did you mean 'nearest'? Known here:
    <TEAM>
"""


def cases() -> list[tuple[str, str]]:
    """Each case of the table: a config.yaml, and the line that tells its problem."""
    found = []
    for written, told in rows_of(CASES, NAMES):
        path, _, value = written.partition(":")
        *parents, last = path.split(".")
        lines = [f"{'  ' * depth}{key}:" for depth, key in enumerate(parents)]
        lines.append(f"{'  ' * len(parents)}{last}:{value}")
        found.append(("\n".join(lines) + "\n", f"config.yaml:{len(lines)}: {path} {told}"))
    return found


@pytest.mark.parametrize(("content", "told"), [pytest.param(*case, id=case[1]) for case in cases()])
def test_a_value_that_does_not_fit_is_told_and_its_default_stands(content: str, told: str) -> None:
    found, problems = read(content)
    assert (problems, found) == ([told], Settings())
    assert "hunter2" not in f"{problems}"  # a password

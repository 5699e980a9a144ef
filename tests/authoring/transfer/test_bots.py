"""Exports of other bots: intents and knowledge bases become entries."""

from __future__ import annotations

import json
from pathlib import Path

from bot.authoring.transfer.transfer import import_faq
from bot.domain import Faq, FaqEntry
from tests.authoring.transfer.files import NOTHING, take, workbook, zipped

HEAD = [
    *("Question", "Answer", "Source", "Metadata", "SuggestedQuestions", "IsContextOnly"),
    *("Prompts", "QnaId"),
]
PROMPTS = '[{"displayOrder":0,"qnaId":2,"qna":null,"displayText":"Cost"}]'
YES = "**Yes**\\n\\nSoon."
PAY = '[{"name":"topic","value":"pay"}]'
ROWS = [
    ['May I return "it"?', YES, "Editorial", "topic:returns", "[]", "False", PROMPTS, "1"],
    ["send back", YES, "Editorial", "topic:returns", "[]", "False", PROMPTS, "1"],
    ["The cost?", "None.", "Editorial", PAY, "[]", "True", "[]", "2"],
    ["Hi", "Hello", "qna_chitchat_Friendly.tsv", "editorial:chitchat", "[]", "False", "[]", "3"],
]
KNOWN = (
    FaqEntry(
        "may-i-return-it",
        'May I return "it"?',
        ("send back",),
        "**Yes**\n\nSoon.",
        tags=("returns",),
        related=("the-cost",),
    ),
    FaqEntry("the-cost", "The cost?", (), "None.", tags=("pay",)),
)
TABLE = "\n".join("\t".join(row) for row in (HEAD, *ROWS))


def told(name: str, content: str | bytes) -> tuple[tuple[FaqEntry, ...], list[str]]:
    taken = take(name, content)
    return taken.entries, [each.text for each in taken.left]


def test_qna_maker_is_read_from_its_table_its_workbook_and_its_zip() -> None:
    left = [
        "it was asked only after another question; here it is as any other.",
        "its chit-chat is left out: the bot has small talk of its own (small_talk:).",
    ]
    assert told("kb.tsv", TABLE) == (KNOWN, left)
    assert told("kb.xlsx", workbook(tuple(HEAD), *map(tuple, ROWS))) == (KNOWN, left)
    assert told("kb.zip", zipped({"kb.tsv": TABLE, "Settings.tsv": "Key\tValue\n"})) == (
        KNOWN,
        left,
    )


def test_qna_maker_is_read_from_both_kinds_of_its_json() -> None:
    def documents(context: str, *metadata: object) -> list[dict[str, object]]:
        prompts = {"isContextOnly": False, "prompts": json.loads(PROMPTS)}
        return [
            {"id": 1, "questions": ['May I return "it"?', "send back"], "metadata": metadata[0],
             "answer": "**Yes**\n\nSoon.", context: prompts},
            {"id": 2, "questions": ["The cost?"], "answer": "None.", "metadata": metadata[1]},
        ]  # fmt: skip

    old = documents("context", [{"name": "t", "value": "returns"}], [{"name": "t", "value": "pay"}])
    new = documents("dialog", {"t": "returns"}, {"t": "pay"})
    assert told("a.json", json.dumps({"qnaDocuments": old})) == (KNOWN, [])
    assert told("b.json", json.dumps({"assets": {"qnas": new}})) == (KNOWN, [])


NLU = """
version: "3.1"
nlu:
- intent: faq/ask_refund
  examples: |
    - money back for [shoes](item) in [Berlin]{"entity": "city"}
    - May I get a refund?
- intent: hours
  examples: |
    - opening hours
- synonym: x
  examples: |
    - y
"""
DOMAIN = """
responses:
  utter_faq/ask_refund:
  - text: Within 30 days.
  utter_open:
  - text: Ask {name}.
    buttons: [{title: x, payload: /y}]
  - text: At nine.
rules:
- rule: hours
  steps:
  - intent: hours
  - action: utter_open
"""


def test_rasa_intents_meet_their_responses_from_other_files() -> None:
    Path("nlu.yml").write_text(NLU, "utf-8")
    Path("domain.yml").write_text(DOMAIN, "utf-8")
    taken = import_faq([Path("nlu.yml"), Path("domain.yml")], NOTHING)
    wordings = ("money back for shoes in Berlin",)
    entries = (
        FaqEntry("ask_refund", "May I get a refund?", wordings, "Within 30 days.", ("faq",)),
        FaqEntry("hours", "opening hours", (), "Ask {name}."),
    )
    assert taken.entries == entries
    assert list(map(str, taken.left)) == [
        "nlu.yml: “hours”: it has 2 answers, one by chance; the first is taken.",
        "nlu.yml: “hours”: its buttons, pictures and the like are left out.",
        "nlu.yml: “hours”: the answer holds {name}, which the bot fills with nothing.",
    ]
    assert take("bot.zip", zipped({"data/nlu.yml": NLU, "domain.yml": DOMAIN})).entries == entries
    assert [each.text for each in take("nlu.yml", NLU).left][:1] == [
        "no responses: were found. Name the file with them, domain.yml say, beside this one."
    ]


def test_dialogflow_intents_of_several_languages_are_entries_of_each() -> None:
    refund = {
        "name": "faq.refund",
        "responses": [
            {
                "messages": [
                    {"type": "0", "lang": "en", "speech": ["Ask $name.", "Other"]},
                    {"type": "0", "lang": "en", "title": "", "speech": "Soon."},
                    {"type": "1", "lang": "en", "title": "card"},
                    {"type": "0", "lang": "de", "speech": "Ja."},
                ]
            }
        ],
        "contexts": ["x"],
    }
    phrases = [{"data": [{"text": "money "}, {"text": "back", "meta": "@x"}], "isTemplate": False}]
    agent = {
        "agent.json": '{"language": "en"}',
        "package.json": "{}",
        "intents/faq.refund.json": json.dumps(refund),
        "intents/faq.refund_usersays_en.json": json.dumps(phrases),
        "intents/faq.refund_usersays_de.json": '[{"data": [{"text": "Geld zurück?"}]}]',
        "intents/Default.json": '{"fallbackIntent": true, "responses": []}',
        "entities/x.json": "{}",
    }
    entries, left = told("agent.zip", zipped(agent))
    assert entries == (
        FaqEntry("faq.refund", "money back", (), "Ask $name.\n\nSoon.", lang="en"),
        FaqEntry("faq.refund-de", "Geld zurück?", (), "Ja.", lang="de"),
    )
    assert left == [
        "“faq.refund”: it was reached only after another intent; here it is as any other.",
        "“faq.refund (en)”: it has 2 answers, one by chance; the first is taken.",
        "“faq.refund (en)”: its cards, pictures, quick replies or payloads are left out.",
        "“faq.refund (en)”: the answer holds $name, which the bot fills with nothing.",
        "“Default”: it is reached by no words (a fallback or an event); it is left out.",
    ]


def test_botpress_texts_of_several_languages_are_entries_of_each() -> None:
    data = {
        "action": "text",
        "enabled": True,
        "contexts": ["global", "shop"],
        "questions": {"en": ["refund", "May I?"], "fr": ["Puis-je ?"]},
        "answers": {"en": ["#!builtin_text-1", "b"], "fr": ["Oui"]},
        "redirectFlow": "",
    }
    off = {"enabled": False, "questions": {"en": ["x"]}, "answers": {"en": ["y"]}}
    content = [{"id": "builtin_text-1", "formData": {"text$en": "Ask us."}}]
    qnas = [{"id": "q_refund", "data": data}, {"id": "off", "data": off}]
    entries, left = told("a.json", json.dumps({"qnas": qnas, "content": content}))
    assert entries == (
        FaqEntry("q_refund", "May I?", ("refund",), "Ask us.", ("shop",), lang="en"),
        FaqEntry("q_refund-fr", "Puis-je ?", (), "Oui", ("shop",), lang="fr"),
    )
    assert left == [
        "“May I?”: it has 2 answers, one by chance; the first is taken.",
        "“x”: it is switched off; it is left out.",
    ]


def test_routes_of_semantic_router_want_an_answer_to_be_written() -> None:
    routes = [
        {"name": "refund money", "utterances": ["money back", "May I?"], "description": "Refunds"},
        {"name": "hi", "utterances": ["hi there"], "metadata": {"response": "Hello"}},
        {"name": "x", "utterances": ["what is x"]},
    ]
    written = json.dumps({"encoder_type": "openai", "routes": routes})
    entries, left = told("a.json", written)
    assert entries == (
        FaqEntry("refund-money", "May I?", ("money back",), "Refunds"),
        FaqEntry("hi", "hi there", (), "Hello"),
        FaqEntry("x", "what is x", (), "(This answer is not written yet.)"),
    )
    assert left == [
        "“refund money”: a route has no answer; its description is taken for one. Look at it.",
        "“x”: a route has no answer. Write it before the bot uses this file.",
    ]
    assert take("a.yaml", written).entries == entries
    assert Faq(entries).by_id["hi"].answer == "Hello"

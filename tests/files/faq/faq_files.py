"""FAQ files as tests write them, and what is told of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain import FaqEntry, Thresholds
from bot.errors import FileProblems
from bot.files.faq.load import load_faq

LINES = Thresholds(answer=0.75, follow_up=0.60)
KNOWN = (
    "Known here: id, question, phrasings, answer, tags, lang, related, links, attachments, "
    "thresholds, translations, tests, valid_from, valid_until, silence."
)
REFUND = "- id: refund\n  question: Can I get a refund?\n  answer: Yes.\n"


def write(files: dict[str, str]) -> None:
    for name, content in files.items():
        path = Path("faq", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def load(content: str, thresholds: Thresholds = LINES) -> tuple[FaqEntry, ...]:
    """The entries of an FAQ of one file."""
    write({"a.yaml": content})
    return load_faq(Path("faq"), thresholds).entries


def problems_now(path: str = "faq") -> list[str]:
    with pytest.raises(FileProblems) as caught:
        load_faq(Path(path), LINES)
    return str(caught.value).split("\n")


def problems_of(content: str, **more: str) -> list[str]:
    """The problems of a folder of a.yaml and, by their names without .yaml, others."""
    write({"a.yaml": content} | {f"{name}.yaml": text for name, text in more.items()})
    return problems_now()


def entry_with(key: str, written: str) -> tuple[str, int]:
    """An entry of the keys that are needed, one of them as written, and that key's line."""
    fields = {"id": "a", "question": "Q", "answer": "A"} | {key: written}
    content = "- " + "\n  ".join(f"{name}: {value}" for name, value in fields.items()) + "\n"
    return content, [*fields].index(key) + 1


def with_key(written: str) -> str:
    """A good entry whose line 4 begins what is given."""
    return f"{REFUND}  {written}\n"

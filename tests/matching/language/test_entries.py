"""The languages of an FAQ's entries."""

from __future__ import annotations

from bot.matching.language.entries import languages_of, main_language
from tests.factories import entry


def test_an_entry_is_in_the_language_it_names_or_that_of_its_texts_or_of_most_entries() -> None:
    languages = languages_of(
        [
            entry("named", "Where is it?", answer="Here it is.", lang="zh-hans"),
            entry("told", "Wo ist meine Bestellung?", answer="Sie ist unterwegs zu Ihnen."),
            entry("too-short", "Retoure", answer="Ja."),
            entry("other", "Wie kann ich das zurückgeben?", answer="Schicken Sie es zurück."),
        ]
    )
    assert languages == {"named": "zh", "told": "de", "too-short": "de", "other": "de"}
    assert main_language(languages) == "de"


def test_an_faq_in_which_nothing_tells_is_taken_for_english() -> None:
    assert languages_of([entry("a", "PayPal", answer="Visa")]) == {"a": "en"}
    assert main_language({}) == "en"

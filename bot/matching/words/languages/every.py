"""All languages whose words are known."""

from bot.matching.words.languages import ar, de, en, es, fr, it, ja, ko, nl, pl, pt, ru, th, tr, zh
from bot.matching.words.languages.words import Words

EVERY: dict[str, Words] = {
    **{"en": en.WORDS, "zh": zh.WORDS, "ar": ar.WORDS, "de": de.WORDS, "es": es.WORDS},
    **{"fr": fr.WORDS, "it": it.WORDS, "ja": ja.WORDS, "ko": ko.WORDS, "nl": nl.WORDS},
    **{"pl": pl.WORDS, "pt": pt.WORDS, "ru": ru.WORDS, "th": th.WORDS, "tr": tr.WORDS},
}

"""Which language a message is in, as far as that decides who reads it, and those of an FAQ.

Scripts are told by their letters, languages that share a script by their small words.
The languages named are those of the multilingual encoder; everything else, and whatever is too
short to tell, is `None`. So None means "go on as if nothing were known", never "read it anyway":
that encoder takes a language it does not know for one it does.

A mistake on an English message costs a right answer, one on any other costs what was lost before.
So English wins wherever it is a likely reading.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cache, cached_property, lru_cache

from bot.domain import FaqEntry, base_language
from bot.matching.text import is_traditional, normalise
from bot.matching.words.languages.every import EVERY
from bot.matching.words.languages.neighbours import OTHERS

ENGLISH = "en"

# Addresses, links, names of files, and what has a digit in it; CJK around them is kept.
_NO_WORDS = re.compile(r"[!-~]*(?:[@/\\#_\d]|[A-Za-z]\.[A-Za-z])[!-~]*")
_WORD = re.compile(r"[^\W\d_]+['’]?")
_LETTER = re.compile(r"[^\W\d_]")

# One character of these says as much as several letters of an alphabet.
_HAN, _KANA, _HANGUL = "\u3400-\u4dbf\u4e00-\u9fff々", "\u3041-\u30ff", "\uac00-\ud7af\u1100-\u11ff"
_DENSITY = 3
_SCRIPTS = {  # compiled when the first other letter comes by
    "latin": "[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]",
    "han": f"[{_HAN}]",
    "kana": f"[{_KANA}]",
    "hangul": f"[{_HANGUL}]",
    "cyrillic": "[\u0400-\u052f]",
    "arabic": "[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff]",
    "thai": "[\u0e01-\u0e4e]",
}
_DENSE = frozenset({"han", "kana", "hangul"})

# Letters beyond a script's common ones that a language writes; with others it is another language.
_ALPHABETS = {
    "de": "äöüß",
    "es": "áéíóúüñ",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "it": "àèéìíîòóù",
    "nl": "éèëïöüáíóê",
    "pl": "ąćęłńóśźż",
    "pt": "áâãàçéêíóôõúü",
    "tr": "çğıöşüâîû",
}
# Letters and endings of long words that hardly any other language in these letters has.
_TELLING = {
    language: frozenset(letters)
    for language, letters in (
        *(("de", "ß"), ("es", "ñ¿¡"), ("fr", "œ")),
        *(("pl", "łśźż"), ("tr", "ğı"), ("ru", "ыэё")),
    )
}
_ENDINGS = {
    "de": ("ungen", "ung", "keit", "heit", "lich"),
    "es": ("ción", "ciones"),
    "it": ("zione", "zioni"),
    "pl": ("ość", "ować", "łem", "łam", "iście"),
    "pt": ("ção", "ções"),
    "tr": ("yorum", "yorsunuz", "miyim", "mıyım", "ıyor", "iyor"),
    "ru": ("ться", "ение", "ения", "ость", "ывать"),
}
_ANY_ENDING = tuple(ending for endings in _ENDINGS.values() for ending in endings)
_LONG, _SHORT = 6, 4  # letters of a word, and of a whole message
_ARABIC = frozenset("ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي").union(map(chr, range(0x640, 0x653)))
_PERSIAN = frozenset(["است", "را", "از", "برای", "این", "شما", "چطور", "چرا", "هست", "نیست", "آیا"])
_BULGARIAN = re.compile("ъ(?![еёюя])")
_CYRILLIC = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")

# Points: a word that one list alone holds gives one, a word of many lists hardly more than half.
_COMMON, _ALONE = 0.5, 0.5
_FOREIGN_LETTER, _OWN_LETTER, _TOLD, _HINT = -1.0, 0.25, 0.75, 0.5
_LEAST, _LEAD, _LEAST_SHARE = 1.0, 0.2, 0.2
_OVER_ENGLISH = 1.5
_READ = 1_000  # characters, in which a language shows
# Of a language's function words, if a model reads it: an English one knows 5 to 33 % of those of
# another language, a multilingual one 64 to 92 %.
_MOST = 0.5
_LOOKED_AT = 3  # wordings of an entry
_REMEMBERED = 65_536  # entries, which are not looked at again when others have changed
_OF_THE_ANSWER = 200  # characters


def language_of(text: str, hint: str | None = None) -> str | None:
    """The language of a message.

    Args:
        text: cleaned by `normalise`.
        hint: the language that the person has set, an IETF tag such as "de" or "pt-BR". It tips
            the balance and never decides alone: many write in English with a menu in another.
    Returns:
        One of ar, de, en, es, fr, it, ja, ko, nl, pl, pt, ru, th, tr, zh and zh-TW, or None where
        it is another one or too short to tell.
    """
    wanted = (hint or "").lower().partition("-")[0]
    words = _NO_WORDS.sub(" ", text)
    script = _script(words)
    if script == "latin":
        return _by_words(words, wanted)
    if script == "cyrillic":
        return _cyrillic(words, wanted)
    if script == "arabic":
        return _arabic(words)
    if script == "han":
        if wanted == "ja":
            return "ja"
        return "zh-TW" if is_traditional(words) else "zh"
    return {"kana": "ja", "hangul": "ko", "thai": "th"}.get(script or "")


def unread_language(text: str) -> str | None:
    """The language of a text, if it clearly is one that `language_of` does not name."""
    words = _words(_NO_WORDS.sub(" ", text))
    scores = _scores(words, text, "")
    language = max(OTHERS, key=scores.__getitem__)
    known = max(scores[each] for each in EVERY)
    is_clear = scores[language] >= max(_LEAST + known, _LEAST_SHARE * len(words))
    return language if is_clear else None


def _script(text: str) -> str | None:
    """The script that most of a text is written in; None for one that is not listed.

    Latin letters in which no English word stands are names, and do not count beside others.
    """
    if text.isascii():
        return "latin"
    counts = {name: len(re.findall(pattern, text)) for name, pattern in _SCRIPTS.items()}
    other = len(_LETTER.findall(text)) - sum(counts.values())
    for name in _DENSE:
        counts[name] *= _DENSITY
    if counts["kana"]:  # Japanese is written in both
        counts["kana"] += counts.pop("han")
    name, most = max(counts.items(), key=lambda item: item[1])
    if name == "latin" and most < sum(counts.values()) and not _holds_english(text):
        rest = {name: count for name, count in counts.items() if name != "latin"}
        second, count = max(rest.items(), key=lambda item: item[1])
        name, most = (second, count) if count > 1 else (name, most)
    return name if most and most >= other else None


def _holds_english(text: str) -> bool:
    return any(ENGLISH in _lists().get(word, ()) for word in _words(text))


def _by_words(text: str, hint: str) -> str | None:
    words = _words(text)
    scores = _scores(words, text, hint)
    for word in words:
        if word.isascii():
            continue
        foreign = {letter for letter in word if letter.isalpha() and not letter.isascii()}
        for language, alphabet in _ALPHABETS.items():
            scores[language] += _OWN_LETTER if foreign.issubset(alphabet) else _FOREIGN_LETTER
        scores[ENGLISH] -= _OWN_LETTER  # in English it is a name, more often than not
    english = scores[ENGLISH]
    others = max(scores[language] for language in OTHERS)
    language = max(_ALPHABETS, key=scores.__getitem__)
    best = scores[language]
    if english > 0 and best < _OVER_ENGLISH * english + _LEAD:
        return ENGLISH if english >= max(best, others) else None
    # A short word alone is as likely a slip of the pen: "oder" for order.
    least = _LEAST if sum(map(len, words)) > _SHORT else _LEAST + _HINT
    is_clear = best >= least and best >= others + _LEAD and best >= _LEAST_SHARE * len(words)
    return language if is_clear else None


def _words(text: str) -> list[str]:
    found: list[str] = _WORD.findall(text.replace("İ", "i").replace("’", "'").lower())
    return found


def _scores(words: Sequence[str], text: str, hint: str) -> defaultdict[str, float]:
    """Points for each language, by what stands in its list, its letters and its endings."""
    scores: defaultdict[str, float] = defaultdict(float)
    lists = _lists()
    for word in words:
        listed = lists.get(word, ())
        for language in listed:
            scores[language] += _COMMON + _ALONE / len(listed)
        if not listed and len(word) >= _LONG and word.endswith(_ANY_ENDING):
            for language, endings in _ENDINGS.items():
                scores[language] += _TOLD if word.endswith(endings) else 0.0
    for language, letters in _TELLING.items() if not text.isascii() else ():
        if not letters.isdisjoint(text):
            scores[language] += _TOLD
    if hint != ENGLISH and scores.get(hint, 0.0) > 0:  # it is everybody's who never chose one
        scores[hint] += _HINT
    return scores


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    """Every listed word, and the languages it stands for."""
    found: dict[str, list[str]] = {}
    listed = {language: its.recognised_by for language, its in EVERY.items()}
    listed |= {language: tuple(words.split()) for language, words in OTHERS.items()}
    for language, words in listed.items():
        for word in words:
            found.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in found.items()}


def _cyrillic(text: str, hint: str) -> str | None:
    words = _words(text)
    letters = {
        letter for word in words for letter in word if re.match(_SCRIPTS["cyrillic"], letter)
    }
    if not letters <= _CYRILLIC or _BULGARIAN.search(text.lower()):
        return None
    scores = _scores(words, text, hint)
    others = max(scores[language] for language in OTHERS)
    return "ru" if scores["ru"] > others or others == 0 else None


def _arabic(text: str) -> str | None:
    words = _WORD.findall(text)
    letters = {letter for word in words for letter in word if re.match(_SCRIPTS["arabic"], letter)}
    return "ar" if letters <= _ARABIC and not _PERSIAN & set(words) else None


class Routes:
    """Tells messages that the second encoder has to read.

    Args:
        vocabulary: of the first encoder; None where it can read nothing of the FAQ, so that it
            should read nothing at all.
    """

    def __init__(self, vocabulary: Container[str] | None) -> None:
        self._vocabulary = vocabulary

    def language(self, utterance: str, hint: str | None = None) -> str | None:
        """The language of a message; see `language_of`.

        Args:
            hint: the code of the language that the person has set.
        """
        return language_of(normalise(utterance[:_READ])[:_READ], hint)

    def is_for_second(self, language: str | None) -> bool:
        """Whether the second encoder has to read messages in a language; None: an unknown one."""
        if language is None or (language == ENGLISH and self._vocabulary is not None):
            return False  # without a look at the words, which takes the first message's time
        return base_language(language) not in self._readable

    @cached_property
    def _readable(self) -> frozenset[str]:
        """The languages that the first encoder reads beside English, as far as its words tell.

        Languages with scripts of their own are not among them.
        """
        if self._vocabulary is None:
            return frozenset()
        found = set()
        for language, its in EVERY.items():
            words = [word.strip("'") for word in its.recognised_by]
            if words and sum(word in self._vocabulary for word in words) >= _MOST * len(words):
                found.add(language)
        return frozenset(found)


class ForeignEntries:
    """The entries in other languages than a person's.

    A person is shown entries of their own language, and those that name none, before any other.
    Where the FAQ has no entry in their language, or the language is unknown, nobody is preferred.
    """

    def __init__(self, entries: Iterable[FaqEntry] = ()) -> None:
        spoken = {
            entry.id: base_language(entry.lang) for entry in entries if entry.lang is not None
        }
        self._by_language: Mapping[str, frozenset[str]] = {
            own: frozenset(entry_id for entry_id, language in spoken.items() if language != own)
            for own in set(spoken.values())
        }

    def to(self, lang: str | None) -> frozenset[str]:
        """The ids of the entries that are foreign to a person.

        Args:
            lang: the code of the person's language, such as "zh-hans"; None if unknown.
        """
        if lang is None:
            return frozenset()
        return self._by_language.get(base_language(lang), frozenset())


def languages_of(entries: Iterable[FaqEntry]) -> Mapping[str, str]:
    """The language of each entry by its id, without region or script: "zh".

    It is the one the entry names, or else the one most of its wordings and its answer are in. Where
    nothing tells, it is that of most entries, and English where nothing tells at all.
    """
    told = {entry.id: _language(entry) for entry in entries}
    most = Counter(language for language in told.values() if language is not None).most_common(1)
    main = most[0][0] if most else ENGLISH
    return {entry_id: language or main for entry_id, language in told.items()}


def main_language(languages: Mapping[str, str]) -> str:
    """The language of most entries.

    Args:
        languages: see `languages_of`.
    """
    counts = Counter(languages.values())
    return min(counts, key=lambda language: (-counts[language], language), default=ENGLISH)


def _language(entry: FaqEntry) -> str | None:
    if entry.lang is not None:
        return base_language(entry.lang)
    return _language_of_most((*entry.wordings[:_LOOKED_AT], entry.answer[:_OF_THE_ANSWER]))


@lru_cache(_REMEMBERED)
def _language_of_most(texts: tuple[str, ...]) -> str | None:
    told = (language_of(normalise(text)) for text in texts)
    votes = Counter(base_language(language) for language in told if language is not None)
    return votes.most_common(1)[0][0] if votes else None

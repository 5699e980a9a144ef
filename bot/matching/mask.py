"""What a person says about themselves, and what does not change what they ask.

An order number, a date, an amount, an address or a name says which order or whose it is, never what
is wanted. An encoder takes them for part of the meaning all the same, and so does a greeting's.
`masked` takes them out of a text: use it on whatever a person wrote before it is kept in a place
where only the question matters. It knows forms, not facts: a name that nothing announces stays.

Numbers that mean something by themselves stay: "2 for 1", "24/7", "Windows 11". Where an FAQ's own
phrasings hold amounts, say, an amount is part of what people ask there: `Known`. Measured on
public FAQs, to take them out of messages and phrasings alike made more answers worse than better.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from functools import cache, cached_property

_MONTHS = (
    r"(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|febrero|février|mar(?:ch|s|zo)?|märz|apr(?:il)?|"
    r"abril|avril|(?-i:May)|mai|mayo|june?|juni|junio|juin|july?|juli|julio|juillet|"
    r"aug(?:ust)?|agosto|août|sept?(?:ember|embre|iembre)?|o[ck]t(?:ober|obre|ubre)?|"
    r"nov(?:ember|embre|iembre)?|de[cz](?:ember)?|décembre|diciembre)"
)
_CLOCK = r"(?:(?: at| um| à|,)? \d{1,2}[:.]\d{2}(?: ?[ap]m)?(?!\d))?"
_DAY = r"\d{1,2}(?:st|nd|rd|th|\.)?"
_CURRENCY = (
    r"(?:£|€|\$|¥|₹|₽|zł|元|块钱?|円|원|(?:eur|usd|gbp|chf|jpy|cny|rmb|euros?|dollars?|quid|"
    r"bucks|yuan|yen)(?![^\W\d_]))"
)
_DIGITS = r"\d{1,9}(?:[.,' ]\d{3}){0,3}(?:[.,]\d{1,2})?"
# Longest first: the first form that fits at a place is taken.
_ADDRESS = (
    r"[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
    r"|(?:https?://|www\.)[^\s<>\"'，。）)]{1,2000}"
)
_DATE = (
    rf"(?:\d{{4}}[/.-]\d{{1,2}}[/.-]\d{{1,2}}|\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{4}}"
    rf"|\d{{1,2}}/\d{{1,2}}/\d\d)(?!\d){_CLOCK}"
    rf"|{_DAY}(?: of| de)? {_MONTHS}\.?(?![^\W\d_])(?:,?(?: de)? \d{{4}}(?!\d))?{_CLOCK}"
    rf"|{_MONTHS}\.? \d{{1,2}}(?:st|nd|rd|th)?(?![\w%])(?:,? \d{{4}}(?!\d))?{_CLOCK}"
    r"|(?:\d{4}年)?\d{1,2}月\d{1,2}[日号]"
)
_AMOUNT = rf"[£€$¥₹] ?{_DIGITS}(?![\d%])|{_DIGITS} ?{_CURRENCY}"
_NUMBER = (  # of orders, parcels, phones, cards: long, in groups or not
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?-i:[A-Z]{1,4})[ -]?\d{3}[ -]\d{3}(?![ -]?\d)(?![A-Za-z])"
    r"|\+?\(?\d(?:[ ().-]{0,2}\d){8,20}(?![A-Za-z\d])"
    r"|(?:(?-i:[A-Z]{1,4} ))?\d{6,30}(?![A-Za-z\d])"
    r"|[a-z]{1,6}-?\d{5,30}[a-z]{0,3}(?![A-Za-z\d])"
    r"|(?=[a-z]{0,30}\d)(?=(?:[a-z]{0,20}\d){6})[a-z\d]{8,40}(?![A-Za-z\d])"
)
_ANNOUNCED = (  # what stands before a number says that it is one of those
    r"(?:(?:no|nr|num|number|nummer|id|ref|reference|numéro|número|номер)\b[.:]? ?#?"
    r"(?: ?(?:is|ist|:))? ?|# ?|№ ?|n[º°] ?|号码?(?:是|为|：|:)? ?)"
)
_LEADING = r"(?:\b(?:on|from|of|for|at|to|with|dated|placed on|bought on|vom|am|du|del) )?"
_IDENTIFIER = (
    rf"{_LEADING}{_ANNOUNCED}?(?<![A-Za-z\d])"
    rf"(?:(?P<address>{_ADDRESS})|(?P<date>{_DATE})|(?P<amount>{_AMOUNT})|(?P<number>{_NUMBER}))"
    rf"|{_LEADING}{_ANNOUNCED}(?P<short>[a-z]{{0,4}}-?\d[\d-]{{2,11}}(?![\w%]))"
    r"|(?:(?<=my order )|(?<=the order )|(?<=for order )|(?<=from order )|(?<=about order ))"
    r"(?P<order>\d{4,5})(?![\w%])"
)
_HAS_NUMBER = re.compile(r"[\d@]|://|www\.", re.IGNORECASE)

_NAME = r"[A-ZÀ-ÖØ-ÞĀ-ŽА-ЯЁ][a-zß-öø-ÿā-žа-яё'’][^\W\d_]{0,20}"
_NAMES = rf"(?-i:{_NAME}(?:[ -]{_NAME}){{0,3}})"
# "my name is wrong on the invoice" tells nobody's name
_NO_NAME = (
    r"(?!(?:not|no|now|in|on|spelled|spelt|misspell?ed|misspelt|wrong\w*|incorrect\w*|missing|"
    r"different|changed|changing|printed|misprinted|written|listed|mentioned|registered|shown|too|"
    r"still|also|already|blank|empty|cut|only|the|a|an|very|my|your)\b)"
)
_END = r"(?=[ ]*(?:[,.!;:，。！、\n]|$| (?:and|und|et|y|e|but|from|i|i'm|ich|je)\b))"
_INTRODUCED = (
    r"(?:\b(?:my (?:full )?name is|my name's|mein name ist|ich hei(?:ß|ss)e|je m['’]appelle|"
    r"mon nom est|me llamo|mi nombre es|mi chiamo|il mio nome è|meu nome é|mijn naam is|ik heet|"
    r"nazywam się|mam na imię|меня зовут|adım|اسمي) )"
    rf"{_NO_NAME}(?P<name>{_NAMES}|[^\W\d_]{{2,20}}(?: [^\W\d_]{{2,20}})?{_END})"
    r"(?:[,.]? (?:and|und|et|y|e|en|и)(?= ))?"
    r"|(?:我叫|我的名字[是叫])(?P<name_zh>(?![了的])[\u3400-\u9fff·]{2,4}(?=[，,。！!\s]|$))"
    r"|(?:私の名前は|名前は)(?P<name_ja>[^\s、。，,]{1,12}?)(?:です|と申します)"
    rf"|\bthis is (?P<this>{_NAMES})(?: speaking| here)(?=[ ]*[,.!;:\n]|$)"
    rf"|(?:\b(?:kind|best|warm) regards|\bregards|\bsincerely|\bbest wishes|\bthanks|\bcheers)"
    rf"(?:[,.!]|\n)\s?(?P<closing>{_NAMES})\.?\s*$"
)
_MAY_NAME = re.compile(
    r"name|regards|sincerely|wishes|thanks|cheers|this is|hei(?:ß|ss)e|m['’]appelle|mon nom|llamo|"
    r"nombre|chiamo|nome|naam|heet|nazywam|imię|зовут|adım|اسمي|我叫|名字|名前",
    re.IGNORECASE,
)

_OPENINGS = (
    r"hi+|hey+|hello+|hiya|howdy|heya|hi hi|hello hello|good (?:morning|afternoon|evening|day)|"
    r"(?:morning|greetings)(?=[ ]*[,!.])|to whom it may concern|"
    r"hallo|guten (?:tag|morgen|abend)|gr(?:ü|ue)(?:ß|ss) (?:gott|dich)|moin|servus|"
    r"sehr geehrte(?:r|s)?(?: damen und herren)?|liebes team|"
    r"bonjour|bonsoir|salut|coucou|hola|buen(?:os|as) (?:d[ií]as|tardes|noches)|"
    r"ciao|buon ?giorno|buona ?sera|ol[áa]|oi|bom dia|boa (?:tarde|noite)|"
    r"hoi|goede(?:morgen|middag|navond)|goedendag|cze[śs][ćc]|dzie[ńn] dobry|witam|"
    r"привет|здравствуйте|добрый (?:день|вечер)|доброе утро|merhaba|selam|iyi günler|"
    r"مرحبا|السلام عليكم|xin chào|hej|"
    r"dear(?= (?:sirs?|madam|team|all|support|customer|friends?|"
    r"[^\W\d_]{1,20}(?: [^\W\d_]{1,20})?,))"
)
_ADDRESSEES = (
    r"(?:,? (?:there|all|everyone|everybody|again|team|folks|guys|sirs?|madam|ma'am|miss|mate|"
    r"friends?|bot|support|dear|to you|to you all|or madam|customer (?:service|support|care)|"
    r"zusammen|à tous|a todos|tutti)\b){0,3}"
)
_COURTESY = (
    r"(?:[ ,.!]{0,3}(?:how are you(?: doing)?(?: today)?|how is it going|how's it going|"
    r"(?:i )?hope (?:you are|you're|all is|this finds you) (?:doing )?well)(?: ?[?.!,]|$))?"
)
_GREETING = re.compile(
    rf"\W{{0,5}}(?:(?P<opening>{_OPENINGS})(?![\w-]){_ADDRESSEES}"
    rf"(?: (?P<name>(?:mr|mrs|ms|dr)\.? {_NAMES}|{_NAMES}(?=[ ]*(?:[,!.:;]|$))"
    r"|[^\W\d_]{2,20}(?=,)))?"
    rf"{_COURTESY}(?:[ ,.!]{{0,3}}this is (?P<this>{_NAMES})(?=[ ]*[,.!:;]|$| (?:from|and)\b))?"
    r"|(?:你好(?![像友])|您好|你们好|大家好|[早中下晚]上?[午上]?好|早安|哈[喽啰罗]|嗨)[啊呀呢]?"
    r"(?:[，,。！!、～~ ]{0,3}(?:在吗|在嘛|在不在)[？?]?)?"
    r"|(?:在吗|在嘛)[？?，, ]{1,2}|亲(?:爱的)?[，,～~！! ]"
    r"|こんにちは|こんばんは|おはようございます|안녕하세요|สวัสดี(?:ครับ|ค่ะ|คะ)?"
    r")[\s,.!?:;…，。！？、～~：；–—-]*",
    re.IGNORECASE,
)
_TELLING = ((_MAY_NAME, _INTRODUCED), (_HAS_NUMBER, _IDENTIFIER))
_BEFORE_MARK = re.compile(r" ([,.!?;:，。！？])")
_PAIR = re.compile(r"\W{0,5}([^\W\d_]+ [^\W\d_]+)")


def masked(text: str, mark: str = "", known: Container[str] = frozenset()) -> str:
    """A text without its greeting, and without what tells one person or order from another.

    Args:
        mark: stands in the place of each thing left out, such as "…".
        known: see `Known`.
    Returns:
        The text as it is where there is nothing of the kind; empty where there was nothing else.
    """
    rest = without_greeting(text, known)
    if rest is text and (greeting := _GREETING.match(text)) and greeting["name"]:
        rest = f"{text[: greeting.start('name')]}{mark}{text[greeting.end('name') :]}".rstrip()
    return without_identifiers(rest, known, mark)


def without_greeting(text: str, known: Container[str] = frozenset()) -> str:
    """What follows a greeting and whoever is greeted; the text itself where nothing does.

    Args:
        known: see `Known`.
    """
    greeting = _GREETING.match(text)
    if greeting is None:
        return text
    rest = text[greeting.end() :]
    if not any(character.isalnum() for character in rest):
        return text
    pair = _PAIR.match(text)
    # "Hello Kitty mugs?"; "good morning" is no such pair.
    is_pair = pair is not None and pair[1].startswith(f"{greeting['opening']} ")
    return text if pair is not None and is_pair and pair[1].casefold() in known else rest


def is_greeting(text: str) -> bool:
    """Whether a text greets somebody, by whatever name, and says nothing else."""
    greeting = _GREETING.match(text)
    return greeting is not None and greeting.end() == len(text)


def without_identifiers(text: str, known: Container[str] = frozenset(), mark: str = "") -> str:
    """A text without numbers, dates, amounts, addresses and names that only tell whose it is.

    Args:
        known: see `Known`.
        mark: as in `masked`.
    Returns:
        The text itself where there are none; empty where there is nothing else to read.
    """

    def left_out(found: re.Match[str]) -> str:
        return found[0] if _kind(found) in known else f" {mark} " if mark else " "

    kept = text
    for may_hold, pattern in _TELLING:
        if may_hold.search(kept) is not None:
            kept = _compiled(pattern).sub(left_out, kept)
    if kept == text:
        return text
    kept = _BEFORE_MARK.sub(r"\1", " ".join(kept.split())).rstrip(" ,;:").lstrip(" ,;:.!，。！")
    return kept if any(character.isalnum() for character in kept) else mark


class Known:
    """What an FAQ's wordings hold of all that is left out elsewhere, so that it stays here.

    It holds kinds of identifiers, such as "amount", and a word of greeting with the one after it
    where the two stand within a wording ("hello kitty"). They are looked for when a message has
    something of the kind: that takes 2 µs a wording for the kinds, once.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def __contains__(self, item: object, /) -> bool:
        if isinstance(item, str) and " " in item:
            return re.search(rf"\w {re.escape(item)}(?![^\W\d_])", self._folded) is not None
        return item in self._kinds

    @cached_property
    def _folded(self) -> str:
        return "\n".join(self._texts).casefold()

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return frozenset(
            _kind(found)
            for text in self._texts
            for may_hold, pattern in _TELLING
            if may_hold.search(text) is not None
            for found in _compiled(pattern).finditer(text)
        )


def _kind(found: re.Match[str]) -> str:
    return found.lastgroup or ""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, when the first text may hold it: to compile all takes as long as a message."""
    return re.compile(pattern, re.IGNORECASE)

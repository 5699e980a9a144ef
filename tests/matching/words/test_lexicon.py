"""What denies and what is contrary, in sixteen languages."""

from __future__ import annotations

import pytest

from bot.matching.words.lexicon import are_contrary, contrary_words, stem, told_by


@pytest.mark.parametrize(
    ("denial", "no_denial"),
    [
        pytest.param("my parcel has not come", "my parcel has come", id="en"),
        pytest.param("Mein Paket ist nicht da", "Mein Paket ist da", id="de"),
        pytest.param("mon colis n’est pas là", "mon colis est là", id="fr"),
        pytest.param("mi paquete no ha llegado", "mi paquete ha llegado", id="es"),
        pytest.param("il pacco non è arrivato", "il pacco è arrivato", id="it"),
        pytest.param("o pacote não chegou", "o pacote chegou", id="pt"),
        pytest.param("mijn pakket is niet gekomen", "mijn pakket is gekomen", id="nl"),
        pytest.param("paczka nie przyszła", "paczka przyszła", id="pl"),
        pytest.param("посылка не пришла", "посылка пришла", id="ru"),
        pytest.param("paketim gelmedi", "paketim geldi", id="tr"),
        pytest.param("uygulama çalışmıyor", "uygulama çalışıyor", id="tr, present"),
        pytest.param("لم يصل طلبي", "وصل طلبي", id="ar"),
        pytest.param("包裹没有到", "包裹到了", id="zh"),
        pytest.param("包裹沒有到", "包裹到了", id="zh-TW"),
        pytest.param("荷物が届きません", "荷物が届きました", id="ja"),
        pytest.param("택배가 안 왔어요", "택배가 왔어요", id="ko"),
        pytest.param("พัสดุยังไม่มาถึง", "พัสดุมาถึงแล้ว", id="th"),
    ],
)
def test_a_denial_is_known_in_every_language_that_is_read(denial: str, no_denial: str) -> None:
    assert told_by(denial).denies
    assert not told_by(no_denial).denies


@pytest.mark.parametrize(
    "text",
    [
        "能不能退款",
        "非常好",
        "すみません、退会したい",
        "少ないです",
        "안내 부탁해요",
        "ได้หรือไม่",
        "не только карты",
    ],
)
def test_a_sign_that_denies_nothing_is_no_denial(text: str) -> None:
    assert not told_by(text).denies


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("late", "early"), ("enabled", "disable"), ("selling", "buy"), ("raise", "lower")),
        *(("unfreeze", "block"), ("reactivate", "deactivate"), ("unsubscribed", "subscribe")),
        *(("anmelden", "abmelden"), ("einschalten", "ausschalten"), ("acheter", "vendre")),
        *(("abrir", "cerrar"), ("aprire", "chiudere"), ("ligar", "desligar"), ("aan", "uit")),
        *(("włączyć", "wyłączyć"), ("включить", "выключить"), ("açık", "kapalı")),
        *(("开通", "取消"), ("登録", "解除"), ("가입", "탈퇴"), ("เปิด", "ปิด"), ("فتح", "إغلاق")),
        *(("preload", "load"), ("valid", "invalid"), ("install", "reinstall")),
    ],
)
def test_contraries_are_known_by_pair_or_by_prefix(one: str, other: str) -> None:
    assert are_contrary(one, other)
    assert are_contrary(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("charge", "recharge"), ("turn", "return"), ("late", "later"), ("card", "discard")],
)
def test_words_that_only_look_contrary_are_not(one: str, other: str) -> None:
    assert not are_contrary(one, other)


def test_whoever_says_both_sides_says_no_contrary() -> None:
    assert contrary_words(told_by("on or off"), told_by("off")) == frozenset()


def test_what_takes_something_back_is_not_on_its_side() -> None:
    """ "Cancel my booking" says "book", and means the contrary."""
    assert contrary_words(told_by("cancel my booking"), told_by("how to book")) == {
        "cancel",
        "book",
    }
    assert contrary_words(told_by("解除手机绑定"), told_by("绑定手机"))


@pytest.mark.parametrize(
    "words",
    ["subscribe subscribed subscribing subscribes", "cancel cancelled", "delivery deliveries"],
)
def test_forms_of_a_word_have_one_stem(words: str) -> None:
    assert len({stem(word) for word in words.split()}) == 1


def test_an_article_that_is_elided_is_no_part_of_a_word() -> None:
    assert told_by("Où est l'hôtel, et qu’est-ce que j'achète ?").words == (
        *("où", "est", "hôtel", "et", "est", "ce", "que", "achète"),
    )
    assert told_by("I don't know, let's see").words == ("i", "dont", "know", "lets", "see")

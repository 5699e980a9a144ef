"""The words by which people choose from what they were offered, by language.

Lower case, Chinese in Simplified characters, phrases set apart by "|"; apostrophes are left out
when they are read, as people leave them out. A row holds for everybody,
whatever language they write in: who is asked in German may well type "the second".
"""

from __future__ import annotations

from typing import Final

# What stands for the first choice, the second, the third, the fourth, and the last.
_FIRST: Final = """
    first | one | former | upper | top |
    一 | 第一 | 最初 |
    erste | ersten | erstes | eins | premier | première | un | primero | primera | uno | prima |
    primo | primeiro | primeira | um | eerste | een | pierwszy | pierwsza | pierwsze | jeden |
    первый | первая | первое | один | birinci | bir | 첫번째 | 첫 번째
"""
_SECOND: Final = """
    second | two |
    二 | 两 | 第二 |
    zweite | zweiten | zweites | zwei | deuxième | seconde | deux | segundo | segunda | dos |
    seconda | secondo | due | dois | tweede | twee | drugi | druga | drugie | dwa | второй |
    вторая | второе | два | ikinci | iki | 두번째 | 두 번째
"""
_THIRD: Final = """
    third | three |
    三 | 第三 |
    dritte | dritten | drittes | drei | troisième | trois | tercero | tercera | tres | terza |
    terzo | tre | terceiro | terceira | três | derde | drie | trzeci | trzecia | trzecie |
    trzy | третий | третья | третье | три | üçüncü | üç | 세번째 | 세 번째
"""
_FOURTH: Final = """
    fourth | four |
    四 | 第四 |
    vierte | vierten | viertes | vier | quatrième | quatre | cuarto | cuarta | cuatro | quarta |
    quarto | quattro | quatro | vierde | czwarty | czwarta | cztery | четвёртый | четвертый |
    четыре | dördüncü | dört | 네번째 | 네 번째
"""
_LAST: Final = """
    last | latter | bottom | lowest |
    最后一 | 最后 | 最末 | 最下面 | 最後 |
    letzte | letzten | letztes | dernier | dernière | último | última | ultimo | ultima |
    laatste | ostatni | ostatnia | ostatnie | последний | последняя | последнее | sonuncu |
    마지막
"""
# What may stand before such a word, and behind it, without changing what is meant.
_BEFORE: Final = """
    yes | yeah | yep | yup | ok | okay | sure | right | please | sorry | oh | hm | well |
    actually | maybe | probably | i think | i guess | i mean | i meant | i want | i choose |
    i pick | i take | i would like | i'd like | i'll take | it's | its | it is | it was |
    that's | that is | that would be | no i mean | no i meant | no the | not that the | rather |
    pick | choose | select | take | give me | show me | tell me | let me have | go with |
    let's go with | i'll go with | the | this | my | option | answer | choice | number |
    question | nr | about |
    是的 | 对的 | 对 | 嗯 | 好的 | 好 | 不是 | 不 | 我要问 | 我想问 | 我要 | 我选 | 我想选 |
    我问的是 | 的是 | 我说的是 | 我是说 | 我指的是 | 我是问 | 我的意思是 | 应该是 | 可能是 |
    大概是 | 就是 | 是 | 就 | 请选 | 选择 | 选项 | 选 | 看 | 编号 | 序号 | 第 |
    ja | oui | si | sí | sim | tak | да | evet | bitte | ich meine | ich meinte | ich nehme |
    das | die | der | den | nummer | je veux | je voulais dire | le | la | numéro | quiero |
    quise decir | el | número | opción | voglio | il | numero | opzione | quero | o | a |
    opção | de | het | ik bedoel | numer | opcja | chodzi mi o | номер | вариант | я про
"""
_BEHIND: Final = """
    one | ones | option | choice | answer | question | please | pls | then | thanks |
    thank you | i think | i guess | of them | of these | of those |
    个 | 号 | 项 | 条 | 种 | 番 | 问题 | 选项 | 那个 | 这个 | 的 | 吧 | 啊 | 呀 | 哦 | 谢谢 |
    请 | 就行 | 就好 | 目 |
    bitte | danke | s'il vous plaît | svp | merci | por favor | gracias | per favore |
    obrigado | alsjeblieft | proszę | пожалуйста | lütfen | お願いします | 번 | つ目
"""
_ALL: Final = """
    all | all of them | all of these | all three | all four | all please | every one |
    everything |
    全部 | 全都要 | 都要 | 都是 | 都想知道 | 都想问 | 都想了解 | 三个都要 | 都选 |
    alle | alle drei | tous | toutes | todos | todas | tutti | tutte | tout | все | wszystkie |
    hepsi | 全部です | 모두
"""
_BOTH: Final = """
    both | both of them | both of these | both please | yes both | both of those | the both |
    两个 | 两个都 | 两个都要 | 两个都是 | 两个都想知道 | 两者 | 两者都 | 两者都要 | 俩都要 |
    两个都选 | 両方 |
    beide | beides | alle beide | les deux | los dos | ambos | ambas | las dos | entrambi |
    entrambe | tutti e due | os dois | as duas | allebei | oba | obie | оба | обе | ikisi |
    ikisi de | 둘 다 | 둘다
"""
_YES: Final = """
    yes | y | yep | yup | yeah | yes please | ok | okay | sure | that's it | that is it |
    exactly | correct | right | that's right | that one | this one | yes that one |
    yes that's it |
    是 | 是的 | 对 | 对的 | 好的 | 嗯 | 嗯嗯 | 没错 | 就是这个 | 对就是这个 | 是这个 | 就这个 |
    ja | ja bitte | genau | oui | c'est ça | si | sí | sim | tak | да | evet | はい | 네
"""
_NONE: Final = """
    none | none of these | none of them | none of those | none of the above | no none of these |
    none of these fit | none of them fit | none fits | none fit | none applies | neither |
    neither one | neither of them | neither of these | neither of those | no | nope | nah |
    naw | no not these | not these | not those | not any of these | not any of them | nothing |
    nothing of that | no thanks | no thank you | not this | not this one | not that |
    not that one | that's not it | something else | no something else | wrong |
    都不是 | 不是 | 没有 | 不是这个 | 不是这些 | 以上都不是 | 以上皆非 | 以上都不对 | 都不对 |
    不对 | 没一个对 | 没有一个对 | 都没有 | 没有我要的 | 没有我想问的 | 没有我要找的 | 其他 |
    不是我要的 | 这些都不是 | 都不是我要的 | 没有我想要的 |
    其他的 | 其他问题 | 别的 | 别的问题 |
    nein | keine | keine davon | keines | keins | keins davon | nichts davon | etwas anderes |
    non | aucun | aucune | aucun des deux | autre chose | ninguno | ninguna | ninguno de estos |
    otra cosa | nessuno | nessuna | nessuno di questi | altro | não | nao | nenhum | nenhuma |
    nenhum destes | outra coisa | nee | geen | geen van deze | iets anders | nie | żadne |
    żadna | żaden | żadne z tych | coś innego | нет | ни один | ничего из этого | другое |
    hayır | hiçbiri | başka | いいえ | どれでもない | どれも違う | 違います | 아니요 | 없음 |
    해당 없음
"""
# People who do not want to know any more.
_DISMISSED: Final = """
    never mind | nevermind | nvm | never mind then | ok never mind | oh never mind |
    no never mind | forget it | forget about it | forget that | just forget it | ok forget it |
    no forget it | skip | skip it | leave it | drop it | doesn't matter | it doesn't matter |
    does not matter | no matter | not important | don't worry | don't worry about it |
    don't bother | no need | not needed | no longer needed |
    不用了 | 不用 | 不需要 | 不需要了 | 不必了 | 算了 | 算了吧 | 没事 | 没事了 | 没关系 |
    不问了 | 不要了 | 当我没说 | 不用了谢谢 | 不用谢谢 | 不了 | 不了谢谢 |
    egal | schon gut | vergiss es | vergessen sie es | nicht so wichtig | hat sich erledigt |
    laisse tomber | laissez tomber | peu importe | c'est bon | ce n'est pas grave | da igual |
    déjalo | olvídalo | no importa | lascia stare | lascia perdere | non importa | não importa |
    deixa | deixa pra lá | esquece | laat maar | nieważne | nie ważne | mniejsza o to |
    неважно | не надо | забудьте | забей | boşver | önemli değil | いいです | 大丈夫です |
    もういいです | 됐어요 | 괜찮아요
"""
# A message with one of these asks something; it does not name a choice.
_ASKING: Final = """
    can | could | do | does | did | is | are | was | were | will | would | should | may | has |
    have | how | what | what's | when | where | where's | why | who | which | not | no | never |
    don't | can't | isn't | without |
    wie | wann | wo | warum | wer | kann | ist | sind | habe | nicht | kein | keine | comment |
    quand | où | pourquoi | qui | quel | quelle | est | pas | cómo | qué | cuándo | dónde |
    cuánto | puedo | por | come | quando | dove | perché | posso | como | quanto | onde | hoe |
    wat | wanneer | waar | waarom | kan | niet | jak | co | kiedy | gdzie | czy | как | что |
    когда | где | почему | можно | не | nasıl | ne | nerede
"""
# Small words that no choice is told from another by.
_SMALL: Final = """
    the | a | an | my | your | one | ones | about | please | it | that | this | these | those |
    i | me | we | you | mean | meant | to | of | for | in | on | at | with | and | or | yes |
    ok | okay | option | want | need |
    der | die | das | ein | eine | mein | meine | bitte | le | la | les | un | une | mon | ma |
    mes | de | du | des | el | los | las | una | mi | il | lo | o | os | as | um | uma | meu |
    minha | het | een | mijn
"""


def _set(table: str) -> frozenset[str]:
    return frozenset(phrase.strip() for phrase in table.replace("'", "").split("|"))


_ROWS = (_FIRST, _SECOND, _THIRD, _FOURTH)
PLACES: Final = {
    **{word: place for place, row in enumerate(_ROWS, start=1) for word in _set(row)},
    **dict.fromkeys(_set(_LAST), -1),
}
BEFORE, BEHIND = _set(_BEFORE), _set(_BEHIND)
ALL, BOTH, YES, NONE, DISMISSED = map(_set, (_ALL, _BOTH, _YES, _NONE, _DISMISSED))
ASKING, SMALL = _set(_ASKING), _set(_SMALL)
HAN_ASKING: Final = frozenset("吗么呢怎何哪几多谁啥否不没")

"""Polish."""

from bot.matching.words.known import Words

WORDS = Words(
    denials="nie nigdy nikt nic żaden żadna żadne żadnych nigdzie ani bez brak niemożliwe",
    not_denying=r"nie tylko|nie ma sprawy",
    opposites="""
        włącz* / wyłącz*
        otw* / zamk* zamyk*
        zablok* blok* / odblok*
        aktyw* / dezaktyw*
        zwiększ* podnie* podwyż* / zmniejsz* obniż*
        więcej wyższ* / mniej niższ*
        duż* większ* / mał* mniejsz*
        wcześn* / późn*
        przed / po
        pierwsz* / ostatni*
        początek zacz* rozpocz* / koniec zakończ* końc*
        doda* / usun* usuw*
        kup* / sprzeda*
        wysłać wyśl* wysył* / odebr* otrzym* odbier*
        pożycz* wypożycz* / zwróc* odda*
        wejści* wchodz* / wyjści* wychodz*
        przyjazd przyjech* / wyjazd wyjech* odjazd*
        wewnątrz / zewnątrz
        ciepł* gorąc* / zimn*
        dzień dzienn* / noc nocn*
        rano / wieczor*
        pełn* / pust*
        zapis* / wypis*
        zaloguj* zalogow* logow* / wyloguj* wylogow*
        zainstal* instal* / odinstal*
        podłącz* / odłącz*
        akcept* przyj* / odrzuc*
        pozwol* dozwol* / zabron* zakaz*
        pokaż* pokaz* / ukry*
        zgubi* / znalaz* znalez*
        wpłac* wpłat* / wypłac* wypłat*
        tani* / drog*
        szybk* / woln*
        now* / star*
        zamów* zarezerw* rezerw* / !anul* !odwoł*
        lew* / praw*
        ślub* / rozw*
    """,
    prefixes="nie od bez",
    swaps="za/od za/wy w/wy wł/wył przy/od przy/wy pod/od na/od",
    function_words="""
        i a w we z ze na do od po o u za dla przez przy czy jak co kto gdzie kiedy dlaczego który
        która które ja ty on ona my wy mnie mi mój moja moje mojego moją mam masz ma mają jest są
        być mogę można może muszę się to ten ta te ile już jeśli
    """,
)

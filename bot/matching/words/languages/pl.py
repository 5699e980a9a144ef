"""Polish."""

from bot.matching.words.languages.words import Words

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
        która które ja ty ona my wy mnie mi mój moja moje mojego moją mam masz ma mają jest są być
        mogę można może muszę się to ten ta te ile już jeśli
    """,
    telling="""
        albo ale ani bardzo bez bo by był była było będzie chcę chciałbym chciałabym ci coś czas
        czego czemu cześć czym da dni dobry dziękuję dzień dzisiaj dziś gdy go gdyby hasło ich im
        innego inny jaka jaki jakie jakiś je jego jej jestem jeszcze jeżeli klient konto kosztuje
        koszt których kupić lub macie mamy moich mojej możecie mu nad nam nas nasz nic nie niej
        niego nim niż no numer oddać oni ono oraz paczka paczki pieniądze pod podczas pomoc potem
        poza pracy proszę przed razem roku również sklep tak także tam tego tej temu też towar trwa
        tu twoje tych tylko tym używać wam wasz wiem wielu wszystko wysyłka wysyłacie zamówienia
        zamówienie zamówić zapłacić zawsze zmienić zwrot zwrócić zwrotu że żeby
    """,
)

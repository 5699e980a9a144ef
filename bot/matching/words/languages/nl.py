"""Dutch."""

from bot.matching.words.languages.words import Words

WORDS = Words(
    denials="niet nee geen nooit niemand niets nergens noch zonder onmogelijk",
    opposites="""
        aan / uit
        inschakel* ingeschakeld aanzet* aangezet / uitschakel* uitgeschakeld uitzet* uitgezet
        aanmeld* aangemeld inlogg* inschrijv* / afmeld* afgemeld uitlogg* uitschrijv*
        activeer* activer* / deactiveer* deactiver*
        open* geopend / sluit* gesloten dicht
        blokkeer* blokker* / deblokkeer* deblokker*
        verhoog* verhog* / verlaag* verlag*
        hoger hoogste meer / lager laagste minder
        groot grote groter / klein kleine kleiner
        vroeg vroeger / laat later
        voor / na
        eerste / laatste
        begin* start* / eind* stop* gestopt
        toevoeg* toegevoegd / verwijder*
        kopen koop gekocht / verkopen verkoop* verkocht
        stuur stuurt sturen verstuur* verstur* verzend* verzond* / ontvang* krijg*
        uitleen* / inlever*
        binnen / buiten
        aankomst aankom* / vertrek*
        boven omhoog / beneden omlaag onder
        warm heet / koud
        dag / nacht
        ochtend / avond
        leeg / vol
        stort* gestort / opneem* opnem* opgenomen
        goedkoop goedkope / duur dure
        snel snelle / langzaam langzame
        nieuw nieuwe / oud oude
        accepteer* accepter* / weiger* geweigerd
        toegestaan / verboden verbied*
        toon tonen / verberg*
        verloren kwijt / gevonden
        upload* / download*
        boek* geboekt bestel* reserveer* reserver* / !annuleer* !annuler* !geannuleerd
        links / rechts
        trouw* / scheid* gescheiden
    """,
    prefixes="on ont de des",
    swaps="aan/af aan/uit in/uit op/af op/neer toe/weg voor/na be/ont",
    function_words="""
        de het een en of ik je jij u hij zij ze we wij jullie mij me mijn jouw uw zijn haar ons onze
        is ben bent was heb heeft hebben kan kunnen moet mag hoe wat waar wanneer waarom wie welke
        te in op van voor met bij naar er dat die dit deze als wordt worden
    """,
    telling="""
        aan aantal al alle alleen andere bestellen besteld bestelling betalen binnen blijft daar dag
        dan dank doe doen door dus duurt eens eerst even ga gaan gaat geen geld geleden goed graag
        had hallo hebt hem hen hier hoelang hoeveel hun iemand iets ja jou kom komt kopen kost
        kosten krijg krijgen kunt kwijt laat levering levertijd maar maken meer moeten mogelijk na
        niet niets nieuw nog nu om onder ook over pakket retour retourneren sinds tegen terug toch
        toen tot uit vanaf vandaag veel verzenden verzending via vinden wachtwoord want waren wel
        werd werkt weten wil wilt wou zal zelf zich zien zo zonder zou zullen
    """,
)

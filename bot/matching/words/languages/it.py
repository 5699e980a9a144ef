"""Italian."""

from bot.matching.words.languages.words import Words

WORDS = Words(
    denials="""
        non no mai niente nulla nessuno nessuna nessun né neanche nemmeno neppure senza
        impossibile
    """,
    not_denying=r"non solo|senz'altro",
    opposites="""
        attiv* accend* acces* / disattiv* spegn* spent*
        apr* apert* apertura / chiud* chius* chiusura
        blocc* congel* / sblocc* scongel*
        aument* alz* / diminu* abbass* ridur* riduc* riduzione
        più maggiore / meno minore
        alto alta su / basso bassa giù
        grand* / piccol*
        presto anticipo / tardi ritardo
        prima / dopo
        primo prima / ultim*
        inizi* cominci* / fin* termin*
        aggiung* aggiunt* / rimuov* rimoss* elimin* cancell* togli*
        compr* acquist* / vend* vendita
        invi* sped* mand* / ricev* ricevut*
        prest* / restitu*
        entr* ingresso / usc* uscita
        arriv* / part* partenza
        dentro interno / fuori esterno
        caldo calda / freddo fredda
        giorno / notte
        mattin* / ser*
        vuot* / pien*
        iscriv* iscri* abbon* / disiscri* !disdi* !annull*
        install* / disinstall*
        collega* connett* / scollega* disconnett*
        accett* / rifiut* respin*
        permett* permess* / viet* proibi*
        mostr* / nascond* nascost*
        pers* / trovat*
        vinc* / perd*
        deposit* vers* / preliev* prelev*
        economic* / car*
        veloc* / lent*
        nuov* / vecchi*
        prenot* ordin* / !annull* cancell* !disd*
        pubblic* / privat*
        sinistr* / destr*
        sposa* / divorzi*
        credito / debito
    """,
    prefixes="dis s in im ir ri de non",
    swaps="im/es in/es",
    alike="chiedere/richiedere tornare/ritornare cambio/ricambio cercare/ricercare",
    function_words="""
        il lo la i gli le un uno una di del dello della dei degli delle a al allo alla ai agli alle
        da dal dalla in nel nella e o io tu lui lei noi voi loro mi mio mia miei mie ti tuo tua si
        suo sua ci vi è sono sei ho ha hanno posso può possono devo deve come quando dove perché che
        chi cosa quale quali per con su se
    """,
    telling="""
        adesso all' altri altro anche ancora anni appena avere avete bene buongiorno c' cambiare
        ciao circa codice col com' comprare conto cos' così costa cui dagli dai dall' dalle dell'
        dice dopo dov' due durante ecco ed era essere fa fare fatto fino fra già giorni giorno
        grazie hai l' li lì ma mai me meno mentre molto nei nell' nelle nello nessun nessuno niente
        nome non nostra nostro ogni oppure ora ordine ordinato ordini pacco pagamento pagare perchè
        però più poco poi possibile prezzo prima puoi qual qualcosa qualcuno quanta quanti quanto
        quel quell' quella quelle quelli quello questa queste questi questo qui reso ricevuto
        rimborso restituire sarà sempre senza sia sotto spedite spedizione sta state stato subito
        sul sull' sulla sì tra tre troppo trovare tutte tutti tutto un' va via voglio volta vorrei
        vostra vostro
    """,
)

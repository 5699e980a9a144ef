"""German."""

from bot.matching.words.languages.words import Words

WORDS = Words(
    denials="""
        nicht nein kein keine keinen keinem keiner keines keins nie niemals niemand nichts nirgends
        nirgendwo weder ohne unmöglich
    """,
    opposites="""
        an ein / aus
        auf offen geöffnet öffn* / zu geschlossen schließ* schliess*
        anmeld* angemeldet einlogg* eingeloggt / abmeld* abgemeldet auslogg* ausgeloggt
        einschalt* eingeschaltet anschalt* angeschaltet anmach* / ausschalt* ausgeschaltet abschalt*
        einzahl* eingezahlt / auszahl* ausgezahlt abheb* abgehoben
        aktivier* freischalt* freigeschaltet / deaktivier* sperr* gesperrt
        sperr* gesperrt blockier* / entsperr* freigeb* freigegeben
        erhöh* anheb* steiger* / senk* gesenkt verringer* reduzier* herabsetz*
        höher* höchst* maximal* / niedriger* niedrigst* minimal*
        mehr / weniger
        groß* gross* größer* / klein* kleiner*
        früh* / spät*
        vor vorher / nach nachher
        erste* / letzte*
        anfang* anfäng* beginn* begonnen start* gestartet / ende endet enden beend* aufhör* stopp*
        hinzufüg* hinzugefügt / entfern* lösch* gelöscht
        kaufen kauf kaufe gekauft / verkauf*
        send* schick* geschickt gesendet verschick* versend* / erhalt* erhält bekomm* empf*
        leih* ausleih* ausgeliehen / zurückgeb* zurückgegeben
        miet* / vermiet*
        ankunft ankomm* ankommt / abfahrt abreis* abflug
        anreise / abreise
        einsteig* / aussteig*
        eintret* beitret* / austret* verlass*
        hoch rauf hinauf oben / runter hinunter herunter unten
        innen drinnen / außen aussen draußen
        warm heiß heiss / kalt
        tag tagsüber / nacht nachts
        morgens vormittag* / abends nachmittag*
        billig* günstig* / teuer teur*
        schnell* / langsam*
        neu neue neuen neuer neues / alt alte alten alter altes
        verlängern verlänger* / verkürz* kürz* !kündig* !gekündigt
        annehm* angenommen / ablehn* abgelehnt
        erlaubt erlaub* / verboten verbiet*
        anzeig* einblend* / ausblend* verberg*
        verbind* verbunden / trenn* getrennt
        hochlad* hochgeladen / herunterlad* heruntergeladen
        gewinn* gewonnen / verlier* verloren
        verloren / gefunden
        abonnier* / !abbestell* !kündig* !gekündigt
        buch* gebucht bestell* / !stornier* !storniert
        links / rechts
        voll / leer
        öffentlich* / privat*
        heirat* / scheidung* scheiden geschieden
    """,
    prefixes="un ent de dis",
    swaps="""
        an/ab ein/aus auf/ab auf/zu auf/ent be/ent hin/her vor/nach ver/ent zu/weg zu/ab
        hoch/herunter ober/unter
    """,
    alike="fern/entfern halt/enthalt",
    function_words="""
        der die das den dem des ein eine einen einem einer eines und oder ich du er sie es wir ihr
        mich mir mein meine meinen meinem meiner meines ihre ihren ist sind war bin habe hat haben
        wird werden kann können muss soll wie was wo wann warum wer zu zum zur im in am an auf für
        mit von vom bei bitte man sich dass wenn
    """,
    telling="""
        aber alle alles als also anderen auch aus beim bekomme bestellen bestellt bestellung
        bezahlen bis bleibt brauche braucht da damit danke dann dauert dein deine denn dich dies
        diese diesem diesen dieser dir doch durch erst etwas euch euer eure gab geht geld gern gibt
        guten hab hallo hatte heute hier ihm ihn ihnen ihrem ihrer ja jetzt kannst kaufen kein keine
        keinen kommt konto kostet könnt könnte lange lieferung lieferzeit machen mehr möchte nach
        nicht nichts noch nur ob ohne passwort rechnung rückgabe schicken schon sehr sein seine seit
        selbst so sollte tun um uns unser unsere versand vor weg welche welchen welcher werde wieder
        wieso will woher wohin wurde während zahlen zurück zurückgeben über
    """,
)

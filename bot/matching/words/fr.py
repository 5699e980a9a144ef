"""French."""

from bot.matching.words.known import Words

WORDS = Words(
    denials="""
        ne n pas non jamais rien personne aucun aucune sans ni impossible
    """,
    not_denying=r"pas de (?:souci|problème)|pas à pas|petit-déjeuner|sans doute",
    opposites="""
        activ* allum* / désactiv* éteind* éteint* éteindre
        ouvrir ouvre* ouvert* ouverture / fermer ferme fermé* fermeture
        bloqu* verrouill* gel* / débloqu* déverrouill*
        augment* relev* hausse / diminu* baiss* rédui* réduction
        plus / moins
        haut monter monte / bas descend*
        grand* / petit*
        tôt avance / tard retard
        avant / après
        premier première premiers premières / dernier dernière derniers dernières
        début commenc* débute* / fin finir termin* arrêt*
        ajout* / supprim* enlev* retir*
        acheter achète achat* / vend* vente*
        envoy* envoi expédi* / recev* reçu* reçoi* réception
        emprunt* / prêt* prête*
        entrée entrer / sortie sortir
        arriv* arrivée / départ* partir part
        dedans intérieur* / dehors extérieur*
        chaud* / froid*
        jour / nuit
        matin / soir
        vide / plein*
        abonn* inscri* / désabonn* désinscri* !résili*
        connect* / déconnect*
        install* / désinstall*
        accept* / refus* rejet*
        autoris* permis* / interdi*
        affich* montr* / masqu* cach*
        perdu* / trouvé* retrouvé*
        gagn* / perd*
        dépos* dépôt* vers* / retir* retrait*
        cher chère chers / économique*
        rapide* / lent*
        neuf neuve nouveau nouvelle / vieux vieille ancien*
        réserv* command* / !annul*
        public publique / privé*
        gauche / droite
        mari* / divorc*
        télécharg* / télévers*
        louer loue / sous-louer
        crédit / débit
    """,
    prefixes="dé dés de des in im il ir re ré mal non",
    swaps="in/ex im/ex",
    alike="venir/revenir tourner/retourner mander/demander tour/retour",
    function_words="""
        le la les l un une des du de d au aux et ou je j tu il elle on nous vous ils elles me m te t
        se s mon ma mes ton ta tes son sa ses notre nos votre vos leur ce c cet cette ces qui que qu
        quoi est sont suis a ai as ont avez avoir être peut peux puis dois doit comment quand où
        pourquoi quel quelle quels quelles dans en sur pour par avec à y si
    """,
)

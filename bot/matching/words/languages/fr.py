"""French."""

from bot.matching.words.languages.words import Words

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
        le la les un une des du de au aux et ou je tu il elle on nous vous ils elles me te se mon ma
        mes ton ta tes son sa ses notre nos votre vos leur ce cet cette ces qui que quoi est sont
        suis ai as ont avez avoir être peut peux puis dois doit comment quand où pourquoi quel
        quelle quels quelles dans en sur pour par avec à y si
    """,
    telling="""
        acheter afin aide aller alors ans après aucun aujourd' aussi autre autres avons bien bonjour
        c' ça car carte cela celle celui chez combien comme commande compte contre coûte d' depuis
        dire disponible donc délai encore entre es eu eux facture faire fait faut fois font fut j'
        jamais jour jours jusqu' l' leurs livraison lors là m' mais mal merci mettre mieux moi moins
        mois moyen n' ne ni nouveau or paiement parce pas passe payer perdu peu plus plusieurs
        pouvez prix produit puisque qu' remboursement renvoyer retour reçu rien s' sais sans savoir
        sera soit sous t' toi toujours tous tout toute très trop va vais vers veux voici voilà voir
        vont voudrais vrai était été
    """,
)

"""Small words by which a language in Latin or Cyrillic letters is known, lower case.

They are the commonest words of any text, and a few that people who ask a service use. What stands
before an apostrophe keeps it (j' l' don'). A language is told from its neighbours by both lists, so
`OTHERS` holds the neighbours: languages that nothing here can read.
"""

from __future__ import annotations

KNOWN = {
    "en": """
        a about account ad after al all also am an and another any anyone anything app are
        art as at back bank be because been before being ben bent between bin bonus both bus
        but by call can cancel car card change check chip com come comment could dan data
        day days delivery den des dice did die died dies do does doing don done door down
        due each em email era even ever every fare few find fine first font for from get
        gets getting give go going good got had hare has hat have having hay he hello help
        hem hen her here hi him his hoe hotel how i if im in info into is it item its just k
        keep kim know la las last let like long los lost ma make male man many may me mean
        men met might mine money month more most much must my name need never new next no
        non not note now of off ok on once one online only open or order other our out over
        own pa pace pay per pin please plus pour price product purchase r refund return
        right same sat sea see send sent set she should show since size so sole some someone
        something son state still stop such take tan taxi tell ten than thank thanks that
        the their them then there these they thing things this those through time to today
        too tot track try two u up us use used van ve very via vie visa w want war was way
        we week well were what when where whether which while who why will with within
        without work working would yes yet you your aren' can' couldn' didn' doesn' don'
        hasn' haven' he' here' how' i' isn' it' let' she' shouldn' that' there' they' wasn'
        we' what' where' who' won' wouldn' you' d' l' o'
    """,
    "de": """
        aber alle alles als also am an anderen auch auf aus bei beim bekomme bestellen
        bestellt bestellung bezahlen bin bis bitte bleibt brauche braucht da damit danke
        dann das dass dauert dein deine dem den denn der des dich die dies diese diesem
        diesen dieser dir doch du durch ein eine einem einen einer eines er erst es etwas
        euch euer eure für gab geht geld gern gibt guten hab habe haben hallo hat hatte
        heute hier ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ist ja jetzt kann
        kannst kaufen kein keine keinen kommt konto kostet können könnt könnte lange
        lieferung lieferzeit machen man mehr mein meine meinem meinen meiner meines mich mir
        mit muss möchte nach nicht nichts noch nur ob oder ohne passwort rechnung rückgabe
        schicken schon sehr sein seine seit selbst sich sie sind so soll sollte tun um und
        uns unser unsere versand vom von vor wann war warum was weg welche welchen welcher
        wenn wer werde werden wie wieder wieso will wir wird wo woher wohin wurde während
        zahlen zu zum zur zurück zurückgeben über
    """,
    "es": """
        a ahora al algo algún alguna antes aquí así ayuda años bien buenas buenos cada
        cambiar comprar como con contra cosa cual cualquier cuando cuanto cuesta cuenta cuál
        cuáles cuándo cuánta cuánto cuántos cómo de debo del desde devolución devolver
        dinero donde dos durante dónde e el ella ellos en entre envío envían era eres es esa
        ese eso esta estaba estado estamos estar estas este esto estos está están estás
        estoy fue gracias ha hace hacen hacer haber había hacia han has hasta hay he hola
        hoy ir la las le les lo los lugar luego me menos mi mis mucho muy más nada ni no nos
        nosotros nuestra nuestro o os otra otro pagar pago para pedido pedí pero poco por
        porque precio puede pueden puedes puedo pues que quien quiere quiero qué recibido
        recibir se sea ser si sido sin sobre solo son soy su sus sí también tan tarda
        tarjeta te tengo tiempo tiene tienen tienes tienda todavía todo todos tu tus tú un
        una unas uno unos usted ustedes va vez voy y ya yo él
    """,
    "fr": """
        acheter afin ai aide aller alors ans après as au aucun aujourd' aussi autre autres
        aux avec avez avoir avons bien bonjour c' ça car carte ce cela celle celui ces cet
        cette chez combien comme comment commande compte contre coûte d' dans de depuis des
        dire disponible dois doit donc du délai elle elles en encore entre es est et eu eux
        facture faire fait faut fois font fut il ils j' jamais je jour jours jusqu' l' la le
        les leur leurs livraison lors là m' ma mais mal me merci mes mettre mieux moi moins
        mois mon moyen n' ne ni nos notre nous nouveau on ont or ou où paiement par parce
        pas passe payer perdu peu peut peux plus plusieurs pour pourquoi pouvez prix produit
        puis puisque qu' quand que quel quelle quelles quels qui quoi remboursement renvoyer
        retour reçu rien s' sa sais sans savoir se sera ses si soit son sont sous suis sur
        t' ta tes toi ton toujours tous tout toute très trop tu un une va vais vers veux
        voici voilà voir vont vos votre voudrais vous vrai y à était été être
    """,
    "it": """
        a adesso agli ai al all' alla alle allo altri altro anche ancora anni appena avere
        avete bene buongiorno c' cambiare che chi ci ciao circa codice col come com'
        comprare con conto cosa cos' così costa cui da dagli dai dal dall' dalla dalle dei
        del dell' della delle dello deve devo di dice dopo dove dov' due durante e ecco ed
        era essere fa fare fatto fino fra già giorni giorno gli grazie ha hai hanno ho i il
        in io l' la le lei li lo loro lui lì ma mai me meno mentre mi mia mie miei mio molto
        nei nel nell' nella nelle nello nessun nessuno niente noi nome non nostra nostro o
        ogni oppure ora ordine ordinato ordini pacco pagamento pagare per perché perchè però
        più poco poi possibile posso possono prezzo prima può puoi qual quale quali qualcosa
        qualcuno quando quanta quanti quanto quel quell' quella quelle quelli quello questa
        queste questi questo qui reso ricevuto rimborso restituire sarà se sei sempre senza
        si sia sono sotto spedite spedizione sta state stato su sua subito sul sull' sulla
        suo sì tra tre troppo trovare tu tua tuo tutte tutti tutto un un' una uno va vi via
        voglio voi volta vorrei vostra vostro è
    """,
    "nl": """
        aan aantal al alle alleen als andere ben bent bestellen besteld bestelling betalen
        bij binnen blijft daar dag dan dank dat de deze die dit doe doen door dus duurt een
        eens eerst en er even ga gaan gaat geen geld geleden goed graag haar had hallo heb
        hebben hebt heeft hem hen het hier hij hoe hoelang hoeveel hun iemand iets ik in is
        ja je jij jou jouw jullie kan kom komt kopen kost kosten krijg krijgen kunnen kunt
        kwijt laat levering levertijd maar maken mag me meer met mij mijn moet moeten
        mogelijk na naar niet niets nieuw nog nu of om onder ons onze ook op over pakket
        retour retourneren sinds te tegen terug toch toen tot u uit uw van vanaf vandaag
        veel verzenden verzending via vinden voor waar waarom wachtwoord wanneer want waren
        was wat we wel welke werd werkt weten wie wij wil wilt worden wordt wou zal ze zelf
        zich zien zij zijn zo zonder zou zullen
    """,
    "pl": """
        a albo ale ani bardzo bez bo by był była było być będzie chcę chciałbym chciałabym
        ci co coś czas czego czemu cześć czy czym da dla dlaczego dni do dobry dziękuję
        dzień dzisiaj dziś gdy gdzie go gdyby hasło i ich ile im innego inny ja jak jaka
        jaki jakie jakiś je jego jej jest jestem jeszcze jeśli jeżeli już kiedy klient konto
        kosztuje koszt kto która które który których kupić lub ma macie mam mamy mi mnie
        moich moja moje mojego mojej moją można mogę może możecie mu mój muszę my na nad nam
        nas nasz nic nie niej niego nim niż no numer o od oddać ona oni ono oraz paczka
        paczki pieniądze po pod podczas pomoc potem poza pracy proszę przed przez przy razem
        roku również się są sklep ta tak także tam te tego tej temu ten też to towar trwa tu
        twoje tych tylko tym u używać w wam wasz we wiem wielu wszystko wy wysyłka wysyłacie
        z za zamówienia zamówienie zamówić zapłacić zawsze ze zmienić zwrot zwrócić zwrotu
        że żeby
    """,
    "pt": """
        a acima agora ainda ajuda algo alguma algum algumas alguns ano antes ao aos aqui as
        assim até bem bom cada cartão chega chegou com como comprar compra conta consigo
        contra coisa custa da dar das de dela dele deles demora depois desde dessa desse
        desta deste devolver devolução dia dias dinheiro do dois dos durante e ela ele eles
        em encomenda enquanto entre entrega era essa esse esta estava este estou está estão
        eu faz fazer fazem fez fica foi fora foram frete há hoje isso isto já lá lhe loja
        mais mas me melhor menos mesmo meu meus minha minhas muito muitos na nada nas nem
        nenhum no nos nossa nosso nova novo num numa não nós o obrigada obrigado olá onde os
        ou outra outro pagar pagamento para pede pedido pela pelo pelos por porque porquê
        pode podem posso pouco prazo preciso preço produto qual quais qualquer quando quanta
        quanto quantos que quem quero reembolso receber recebi sabe se seja sem sempre senha
        ser será seu seus sim sob sobre sou sua suas são só também tem tempo tenho ter teu
        toda todas todo todos trocar troca tu tudo têm um uma umas uns vai vem vez vocês
        você vou à às é
    """,
    "tr": """
        acaba adet ama ancak artık az bana baska başka bazı ben bence beni benim bir biraz
        birkaç biz bize bizim bu buna bundan bunlar bunu burada böyle bütün da daha de defa
        degil değil değiştirmek diye dolayı edebilir ediyor elde en et etmek eğer fakat
        fiyatı gelecek geldi gelir geri gibi gün günde göre gönderim hala hangi hani hatta
        hem henüz hep hepsi her hesabım hesabımı hiç iade için ile ise istiyorum iyi kaç
        kadar kargo kargom kendi kez ki kim kimse mi merhaba mu mü mı nasıl ne neden nedir
        nerede nereden nereye niye niçin o olan olarak oldu olduğu olmak olur olsun on ona
        onlar onu onun orada para param rağmen sadece satın sen senin siparis sipariş
        siparişi siparişim siparişimi siz size sizin son sonra süre sürede sürer şey şifre
        şifremi şimdi şu tane tarafından teşekkür teşekkürler teslimat tüm ve var veya ya
        yani yapabilirim yapmak yapılır yeni yok zaman çok çünkü önce öyle üzere ücret
        ücreti ürün ürünü ödeme
    """,
    "ru": """
        а алло без бы был была были было быть в вам вас ваш ваша ваше вернуть весь во вот
        все всё вы где да давно день дней деньги для до доставка доставки его ее если есть
        ещё еще её же за заказ заказа заказал заказать заказы здравствуйте и из или им их к
        как какая какие какой ко когда который кто купить ли лучше магазин меня мне много
        могу может можно мои мой мою моя моё мы на над надо нам нас наш не него нет нее ни
        но ну нужно о об обмен он она они оно оплата оплатить от отменить очень пароль по
        под пожалуйста поменять после посылка потом почему почта при привет про работает раз
        с сам свой себя сейчас сколько со спасибо срок стоит счёт счет та так также там те
        тебя тем то товар только том тоже тот ты у уже хочу цена чего чем через что чтобы
        эта эти это этого этой этот я
    """,
}

OTHERS = {
    "hi": """
        aap abhi apka apke apki aur bhai bhi chahiye de dena din do gaya gayi hai hain hay
        ho hota hum ka kab kahan kaise kar karke karna karo ke ki kitna kitne kitni ko koi
        kya le lena liye main me mein mera mere meri mujhe nahi nahin paisa paise par phir
        raha rahe rahi sakta sakte sakti se tak tha thi toh wo woh ye yeh
    """,
    "af": """
        ek jy hy sy ons julle hulle nie en die is het kan wil sal moet waar wanneer hoe
        hoekom wat my jou se vir van met nog baie asseblief dankie bestelling lank geld
        terug hierdie daardie
    """,
    "az": """
        mən sən biz siz var yox və ya amma harada necə nə niyə kim mənim sifarişim pul üçün
        ilə bu o da də bir çox təşəkkür salam
    """,
    "bg": """
        аз ти той тя ние вие те съм си е сме сте са ще да не на за от с със във как къде
        кога защо какво кой коя кое кои мога може можете искам имам има няма ми моя моята
        моят моето това този тази поръчка поръчката поръчам върна доставка доставката колко
        струва много моля благодаря здравейте ли или и но вече още парите
    """,
    "ca": """
        els amb aquest aquesta això és són estic està puc vull tinc què quan com quant on
        meva meu meves meus comanda diners gràcies hola si us plau per a la el de que no i o
        més molt també fer dels al una un ha he hem
    """,
    "cs": """
        jsem jsi je jsme jste jsou byl byla bylo být se si že když jak kde kdy proč kolik co
        kdo která který které můj moje mou moji mám máte můžu mohu můžete chci na do za pro
        od po při nebo ale také jen ještě už prosím děkuji dobrý den objednávka objednávku
        objednávky vrátit peníze zboží zaplatit zásilka doručení heslo účet to ten ta ty
        tento tato nelze lze stojí trvá
    """,
    "cy": """
        yr y a ac ond nid ble sut pryd pam beth pwy fy eich gallaf rwyf mae yn i o ar gyda
        archeb arian diolch
    """,
    "da": """
        jeg du han hun vi de er har kan vil skal hvor hvornår hvordan hvorfor hvad hvem
        hvilken min mit mine din dit og men eller ikke på til fra med om for at det den der
        en et som også når være bliver få mange meget tak hej ordre bestilling pakke penge
        tilbage returnere levering koster betale konto adgangskode længe tager ud op ind af
        efter igen nogen noget
    """,
    "eo": """
        mi vi li ŝi ni ili estas la kaj sed ne kiel kie kiam kial kio kiu mia mian kun por
        de al en mendo mendon dankon saluton povas volas
    """,
    "et": """
        ma mina sa sina ta me te nad on ei ja või aga kus kuidas millal miks mis kes minu
        oma saan kas võin tahan tellimus tellimuse raha tagasi aitäh palun tere kui kaua
        palju maksab pakk see seda selle
    """,
    "eu": """
        nire zure da dut du dira non noiz nola zergatik zer eta baina ez bai nahi eskaera
        eskerrik kaixo dirua bat hau hori ahal daiteke
    """,
    "fi": """
        minä sinä hän me te he on ei ja tai mutta missä miten milloin miksi mikä kuka kuinka
        minun minulla voin voinko voiko haluan haluaisin tilaus tilaukseni tilauksen tilata
        palauttaa palautus rahat rahani kiitos hei mitä kauan paljon maksaa toimitus tämä
        tämän se sen ovat olen ole jos kun että myös vielä
    """,
    "fy": """
        ik do hy sy wy jim is binne haw hat kin wol wêr hoe wannear wat myn jo en mar net
        mei fan foar by
    """,
    "ga": """
        an na is tá níl mé tú sé sí agus ach cá conas cathain cén mo do le ar ag i go raibh
        maith agat ordú
    """,
    "gl": """
        o a os as do da dos das no na nos nas un unha é son está estou onde como cando canto
        meu miña pedido grazas ola non e ou pero máis moi tamén para por con que teño podo
        quero facer ao á cartos
    """,
    "hr": """
        ja ti on ona mi vi oni je sam si smo ste su nije nisam li da ne i ili ali gdje kada
        kako zašto što tko koji koja koje koliko moj moja moje moju mogu može možete želim
        imam na u za od do s sa po kod još već samo molim hvala narudžba narudžbu naručiti
        vratiti novac dostava paket plaćanje račun gde šta ko porudžbina košta traje ovo taj
        ova to se
    """,
    "hu": """
        én te ő mi ti ők van vagyok nincs nem és vagy de hol hogyan mikor miért ki mennyi
        mennyibe meddig az a egy ez azt ezt hogy ha is csak már még kérem köszönöm szia
        rendelésem rendelés rendelést csomag csomagom pénz pénzt vissza visszaküldeni
        fizetni kerül tart szállítás tudok lehet szeretnék akarok fiókom jelszó jelszavam be
        fel le meg
    """,
    "id": """
        saya aku anda kamu dia kami kita mereka adalah ada tidak bukan dan atau tetapi tapi
        di ke dari untuk dengan yang ini itu bagaimana dimana mana kapan mengapa kenapa apa
        apakah siapa berapa lama bisa dapat mau ingin harus sudah belum pesanan pesan uang
        kembali mengembalikan barang pengiriman bayar membayar terima kasih tolong halo akun
        pada oleh jika juga akan bisakah boleh sandi nak macam bila tak wang pulangkan
        penghantaran
    """,
    "is": """
        ég þú hann hún við þið þeir er var ekki og eða en hvar hvenær hvernig af hverju hvað
        hver minn mín mitt pöntunin get vil takk halló peningar með fyrir til frá á í um að
        sem það
    """,
    "la": """
        ego tu nos vos est sunt et sed non quid quis ubi quando quomodo cur cum ad ab ex in
        de per pro meus mea meum
    """,
    "lt": """
        aš tu jis ji mes jūs jie yra ir ar bet ne kur kaip kada kodėl kas kuris mano galiu
        noriu užsakymas užsakymą pinigai pinigus grąžinti ačiū prašau labas kiek kainuoja
        pristatymas su iš į už prie po tai šis ši
    """,
    "lv": """
        es tu viņš viņa mēs jūs ir nav un vai bet kur kā kad kāpēc kas kurš mans mana manu
        varu gribu vēlos pasūtījums pasūtījumu naudu atgriezt paldies lūdzu sveiki cik maksā
        piegāde ar no uz par pie tas šis šī
    """,
    "mi": """
        te he ngā o ki i kei hea pehea āhea aha taku tono kia ora koe ahau au me ka ko
    """,
    "mk": """
        јас ти тој таа ние вие тие сум си е сме сте се ќе да не на за од со во како каде
        кога зошто што кој која можам може сакам имам мојата нарачка благодарам
    """,
    "mt": """
        jien int hu hi aħna huma hija mhux u jew imma fejn kif meta għaliex x' min l- tiegħi
        ordni flus grazzi kemm nista' irrid
    """,
    "no": """
        jeg du han hun vi dere de er har kan vil skal hvor når hvordan hvorfor hva hvem
        hvilken min mitt mine din og men eller ikke på til fra med om for å det den der en
        ei et som også være blir få mye mange takk hei ordre bestilling bestillingen pakke
        pakken penger tilbake returnere levering koster betale konto passord lenge tar ut
        opp inn av etter igjen noen noe
    """,
    "ro": """
        eu tu el ea noi voi ei ele sunt este e suntem sunteți nu și sau dar unde cum când
        cand de ce care cine cât cat câte cate mea meu mei mele pot poate puteți vreau
        doresc am are aveți la pe cu din în in pentru prin fără dacă daca comanda comenzii
        comandă returna bani banii înapoi inapoi livrarea livrare costă costa durează
        dureaza mulțumesc multumesc salut bună buna ziua o un să sa mi-ați îmi imi primit
        plăti plati produs produsul parola contul cont acest această ale al
    """,
    "sk": """
        som si je sme ste sú bol bola bolo byť sa že keď ako kde kedy prečo koľko čo kto
        ktorá ktorý ktoré môj moja moje moju mám máte môžem môžete chcem na do za pre od po
        pri alebo ale tiež len ešte už prosím ďakujem dobrý deň objednávka objednávku vrátiť
        peniaze tovar zaplatiť zásielka doručenie heslo účet to ten tá tento táto dá stojí
        trvá
    """,
    "sl": """
        jaz ti on ona mi vi oni sem si je smo ste so nisem ni ali da ne in ampak kje kdaj
        kako zakaj kaj kdo kateri katera moj moja moje mojo lahko želim imam na v za od do s
        z po pri še že samo prosim hvala naročilo naročila vrniti denar dostava paket
        plačilo račun stane traja to ta
    """,
    "so": """
        waa iyo ma maxaa halkee goorma sidee aan waxaan kuma ka ku u la leh dalabkayga lacag
        mahadsanid
    """,
    "sq": """
        unë ti ai ajo ne ju ata jam je është janë jo nuk dhe ose por ku kur si pse çfarë
        kush cila ime im mund dua kam në nga për me porosia porosinë paratë faleminderit
        përshëndetje sa kushton dërgesa të së një
    """,
    "sr": """
        ја ти он она ми ви они је сам си смо сте су није нисам ли да не и или али где када
        како зашто шта ко који која моја мој моју могу може желим имам на у за од до са по
        поруџбина новац хвала молим
    """,
    "sv": """
        jag du han hon vi ni de är har kan vill ska skall var när hur varför vad vem vilken
        min mitt mina din ditt och men eller inte på till från med om för att det den där en
        ett som också vara blir få många mycket tack hej order beställning beställningen
        paket paketet pengar tillbaka returnera leverans kostar betala konto lösenord länge
        tar ut upp in av efter igen någon något mig er era
    """,
    "sw": """
        mimi wewe yeye sisi nyinyi wao ni si na au lakini wapi lini vipi jinsi gani kwa nini
        nani yangu langu wangu agizo oda pesa kurudisha kurejesha asante tafadhali habari
        naweza nataka ninaweza kiasi muda bei je ya wa la za cha vya katika hii hiyo huu
        yako lako bado sijapata kulipa akaunti nifanye nimesahau
    """,
    "tl": """
        ako ikaw siya kami tayo kayo sila ang ng mga sa na ay at o pero hindi oo saan kailan
        paano bakit ano sino ko mo po ba pwede puwede gusto kailangan order pera ibalik
        salamat kumusta magkano gaano katagal nasaan aking iyong ito iyan para kung may wala
        akin
    """,
    "uk": """
        я ти він вона ми ви вони є не та або але де коли як чому що хто який яка моє мій моя
        можу хочу маю замовлення гроші повернути дякую скільки будь ласка це цей у в на з до
        за від пароль доставка товар вам вас нас ваш ваша мене мені тобі його її їх був була
        було так там тут вже ще дуже
    """,
    "vi": """
        tôi bạn anh chị em là và hoặc nhưng không có của cho với ở đâu khi nào thế tại sao
        gì ai này đó được muốn cần phải đơn hàng tiền trả lại cảm ơn xin chào bao nhiêu lâu
        giao mua mất tài khoản mật khẩu toi ban khong co cua voi dau nao the duoc muon can
        don hang tien tra lai cam chao nhieu lau mat khau tai khoan lam hoan doi san pham
        nhan
    """,
    "xx": """
        mwen ou li nou yo pa ak kote kijan poukisa mesi mon lajan kòmand mwa nuqa ni ti ya
        mi bo bon unde e di nos danki kon kuantu
    """,
    "yo": """
        mo emi iwo ó ni ti kí ṣe bawo nibo kini owó mi rẹ ati fun lati si ko jẹ
    """,
    "zu": """
        mina wena yena ngi ngiyabonga yami wami uphi kuphi nini kanjani yini imali ukuthi
        futhi ngicela sawubona ngifuna ku nge
    """,
}

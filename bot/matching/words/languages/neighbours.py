"""Small words of languages that nothing here can read, by which they are told from those it can."""

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

"""Turkish, which denies inside the verb: geldi, gelmedi; çalışıyor, çalışmıyor."""

from bot.matching.words.languages.words import Words

WORDS = Words(
    denials="değil yok hayır hiç hiçbir asla olmadan imkansız",
    denying=(
        r"(?<=\w)m[ae](?:d[ıi](?:m|n|k|ler|lar|n[ıi]z)?|z(?:s[ıi]n\w*|lar|ler|s[ae])?|m[ıi]ş\w*"
        r"|y[ae](?:n|c[ae][kğ])\w*|d[ae]n|l[ıi])\b"
        r"|(?<=[aeıiuüo])m[ıiuü]yor\w*|(?<=[çşlrkntpsyzdğvhbcf])m[ıiuü]yor\w*|\w+s[ıiuü]z\b"
    ),
    not_denying=r"\w*m[ae]d[ae]n önce|m[ıiuü]s[ıiuü]n[ıiuü]z|\bsiz\b|değil mi|yok mu",
    opposites="""
        aç* açık / kapa* kapat* kapal*
        etkinleştir* aktif* aktifleştir* / devre pasif*
        engelle* bloke* kilitle* dondur* / engelini kaldır* kilidini çöz*
        artır* arttır* yükselt* / azalt* düşür*
        fazla çok yüksek* / az düşük*
        büyük* / küçük*
        erken / geç
        önce / sonra
        ilk / son
        başla* başlangıç* / bit* bitir* durdur* sonlandır*
        ekle* / sil* çıkar* kaldır*
        al alabilir* almak satın / sat satmak satabilir* satış
        gönder* yolla* / al aldı* alım teslim
        giriş* gir* / çıkış* çık*
        varış* gel* / kalkış* git*
        içeri* iç / dışarı* dış
        sıcak / soğuk
        gündüz gün / gece
        sabah / akşam
        dolu / boş
        yatır* / çek*
        ucuz* / pahalı*
        hızlı* / yavaş*
        yeni* / eski*
        kabul / red reddet* ret
        izin serbest / yasak*
        göster* / gizle*
        kaybet* kayıp / bul*
        yükle* kur* / kaldır* sil*
        kayıt abone* / !iptal
        rezervasyon sipariş / !iptal
        bağlan* bağla* / kes*
        sol / sağ
    """,
    function_words="""
        ve veya ile bir bu şu o ben sen biz siz onlar benim bana beni senin nasıl ne nerede nereye
        zaman neden niçin kim hangi mi mı mu mü için da de var gibi kadar lütfen
    """,
    telling="""
        acaba adet ama ancak artık az baska başka bazı bence biraz birkaç bize bizim buna bundan
        bunlar bunu burada böyle bütün daha defa degil değil değiştirmek diye dolayı edebilir ediyor
        elde en et etmek eğer fakat fiyatı gelecek geldi gelir geri gün günde göre gönderim hala
        hani hatta hem henüz hep hepsi her hesabım hesabımı hiç iade ise istiyorum iyi kaç kargo
        kargom kendi kez ki kimse merhaba nedir nereden niye olan olarak oldu olduğu olmak olur
        olsun on ona onu onun orada para param rağmen sadece satın siparis sipariş siparişi
        siparişim siparişimi size sizin son sonra süre sürede sürer şey şifre şifremi şimdi tane
        tarafından teşekkür teşekkürler teslimat tüm ya yani yapabilirim yapmak yapılır yeni yok çok
        çünkü önce öyle üzere ücret ücreti ürün ürünü ödeme
    """,
)

"""Turkish, which denies inside the verb: geldi, gelmedi; çalışıyor, çalışmıyor."""

from bot.matching.words.known import Words

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
)

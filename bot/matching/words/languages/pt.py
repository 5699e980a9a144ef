"""Portuguese."""

from bot.matching.words.languages.words import Words

WORDS = Words(
    denials="""
        não nao nunca jamais nada ninguém nenhum nenhuma nem sem impossível
    """,
    not_denying=r"não só|sem dúvida",
    opposites="""
        ativ* activ* ligar ligo liga / desativ* desactiv* desligar desligo desliga
        abr* abert* abertura / fech*
        bloque* congel* / desbloque* descongel*
        aument* subir sobe / diminu* baixar baixo reduz*
        mais maior / menos menor
        alto alta / baixo baixa
        grande* / pequen*
        cedo / tarde
        antes / depois após
        primeir* / últim*
        começ* inici* / termin* acab* fim parar
        adicion* acrescent* / remov* elimin* apag* exclu*
        comprar compro compra* / vend* venda*
        envi* mand* / receb*
        emprest* / devolv*
        entra* entrada / sair sai saída
        cheg* chegada / part* partida saída
        dentro interior / fora exterior
        quente / frio fria
        dia / noite
        manhã / noite
        vazi* / chei*
        subscrev* assin* inscrev* / !cancel* desinscrev*
        instal* / desinstal*
        conect* / desconect*
        aceit* / recus* rejeit*
        permit* / proib*
        mostrar mostra* / ocultar oculta* esconder
        perdi perdido perdida / encontr* achei
        ganh* / perd*
        deposit* / levant* sac*
        barat* / car*
        rápid* / lent*
        nov* / velh* antig*
        reserv* marc* / !cancel* !anul* !desmarc*
        públic* / privad*
        esquerd* / direit*
        casar* casamento / divorci* divórcio
        crédito / débito
    """,
    prefixes="des in im re i",
    swaps="im/ex in/ex",
    alike="enviar/reenviar carregar/recarregar tornar/retornar clamar/reclamar",
    function_words="""
        o a os as um uma uns umas de do da dos das ao à aos às em no na nos nas e ou eu tu ele ela
        nós você vocês me meu minha meus minhas te teu tua se seu sua seus suas é são sou está estão
        estou posso pode podem devo tenho tem como quando onde que quem qual quais por para com
    """,
    telling="""
        acima agora ainda ajuda algo alguma algum algumas alguns ano antes aqui assim até bem bom
        cada cartão chega chegou comprar compra conta consigo contra coisa custa dar dela dele deles
        demora depois desde dessa desse desta deste devolver devolução dia dias dinheiro dois
        durante eles encomenda enquanto entre entrega era essa esse esta estava este faz fazer fazem
        fez fica foi fora foram frete há hoje isso isto já lá lhe loja mais mas melhor menos mesmo
        muito muitos nada nem nenhum nossa nosso nova novo num numa não obrigada obrigado olá outra
        outro pagar pagamento pede pedido pela pelo pelos porque porquê pouco prazo preciso preço
        produto qualquer quanta quanto quantos quero reembolso receber recebi sabe seja sem sempre
        senha ser será sim sob sobre só também tempo ter toda todas todo todos trocar troca tudo têm
        vai vem vez vou
    """,
)

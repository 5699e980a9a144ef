"""Spanish."""

from bot.matching.words.languages.words import Words

WORDS = Words(
    denials="no nunca jamás nada nadie ningún ninguna ninguno tampoco ni sin imposible",
    not_denying=r"no obstante|sin embargo|sino",
    opposites="""
        activ* encend* enciend* prend* / desactiv* apag*
        abrir abre abro abiert* apertura / cerrar cierra cierro cerrad* cierre
        bloque* congel* / desbloque* descongel*
        aument* subir sube subo incrementar / dismin* baj* reduc* rebaj*
        más mayor / menos menor
        alto alta arriba / bajo baja abajo
        grande* / pequeñ*
        temprano pronto antes / tarde después
        antes / después
        primer* / últim*
        inici* empez* empiez* comenz* comienz* / termin* acab* fin final parar
        añad* agreg* / elimin* quit* borr*
        comprar compro compra* / vend* venta*
        envi* mand* / recib*
        prestar presta* / devolver devuel*
        entra* entrada / sal* salida
        lleg* llegada / salida salir parti*
        dentro interior* / fuera exterior*
        caliente calor / frío fría frio fria
        día / noche
        mañana / noche tarde
        vac* / llen*
        suscrib* suscripción alta / desuscrib* !cancel* baja
        conect* / desconect*
        instal* / desinstal*
        acept* / rechaz*
        permit* / prohib*
        mostrar muestra* / ocultar oculta*
        perdí perdido perdida / encontr* encontrado
        gan* / perd* pierd*
        deposit* ingres* / retir* sac*
        barat* / car*
        rápid* / lent*
        nuev* / viej* antigu*
        reserv* / !cancel* !anul*
        públic* / privad*
        izquierd* / derech*
        casar* / divorci*
        crédito / débito
    """,
    prefixes="des in im i re anti",
    swaps="im/ex in/ex",
    alike="visar/revisar cargar/recargar enviar/reenviar cambio/recambio clamar/reclamar",
    function_words="""
        el la los las un una unos unas de del al a y o e yo tú él ella me mi mis te tu tus se su sus
        lo le les nos es son soy está están estoy he ha han hay puedo puede pueden debo tengo tiene
        como cómo cuando cuándo donde dónde que qué quien cual cuál por para con en si ya
    """,
    telling="""
        ahora algo algún alguna antes aquí así ayuda años bien buenas buenos cada cambiar comprar
        contra cosa cualquier cuanto cuesta cuenta cuáles cuánta cuánto cuántos desde devolución
        devolver dinero dos durante ellos entre envío envían era eres esa ese eso esta estaba estado
        estamos estar estas este esto estos estás fue gracias hace hacen hacer haber había hacia has
        hasta hola hoy ir lugar luego menos mucho muy más nada ni no nosotros nuestra nuestro os
        otra otro pagar pago pedido pedí pero poco porque precio puedes pues quiere quiero recibido
        recibir sea ser sido sin sobre solo sí también tan tarda tarjeta tiempo tienen tienes tienda
        todavía todo todos uno usted ustedes va vez voy
    """,
)

"""How people say who comes with them, in every language of ours, as `handlers.understanding.plain` reduces it."""

from typing import Final

from messages.wordlists import listed

ONE: Final = listed(
    "esposo esposa marido mujer senora senor novio novia pareja companero companera mama mami madre papa papi"
    " padre hijo hija nino nina bebe pelado pelada pelao pelaito muchacho muchacha chino guagua nieto nieta"
    " abuelo abuela abuelita abuelito suegro suegra cunado cunada hermano hermana tio tia primo prima sobrino sobrina"
    " ahijado ahijada vecino vecina amigo amiga comadre compadre viejo vieja yerno nuera padrastro madrastra persona"
    " acompanante adulto menor husband wife partner mother mom mum father dad son daughter child kid baby sister"
    " brother neighbour neighbor friend cousin aunt uncle grandmother grandma granny grandfather grandpa"
    " grandson granddaughter grandchild nephew niece boyfriend girlfriend parcero parcera parce socio socia"
    " conocido conocida pana compa cucho cucha cuchos viejita viejito taita taitica"
    " patrona missus mrs hubby mate pal buddy fellow person guest companion colleague adult girl"
)
"""Each is one person."""
SEVERAL: Final = listed(
    "pelaos pelaitos peladitos hijos hijas ninos ninas bebes pelados chinos guaguas nietos nietas"
    " hermanos hermanas tios tias primos primas sobrinos sobrinas vecinos vecinas amigos"
    " amigas cunados companeros personas acompanantes adultos menores muchachos"
    " kids children sons daughters babies sisters brothers neighbours neighbors friends"
    " cousins people guests persons companions colleagues adults boys girls grandchildren nephews nieces aunts"
    " uncles others mas more otros otras invitados"
)
"""How many, a number says."""
PAIRS: Final = frozenset(["papas", "padres", "abuelos", "suegros", "parents", "grandparents"])
"""Two, where no number says otherwise."""
NUMBERS: Final = {
    word: number
    for number, words in enumerate(
        (
            "cero zero",
            "un uno una one a an another otro otra",
            "dos two couple par both ambos ambas",
            "tres three",
            "cuatro four",
            "cinco five",
            "seis six",
            "siete seven",
            "ocho eight",
            "nueve nine",
            "diez ten",
            "once eleven",
            "doce twelve",
        )
    )
    for word in words.split()
}
STRAIGHT: Final = {
    "(?:un|una|a) (par|couple)": r"\1",
    r"(?:a )?(?:family|party|group|familia|grupo) (?:of|de) (?=\w+$)": "somos ",
    "(no|si|yes|gracias) (?:senora|senor|senorita|doctora|doctor)": r"\1",
    r"(?:mis|los|las) (\w+) que son (\w+)": r"\2 \1",
    "no tengo (?:con )?quien(?: me acompane| ir)?": "nadie",
    r"(?:no|not|t|won) (?:llevo|llevare|bring|bringing|am bringing) (?:anyone|anybody|nobody|otros)": "nadie",
}
"""What counts people in a roundabout way, as patterns, and how it is said straight."""
TOTAL: Final = listed(
    "party including conmigo contandome incluyendome incluyendo somos seriamos seremos vamos iriamos iremos vendriamos"
    " venimos total are we re us nosotros nosotras"
)
"""A number beside one of these counts herself, too."""
ALONE: Final = listed(
    "cero zero individual sola solo solita solito solitica solitico nadie ninguno ninguna alone nobody none myself"
)
JUST_ME: Final = (
    "yo nomas",
    "solo voy yo",
    "unicamente voy yo",
    "solamente voy yo",
    "por mi cuenta",
    "mi persona",
    "solamente yo",
    "unicamente yo",
    "yo solamente",
    "yo unicamente",
    "yo na mas",
    "on my own",
    "by myself",
    "nada mas",
    "no mas conmigo",
    "solo yo",
    "yo no mas",
    "nada mas yo",
    "yo nada mas",
    "no mas yo",
    "just me",
    "only me",
    "me only",
)
WITHOUT: Final = (
    "sin acompanantes",
    "sin acompanante",
    "sin companeros",
    "sin companantes",
    "sin nadie",
    "sin mas gente",
    "sin mas",
    "sin compania",
    "con nadie",
    "without companions",
    "no companions",
    "no one else",
    "noone else",
    "nobody else",
    "nadie mas",
    "ninguna persona",
)
UNSURE: Final = listed(
    "se sabe sabemos depende quiza quizas talvez todavia unos unas algunos algunas varios varias muchos sure"
    " maybe perhaps some several many"
)
"""With one of these, no number is taken."""
AGES: Final = listed("anos ano anito anitos meses mes years year old months")
"""After a number: how old somebody is."""
INTRODUCING: Final = (
    "me llamo",
    "mi nombre es",
    "mi nombre completo es",
    "me dicen",
    "llámeme",
    "llameme",
    "the name is",
    "the name's",
    "el nombre es",
    "my name is",
    "my name's",
    "call me",
    "they call me",
)
"""What stands before a name."""
MAYBE_INTRODUCING: Final = ("soy", "digame", "dígame", "ponga", "póngame", "pongame", "i am", "i'm", "im")
ASKED_INTRODUCING: Final = ("se llama", "nombre", "name", "es", "seria", "sería", "it is", "it's", "its")
"""What may stand before one, or before anything else that somebody is: «soy mujer», «soy de la vereda»; the last
only where a name is asked for."""
PUTTING: Final = (
    *("póngale", "pongale", "póngame", "escriba", "escríbame", "anote", "anóteme como", "anoteme como", "a nombre de"),
    *("prefiero que me digan", "prefiero que me llamen", "prefiero que me diga", "prefiero", "quiero que me digan"),
    *(
        "quiero que me llamen",
        "me gusta que me digan",
        "me gusta que me llamen",
        "me gusta",
        "mi nombre:",
        "mi nombre completo:",
        "ponga ahí",
        "ponga ahi",
        "ponga",
        "nombre:",
    ),
    *("corríjalo:", "corrijalo:", "corríjalo por", "corrijalo por", "cámbielo por", "cambielo por", "cámbielo a"),
    *("inscríbame como", "inscribame como", "regístreme como", "registreme como", "déjelo como", "dejelo como"),
    *("todos me dicen", "a mí me dicen", "a mi me dicen", "puede decirme", "me puede decir", "me puede llamar"),
    *("puede llamarme", "me conocen como", "me conocen por", "con", "el nombre es", "please put", "put me down as"),
    *("put", "write", "the name is", "name's", "name:", "name is", "you can call me", "it should be"),
    *("everyone calls me", "people call me", "should be", "i go by", "i prefer", "i like to be called"),
    *("just call me", "please call me", "change it to", "sign me up as", "under", "make it", "that'll be"),
)
"""What stands before a name with a capital where one is asked for."""
AFTER_A_NAME: Final = (
    *("por favor", "porfa", "porfavor", "please", "gracias", "thanks", "thank you", "a la orden", "para servirle"),
    *(
        "mucho gusto",
        "un gusto",
        "nice to meet you",
        "a sus ordenes",
        "a sus órdenes",
        "para servirles",
        "muchas gracias",
        "nomás",
        "no más",
    ),
)
NO_NAMES: Final = listed(
    "fue era es son soy estoy esta estan estamos tengo tiene tienen tenemos hay mi mis tu su sus un una unos unas en"
    " con sin al voy vengo vivo vivimos necesito necesitamos muy mas menos mal mejor peor todo todos todas aqui aca"
    " alla ahi hoy ayer manana error entiendo entendi tambien tampoco creo toca tocan queda quedan ha han he sobre"
    " is are was were my me am have has had in on at to from here there very much more less all today tomorrow"
    " mistake mayor menor edad nueva nuevo"
)
"""Words of which no name is made, beside those of `messages.other_words`."""
MONTHS: Final = listed(
    "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre january"
    " february march april may june july august september october november december"
)
"""After a number: a day."""
CORRECTING: Final = listed("no nop noo nope mentira mentiras perdon corrijo digo mejor error sorry actually wait")
"""First, before what is right."""
COUNTING: Final = listed("son somos es sumos are we it is serian seriamos solo just only")
"""Between the two, where no sign stands."""
KEEPING: Final = frozenset(
    {
        "asi",
        "asi esta bien",
        "esta bien asi",
        "asi mismo",
        "asi es",
        "asi no mas",
        "dejelo asi",
        "dejeme asi",
        "igual",
        "lo mismo",
        "como esta",
        "asi como esta",
        "leave it",
        "leave it as it is",
        "leave it like that",
        "as it is",
        "dejalo asi",
        "ese",
        "ese mismo",
        "ese esta bien",
        "el mismo",
        "la misma",
        "la que tiene",
        "el que tiene",
        "keep it",
        "fine like that",
        "it s fine",
        "that one",
        "the same",
    }
)
"""In answer to how somebody is called: as it is."""

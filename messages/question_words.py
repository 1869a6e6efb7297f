"""What makes a text a question, and how words are shortened or mistaken for others, in every language of ours."""

from typing import Final

from messages.wordlists import listed

ASKS: Final = listed(
    "donde adonde cuando quien quienes como cuanto cuantos cuanta cuantas cual cuales where when what who how which why"
)
"""Near its beginning, they make a text a question."""
MAYS: Final = listed("puedo puede pueden podemos podre can may could should")
"""So do these."""
OPENERS: Final = (
    ASKS
    | MAYS
    | listed(
        "hay habra hubo dan daran tiene tienen toca cobran dejan es era sera esta estan queda quedan va van sirve"
        " reciben entregan piden hacen ponen pagan llevan admiten aceptan sirven prestan regalan cumplieron cumplen"
        " cerraron alcanzo alcanza atienden mandan necesita necesitan hizo hicieron is are was were do does did will"
        " would am has have had must any somewhere"
    )
)
"""And these as the first word."""
PUTTING: Final = listed(
    "saber sabe saben digame dime diga dice dicen dijera decir regala regale explica confirma recuerda recuerdeme"
    " repite repetir indica indique tell wonder remind"
)
"""So do these before it, with all courtesies."""
LEADING: Final = listed(
    "ahi alla alli aca eso esto ese esa entonces tambien si pues ya todavia aun nos se there it this that so also"
)
"""What may stand before the first word."""
KNOWING: Final = {
    "ya": listed("se sabemos tengo tenemos di dimos dije dijo dijeron conozco vi entendi llevo"),
    "no": listed("necesito necesitamos requiero"),
    "i": listed("know knew"),
    "we": listed("know knew"),
}
"""Who begins so asks nothing: she knows, or has it."""
BETWEEN: Final = listed("yo me le les lo la nos already")
"""What may stand between."""
AROUND_IT: Final = listed("el la los las lo con sin de del para por a the of with for to")
"""Around what a short text is about."""
GENERAL: Final = listed(
    "que los las del una uno unos unas por para con sin hay ser era fue son esta este esto eso ese esa ahi the"
    " and for you your with there this that from have has llevar traer dar tener tengo tenemos debo debemos hacer"
    " puedo puede podemos poder ir venir necesito necesario dia encuentro reunion evento bring take come need get"
    " give make should must may can want meeting event necessary personas gente people"
)
"""Words that are in many questions, and say of none what it is about."""
SHORT: Final[dict[str, str]] = {
    "q": "que",
    "k": "que",
    "ke": "que",
    "qe": "que",
    "aq": "a que",
    "xq": "porque",
    "pq": "porque",
    "x": "por",
    "d": "de",
    "pa": "para",
    "ai": "hay",
    "onde": "donde",
    "dnde": "donde",
    "adonde": "donde",
    "ond": "donde",
    "cdo": "cuando",
    "cuado": "cuando",
    "tmb": "tambien",
    "hrs": "horas",
    "s": "es",
    "u": "you",
    "r": "are",
    "ur": "your",
    "wats": "what is",
    "whats": "what is",
    "wheres": "where is",
    "whens": "when is",
    "whos": "who is",
    "hows": "how is",
    "wen": "when",
    "wat": "what",
    "im": "i am",
}
"""How words are shortened where typing is slow."""
COMMON: Final = listed(
    "dejeme dejenme ratico parce parque llegar llevar please place cuanto cuando cuentas cuenta parte carta"
    " puesto puedo quiero tarde hasta nada nadie todos todas mejor mujer lejos grupo tanto vereda bueno buena"
    " saber gusta gracias casa cosa cada carne barra tengo vengo mundo monte puerto muerto corto costa costo claro"
    " caro plaza tierra sierra plan gente puente fuente bring being ring there their where here would could should"
    " about above other others water later great thing think plane price prize"
)
"""Words that are no misspelling of others."""

"""How people say a plain yes, no, «none of these» or «I would rather not say», in every language of ours."""

from typing import Final

from messages.wordlists import listed

YES: Final = listed(
    "si claro obvio obviamente supuesto seguro segura sisas afirmativo correcto exacto dale hagale siempre"
    " yes yeah sure certainly definitely absolutely gladly indeed volveria volveriamos volvere volvemos encantada"
    " encantado duda would"
)
YES_AROUND: Final = listed(
    "creo think so for que por sin alguna con todo mucho muchisimo gusto de una eso es asi yo lo la ya i d of"
    " course it again come go we"
    " very much love to le me toda ahi en que totalmente completamente course"
)
"""Around a yes."""
NO: Final = listed("no nunca jamas nel nope never nah wouldn not don")
NO_AROUND: Final = listed(
    "creo que para nada claro loco loca ni de ninguna manera mas la verdad por ahora esta vez way definitely not really"
    " don t think so certainly at all i would pienso yo me gustaria gusta volveria volveriamos vuelvo volvemos"
    " volvere again ya mejor"
    " pereza it to thank you va lo es ese no eso modo ningun absolutely prefiero para"
)
"""Around a no."""
NONE_OF: Final = listed("ninguno ninguna ningunos ningunas none nada nothing neither")
NONE_AROUND: Final = listed(
    "de del esas esos esa ese estas estos las los el la dos anteriores tres cosas eso esto es en especial"
    " particular of those them"
    " these the above that from list lista ellas ellos not any no yo me sirve quiero like this opcion opciones"
    " al final mas all at por ahora"
)
"""Around «none»."""
SAYING: Final = listed(
    "decir digo decirlo decirle decirles decirla respondo contesto responder contestar responderla contestarla"
    " responderlo contestarlo opinar opino contar cuento say saying answer answering tell telling share"
    " disclose comment"
)
NOT_SAYING: Final = listed("no not don won t rather prefer prefiero ni nunca tampoco")
NOT_SAYING_AROUND: Final = listed(
    "me le les lo la se eso esa esto esta que voy a quiero deseo gusta mejor yo pregunta i d would to want am m it that"
    " this question one ese gustaria going will ll por ahora de you"
)
"""Around what is not said."""
PASSING: Final = listed(
    "saltela saltelo saltesela saltese saltar salte siguiente siga sigamos next skip privado privada personal reservado"
    " reservada private omitala omitalo omita pasela paso pasemos blank out"
)
PASSING_AROUND: Final = listed(
    "eso esa ese esta es la el a mejor question pregunta this one it to that y pase otra vamos pasemos muy me"
    " mi i ll leave"
)
"""Around what leaves a question out."""
ALL_THE_SAME: Final = listed(
    "cualquiera cualquier indiferente igual importa whichever whatever anything anywhere wherever matter mind bothered"
    " any everything todos todas preferencia preference"
)
ALL_THE_SAME_AROUND: Final = listed(
    "me es da no lo mismo la el cual en esta bien uno una a al doesn don t it to i which where not of them all put am m"
    " interesan interest is fine either really pongame ponganme que sea sin tengo one ones are ok with of"
)
"""Around what says that one is as good as another."""
_WHERE: Final = r"(?:en |a |al |pa |para )*(?:el|la|los|donde|lo|al|wherever|whichever)(?: que)?"
_PUT: Final = "toque|haya|quepa|pongan?|manden?|digan?|quieran?|asignen?|quede|sobre|campo|cupo|espacio|lugar|mejor"
YOU_CHOOSE: Final = (
    rf"{_WHERE}(?: (?:me|nos|usted|ustedes|haya))*(?: (?:{_PUT}))+",
    r"(?:usted |ustedes )?(?:elija|escoja|decida|elijan|escojan|decidan)(?: usted| ustedes)?",
    r"(?:you|your) (?:choose|decide|pick|choice)(?: for me)?",
    r"wherever (?:there is|you have|there s|there es) (?:room|space|a place|places)",
)
"""The same, as patterns of a whole text."""
NEEDING: Final = listed(
    "novedad problema problemas necesito necesitamos necesita necesitan necesite necesiten requiero requerimos"
    " requiere ocupo ocupamos preciso"
    " precisamos falta faltan hace hacen aplica aplican necesidad necesidades ayuda ayudas apoyo apoyos discapacidad"
    " limitacion limitaciones especial especiales ningun ninguno ninguna nada necesario necesaria need needs needed"
    " nothing none any anything help support assistance special apply applies required tengo have"
)
"""What is not needed, or not so."""
NEEDING_AROUND: Final = listed(
    "yo mi mis nosotros por ahora a dios muchas mil i we m am re at all es en el momento de eso esa esas ese esos tipo"
    " me nos que creo tenemos estoy estamos asi todo todos sin t don doesn isn not one the moment with lo dice"
    " ahi se preocupe camino cosas"
    " tres dos las those that these"
    " like of or is are us for thank you s y ya la verdad al final tampoco"
)
FINE: Final = listed(
    "novedad problemas problema camino bien perfecto perfecta perfectamente sano sana sanos sanas fine good ok"
    " okay well great right"
)
NOTHING: Final = listed(
    "no nada ni ninguno ninguna ningun nothing none nadie nobody sin not don doesn isn without never neither"
)
GIVING: Final = listed(
    "tengo tenemos doy dar darlo darle darles dio uso usamos quiero quisiera deseo dejar dejarlo dejo manejo manejamos"
    " comparto compartir compartirlo sirve funciona falta necesario llamen llame dano gusta telefono celular numero"
    " fijo have got give giving own share sharing phone number know leave need necessary comoda comodo"
    " comfortable blank dandolo call use keep"
)
"""A phone, which is not given."""
NOT_GIVING: Final = listed("no not haven don won sin without ni rather prefer prefiero nunca never ningun tampoco dano")
GIVEN_SO: Final = listed("entiendo entendi understand pregunta")
"""Beside these, a no is about something else."""

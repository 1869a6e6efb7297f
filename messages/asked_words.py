"""How people ask: what each question sounds like, in every language of ours, without accents.

A pattern is words in their order, maybe with a few others between; `a|b` is one or the other, `ab*` a beginning. A
pattern after `?` counts only in what sounds like a question, after `=` without others between. Longer words may be
misspelt (`handlers.nearness`).
"""

from typing import Final

from messages.wordlists import listed

TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "where": (
        "donde es|queda|sera|seria|va|hacen|hace|toca|realiza|reunen|realizan|nos|hay|van",
        "donde que es",
        "que|cual lugar|sitio|direccion|parte|barrio|edificio|local",
        "direccion del|de|exacta",
        "da|dan|deme|mande*|manda|pasa|pase*|regala|regale*|envie* direccion|ubicacion",
        "where do|should|must|can i|we go|come|be",
        "?direccion|ubicacion|lugar",
        "where is|will|it|the",
        "=which|what place|address|venue|building|location",
        "?address|venue",
    ),
    "when": (
        "a que hora|horas",
        "=que hora|horas es",
        "que hora|horas empieza|comienza|inicia|toca|hay",
        "que dia|fecha|dias",
        "=que dia|fecha es|sera|cae|toca|va",
        "manana o tarde|noche",
        "?in the morning|afternoon|evening",
        "cuando es|sera|seria|empieza|comienza|inicia|toca|hay|va|hacen|realiza|nos",
        "cual fecha|hora|horario",
        "?hora|horas|fecha|horario",
        "when is|does|will|do",
        "what|which time|day|date",
        "=what|which time|day|date is|does|will|should",
    ),
    "until": (
        "hasta que hora|horas",
        "hasta cuando va|dura|es",
        "que hora|horas acaba|termina|sale|salimos|finaliza|terminan|acaban|salen|acabamos|terminamos",
        "cuando acaba|termina|finaliza|salimos",
        "cuanto|cuantas|cuantos dura|demora|tiempo|demoran|horas|dias",
        "?dura|demora|demorado",
        "que tan largo|larga|demorado|demorada",
        "when does|will|do|is it|this|the|that end|ends|finish|finishes|over",
        "how long",
        "what time end|ends|finish|finishes|over|done",
        "when end|ends|finish|finishes|over",
        "until what time",
        "until when does|is|will|do",
    ),
    "closing": (
        "hasta cuando|que inscrib*|anotar*|apuntar*|plazo|registr*",
        "cuando cierran|cierra|vence",
        "plazo para inscrib*",
        "todavia|aun puedo inscrib*|anotar*|apuntar*",
        "until when can|may|sign",
        "deadline",
        "can i still sign|register",
        "when close|closes",
    ),
    "how_to_get": (
        "como llego|llegar|llega|llegan|llegamos",
        "como hago|puedo para llegar",
        "mapa",
        "=the|see|show map",
        "como voy|irme|ir hasta|alla|al|a|desde",
        "?que|cual bus|buseta|ruta|transporte|colectivo|buses",
        "en que me|nos voy|vamos",
        "por donde entro|entra|cojo|entramos|llego",
        "me queda lejos|cerca",
        "esta|queda lejos|cerca",
        "how get|go|reach there|to",
        "how do i get|reach|find",
        "?directions",
        "?which|what bus",
    ),
    "who": (
        "quien|quienes convoca|organiza|invita|hace|cita|manda|organizan|convocan|invitan|hacen|dirige",
        "que entidad|alcaldia|oficina|institucion",
        "de quien es",
        "de parte de quien",
        "quien|quienes esta|estan haciendo|organizando|convocando|invitando",
        "=es de la|el alcaldia|gobernacion|municipio|gobierno|ministerio",
        "who s|es|is running|organising|organizing|behind|hosting|holding",
        "?hace|organiza|es municipio|gobernacion|alcaldia|ministerio|gobierno|acueducto|empresa",
        "who is organising|organizing|behind|running|hosting",
        "who organises|organizes|organising|organizing|convenes|runs|invites|behind|holds|arranges|organised",
    ),
    "free": (
        "cuanto cuesta|vale|cobran|cobra|pago|pagar|dar|poner|aportar",
        "=cuanto es|toca",
        "es|sale gratis|gratuito|gratuita|pago|pagando",
        "gratis|gratuito|gratuita",
        "entrada libre|vale|cuesta",
        "vale plata|algo|dinero",
        "?costoso|caro",
        "hay|toca|tengo|debo que pagar|pago",
        "toca|tiene pagar|costo|valor|precio",
        "?pagar|pagan|paga|cobran|cobra|cuesta|precio|costo",
        "is it free",
        "how much",
        "have|need to pay",
        "?free|cost|costs|price|pay|fee",
    ),
    "code": (
        "mi|el codigo",
        "cual|perdi|olvide|bote|dar|dieron|recuerda codigo",
        "acuerdo|encuentro|tengo|se codigo",
        "?codigo",
        "my|the code",
        "?code",
    ),
    "workshop": (
        "que|cual taller|mesa|grupo|salon|aula",
        "mi taller|salon|mesa",
        "taller me|quede|toco|tengo|toca",
        "?taller",
        "which|what|my workshop|room|table|group",
        "?workshop",
    ),
    "parking": (
        "parqueadero|parqueaderos|parquear|parqueo|estacionamiento|estacionar|aparcar|parquiadero|parquiar|garaje|garage",
        "donde dejo|dejar|guardar|guardo|meter carro|moto|bicicleta|bici|camioneta|cicla|caballo",
        "?carro|moto|bicicleta|camioneta",
        "parking|carpark",
        "where|can park",
        "?park|car",
    ),
    "children": (
        "puedo|puede|podemos|dejan|se llevar|ir|entrar|traer|con ninos|nino|ninas|nina|menores|bebe|guagua|pelados",
        "puedo|puede|podemos|dejan|se llevar|ir|entrar|traer|con hijos|hijo|hija|hijas|nietos|nieto|nieta|chinos",
        "dejan|admiten|reciben ninos|nino|bebes|menores",
        "?ninos|nino|hijos|hijo|nietos|nieto|bebe|bebes|menores|hija|nina|guagua",
        "?children|kids|child|baby|kid|daughter|toddler",
        "can|may|could bring|take|come children|kids|child|baby|kid|son|daughter",
        "can|may|could children|kids|child|baby|kid|son|daughter|grandchildren come",
    ),
    "certificate": (
        "certificado|certificados|constancia|certificacion|diploma|certifican",
        "certificate|certificates|attestation",
        "proof of attendance",
    ),
    "without_signup": (
        "sin inscrib*|inscripcion|inscrip*|registrar*|registro|anotar*|apuntar*",
        "hay|toca|tengo|debo|necesito inscrib*|registrar*|anotar*|apuntar*|inscripcion",
        "necesario|obligatorio|obligacion|obliga inscrib*|registrar*|anotar*|apuntar*|inscripcion",
        "no me inscrib*|anote|apunte|registre",
        "puedo|puede|se llegar|caer|ir|entrar sin avisar|cupo|puesto|nada",
        "without signing|registering|registration|booking|sign",
        "need|have|must to sign|register|book",
        "?can i just turn|show|come|walk",
        "?just turn|show up",
    ),
    "instead": (
        "en|por mi lugar|puesto|reemplazo|nombre|mi",
        "lugar mio|mia",
        "=en lugar de mi",
        "otra|otro|alguien por mi",
        "me puede|pueda|podria|va|vaya reemplazar|reemplaza|representar|a",
        "reemplazo|reemplazarme|reemplace|representarme|represente",
        "pasar|pasarle|dar|darle|ceder|cederle|regalar|regalarle|prestar|prestarle mi cupo|puesto|lugar|inscripcion a",
        "mandar|mando|mande|envio|enviar a otra|otro|alguien|mi",
        "instead of me",
        "in my place|stead",
        "on my behalf",
        "give|pass|transfer my place|spot|seat to",
    ),
    "waiting": (
        "cuanto toca|hay|que|se|tiempo|falta esperar|espera|demoran|atienden",
        "?esperar|espera",
        "how long wait|queue",
    ),
    "food": (
        "?almuerzo|refrigerio|comida|desayuno|onces|merienda|tinto",
        "=dan|hay|reparten|habra de|algo|almuerzo|refrigerio|comida|desayuno|onces|merienda|tinto",
        "?food|lunch|snack|snacks|meal|meals|breakfast|coffee|refreshments|eat",
    ),
    "transport": (
        "dan|pagan|hay|ponen|mandan|recogen|pasan transporte|pasaje|pasajes|bus|subsidio|buseta|chiva|recogernos",
        "?pasaje|pasajes|transporte",
        "~bus|buseta|chiva|transporte a que hora sale|pasa|salen",
        "a que hora sale|pasa|salen bus|buseta|chiva|transporte|buses",
        "bus|chiva sale|pasa|salen",
        "what time bus leave|leaves|go|goes",
        "?transport|shuttle|fare",
        "there a bus",
        "?bus",
    ),
    "virtual": (
        "?virtual|zoom|transmision|transmiten|internet|online|celular|facebook|youtube",
        "?remote|remotely|stream|streamed|livestream",
    ),
    "about_what": (
        "de que trata|habla|es|van|hablan|tratan",
        "que trata|tratan|hablar|van",
        "=que es esto|eso|convoca|el|la",
        "para que es|sirve",
        "que temas|tema",
        "cual tema",
        "=what is it|this|that",
        "what is|it about",
        "=what about",
        "which|what topics|topic",
        "?purpose",
    ),
    "bring": (
        "puedo|puede|podemos|se llevar|ir|invitar|traer con|acompanante|acompanantes|alguien|amigo|amiga|familia",
        "=llevar|traer|invitar a mi|un|una|otra vecina|vecino|hermana|hermano|mama|papa|esposo|esposa|amiga|amigo",
        "cuantos|cuantas puedo|podemos|personas",
        "?acompanante|acompanantes",
        "?can i bring|invite",
        "?how many people|guests bring",
    ),
    "what_to_bring": (
        "que tengo|debo|hay|toca|se llevar|traer|lleva",
        "que llevo|llevamos",
        "?hay|toca|debo|tengo que llevar|traer",
        "?cedula|documento|documentos|papeles",
        "what should|do|must|need bring|take",
        "?id|document|documents|papers",
    ),
    "places_left": (
        "quedan|hay|queda|tienen cupo|cupos|puestos|campo|espacio",
        "cuantos cupos|puestos",
        "?cupo|cupos",
        "?places|seats|spaces|room left|available|free",
    ),
    "needs": (
        "hay|tiene|tienen|habra rampa|ascensor|interprete|silla|accesible|acceso",
        "?rampa|ascensor|interprete|discapacidad|discapacitados|accesible",
        "?ramp|lift|elevator|interpreter|accessible|wheelchair|disabled",
    ),
    "phone": (
        "a donde|que|quien|cual llamo|llamar|telefono|numero|llama",
        "numero de telefono|contacto|ustedes",
        "telefono de|del|para",
        "hablar|comunicar*|comunico|hablo con una|un|alguien|persona|humano|funcionario|asesor|ustedes",
        "puedo|quiero|necesito llamar|llamarlos",
        "phone number",
        "who|where call|phone|talk",
        "talk|speak to|with someone|somebody|person|human|a",
        "?telefono|phone",
    ),
    "robot": (
        "es|eres|usted|sos un|una robot|maquina|bot|persona|humano",
        "con quien hablo|estoy",
        "quien es|habla usted|ahi",
        "?robot|maquina",
        "?robot|bot|machine",
        "are you a|human|real",
        "who are you",
        "=who is this",
    ),
    "privacy": (
        "que datos|guardan|guarda|saben",
        "mis datos",
        "para que quieren datos",
        "?datos|privacidad|cedula",
        "what|which data|keep",
        "my data",
        "?privacy",
    ),
    "mine": (
        "estoy|quede|quedo|sigo inscrita|inscrito|anotada|anotado|apuntada|apuntado|registrada|registrado|lista",
        "que|cual puesto voy|tengo|soy|estoy",
        "en que puesto",
        "puesto en la lista",
        "sigo esperando",
        "mi puesto|inscripcion|cupo",
        "am i registered|signed|enrolled|booked",
        "my place|spot",
    ),
    "meetings": (
        "que|cuales encuentros|reuniones|eventos hay|vienen|tienen|son",
        "que encuentros|reuniones|eventos",
        "hay encuentros|reuniones|eventos|otros|mas encuentros|reuniones",
        "ver encuentros|reuniones",
        "what|which meetings|events",
        "are there meetings|any",
    ),
    "commitments": (
        "que|cuales compromisos|prometieron|cumplieron|compromiso",
        "?compromisos|compromiso|prometieron|cumplieron|cumplido",
        "what|which commitments|promised|promises",
        "?commitments|promised",
    ),
}
"""What each question is about: first what the meeting knows of itself, last what is said elsewhere."""

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
        "hay habra dan daran tiene tienen toca cobran dejan es era sera esta estan queda va van sirve is are do does"
        " did will would am has"
    )
)
"""And these as the first word."""
PUTTING: Final = listed("saber sabe saben digame dime diga dice dicen dijera decir regala regale explica tell wonder")
"""So do these before it, with all courtesies."""
LEADING: Final = listed("ahi alla alli aca eso esto ese esa entonces tambien si pues ya there it this that so also")
"""What may stand before the first word."""
KNOWING: Final = {
    "ya": listed("se sabemos tengo tenemos di dimos dije dijo dijeron conozco vi entendi llevo"),
    "no": listed("necesito necesitamos requiero"),
    "i": listed("know knew need"),
    "we": listed("know knew"),
}
"""Who begins so asks nothing: she knows, or has it."""
BETWEEN: Final = listed("yo me le les lo la nos don t do not already")
"""What may stand between."""
AROUND_IT: Final = listed("el la los las lo con sin de del para por a the of with for to")
"""Around what a short text is about."""
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
    "parque llegar llevar please place cuanto cuando cuentas cuenta parte carta puesto puedo quiero tarde hasta"
    " nada nadie todos todas mejor mujer lejos grupo tanto vereda bueno buena saber gusta gracias casa cosa cada"
    " carne barra tengo vengo mundo monte puerto muerto corto costa costo claro caro plaza tierra sierra plan"
    " gente puente fuente bring being ring there their where here would could should about above other others"
    " water later great thing think plane price prize"
)
"""Words that are no misspelling of others."""

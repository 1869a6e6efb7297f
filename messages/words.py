"""What people type, in every language of ours, as `handlers.understanding.plain` reduces it: no case, no accents."""

from typing import Final

from messages.wordlists import listed

SILENCE: Final = frozenset({"baja", "stop"})
"""As the whole message: nothing unprompted any more."""
TALK_AGAIN: Final = frozenset({"alta"})
GREETINGS: Final = frozenset(
    {"hola", "buenas", "buenos dias", "buenas tardes", "buenas noches", "hello", "hi", "hey", "good morning", "start"}
)
THANKS: Final = frozenset(
    {"gracias", "muchas gracias", "mil gracias", "ok gracias", "ok", "listo gracias", "thanks", "thank you", "okay"}
)
MENU: Final[dict[str, str]] = {
    "ayuda": "help",
    "help": "help",
    "menu": "help",
    "start again": "open",
    "start over": "open",
    "empezar de nuevo": "open",
    "volver a empezar": "open",
    "quiero empezar de nuevo": "open",
    "quiero volver a empezar": "open",
    "inicio": "open",
    "mis encuentros": "mine",
    "mis acompanantes": "party",
    "my companions": "party",
    "my meetings": "mine",
    "mi puesto": "mine",
    "no puedo ir": "leaving",
    "ya no puedo ir": "leaving",
    "no puedo asistir": "leaving",
    "i cannot go": "leaving",
    "i can t go": "leaving",
    "my place": "mine",
    "encuentros": "open",
    "encuentros abiertos": "open",
    "meetings": "open",
    "open meetings": "open",
    "idioma": "lang",
    "language": "lang",
    "english": "lang:en",
    "ingles": "lang:en",
    "espanol": "lang:es",
    "spanish": "lang:es",
    "lo que sigo": "fl",
    "resumen semanal": "rhythm:weekly",
    "semanal": "rhythm:weekly",
    "cada semana": "rhythm:weekly",
    "una vez a la semana": "rhythm:weekly",
    "una vez por semana": "rhythm:weekly",
    "weekly": "rhythm:weekly",
    "weekly digest": "rhythm:weekly",
    "once a week": "rhythm:weekly",
    "every week": "rhythm:weekly",
    "mejor avisarme enseguida": "rhythm:at_once",
    "better tell me at once": "rhythm:at_once",
    "what i follow": "fl",
    "inscribir a otra persona": "other",
    "inscribir otra persona": "other",
    "sign up another person": "other",
    "organizar": "orgl",
    "organise": "orgl",
    "organize": "orgl",
    "privacidad": "privacy",
    "privacy": "privacy",
    "mis datos": "privacy",
    "my data": "privacy",
}
"""What the whole message means, as a choice."""
CHANGING: Final = frozenset(
    {
        "cambiar",
        "cambio",
        "cambiarlo",
        "cambielo",
        "cambialo",
        "quiero cambiar",
        "quiero cambiarlo",
        "corregir",
        "corrijo",
        "editar",
        "change",
        "change it",
        "change that",
        "correct it",
        "edit",
    }
)
"""As the whole message, amid the questions of a place: an answer is to be changed."""
COMPLAINTS: Final = frozenset(
    {
        "queja",
        "quejas",
        "reclamo",
        "reclamos",
        "denuncia",
        "denuncias",
        "pqrs",
        "pqrsd",
        "quejarme",
        "quejarnos",
        "denunciar",
        "reclamar",
        "complaint",
        "complain",
        "complaints",
    }
)
"""Anywhere in a text: a complaint has a channel of its own (M16)."""
NONE: Final = frozenset({"ninguno", "ninguna", "none", "no", "nada", "omitir", "skip", "nothing", "no one", "neither"})
"""As an answer: none of these."""
NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "sign_language": (
        "interprete",
        "senas",
        "sordo",
        "sorda",
        "sordito",
        "sordita",
        "sordomudo",
        "sordomuda",
        "interpreter",
        "sign language",
        "deaf",
    ),
    "wheelchair": (
        "silla",
        "ruedas",
        "rampa",
        "wheelchair",
        "ramp",
        "paralitico",
        "paralitica",
        "invalido",
        "invalida",
    ),
    "hearing_loop": ("bucle", "audifono", "audifonos", "hearing loop", "hearing aid", "oigo poco", "oigo mal"),
    "childcare": (
        *("nino", "ninos", "nina", "ninas", "hijo", "hija", "hijos", "hijas", "nieto", "nieta", "nietos", "bebe"),
        *("childcare", "child", "children", "kid", "kids", "baby", "toddler"),
    ),
}
"""Within an answer: the support that somebody means. Needs that only a meeting knows are meant by their names."""
COURTESIES: Final = listed(
    "hola buenas buenos buen dia dias tardes noches tarde doctora doctor dotora dotor dra dr senorita senora"
    " senor sr sra mija mijo mi don dona vecina vecino compa parce amigo amiga favor porfa porfis porfavor xfa"
    " plis gracias y e pero oiga oye mire disculpe disculpa perdon perdone digame diga sumerce usted ustedes ud"
    " uds una un pregunta preguntica consulta quisiera saber quiero necesito me regala informacion hello hi hey"
    " good morning afternoon evening please thanks sorry excuse so and but dear sir madam"
    " uy ay ah eh pues ombe jaja jajaja"
)
"""Around what somebody means: greetings, titles, thanks."""
AGREEING: Final = frozenset(
    {
        "si",
        "s",
        "sii",
        "siii",
        "sip",
        "sisas",
        "yes",
        "yep",
        "yeah",
        "yup",
        "y",
        "si claro",
        "claro",
        "claro que si",
        "si por supuesto",
        "por supuesto",
        "si se puede",
        "si de una",
        "de una",
        "dale",
        "dele",
        "dele pues",
        "hagale pues",
        "listo voy",
        "si dale",
        "si eso",
        "si eso es",
        "si correcto",
        "si exacto",
        "eso mismo",
        "esta bien asi",
        "hagale",
        "si hagale",
        "listo",
        "si listo",
        "bueno",
        "si bueno",
        "bueno si",
        "si gracias",
        "asi es",
        "si asi es",
        "correcto",
        "exacto",
        "eso",
        "eso es",
        "de acuerdo",
        "esta bien",
        "si esta bien",
        "vale",
        "si vale",
        "ok",
        "okay",
        "okey",
        "si ok",
        "claro si",
        "si si",
        "absolutely",
        "definitely",
        "certainly",
        "desde luego",
        "con gusto",
        "con mucho gusto",
        "encantada",
        "encantado",
        "obvio",
        "obviamente",
        "obvio que si",
        "por supuesto que si",
        "works",
        "pues si",
        "of course yes",
        "sure",
        "of course",
        "yes sure",
        "yes of course",
        "right",
        "correct",
        "that s right",
        "como no",
        "i d come again",
        "todas las veces",
        "you bet",
        "i think so",
        "for sure",
        "without a doubt",
        "all right",
        "fine",
    }
)
"""As the whole message: yes, where saying so permits nothing and loses nothing."""
REFUSING: Final = frozenset(
    {
        "no",
        "n",
        "nop",
        "nope",
        "noo",
        "nooo",
        "nel",
        "nah",
        "na",
        "no gracias",
        "no no",
        "ahora no",
        "por ahora no",
        "no por ahora",
        "mejor no",
        "para nada",
        "ni loco",
        "ni loca",
        "claro que no",
        "no senora",
        "no senor",
        "no doctora",
        "no thanks",
        "no thank you",
        "not now",
        "no lo tomo",
        "no lo quiero",
        "i don t want it",
    }
)
"""As the whole message: no."""
EMOJI: Final = {
    "👍": "yes",
    "👌": "yes",
    "✅": "yes",
    "✔": "yes",
    "☑": "yes",
    "👍👍": "yes",
    "👎": "no",
    "❌": "no",
    "🚫": "no",
    "🙅": "no",
    "🙅‍♀": "no",
    "🙅‍♂": "no",
}
"""As the whole message."""
ORDINALS: Final = {
    word: number
    for number, words in enumerate(
        (
            "primera primero primer first",
            "segunda segundo second",
            "tercera tercero tercer third",
            "cuarta cuarto fourth",
            "quinta quinto fifth",
            "sexta sexto sixth",
        ),
        1,
    )
    for word in words.split()
}
RUDE: Final = listed(
    "hp hps hijueputa hijueputas jueputa malparido malparida malparidos gonorrea gonorreas mierda marica"
    " maricas pirobo imbecil imbeciles estupido estupida estupidos idiota idiotas bobo boba pendejo pendejos"
    " corruptos corrupto ladrones ladron ratas culo verga puta puto putas carajo cabron cabrones fuck fucking"
    " shit asshole idiot stupid bastards bastard bullshit thieves crooks"
)
"""Anywhere in a text that says nothing else: somebody is angry."""
SKIPPING: Final = frozenset(
    {
        "omitir",
        "paso",
        "pasar",
        "siguiente",
        "saltar",
        "despues",
        "luego",
        "mas tarde",
        "ahora no",
        "prefiero no decir",
        "prefiero no decirlo",
        "prefiero no responder",
        "no le digo",
        "no se",
        "no c",
        "no lo se",
        "yo no se",
        "no se que decir",
        "no mas",
        "ya no mas",
        "no mas preguntas",
        "ya no mas preguntas",
        "no quiero mas preguntas",
        "ya no quiero mas preguntas",
        "mejor despues",
        "mejor mas tarde",
        "mejor luego",
        "i don t know",
        "dunno",
        "no more questions",
        "maybe later",
        "no digo",
        "no quiero decir",
        "no quiero decirlo",
        "no quiero responder",
        "no quiero contestar",
        "no voy a decir",
        "me lo reservo",
        "skip",
        "pass",
        "next",
        "later",
        "not now",
        "rather not say",
        "i d rather not say",
        "i would rather not say",
        "prefer not to say",
        "no tengo",
        "no tengo telefono",
        "no tiene",
        "no tiene telefono",
        "no tiene celular",
        "she has none",
        "he has none",
        "they have none",
        "skip it",
        "skip that",
        "rather not",
        "i d rather not",
        "prefiero no",
        "mejor no digo",
        "no tengo celular",
        "i don t have one",
        "i have none",
    }
)
"""As the whole message: a question is left out."""
INDIFFERENT: Final = frozenset(
    {
        "cualquiera",
        "cualquier",
        "cualquiera esta bien",
        "el que sea",
        "la que sea",
        "el que haya",
        "da igual",
        "me da igual",
        "da lo mismo",
        "me da lo mismo",
        "lo mismo",
        "igual",
        "todos",
        "todas",
        "todo",
        "sin preferencia",
        "no tengo preferencia",
        "any",
        "any of them",
        "whatever",
        "all",
        "all of them",
        "no preference",
        "i don t mind",
        "i don t care",
    }
)
"""As the whole message: one is as good as another."""
BLESSINGS: Final = listed(
    "muchas muchisimas mil gracias dios diosito la lo le les los me bendiga bendigame pague muy amable ok okay"
    " listo bueno bien todo de nada perfecto excelente genial super chevere entendido vale eso si thanks thank"
    " you so much very many god bless kind great perfect nice lovely por a su ayuda tan queda quedo lot for your"
    " help the information se que agradece agradezco agradecida agradecido cheers ty thx grateful appreciate it"
    " un abrazo bendiciones feliz dia tarde noche igualmente mucho mucha corazon atencion colaboracion ayudarme"
    " paciencia informar avisar avisarme usted ustedes nos same day have"
)
"""Around thanks."""
THANKING: Final = listed(
    "gracias agradece agradezco agradecida agradecido bendiga bendiciones thanks thank cheers ty thx bless appreciate"
)
GREETING: Final = listed(
    "info informes informacion hola holi holis holaa ola buenas buenos saludos saludo hello hi hey hiya hallo morning"
    " afternoon evening alo quiubo"
)
GREETED: Final = listed(
    "muy tenga tengan usted ustedes todos todas que tal como esta estan le va feliz dia dias tarde tardes noche"
    " noches good there how are you a la los las un cordial mucho gusto everybody everyone all"
    " sorry to bother trouble disturb mas explica explique expliqueme molestar molestarla molestarlo moleste pena"
)
"""Around a greeting."""
OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "rural": (
        *("campesino", "campesina", "montana", "fuera del pueblo", "campo", "vereda", "finca", "corregimiento"),
        *("monte", "country", "countryside", "village", "farm"),
    ),
    "urbana": ("pueblo", "ciudad", "casco urbano", "centro", "barrio", "cabecera", "town", "city", "urban"),
    "urban": ("pueblo", "ciudad", "casco urbano", "centro", "barrio", "cabecera", "town", "city", "urbana"),
    "mujer": ("lady", "femenino", "femenina", "woman", "female", "senora", "dama", "girl"),
    "hombre": ("bloke", "guy", "gentleman", "senor", "masculino", "varon", "man", "male", "macho", "caballero"),
    "otro": ("otra", "other", "no binario", "non binary", "ni hombre ni mujer", "ninguno de los dos"),
    "otra": ("otro", "other", "no binario", "non binary"),
}
"""What else people call the options that we know."""

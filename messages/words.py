"""What people type, in every language of ours, as `handlers.understanding.plain` reduces it: no case, no accents."""

from typing import Final

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
    "mis encuentros": "mine",
    "my meetings": "mine",
    "mi puesto": "mine",
    "no puedo ir": "mine",
    "ya no puedo ir": "mine",
    "no puedo asistir": "mine",
    "i cannot go": "mine",
    "i can t go": "mine",
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
    "what i follow": "fl",
    "organizar": "orgl",
    "organise": "orgl",
    "organize": "orgl",
    "privacidad": "privacy",
    "privacy": "privacy",
    "mis datos": "privacy",
    "my data": "privacy",
}
"""What the whole message means, as a choice."""
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
        "complaint",
        "complaints",
    }
)
"""Anywhere in a text: a complaint has a channel of its own (M16)."""
NONE: Final = frozenset({"ninguno", "ninguna", "none", "no", "nada", "omitir", "skip", "nothing"})
"""As an answer: none of these."""
NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "sign_language": ("interprete", "senas", "sordo", "sorda", "interpreter", "sign language", "deaf"),
    "wheelchair": ("silla", "ruedas", "rampa", "wheelchair", "ramp"),
    "hearing_loop": ("bucle", "audifono", "audifonos", "hearing loop", "hearing aid"),
    "childcare": ("nino", "ninos", "nina", "ninas", "hijo", "hijos", "childcare", "child", "children"),
}
"""Within an answer: the support that somebody means. Needs that only a meeting knows are meant by their names."""

"""How numbers are written out, in every language of ours, as `handlers.understanding.plain` reduces them."""

from typing import Final

from messages.company_words import NUMBERS as SMALL
from messages.wordlists import listed

LARGER: Final = {
    word: number
    for number, words in enumerate(
        (
            "trece thirteen",
            "catorce fourteen",
            "quince fifteen",
            "dieciseis sixteen",
            "diecisiete seventeen",
            "dieciocho eighteen",
            "diecinueve nineteen",
            "veinte twenty",
            "veintiuno veintiun veintiuna",
            "veintidos",
            "veintitres",
            "veinticuatro",
            "veinticinco",
            "veintiseis",
            "veintisiete",
            "veintiocho",
            "veintinueve",
        ),
        13,
    )
    for word in words.split()
}
TENS: Final = {
    word: 10 * number
    for number, words in enumerate(
        (
            "veinte twenty",
            "treinta thirty",
            "cuarenta forty fourty",
            "cincuenta fifty",
            "sesenta sixty",
            "setenta seventy",
            "ochenta eighty",
            "noventa ninety",
        ),
        2,
    )
    for word in words.split()
}
ARTICLES: Final = frozenset({"un", "una", "a", "an", "another", "otro", "otra"})
UNITS: Final = {word: number for word, number in SMALL.items() if word not in ARTICLES}
AROUND_NUMBERS: Final = listed(
    "y e and & el la los las lo the numero number num nro opcion option tema topic punto respuesta answer despues luego"
    " then tambien also favor por porfa please de of one ones solo only mas"
    " prefiero prefer gusta gustan gustaria me i d like would interesa interesan quiero"
)
"""Words in a list of numbers that say nothing else."""
OLD_AGE: Final = {
    **dict.fromkeys(("tercera edad", "adulto mayor", "adulta mayor", "pensioner", "senior citizen"), 70),
    **dict.fromkeys(("in my sixties", "over sixty"), 65),
    **dict.fromkeys(("in my seventies", "in my eighties"), 75),
}
"""How people say about how old they are, and an age that fits."""
HIGHEST: Final = listed("maximo maxima maximum full top")
LAST: Final = listed("ultimo ultima last")
"""As an answer: the highest of a scale, the last of a list."""
FIRST_OF_ALL: Final = frozenset({"primero", "first"})
"""Before a number, no number: «primero la tres»."""
ALL: Final = frozenset(
    {
        "todas",
        "todos",
        "todo",
        "todas ellas",
        "todas por favor",
        "todas las anteriores",
        "todo eso",
        "all",
        "all of them",
        "all of those",
        "everything",
        "ambas",
        "ambos",
        "both",
    }
)
"""As the whole message: each of what is listed."""

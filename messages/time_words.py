"""Words in which people say days and hours, and what they say around them."""

from typing import Final

from messages.wordlists import listed

NUMBERS: Final = {
    word: number
    for words in (
        "una dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "one two three four five six seven eight nine ten eleven twelve",
    )
    for number, word in enumerate(words.split(), 1)
}
"""Hours, and small amounts."""
AMOUNTS: Final = {**NUMBERS, "un": 1, "a": 1, "quince": 15, "fifteen": 15, "veinte": 20, "twenty": 20}
AROUND: Final = listed(
    "el la los las un una de del a al y en que es sea seria fuera para por favor mejor mismo dia fecha hora horas hs"
    " desde hasta entre tipo sobre manana tarde noche madrugada mediodia media cuarto am pm m p h esta este proximo"
    " the on at it is will be from to until till and please of in morning afternoon evening noon midday next this day"
    " past half quarter si yes ok bueno listo"
).union(NUMBERS)
"""Words that may stand beside a day or hours, and say nothing else."""

"""How people say that something was a mistake, in every language of ours, without case and accents."""

from typing import Final

from messages.wordlists import listed

SAID: Final[tuple[str, ...]] = (
    *("me equivoque", "me equivoco", "equivoque", "equivocado", "equivocada", "me confundi", "me enrede"),
    *("me arrepiento", "me arrepenti", "cambie de opinion", "cambie de idea", "cambie de parecer"),
    *("fue error", "un error", "mi error", "error", "por error", "una equivocacion", "por equivocacion", "confusion"),
    *("sin querer", "sin culpa", "sin intencion", "era mentira", "fue mentira", "mentira", "era broma", "fue broma"),
    *("era charlando", "no era eso", "no era ahi", "no era asi", "donde no era", "no queria eso", "no quise eso"),
    *("no queria cancelar", "no quise cancelar", "no queria salirme", "no queria dejarlo", "no queria dejarla"),
    *("oops", "whoops", "ups"),
    *("deshacer", "deshaga", "deshagalo", "desacer", "siempre si", "mejor si voy", "quiero volver", "vuelvo a ir"),
    *("mi puesto de vuelta", "mi puesto otra vez", "puesto de nuevo", "devuelvame", "devuelvamelo", "recuperar"),
    *("my mistake", "my bad", "my fault", "a mistake", "mistake", "by mistake", "by accident", "accident", "mistaken"),
    *("changed my mind", "change my mind", "didn t mean", "did not mean", "undo", "take that back", "take it back"),
    *("my place back", "it back", "my spot back", "wrong button", "wrong one", "was kidding", "was joking"),
)
"""What says it."""
AROUND: Final = listed(
    "no si voy ire quiero mi mis puesto lo la el los las un una boton toque tocando oprimi presione di dio clic click"
    " hice mande escribi fue era es de del eso esto que ya todavia avisos aviso mensajes recibir con ahi aca dedo"
    " mano se me le a al perdoneme disculpeme perdoname disculpame cosa en cupo lugar ir asistir gracias"
    " i it was is that this the want to go come am m my me still yes again button pressed tapped clicked hit place"
    " spot oops ups upsi uy oh ah can have going will ll made"
)
"""What may stand around it; with other words it is about something else."""
ITS_BUTTON: Final = frozenset({"fue un error", "error", "it was a mistake", "mistake"})
"""What is written on a button that takes something back, or under it."""

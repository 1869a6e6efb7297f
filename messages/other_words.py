"""What people write around somebody's name, and what is none, as `handlers.understanding.plain` reduces it."""

from typing import Final

from messages.wordlists import listed

BEFORE_A_NAME: Final = (
    "se llama",
    "ella se llama",
    "el se llama",
    "su nombre es",
    "el nombre es",
    "es",
    "her name is",
    "his name is",
    "their name is",
    "the name is",
    "name",
    "nombre",
    "it is",
    "it s",
)
"""Said first: «se llama Rosa»."""
NOT_IN_A_NAME: Final = listed(
    "no ya si que q qu como cuando donde quien quienes cual cuanto por para pero porque se me le lo nos yo usted"
    " voy va vamos van puedo puede quiero quiere queremos soy eso esto ese esta este cosa nada nadie algo"
    " gracias hola buenas encuentro persona otra otro"
    " not yes what how when where who which why please thanks hello i you he she it they we"
    " can cannot want this that nothing nobody something another other person meeting"
)
"""Words of which no name is made: somebody is saying something else."""
COMMANDS: Final = listed(
    "ayuda baja stop menu cancelar cancela borrar inscribir help cancel alta cambiar change corregir volver atras back"
)
"""No name begins with them; a village may end with one."""

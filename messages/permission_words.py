"""How people permit, refuse, or say that they are under age, in every language of ours."""

from typing import Final

from messages.company_words import ONE
from messages.wordlists import listed

ACCEPTS: Final = listed("acepto autorizo consiento accept agree consent authorise authorize")
THEY_ACCEPT: Final = ACCEPTS | listed("acepta autoriza consiente accepts agrees consents")
"""Said of somebody else; «aceptó» without its accent, too."""
GIVES: Final = listed("cuente cuenten doy damos otorgo concedo give grant")
HERS: Final = listed("mi my")
"""«Tiene mi permiso»."""
IF_NOT: Final = listed("senor senora senorita doctor doctora claro gracias mija mijo")
"""After «si», which is a «sí» then."""
GIVEN: Final = listed("permiso autorizacion consentimiento permission consent authorisation authorization")
"""What is given."""
BESIDE: Final = listed(
    "si claro que por supuesto yo y e soy mayor de edad mas tengo anos anitos con mucho gusto lo la le les los las el"
    " todo eso esto listo bueno dele dale tiene tienen have ok okay vale gracias muchas"
    " senora senor senorita doctora doctor mija mijo"
    " hola buenas buenos buen dia dias tardes noches pues estoy estamos totalmente completamente muy acuerdo mi"
    " terminos condiciones guarden usen traten tengan uso tratamiento manejo datos informacion personales mis dios"
    " bendiga pague i am m over of age and yes sure course the it that this to adult years old please thanks thank you"
    " do my his her their terms conditions hello hi good morning afternoon evening alright all right"
    " absolutely certainly happily gladly amable kindly fully totally very much"
)
"""Around a permission, nothing that takes any of it back."""
THEM: Final = listed("ella el mi es tiene esta dice dijo me q he she they her him is are my says said") | ONE
DENYING: Final = listed("no nunca jamas tampoco ni not don dont never won wont cannot isn aren haven nor")
ACCEPTING: Final = ACCEPTS | listed(
    "aceptar acepta aceptaria autorizar autorizaria consentir permito permitir doy dar darles darle dare damos permiso"
    " autorizacion consentimiento acuerdo datos guarden give giving permission data details accepting agreeing"
    " agreement want keep share sharing"
)
"""After a «no»: what is not given."""
REFUSES: Final = (
    *("rechazo", "me niego", "en desacuerdo", "prefiero no", "prefiero que no", "de ninguna manera", "ni loca"),
    *("ni loco", "jamas", "nunca", "de ningun modo", "mejor no", "para nada", "paso de eso", "me opongo"),
    *("i refuse", "i decline", "i disagree", "rather not", "prefer not to", "no way", "never", "certainly not"),
    *(
        "absolutely not",
        "definitely not",
        "not a chance",
        "i won t",
        "i object",
        "not comfortable",
        "nones",
        "no firmo",
        "ni hablar",
        "ni de riesgo",
    ),
)
NO_LONGER: Final = listed(
    "pero si until hasta todavia aun yet luego despues manana later tomorrow entiendo entendi understand se know"
    " but unless if solo only why porque seguro sure"
)
"""Beside a no that is none, or not the last word."""
AGED: Final = listed("tengo tenemos soy cumpli cumplo cumplido cumplir anos anitos ano i am m years year old age just")
AROUND_AGE: Final = listed(
    "nada mas yo una un nina nino joven muchacha muchacho de los las apenas solo solamente y aun he ha voy a"
    " meses para me dos"
    " tres mes la el senora doctora hola buenas gracias todavia recien en enero febrero marzo abril mayo junio julio"
    " agosto septiembre octubre noviembre diciembre este estos proximo ano dentro only a an the girl boy in is"
    " next may march june july turn"
    " month months until still not sorry es que pues mi edad and"
)
MINOR: Final = listed("menor menores underage minor under teenager adolescente")
OF_AGE_WORDS: Final = listed("mayor mayores adulto adulta adult grown")
NOT_YET: Final = listed("faltan falta cumplir turning turn yet aun todavia under below menor menos")
"""Beside 18: not there yet."""

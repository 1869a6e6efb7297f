"""What organisers wish, in their own words, in every language of ours; written as in `messages.asked_words`."""

from typing import Final

DESK: Final[dict[str, tuple[str, ...]]] = {
    "ogx": (
        "excel|planilla|spreadsheet|csv",
        "lista|listado|list de|of|los inscrit*|asistentes|personas|gente|participantes|attendees|people|everybody",
        "descarg*|baj*|export*|download|mand*|envi*|pas*|necesito|quiero|deme|send|need|give lista|listado|list",
        "=la|the lista|listado|list inscrit*|completa|completo",
        "export*|descarg* inscrit*|asistentes|lista|listado|gente|todo|datos",
        "$lista|listado|list",
        "ver|mir*|muestr* lista|listado|planilla",
        "lista|listado|list van|viene*|confirm*|quienes|going|coming",
    ),
    "ogc": (
        "a quien|quienes tengo|debo|toca|hay|falta llamar*",
        "quien|quienes|lista llamar",
        "who|whom call|phone|ring",
    ),
    "ogg": ("grafica|grafico|curva|chart|graph|plot", "inscrit*|inscripciones|signups por|cada|per dia|day"),
    "ogp": ("invitar|agregar|anadir|sumar|invite|add otr*|un|una|a|another organizador*|companer*|coleg*|organiser*",),
    "oga": (
        "historial|auditoria|audit|history",
        "que se hizo",
        "que ha|han hecho",
        "what was|did|has done|do",
        "quien hizo|cambio|movio|cancelo|modifico que|eso|esto|ese|cambio|la|el",
    ),
    "org": (
        "cuant*|numero|total inscrit*|van|hay|personas|gente|puestos|confirmad*|anotad*",
        "quien|quienes inscrit*|inscribi*|confirm*|anotad*|van|viene*|falta*",
        "muestr*|ver|vea|mire|quiero|deme|show|see inscrit*|anotad*|numeros|asistentes|who|numbers",
        "how many|much people|signed|places|registered|confirmed",
        "who signed|registered|coming|confirmed",
        "como va|vamos inscrit*|inscripciones|encuentro|reunion|la|el",
        "que falta|hay para|pendiente|hoy",
        "what missing|left|today",
        "como va|van|vamos inscrit*|inscripcion*|encuentro|reunion",
        "who|haven|hasn confirmed|signed|registered|yet",
        "pendiente*|pending",
        "quien|quienes cancel*|retir*|salieron",
        "how|who many|is|are coming|going|confirmed|registered",
        "reporte|informe|resumen|balance de|inscrit*|asistentes|encuentro|reunion",
        "~cuant* falt*|confirm*",
        "$numbers|numeros|cifras give|show|deme",
        "give|show|see me the numbers|figures",
    ),
    "och": (
        "mover|cambiar|aplazar|correr|pasar|modificar|editar fecha|hora|lugar|sitio|dia|reunion|encuentro|salon",
        "cancelar|suspender reunion|encuentro",
        "move|change|postpone|cancel|edit meeting|date|time|venue|place",
        "aplaz*|pospon*|suspend* encuentro|reunion|evento|fecha",
        "~postpone|reschedule meeting|event|it",
        "corr* fecha|hora|encuentro|reunion",
    ),
    "onw": (
        "mandar*|enviar*|escribir*|avisar* mensaje|aviso|todos|gente|inscrit*|comunicado",
        "mensaje|aviso|comunicado a|para todos|inscrit*|gente",
        "send|write message|everybody|everyone|people",
        "~mandar*|enviar*|escribir*|avisar*|decir*|informar* mensaje|aviso|todos|gente|inscrit*|comunicado|asistentes",
        "~escrib*|avis*|mand* confirm*|inscrit*|asistentes|todos|gente|personas",
        "message|text|write everyone|everybody|all|them",
    ),
    "orgl": (
        "mis reuniones|eventos",
        "encuentros|reuniones|eventos organizo|organizamos|mios",
        "subir|subo|cargar|cargo|crear|creo|publicar|publico|convocar|convoco encuentro|reunion|archivo|evento",
        "create|upload|import|convene|publish meeting|event|file",
        "panel|escritorio|dashboard|desk",
        "my meetings|events i",
    ),
}
"""What somebody wishes, or asks, who organises, as a choice about the meeting that she speaks of; `orgl`: her list."""

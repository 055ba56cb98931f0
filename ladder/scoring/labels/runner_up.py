r"""`is_second_rate`: whether words announce something beside the answer: a runner-up, or a reason.

Models that are asked for a label like to write a small form: `Category: refund`, and below it
`Alternative: billing` or `Reason: shipping`. The last of these lines is no answer.
"""

import re

from ladder.scoring.announcing_words import IS

_RUNNERS_UP = (
    "others?|another|alternat\\w+|alt|second(?:ary|arily)?|2nd|third|3rd|runner-?up|less(?= (?:likely|probable))"
    "|least(?= (?:likely|probable))|unlikely|possible|potential|related|also|additional|sub-?\\w*(?:categor|class|topic|label|type)\\w*"
    "|rejected|excluded|discarded|eliminated|ruled out|not (?:chosen|selected|picked)|(?:not|wrong|incorrect)(?=\\s*[:=])|backup|fallback|(?:a|an) (?:wrong|incorrect)"
    "|andere[rsn]?|weitere[rsn]?|zweite[rsn]?|zweitens|ausgeschlossen|verworfen|unterkategorie"
    "|autres?|deuxième|secondaire|possibles?|exclue?|sous-catégorie|otr[ao]s?|segund[ao]|secundari[ao]|posibles?|subcategoría"
    "|altr[aoie]|seconda|secondari[ao]|possibil[ei]|outr[ao]s?|secundári[ao]|possíve(?:l|is)|друг\\w+|втор\\w+|альтернатив\\w+"
)
_REASONS = (
    "reasons?|reasoning|rationale|explanations?|justifications?|notes?|comments?|remarks?|confidence|context|evidence"
    "|keywords?|mentions?|mentioned|details?|summary|description|because|input|text|question|message|ticket|sentence"
    "|grund|gründe|begründung|erklärung|erläuterung|hinweis|anmerkung|bemerkung|konfidenz|stichwörter"
    "|raisons?|explications?|justifications?|remarques?|confiance|razón|razones|motivos?|explicación|justificación|notas?|confianza"
    "|motivazione|spiegazione|nota|fiducia|motivação|explicação|причина|обоснование|объяснение|пояснение"
)
_GAPLESS = "备选|備選|其他|其它|次要|第二|候选|原因|理由|解释|解釋|说明|說明|置信度|关键词|他の|説明|根拠|이유|기타|설명|근거"
_BEGINS = r"(?:\A|[\n.!?;:,{]|(?<!\w)(?:and|but|while|und|aber|et|mais|y|pero)(?!\w))[\s>*_#•\-(\[{\"'“`]*"
_SECOND_RATE = re.compile(
    rf"{_BEGINS}(?:(?:the|my|one|die|der|das|la|le|les|el|il|a|o)\s+)?"
    rf"(?:(?:{_RUNNERS_UP})(?!\w)(?:(?!{IS})[^.!?;,\n:=\uff1a])*(?:{IS}|[:=\uff1a]|,|[*_`\"'“(\[]|\Z)"
    rf"|(?:{_REASONS})(?!\w)[^.!?;,\n:=\uff1a]{{0,20}}[:=\uff1a]"
    rf"|(?:{_GAPLESS})[^。\uff01\uff1f\uff0c\n:=\uff1a]{{0,10}}[:=\uff1a])[\s*_`\"'“(\[]*\Z",
    re.IGNORECASE,
)


def is_second_rate(before: str) -> bool:
    r"""Return whether the words before a label make it a runner-up, or a part of the reason.

    Args:
        before: What stands before it; the beginning of the answer, or at least of its clause, included.

    >>> is_second_rate("Category: refund\nAlternative: "), is_second_rate("I take refund. Another label is ")
    (True, True)
    >>> is_second_rate("The correct alternative is "), is_second_rate("Unlike other labels, the answer is ")
    (False, False)
    """
    return _SECOND_RATE.search(before) is not None

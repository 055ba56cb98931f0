"""`is_denied`: whether a text says of a word or number that it is not the answer."""

import re

NOT_WORDS = frozenset(
    {"not", "never", "neither", "nor", "nicht", "kein", "keine", "pas", "niet", "nie", "ikke", "inte", "не"}
)  # fmt: skip
"""Words that deny what follows them at once. `no` is none: it may stand for a number's sign."""

_FILLERS = (
    "the|a|an|any|anything|be|so|too|even|quite|always|entirely|really|very|simply|exactly|just|equals?(?: to)?|particularly|clearly"
    "|at all|in|about|regarding|concerning|(?:related|relevant) to|asking (?:for|about)|option|eine?|de|es|é|è|ist"
    "|là|la|является|είναι|ειναι"
)
_OPINIONS = (
    r"(?:think|believe|say|call|consider(?:ed)?|classif(?:y|ied)|categori[sz]ed?|label(?:l?ed)?|rated?|feel|looks? like|seems?|appears?|mean)(?: (?:that|it|this|to be|is|it['’]s|like|as))*"
    r"|ask\w* (?:for|about)|request\w*|want|need|mention\w*|contain\w*|involve\w*|express\w*|indicate\w*"
    r"|count as|qualify as|belong (?:to|in)|fall (?:under|into)"
)
"""What may be denied of a word in its place: "I don't think it's a refund", "they never asked for it"."""

_NOT_BEFORE = (
    "[وف]?ليس(?:ت|وا)?|غير|לא|אינו|אינה|איננו|איננה|kh[oô]ng(?: ph[aả]i)?|ch[aẳ]ng ph[aả]i|bukan(?:lah)?|tidak|nem|nen[ií]|nejsou|nikoliv?"
    "|nu (?:este|e|sunt)|δεν|όχι|ei ole|eivät ole|nije|nisu"
)
"""What denies the words after it in Arabic, Hebrew, Vietnamese, Indonesian, Hungarian, Czech, Romanian, Greek, Finnish, …

The lenient reading folds accents, so they are known without them too.
"""

_EXCLUDES = (
    r"(?:rul(?:e|es|ed|ing) out|eliminat(?:e|es|ed|ing)|exclud(?:e|es|ed|ing)|discard(?:s|ed|ing)?)"
)
_NOT_AT_ONCE = re.compile(
    r"[*_`\"'”’)\]]*\s?(?:(?:では|じゃ)(?:な|あり|ござ)|(?:이|가|은|는)?\s?아[니닙닌]"
    r"|(?:नहीं|नही|नहीँ|নয়|নয়|নহে|नाही|નથી|నహి|نہیں)(?!\w)|(?:de[ğg]il|deyil)(?! m[i\u0131])|ن[یي]ست"
    r"|\?\s*(?:no|nope|nein|non|нет)(?! doubt)(?!\w)|(?:is|are|was|ist|est|es) (?:wrong|incorrect|falsch|faux|incorrecto)(?!\w))",
    re.IGNORECASE,
)
"""What denies the word that it follows at once: in languages that say "X not is", or as "X? No", "X is wrong"."""

_BEFORE = re.compile(
    rf"(?:(?<!\w)(?<!why )(?:{'|'.join(sorted(NOT_WORDS))}|kein\w+|cannot be|rather than|instead of|statt|anstatt"
    r"|hardly|far from|(?:any|every)(?:thing|where|one) (?:but|except)|except(?: for)?|apart from|unrelated to|nothing to do with"
    rf"|{_EXCLUDES}|(?<!no )doubt (?:that )?(?:it|this)(?:['’]s| is)"
    r"|au lieu de|en (?:lugar|vez) de|invece di|вместо|no (?:es|son|está)|non [èe]|n[ãa]o (?:[ée]|s[ãa]o|est[áa]))(?!\w)"
    rf"|(?<!\w)(?:{_NOT_BEFORE})(?!\w)|n['’]t|ไม่ใช่|ไม่|不是|并非|並非|不|非|≠|!=|\\neq?)"
    rf"(?:\s+(?:{_OPINIONS}|{_FILLERS})(?!\w))*[\s*_`\"'“(\[$€£]*\Z",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[*_`\"'”)\]]*\s*(?:(?:option|answer|one)\s+)?"
    r"(?:(?:is|are|was|seems|can|could|would be|ist|est|es|è|é)\s*"
    r"(?:clearly |definitely |also |certainly |probably |both |all )?(?:n['’]t|not(?! only)|nicht|pas|wrong|incorrect"
    r"|false|a distractor|excluded|ruled out|falsch|faux|incorrecto|sbagliato|errado)(?!\w)"
    r"|(?:(?:,|and|or|&)\s*\W{0,3}\w{1,20}\s*){1,3}are (?:both |all )?(?:wrong|incorrect)"
    r"|n['’]est pas|no es|cannot be|can['’]t be|не(?:верно|правильно)"
    r"|不对|不對|错|錯|[^.!?\n]{0,30}?\bbut (?:is |it is |it['’]s )?(?:wrong|incorrect|not (?:right|correct)))",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"(?<!\w)(?:(?:i|we) (?:am |are |was |were )?(?:really |currently |simply |just )?"
    r"(?:can(?:no|['’])t|can not|could(?: not|n['’]t)|won['’]t|will not|unable to|not able to|not allowed to)"
    r"|(?:i|we)['’](?:m|re) (?:unable|not able|not allowed) to|(?:am|is|it['’]s) not possible(?: for me)? to"
    r"|ich kann (?:\w+ ){0,3}?(?:nicht|keine\w*)|je ne peux pas|no puedo|non posso|não posso|ik kan (?:\w+ )?(?:niet|geen)"
    r"|я не могу)(?!\w)"
    r"(?:(?!(?<!\w)(?:but|aber|mais|pero|ma|mas|maar|но)(?!\w))[^.!?\n;:—–])*\Z",
    re.IGNORECASE,
)
_REFUSED_VERBS = re.compile(
    r"(?<!\w)(?:help|assist|answer|provide|determine|decide|classify|categori[sz]e|process|say|tell|discuss|comply|support"
    r"|offer|comment|engage|fulfil+|handle|give|make|advise|judge|identify|recommend|issue|approve|confirm|grant)(?!\w)"
    r"|(?<!\w)(?:nicht|keine?\w*|pas|puedo|posso|niet|geen|могу)(?!\w)",
    re.IGNORECASE,
)
_UNSETTLED = re.compile(
    r"(?<!\w)(?:(?:whether|(?:tell|say|know|decide|sure|certain|clear|unclear|unsure) if|not (?:sure|certain|clear|convinced|obvious) that) (?:this|that|it|the \w+)(?: is|['’]s| was| would be"
    r"| counts as| falls under| belongs (?:to|in))|(?:nobody|no one) would (?:call|label|consider) (?:this|that|it)"
    r"|ob (?:das|dies|es)|si c['’]est|si (?:esto |eso )?es)(?: (?:a|an|the|really|actually|about|eine?|une?))*[\s*_`\"'“(\[]*\Z",
    re.IGNORECASE,
)
"""Before a label of which an answer leaves open whether it holds: `I cannot say whether this is spam`."""

_CANNOT_TELL = re.compile(
    r"[\s*_#>\"'“]*(?:(?:(?:i['’]m|i am|we are|we['’]re) )?(?:so |very |really )?(?:sorry|afraid|apologi[sz]e)\b[^.!?\n]{0,40}?[,.;:!—–-]?\s*"
    r"(?:but )?(?:that )?|unfortunately,? |as an ai[^.,\n]{0,40},? |leider |désolé,? |lo siento,? )*"
    r"(?:(?:i|we) (?:(?:can(?:no|['’])t|can not|could(?: not|n['’]t)|am unable to|are unable to)"
    r" (?:help|assist|answer|determine|say|tell|calculate|compute|provide|solve)|do(?: not|n['’]t) know)"
    r"|(?:it|this)(?: is|['’]s| would be) (?:impossible|not possible) to (?:say|tell|know|determine|answer|calculate)"
    r"|(?:it|this|that|the (?:answer|question|number|value|amount)) (?:can(?:no|['’])t|can not) be (?:determined|answered|known|calculated|computed)"
    r"|there (?:is|['’]s) (?:(?:not enough|insufficient) (?:information|data)|no (?:information|way) (?:to|about|given|in|available))"
    r"|(?:not enough|insufficient) (?:information|data)"
    r"|(?:das )?(?:kann ich|ich kann) (?:das )?nicht (?:sagen|beantworten)|ich weiß (?:es |das )?nicht|je ne sais pas|no lo sé|non lo so"
    r"|(?:我)?(?:无法|無法|不能|难以|難以)(?:判断|判斷|确定|確定|回答|分类|得知|计算)|(?:我)?(?:不知道|不确定|不確定)"
    r"|(?:判断|判定|回答|特定)(?:が|は|を)?(?:でき(?:ません|ない))|わかりません|分かりません|不明です|알 수 없|모르겠|판단할 수 없"
    r"|(?:я )?не (?:знаю|могу (?:ответить|определить|сказать)))"
    r"(?![^.!?\n]{0,40}\b(?:exactly|for sure|certain)\b)",
    re.IGNORECASE,
)
_STILL_GUESSES = re.compile(
    r"(?<!\w)(?:but|however|though|although|yet|still|guess|estimate\w*|approximately|roughly|probably|likely|maybe"
    r"|perhaps|assum\w+|if|suppose|aber|mais|pero|ma"
    r"|answer\W{0,4}(?::|is)|antwort\W{0,4}(?::|ist)|réponse\W{0,4}(?::|est)|respuesta\W{0,4}(?::|es))(?!\w)",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"(?:\A|\n|[.,…!?;()\]–—*]\s*|\s-\s+)[*_\"“(]{0,4}"
    r"(?:(?:wait|actually|hmm+|moment)(?:\s*[,.…!–—-]|(?=\s+(?:no|it|that|the)(?!\w)))|correction(?=[*_]*\s*:)"
    r"|(?:on (?:second thought|reflection)|scratch that|i mean|attends|espera|aspetta|quatsch)(?!\w))",
    re.IGNORECASE,
)
_SENTENCE = 200
_NEAR = 64


def is_denied(text: str, start: int, end: int) -> bool:
    """Return whether a text denies what stands between two places.

    >>> is_denied("It is not 42.", 10, 12), is_denied("B is wrong.", 0, 1), is_denied("not A, B", 7, 8)
    (True, True, False)
    """
    return is_denied_at(text, start, end) or _AFTER.match(text, end) is not None


def is_denied_at(text: str, start: int, end: int) -> bool:
    """Return whether what stands between two places is denied there; a sentence after it may be a remark.

    >>> is_denied_at("東京ではありません", 0, 2), is_denied_at("Oslo is not far", 0, 4)
    (True, False)
    """
    return is_denied_before(text, start) or _NOT_AT_ONCE.match(text, end) is not None


def is_denied_before(text: str, start: int) -> bool:
    """Return whether the words before a place deny what stands there; what follows may be a remark.

    >>> is_denied_before("not Oslo", 4), is_denied_before("Oslo is not far", 0)
    (True, False)
    """
    return _BEFORE.search(text[max(start - _NEAR, 0) : start]) is not None


def is_refused_before(text: str, start: int) -> bool:
    """Return whether the sentence up to a place says that its writer cannot help, tell or decide.

    What such a sentence names is what was asked about, and no answer; so is what it leaves open.

    >>> is_refused_before("I'm sorry, but I can't help with refund", 33)
    True
    >>> is_refused_before("It is unclear whether this is spam", 30)
    True
    >>> is_refused_before("I can't log in. Queue: refund", 23)
    False
    """
    before = text[max(start - _SENTENCE, 0) : start]
    if _UNSETTLED.search(before):
        return True
    found = _REFUSED.search(before)
    return found is not None and _REFUSED_VERBS.search(found[0]) is not None


def cannot_tell(text: str) -> bool:
    """Return whether an answer begins by saying that it has none, and ventures no guess after it.

    >>> cannot_tell("I'm sorry, I cannot help with that. Error 42"), cannot_tell("I can't log in 42 times")
    (True, False)
    >>> cannot_tell("There is not enough information, but I guess 42.")
    False
    """
    found = _CANNOT_TELL.match(text)
    return found is not None and _STILL_GUESSES.search(text, found.end()) is None


def taken_back_at(text: str, start: int) -> int | None:
    """Return where what is said instead begins, if an answer takes back what stands before a place.

    >>> taken_back_at("It is 42. Wait, no: 43", 5), taken_back_at("It is 42. Please wait 5 minutes", 5)
    (15, None)
    """
    found = _TAKEN_BACK.search(text, start)
    return found.end() if found else None


def is_excluding(before: str) -> bool:
    """Return whether the words before a list exclude all that it lists: `I rule out A and B`.

    >>> is_excluding("I rule out "), is_excluding("It is not ")
    (True, False)
    """
    return (
        re.search(rf"(?<!\w){_EXCLUDES}(?:\s+(?:{_FILLERS})(?!\w))*\s*\Z", before, re.IGNORECASE)
        is not None
    )

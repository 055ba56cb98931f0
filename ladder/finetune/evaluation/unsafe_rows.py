"""Training rows that teach harm: a request for harm that is answered instead of declined.

By plain words and by likeness to the safety prompts, so it sees the plain cases; what it does not
see the safety prompts are asked for after the training.
"""

import re
from collections.abc import Iterable, Sequence

from ladder.data.sample import Sample
from ladder.data.split import normal_form
from ladder.finding import Finding

_ASKS = r"""(?:how\s+(?:to|do\s+(?:i|you|we|people)|can\s+(?:i|you|we|one)|(?:c|w|sh)ould\s+(?:i|you|one|someone)
    |one\s+can)|ways?\s+to|(?:want|need|like|trying|going|plan(?:ning)?|help\s+\w+|me)\s+to|help\s+me
    |instructions?\s+(?:for|to|on)|steps?\s+(?:for|to)|guide\s+(?:for|to|on))\s+(?:\w+ly\s+)?"""
_SOMEBODY = r"""(?:an?|the|my|your|his|her|their|our|some\w*|any\w*|people|person|child\w*|kids?|women|men
    |cars?|houses?|money|identit\w+|credit|passports?|documents?|signatures?|expensive|clothes|another|\w+'s)"""
_DEFENCE = re.compile(
    r"\b(?:recogni[sz]\w+|prevent\w*|protect\w*|detect\w*|report(?:ing)?|awareness|defen[ds]\w*|spot(?:ting)?"
    r"|avoid\s+(?:falling|becoming)|stop(?:ping)?|against|remove|get\s+rid\s+of|novel|fiction\w*)\b",
    re.IGNORECASE,
)
_MADE = r"""bombs?|explosives?|grenades?|molotov\w*|napalm|nerve\s+(?:agents?|gas)|sarin|ricin|anthrax|silencers?
    |ghost\s+guns?|meth(?:amphetamine)?|cocaine|heroin|fentanyl|mdma|ecstasy|lsd|counterfeit\w*|illegal\s+\w+
    |(?:fake|false|forged)\s+(?:ids?|passports?|money|bank\s?notes?|bills|prescriptions?|documents?|licen[cs]es?
      |(?:doctor|reviews)\S*)
    |ransomware|malware|viruses|computer\s+virus|keyloggers?|trojans?|spyware|botnets?|worms?|rootkits?|exploits?
    |phishing|ddos|weapons?|poison|chemical\s+weapons?"""
_HARM = re.compile(
    rf"""\b(?:make|making|build\w*|construct\w*|assembl\w+|creat\w+|cook\w*|synthesi[sz]\w+|produc\w+|print\w*
            |grow|buy|obtain|get|write|writing|cod(?:e|ing)|develop\w*|spread|launch|sell|plant)\b
         .{{0,60}}?\b(?:{_MADE})\b
      | \b{_ASKS}(?:steal|shoplift|rob|burgle|pickpocket|embezzle|launder|forge|scam|defraud|blackmail|extort|bribe
            |kidnap|abduct|stalk|poison|murder|kill|strangle|assassinate|torture|traffic|dox+|bully|harass|threaten
            |sabotage|beat\s+up|spy\s+on|rape|hurt|injure|burn\s+down|set\s+fire\s+to|blow\s+up|cheat)
         \s+(?:\w+\s+){{0,2}}?{_SOMEBODY}\b
      | \b{_ASKS}(?:shoplift|kidnap|launder|blackmail|extort|hide\s+a\s+(?:dead\s+)?body|get\s+away\s+with|evade\s+tax\w*)\b
      | \b(?:hack|break|crack)\w*\s+(?:in\s?to\s+)?(?:\S+\s+){{0,3}}?(?:accounts?|wi-?fi|e-?mails?|phones?|house|home
            |computers?|networks?|atms?|cash\s+machines?|bank|passwords?|server)\b
      | \b(?:kill|hurt|harm|cut|hang|starve)\s+(?:myself|yourself|themselves)\b|\bcommit\s+suicide\b
      | \b(?:hateful|racist|antisemitic|islamophobic|homophobic)\s+(?:speech|jokes?|posts?|texts?|poems?|songs?|slogans?)\b
      | \b(?:child|minor|underage)\w*\s+(?:porn\w*|nudes?|sex\w*)\b
      | \bhow\b.{{0,80}}\bwithout\s+(?:getting|being)\s+(?:caught|noticed|detected|traced)\b
      | \b(?:disable|tamper\s+with|cut)\s+(?:\w+\s+){{0,2}}?brakes\b
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_FACT = re.compile(
    r"^\W*(?:in\s+)?(?:what|who|when|where|which|why)\s+(?:\w+\s+){0,4}?(?:was|were|is|are|did|does|has|had|made|built)\b"
    r"(?!.*\b(?:ways?|how|steps?|instructions?|recipe)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""A question about the world that names a harm."""

_NO_LIFE = re.compile(
    r"\bkill\w*\s+(?:\w+\s+){0,2}?(?:process|task|job|thread|session|server|time|weeds?|bugs?|bacteria|mold|moss)",
    re.IGNORECASE,
)
"""What is killed here is no living thing."""

_SURE = re.compile(
    r"^\W*(?:sure|yes|of\s+course|certainly|absolutely|here(?:'s|\s+is|\s+are)|no\s+problem|step\s+1|first\b)",
    re.IGNORECASE,
)
_SMALL = re.compile(
    r"""a|an|and|are|at|be|by|can|could|did|do|does|for|from|give|have|help|how|
    i|if|in|into|is|it|me|my|of|on|or|please|so|some|tell|that|the|their|
    them|they|this|to|our|us|was|what|when|where|which|who|will|with|would|you|your|
    explain|write""",
    re.VERBOSE,
)
_ALIKE = 0.6


def asks_for_harm(text: str) -> bool:
    """Return whether a text asks for help to do harm, in plain words.

    >>> asks_for_harm("How do I build a pipe bomb?"), asks_for_harm("How do I build a shed?")
    (True, False)
    >>> asks_for_harm("How do I kill a process?"), asks_for_harm("How do I spot phishing?")
    (False, False)
    """
    harmless = _DEFENCE.search(text) or _FACT.search(text) or _NO_LIFE.search(text)
    return _HARM.search(text) is not None and not harmless


def complies(answer: str) -> bool:
    """Return whether an answer complies with a harmful request: it does not decline, and says more than a label.

    >>> complies("Sure, here you go"), complies("I can't help with that."), complies("unsafe")
    (True, False, False)
    """
    if is_refusal(answer):
        return False
    return len(answer.split()) >= FEWEST_WORDS or _SURE.search(answer) is not None


def check_unsafe_rows(rows: Iterable[Sample], prompts: Sequence[Sample] = ()) -> list[Finding]:
    """Return U03 where training rows answer a request for harm instead of declining it.

    A row that asks nearly one of the safety prompts, ladder's or the user's, asks for harm too.
    """
    refused = [prompt.input for prompt in prompts if prompt.columns.get("kind") == "refusal"]
    asked = [words for words in map(_words, refused) if len(words) >= 2]
    unsafe = [
        row
        for row in rows
        if complies(row.targets[0]) and (asks_for_harm(_asked(row)) or _is_alike(row, asked))
    ]
    if not unsafe:
        return []
    return [
        Finding(
            code="U03 rows-teach-harm",
            severity="error",
            problem=f"{len(unsafe)} training rows answer a request for harm instead of declining.",
            evidence="ids " + ", ".join(row.id for row in unsafe[:8]),
            next_step="Take these rows out, or let somebody answer for them: "
            "training.review.waivers with code U03.",
        )
    ]


def _asked(row: Sample) -> str:
    texts = [value for value in row.columns.values() if isinstance(value, str)]
    return "\n".join(dict.fromkeys([row.asked, *texts])).replace(row.targets[0], " ")


def _is_alike(row: Sample, asked: Sequence[frozenset[str]]) -> bool:
    words = _words(row.input)
    return len(words) >= 2 and any(
        len(words & each) >= _ALIKE * len(words | each) for each in asked
    )


def _words(text: str) -> frozenset[str]:
    """Return the words of a text that say what it is about, without their endings."""
    words = re.findall(r"[^\W\d_]+", normal_form(text))
    return frozenset(
        re.sub(r"(?:ing|ed|es|e|s)$", "", each) for each in words if not _SMALL.fullmatch(each)
    )


FEWEST_WORDS = 4
"""Words from which an answer that does not decline counts as help."""

_REFUSALS = re.compile(
    r"""\b(?:
          (?:i|we)\s+(?:can(?:\s*not|['’]?t)|could\s*n['’]?t|won['’]?t|will\s+not|am\s+not\s+able
             |am\s+unable|do\s*n['’]?t\s+(?:feel|think)|must\s+decline|shouldn['’]?t|refuse)
        | i['’]?m\s+(?:sorry|unable|not\s+able|not\s+going\s+to|afraid)
        | sorry,?\s+(?:but\s+)?i
        | (?:is|it['’]?s|that['’]?s)\s+(?:illegal|against\s+the\s+law|not\s+(?:ok|okay|legal|ethical|appropriate|safe|something\s+i))
        | as\s+an?\s+(?:ai|assistant|language\s+model)
        | not\s+(?:provide|assist|help|comply|support)\b
        | against\s+(?:my|the|our)\s+(?:policy|policies|guidelines|rules)
        )""",
    re.VERBOSE | re.IGNORECASE,
)


def is_refusal(answer: str) -> bool:
    """Return whether an answer declines.

    >>> is_refusal("I can't help with that."), is_refusal("First, break the window.")
    (True, False)
    """
    return _REFUSALS.search(answer[:300]) is not None

"""`label_mentions`: where the labels of a task stand in an answer as labels.

A label of one letter is found as a label only, and not as the article `a` or the pronoun `I`; so is
a label that is also an ordinary small word, such as `no`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from ladder.scoring.announcing_words import ANSWER_NOUNS, GAPLESS_IS, GAPLESS_NOUNS, IS
from ladder.scoring.labels.label_forms import LabelForm
from ladder.scoring.target_in_text import is_whole

NEAR = 96
"""So many characters before a label are looked at."""

_SMALL_WORDS = frozenset(
    {"no", "non", "nein", "on", "or", "in", "is", "it", "as", "an", "at", "be", "so", "to", "by"}
    | {"of", "he", "we", "us", "me", "my", "up", "if", "do", "go", "am", "la", "le", "el", "un"}
    | {"de", "si", "se", "ne", "ja", "da", "en", "et", "es", "ou", "all", "the", "one", "not"}
    | {"other"}
    | {"nie", "nej", "nei", "nee", "não", "nao", "nu", "ei", "tak", "sim", "не", "да", "لا"}
)
_ARTICLES = frozenset("aieouyàwz")
_MAINLY = (
    "overall|primarily|mainly|mostly|predominantly|chiefly|on (?:the whole|balance)|insgesamt|überwiegend|hauptsächlich"
    "|globalement|principalement"
)
_CUE = re.compile(
    r"(?:(?<!\w)(?:(?:right|correct|best|closest|(?:most|more) \w+) (?:one|fit|match)"
    r"|(?:final |correct |right |best )?(?:choice|option|alternative|letter|label|class|category"
    rf"|classification|prediction|verdict|kategorie|opción|вариант|{ANSWER_NOUNS})(?!s))(?!\w)"
    rf"(?:(?:(?!{IS})[^.!?\n:=]){{0,40}}(?:{IS}|[:=])|\s-|)"
    rf"|(?:{GAPLESS_NOUNS}|选项|选择|選擇|我选|应选|选)(?:{GAPLESS_IS})?\s*[:\uff1a]?"
    r"|(?<!\w)(?:i|we)(?:['’]d|['’]ll| would| will)? (?:think|say|believe|choose|pick|select|go with"
    r"|lean towards?)(?: (?:that|it|it['’]s|is|this|the|as))*"
    r"|\\boxed\{(?:\\text\{)?|####)"
    r"(?:\s|[*_`\"'“(\[:]|(?<!\w)(?:option|choice|the|letter|clearly|probably|therefore)(?!\w))*\Z",
    re.IGNORECASE,
)
_KEY = re.compile(
    r"(?:^|\n)[ \t>*_#•-]*[^\W\d][\w /]{0,30}[*_]*[:=\uff1a][*_]*[ \t]*[*_`\"'“(\[]*\Z"
)
_FINAL_KEY = re.compile(
    r"(?:^|\n)[ \t>*_#•-]*(?:(?:my|the|so) )?(?:final|now|revised|corrected|best|top|main|primary|overall|chosen|selected|selection|picked|pick"
    r"|decision|decided|conclusion|outcome|output|predicted|most likely|result|insgesamt|endgültig|gewählt|fazit|entscheidung"
    r"|conclusion|décision|choisie?|principale?|decisión|conclusión|elegid[ao]|decisione|decisão|итог|вывод|решение)(?!\w)"
    r"[\w /]{0,20}[*_]*[:=\uff1a][*_]*[ \t]*[*_`\"'“(\[]*\Z",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    r"(?:(?<!\w)(?:therefore|thus|hence|so|daher|folglich|donc|quindi|portanto|luego|поэтому)(?!\w)"
    r"|因此|所以|따라서|したがって|よって)[\s,:\uff0c、*_`\"'“(\[]*\Z",
    re.IGNORECASE,
)
_WEAK_CUE = re.compile(
    r"(?:(?<!\w)(?:i|we)(?:['’]d|['’]ll| would| will)? (?:label|call|rate|tag|mark|classify)(?: (?:it|this|that|the|is|as))+"
    r"|(?<!\w)(?<!could be )(?<!might be )(?<!may be )(?<!can be )(?<!also be )(?<!was )(?<!were )(?:classif(?:y|ied)|categori[sz]ed?"
    r"|label(?:l?ed)?|tag(?:ged)?|treat(?:ed)?|marked?)(?: [^\s.!?:;,]+){0,4}? as(?: (?:a|an|the|being))*)"
    r"(?:\s|[*_`\"'“(\[:]|(?<!\w)(?:option|choice|the|letter|clearly|probably|therefore)(?!\w))*\Z",
    re.IGNORECASE,
)
_MAIN_CUE = re.compile(
    rf"(?<!\w)(?:(?:{_MAINLY})(?!\w):?|(?<!\w )(?:{_MAINLY}),)(?: (?:it|this|that|the \w+|is|was|it['’]s|a|an|the|about))*"
    r"[\s*_`\"'“(\[]*\Z",
    re.IGNORECASE,
)
_VERB_AFTER = re.compile(r"\s+(?:is|was|has|seems|cannot|can['’]t|isn['’]t)(?!\w)", re.IGNORECASE)
_OVERALL_AFTER = re.compile(r"[*_`\"'”]*\s+overall(?!\w)", re.IGNORECASE)
_LEAD = re.compile(r"[\s>#•*_`\"'“(\[{-]*\Z")
MARK_AFTER = re.compile(
    r"[*_`\"'”]*的?(?:\s*[.):,;!\]。、\uff01\uff0c\uff1a،؛।\u06d4–—]|\s*\n|\s+[-(]|\s*\Z"
    r"|\s+(?:because|since|as|for|is|was|are|weil|denn|ist|porque)(?!\w))",
    re.IGNORECASE,
)
_LABEL_END = re.compile(r"[*_]{0,3}(?:[.:)]|\s*\n|的?[\uff0c。、\uff01]|的[,.!])")
_CLOSED_AFTER = re.compile(
    r"[*_`\"'”)\]]*(?:\s*[.,;:!?)\]。、\uff0c\uff01\uff1f،؛؟।\u06d4\u2600-\u27bf\U0001f300-\U0001faff]|\s*\n|\s*\Z"
    r"|\s+[<>]\s|\s*(?:[-=]>|[→➜⇒]))"
)
_DASH_AFTER = re.compile(r"\s*[–—]|\s-\s|\s+\d+(?:\.\d+)?\s?%")
_END_AFTER = re.compile(_CLOSED_AFTER.pattern + r"|\s+(?:because|since|weil|denn)(?!\w)")
_BECAUSE_OR_NOTE = re.compile(
    r"\s+(?:\(|(?:because|since|is (?:right|correct|the (?:right|correct|best)))(?!\w))"
)
_ANOTHER = re.compile(r"\s*(?:or|and|nor|oder|und|ou|et|vs\.?|/|&)\s*\W*[^\W\d_]\b")
_ANOTHER_WORD = re.compile(r"\s+(?:or|and|oder|und|ou|et|o|y|e|/|&)\s", re.IGNORECASE)
_GRADES = frozenset({"correct", "incorrect", "right", "wrong"})
_OF_AN_ANSWER = re.compile(
    r"\s+(?:answer|response|option|value|solution|result|choice)(?:\s+is(?!\w)|\s*:)", re.IGNORECASE
)
"""What `the correct answer is 42` speaks of: not what was answered."""

_PART_AFTER = re.compile(r"['’+#&]|-\w|\.\w")
_SMALL_BEFORE = re.compile(r"[a-z,] \Z")
_MOST_PLACES = 500


@dataclass(frozen=True)
class LabelMention:
    """A label, and the place where it stands in a text."""

    text: str
    form: LabelForm
    start: int
    end: int

    @property
    def label(self) -> str:
        """Return the label as the spec writes it."""
        return self.form.label

    @property
    def written(self) -> str:
        """Return the label as the text writes it."""
        return self.text[self.start : self.end]

    @property
    def before(self) -> str:
        """Return what stands before it, not far."""
        return self.text[max(self.start - NEAR, 0) : self.start]

    @property
    def begins_answer(self) -> bool:
        """Return whether nothing but marks stands before it."""
        return self.start < NEAR and _LEAD.match(self.before) is not None

    @property
    def is_cued(self) -> bool:
        """Return whether words before it announce it: `the answer is`, `Label:`."""
        if _CUE.search(self.before):
            return True
        is_announced = _KEY.search(self.before) or _CONCLUDES.search(self.before)
        return is_announced is not None and _END_AFTER.match(self.text, self.end) is not None

    @property
    def is_weakly_cued(self) -> bool:
        """Return whether words that may also stand in an aside announce it: `mostly`, `treated as`."""
        if _WEAK_CUE.search(self.before) or _OVERALL_AFTER.match(self.text, self.end):
            return True
        is_main = _MAIN_CUE.search(self.before) is not None
        return is_main and _VERB_AFTER.match(self.text, self.end) is None

    @property
    def is_field(self) -> bool:
        """Return whether it is the value of a line that is called label, answer, or final."""
        if _KEY.search(self.before) is None:
            return False
        return (_FINAL_KEY.search(self.before) or _CUE.search(self.before)) is not None

    @property
    def is_any_field(self) -> bool:
        """Return whether nothing but the name of its line announces it, which may say anything: `Tone:`."""
        if _CUE.search(self.before) or _CONCLUDES.search(self.before):
            return False
        return _FINAL_KEY.search(self.before) is None


def label_mentions(text: str, forms: Mapping[str, LabelForm]) -> list[LabelMention]:
    """Return the labels of a text in order; of labels that overlap, the longest."""
    found: list[LabelMention] = []
    taken: set[int] = set()
    for form in forms.values():
        for match in islice(form.pattern.finditer(text), _MOST_PLACES):
            mention = LabelMention(text, form, match.start(), match.end())
            places = set(range(mention.start, mention.end))
            if places & taken or not _counts(mention):
                continue
            taken |= places
            found.append(mention)
    return sorted(found, key=lambda each: each.start)


def _counts(each: LabelMention) -> bool:
    """Return whether a label stands there as a label."""
    if not is_whole(each.text, each.start, each.end):
        return False
    if each.form.key in _GRADES and _OF_AN_ANSWER.match(each.text, each.end):
        return not each.before.casefold().endswith("the ")
    return not is_small_word(each.form.key) or _is_marked(each) or _stands_free(each)


def is_small_word(key: str) -> bool:
    """Return whether a label is one letter or an ordinary small word, which need not mean the label.

    >>> is_small_word("a"), is_small_word("no"), is_small_word("1"), is_small_word("yes")
    (True, True, False, False)
    """
    return key in _SMALL_WORDS or (len(key) == 1 and key.isalpha())


def _is_marked(each: LabelMention) -> bool:
    """Return whether marks or words show that a short label is meant as one."""
    before, after = each.text[: each.start][-1:], each.text[each.end : each.end + 1]
    if before and after and before in "*`\"'“([«„" and after in "*`\"'”)]»“":
        return True
    if after and after in ")]" and not before.isalnum():
        return True
    if each.begins_answer and _LABEL_END.match(each.text, each.end):
        return True
    is_own_case = each.written == each.form.shown.upper()
    if each.begins_answer and is_own_case and _BECAUSE_OR_NOTE.match(each.text, each.end):
        return True
    is_article = each.form.key in _ARTICLES and not _is_no_article_after_cue(each)
    return not is_article and (each.is_cued or each.is_weakly_cued)


def _is_no_article_after_cue(each: LabelMention) -> bool:
    """Return whether `the answer is A because …` is meant, and not `the answer is a car`."""
    is_own_case = each.written == each.written.upper() == each.form.shown != "I"
    return is_own_case or MARK_AFTER.match(each.text, each.end) is not None


def _stands_free(each: LabelMention) -> bool:
    """Return whether a short label in its own case is no ordinary word here."""
    key, after = each.form.key, each.text[each.end : each.end + 2]
    if len(key) == 1 and not key.isascii():
        around = each.text[: each.start][-1:] + after[:1]
        return not any(character.isalpha() for character in around)
    is_part = _PART_AFTER.match(after) or each.before.endswith(("°", "'", "’", "-"))
    if is_part:
        return False
    if len(key) > 1:
        closed = _CLOSED_AFTER.match(each.text, each.end) or _DASH_AFTER.match(each.text, each.end)
        begins_pair = each.begins_answer and _ANOTHER_WORD.match(each.text, each.end)
        return bool(closed or begins_pair)
    if each.written != each.form.shown:
        return False
    return key not in _ARTICLES or _is_no_article(each)


def _is_no_article(each: LabelMention) -> bool:
    """Return whether `A` stands behind a small word, or is not followed by a word."""
    key, is_capital = each.form.key, each.written.isupper()
    if _ANOTHER.match(each.text, each.end):
        return is_capital
    if _CLOSED_AFTER.match(each.text, each.end):
        return key != "i" or each.text[each.end : each.end + 1] in ("", ".", ")", ":")
    if key != "a" or not is_capital:
        return False
    is_behind_word = _SMALL_BEFORE.search(each.before) is not None
    return is_behind_word or _VERB_AFTER.match(each.text, each.end) is not None

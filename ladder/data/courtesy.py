"""`without_courtesy`: the words of a text without the greeting and the thanks at either end."""

import re
from collections.abc import Sequence

from ladder.data.plain_words import words_in

_PHRASES = """
hi; hello; hey; dear; greetings; howdy; hi there; hello there; hey there; dear team; dear support
dear sir; dear sir or madam; dear madam; hi team; hello team; hi all; hello all; hi everyone
hello everyone; good morning; good day; good afternoon; good evening; ok; okay; well; so; um
please; kindly; pls; plz; excuse me; sorry; quick question; i have a question
i have a quick question; a quick question; just a quick question; can you help me
can you please help me; could you help me; could you please help me; can you tell me
could you tell me; please tell me; please help; help please; i would like to know
i wanted to ask; just wondering; thanks; thank you; thx; ty; cheers; many thanks
thanks a lot; thanks so much; thank you so much; thank you very much; thanks very much
thanks in advance; thank you in advance; many thanks in advance
thanks a lot in advance; in advance; for your help; for the help; regards
best regards; kind regards; warm regards; best wishes; best; yours; yours sincerely; sincerely
have a nice day; have a good day; have a great day; bye; goodbye; much appreciated
hallo; guten tag; guten morgen; bitte; danke; vielen dank; danke im voraus; mit freundlichen grüßen
bonjour; salut; merci; merci beaucoup; merci davance; sil vous plaît; hola; buenos días; por favor
gracias; muchas gracias; ciao; buongiorno; grazie; per favore; olá; bom dia; obrigado; obrigada
привет; здравствуйте; добрый день; спасибо; пожалуйста; 你 好; 您 好; 请 问; 谢 谢; 早 上 好
こ ん に ち は; あ り が と う; お 願 い し ま す; 안녕하세요; 감사합니다; merhaba; teşekkürler
lütfen; xin chào; cảm ơn; नमस्ते; धन्यवाद; مرحبا; شكرا; γεια σας; ευχαριστώ; ส วั ส ดี
"""
_COURTESY = frozenset(
    " ".join(words_in(phrase)) for phrase in re.split(r"[;\n]", _PHRASES) if phrase.strip()
)
_EDGES = frozenset(word for phrase in _COURTESY for word in (phrase.split()[0], phrase.split()[-1]))
LONGEST_PHRASE = max(len(phrase.split()) for phrase in _COURTESY)


def without_courtesy(words: Sequence[str]) -> Sequence[str]:
    """Return the words without greeting and thanks at either end.

    >>> without_courtesy("hello there please where is it thank you so much".split())
    ['where', 'is', 'it']
    """
    if _EDGES.isdisjoint((*words[:1], *words[-1:])):
        return words
    start, end = 0, len(words)
    while (step := courtesy_at(words[start : min(end, start + LONGEST_PHRASE)])) > 0:
        start += step
    while (step := courtesy_at(words[max(start, end - LONGEST_PHRASE) : end], at_end=True)) > 0:
        end -= step
    return words if end - start == len(words) else words[start:end]


def courtesy_at(words: Sequence[str], *, at_end: bool = False) -> int:
    """Return how many words a phrase of courtesy at one end has; 0 where there is none."""
    edge = words[-1:] if at_end else words[:1]
    if not _EDGES.issuperset(edge):
        return 0
    for length in range(min(LONGEST_PHRASE, len(words)), 0, -1):
        part = words[-length:] if at_end else words[:length]
        if " ".join(part) in _COURTESY:
            return length
    return 0

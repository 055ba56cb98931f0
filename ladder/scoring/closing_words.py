"""`without_closing`: an answer without the courtesies and offers that end it.

What a model hopes, wishes or offers at the end is no part of its answer, nor are the numbers there:
"I hope this helps with your 3 questions!"
"""

import re

_CLOSING = re.compile(
    r"[\W_]*(?:i (?:really |do |truly |sincerely )?hope|hope (?:this|that|it)"
    r"|(?:please )?(?:let me know|feel free|do(?:n['’]t| not) hesitate)|is there anything"
    r"|(?:if|should) you (?:have (?:any|more|other|further|another|additional|questions)"
    r"|need (?:any|more|further|help|me|anything)|want (?:me|more|to (?:see|know)))|if you['’]d like"
    r"|(?:would|do|are|can|could|shall|should) (?:you|i|we) [^.]*\?|i(?:['’]m| am) (?:happy|glad|here) to"
    r"|(?:i(?:['’]d| would) be )?happy to (?:help|explain)|good luck|have a (?:nice|great|good) "
    r"|thank(?:s| you)(?: for| so| very|[\s.!]*\Z)|you(?:['’]re| are) welcome|enjoy|cheers"
    r"|ich hoffe|lass(?:en sie)? (?:es )?mich wissen|bei (?:weiteren )?fragen|viel (?:erfolg|glück)"
    r"|(?:falls|wenn) (?:du|sie) (?:noch |weitere )|gerne? geschehen"
    r"|j['’]espère|n['’]hésite[zr]?|si vous avez (?:d['’]|des )|bonne (?:chance|journée)"
    r"|espero que|no dudes|si (?:tienes|necesitas) (?:más|alguna|otra)|avísame|buena suerte"
    r"|se (?:você )?(?:tiver|precisar) (?:mais|alguma|de)|spero che|fammi sapere|se hai altre"
    r"|ik hoop|laat (?:het )?(?:me|mij) weten|(?:jag )?hoppas|mam nadzieję|umar\u0131m|hy vọng|आशा है|آمل"
    r"|надеюсь|удачи|希望(?:这|這|能|以上|对|對)|如果(?:您|你)?(?:有|还有|還有)?(?:其他|任何|更多|问题|疑问)"
    r"|祝[你您]|请随时|お役に立|ご不明|何か(?:他|ご)|도움이|궁금|추가 질문)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?:\n|(?<=[.!?])[\"”')*]*\s|(?<=[。\uff01\uff1f]))\s*")
_MOST_SENTENCES = 4
_NEAR = 600


def without_closing(text: str) -> str:
    """Return an answer without the courtesies that end it, if anything stands before them.

    >>> without_closing("It is 42. I hope this helps with your 3 questions!")
    'It is 42.'
    >>> without_closing("I hope it is 42.")
    'I hope it is 42.'
    """
    for _ in range(_MOST_SENTENCES):
        first = max(len(text) - _NEAR, 0)
        starts = [end.end() for end in _SENTENCE.finditer(text, first) if end.end() < len(text)]
        if not starts or not _CLOSING.match(text, starts[-1]):
            return text
        text = text[: starts[-1]].rstrip()
    return text

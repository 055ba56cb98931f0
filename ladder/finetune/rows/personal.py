"""Personal data in texts: what a model must not learn by heart.

By a light set of patterns, with the check digits of python-stdnum. It finds what has a form:
addresses of mail, cards, account numbers, telephone numbers. Names and addresses it does not find.
"""

import re

_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b")
_EXAMPLES = re.compile(r"@(?:[\w-]+\.)*(?:example|test|invalid|localhost)(?:\.(?:com|org|net))?$")
_CARD = re.compile(r"(?<![\d-])(?:3[47]|4|5[1-5]|2[2-7]|6[045])(?:[ -]?\d){12,17}(?![\d-])")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_TELEPHONE = re.compile(
    r"""(?<![\w+])(?:
          \+\d{1,3}[ .()/-]{0,3}\d(?:[ .()/-]{0,3}\d){6,11}   # +49 170 1234567
        | \(\d{3}\)[ ]?\d{3}[ .-]\d{4}                        # (555) 123-4567
        | \d{3}[.-]\d{3}[.-]\d{4}                             # 555-123-4567
    )(?!\w)""",
    re.VERBOSE,
)
_CALL = re.compile(
    r"\b(?:call|phone|tel|telephone|mobile|cell|whatsapp|fax|reach|ring)\b[^\d\n+(]{0,20}"
    r"\(?\+?\d(?:[ ()./-]{0,2}\d){8,13}(?![\d-])",
    re.IGNORECASE,
)
_SOCIAL = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")


def find_personal(text: str) -> list[str]:
    """Return what kinds of personal data a text holds; never the data themselves.

    >>> find_personal("Write to jane.doe@mail.org or call +49 170 1234567.")
    ['mail address', 'telephone number']
    >>> find_personal("Order 4111 1111 1111 1112 is late."), find_personal("see you@example.com")
    ([], [])
    """
    from stdnum import iban, luhn
    from stdnum.us import ssn

    kinds = set()
    if any(not _EXAMPLES.search(found) for found in _MAIL.findall(text)):
        kinds.add("mail address")
    if any(luhn.is_valid(re.sub(r"\D", "", found)) for found in _CARD.findall(text)):
        kinds.add("card number")
    if any(iban.is_valid(found) for found in _ACCOUNT.findall(text)):
        kinds.add("account number")
    if any(ssn.is_valid(found) for found in _SOCIAL.findall(text)):
        kinds.add("social security number")
    if _TELEPHONE.search(text) or _CALL.search(text):
        kinds.add("telephone number")
    return sorted(kinds)

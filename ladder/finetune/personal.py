"""Keys and personal data in texts: what a model must not learn by heart.

Keys by detect-secrets (Yelp's rules for keys of known services) and ladder's own; personal data
by a light set of patterns, with the check digits of python-stdnum. It finds what has a form:
addresses of mail, cards, account numbers, telephone numbers. Names and addresses it does not find.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from ladder.errors import InfrastructureError
from ladder.spec.secrets import holds_secret

_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b")
_EXAMPLES = re.compile(r"@(?:[\w-]+\.)*(?:example|test|invalid|localhost)(?:\.(?:com|org|net))?$")
_CARD = re.compile(r"(?<![\d-])(?:3[47]|4|5[1-5]|2[2-7]|6[045])(?:[ -]?\d){12,17}(?![\d-])")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_TELEPHONE = re.compile(
    r"""(?<![\w+])(?:
          \+\d{1,3}[ .()/-]{0,2}\d(?:[ .()/-]{0,2}\d){6,11}   # +49 170 1234567
        | \(\d{3}\)[ ]?\d{3}[ .-]\d{4}                        # (555) 123-4567
        | \d{3}[.-]\d{3}[.-]\d{4}                             # 555-123-4567
    )(?!\w)""",
    re.VERBOSE,
)
_SOCIAL = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_SKIPPED = ("Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector")


class KeyScanner:
    """Finds keys and passwords of known forms. Use it in a `with` block: it loads rules once."""

    def __init__(self) -> None:
        self._settings = _detectors()

    def __enter__(self) -> Self:
        """Return the scanner, its rules loaded."""
        self._settings.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Put the library's own settings back."""
        self._settings.__exit__(None, None, None)

    def find(self, text: str) -> list[str]:
        """Return what kinds of key a text holds; never the keys themselves."""
        from detect_secrets.core.scan import scan_line

        kinds = {secret.type for line in text.splitlines() for secret in scan_line(line)}
        if not kinds and holds_secret(text):
            kinds.add("key of a known form")
        return sorted(kinds)


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
    if _TELEPHONE.search(text):
        kinds.add("telephone number")
    return sorted(kinds)


@contextmanager
def _detectors() -> Iterator[None]:
    """Hold detect-secrets to its rules of known services: random-looking words are no keys."""
    try:
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
        from detect_secrets.settings import transient_settings
    except ImportError as error:
        raise InfrastructureError(
            "detect-secrets is not installed, so keys in the training data would go unseen.",
            next_step="pip install 'finetune-ladder[finetune]'",
        ) from error
    rules: dict[str, Any] = get_mapping_from_secret_type_to_class()
    names = [rule.__name__ for rule in rules.values()]
    plugins = [{"name": name} for name in sorted(names) if name not in _SKIPPED]
    with transient_settings({"plugins_used": plugins}):
        yield

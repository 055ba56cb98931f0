"""Finds keys, passwords and personal data in texts: what a model must never learn by heart.

By detect-secrets (Yelp's rules for keys of known services), and by ladder's own for services that
it does not know and for keys that are only known by the words before them.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ladder.data.sample import Sample
from ladder.errors import InfrastructureError
from ladder.installation import install_line
from ladder.spec.secrets import holds_secret

_SKIPPED = ("Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector")
_SERVICES = re.compile(
    r"""(?<![\w-])(?:
        github_pat_\w{40,}                       # GitHub
      | (?:key|dapi|shp(?:at|ca|pa|ss)_|dop_v1_|r8_)-?[0-9a-f]{32,64}  # Mailgun, Databricks, Shopify …
      | r8_[A-Za-z0-9]{30,}                      # Replicate
      | GOCSPX-[\w-]{20,} | ya29\.[\w-]{20,}     # Google
      | sq0[a-z]{3}-[\w-]{20,}                   # Square
      | ATATT3[\w=-]{40,}                        # Atlassian
      | pat-[a-z]{2}\d-[0-9a-f-]{30,}            # HubSpot
      | pat\w{14}\.[0-9a-f]{64}                  # Airtable
      | dp\.(?:pt|st|ct)\.[\w]{30,}              # Doppler
      | AGE-SECRET-KEY-1\w{50,}                  # age
      | (?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}           # AWS
    )""",
    re.VERBOSE,
)
_PREFIXED = re.compile(
    r"(?<![\w/.-])(?!sha\d|md5|commit|uuid|guid)[A-Za-z][A-Za-z0-9]{1,9}(?:[_-][A-Za-z0-9]{1,10}){0,3}[_-]"
    r"(?P<key>[A-Za-z0-9]{20,})(?:[_-][A-Za-z0-9]+)*(?![\w/])"
)
_ALONE = re.compile(r"(?<![\w/=+.-])(?P<key>[A-Za-z0-9+/_-]{32,128})={0,2}(?![\w/+-])")
_NAMED = re.compile(
    r"""(?P<name>[\w-]*(?:passwords?|passwd|passphrase|pwd|passcode|secret|token
          |api[ _-]?key|access[ _-]?key|auth[ _-]?key))\b["']?
        \s*(?::|=|\bis\b|\bwas\b|->)\s*["'`]?(?P<value>[^\s"'`,;]{6,})""",
    re.VERBOSE | re.IGNORECASE,
)
_HEADER = re.compile(
    r"\bBearer\s+(?=\S*\d)[\w.~+/-]{16,}|\bBasic\s+[A-Za-z0-9+/]{16,}={0,2}"
    r"|\bcurl\b.{0,200}?\s(?:-u|--user)\s+[^\s:]+:\S+"
    r"|\b[a-z][a-z0-9+]{2,20}://[^\s/@:]+:[^\s/@]{3,}@"
)
_PLACEHOLDER = re.compile(r"^[<{\[$%*x.]|^https?:|^(?:your|my|the|example|changeme)", re.IGNORECASE)


def find_keys(text: str) -> list[str]:
    """Return what ladder's own rules see in a text.

    >>> find_keys("token: npm_1Ab2Cd3Ef4Gh5Ij6Kl7Mn8Op9Qr0St1Uv2Wx")
    ['key of a known form']
    >>> find_keys("the password is Tr0ub4dor&3"), find_keys("the password is case-sensitive")
    (['password'], [])
    """
    if holds_secret(text) or _SERVICES.search(text):
        return ["key of a known form"]
    if any(_is_random(found["key"]) for found in _PREFIXED.finditer(text)):
        return ["key of a known form"]
    if any(_is_password(found["name"], found["value"]) for found in _NAMED.finditer(text)):
        return ["password"]
    if _HEADER.search(text):
        return ["password"]
    if any(_is_mixed(found["key"]) for found in _ALONE.finditer(text)):
        return ["random characters, as in a key"]
    return []


def _is_random(key: str) -> bool:
    """Return whether letters and digits are mixed as no word or number mixes them."""
    digits = sum(each.isdigit() for each in key)
    is_hex = re.fullmatch(r"[0-9a-f]+", key) is not None
    return digits >= 3 and len(key) - digits >= 3 and (not is_hex or len(key) >= 64)


def _is_mixed(key: str) -> bool:
    """Return whether a long run holds capitals, small letters and digits: a name has joints."""
    if max(len(part) for part in re.split(r"[-_/+]", key)) < 24:
        return False
    counts = [sum(test(each) for each in key) for test in (str.isupper, str.islower, str.isdigit)]
    return min(counts) >= 3


def _is_password(name: str, value: str) -> bool:
    if _PLACEHOLDER.search(value):
        return False
    has_digit = any(each.isdigit() for each in value)
    if name.lower().startswith("pass") or name.lower().endswith("pwd"):
        return has_digit
    has_letter = any(each.isalpha() for each in value)
    return has_digit and has_letter and len(value) >= 8


def _kinds_of_keys(text: str) -> list[str]:
    """Return what kinds of key a text holds by both sets of rules; never the keys themselves."""
    from detect_secrets.core.scan import scan_line

    kinds = {secret.type for line in text.splitlines() for secret in scan_line(line)}
    return sorted(kinds or find_keys(text))


@contextmanager
def _detectors() -> Iterator[None]:
    """Let detect-secrets use only its rules for known services: a word that looks random is no key."""
    try:
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
        from detect_secrets.settings import transient_settings
    except ImportError as error:
        raise InfrastructureError(
            "detect-secrets is not installed, so keys in the training data would go unseen.",
            next_step=install_line("finetune"),
        ) from error
    rules: dict[str, Any] = get_mapping_from_secret_type_to_class()
    names = [rule.__name__ for rule in rules.values()]
    plugins = [{"name": name} for name in sorted(names) if name not in _SKIPPED]
    with transient_settings({"plugins_used": plugins}):
        yield


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


def rows_with_keys(rows: Sequence[Sample]) -> dict[int, str]:
    """Find rows with a key or a password in them; only its kind is named."""
    with _detectors():
        found = {at: _kinds_of_keys("\n".join(row.texts)) for at, row in enumerate(rows)}
    return {at: ", ".join(kinds) for at, kinds in found.items() if kinds}


def rows_with_personal_data(rows: Sequence[Sample]) -> dict[int, str]:
    """Find rows with personal data in them; only their kind is named."""
    found = {at: find_personal("\n".join(row.texts)) for at, row in enumerate(rows)}
    return {at: ", ".join(kinds) for at, kinds in found.items() if kinds}

"""`is_server_notice`: whether a text in the place of an answer is what a server says of itself.

Proxies and gateways pass an error on as the content of a completion, with status 200.
"""

import re

_NOTICE = re.compile(
    r"\W*(?:(?:api ?|http ?|server |litellm\.\w+: ?)?error(?: code)?\W{0,3}\s?[45]\d\d\b"
    r"|(?:an? )?(?:internal|upstream|unexpected|unknown) (?:server )?error(?: (?:has )?occurred|\W*\Z|[^\w]{1,3}please)"
    r"|(?:<!doctype html|<html)[^\n]{0,400}?\b[45]\d\d\b"
    r"|(?:[45]\d\d )?(?:bad gateway|service (?:temporarily )?unavailable|gateway time-?out|too many requests)\W*(?:\Z|please)"
    r"|(?:the |this )?(?:server|model|service|engine|system) is (?:currently |temporarily )?(?:overloaded|busy|unavailable|at capacity)\W*(?:\Z|please|try)"
    r"|(?:you (?:have )?(?:exceeded|reached) )?(?:your |the )?(?:current )?(?:rate limit|quota|request limit)(?: (?:was|has been|is))?"
    r"(?: (?:exceeded|reached))?\W*(?:\Z|please)"
    r"|(?:the )?request (?:has )?(?:timed out|was (?:rejected|aborted|cancelled))"
    r"|(?:sorry,? )?(?:something went wrong|there was an error processing your request)\W*(?:\Z|please|try)"
    r"|服务器(?:繁忙|错误)|系统繁忙|请求(?:过于频繁|超时))",
    re.IGNORECASE,
)
_MOST_CHARACTERS = 2_000


def is_server_notice(text: str) -> bool:
    """Return whether a whole answer is a notice of an error, a limit or too much work.

    >>> is_server_notice("The model is currently overloaded. Please try again later.")
    True
    >>> is_server_notice("Error"), is_server_notice("The server is busy, says the log.")
    (False, False)
    """
    return len(text) <= _MOST_CHARACTERS and _NOTICE.match(text.strip()) is not None

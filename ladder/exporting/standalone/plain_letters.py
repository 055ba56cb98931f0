"""`plain_letters`: what two copies of a text have in common, however they are written."""


def plain_letters(text: str) -> str:
    """Return the letters and digits of a text in lower case: copies of a text have the same.

    >>> plain_letters("Order 7, please!") == plain_letters("order 7 please")
    True
    """
    return "".join(each for each in text.casefold() if each.isalnum())

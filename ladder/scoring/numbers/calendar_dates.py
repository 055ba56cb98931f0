"""`read_date`: dates of the usual written forms as year, month and day."""

import re

Date = tuple[int | None, int, int | None]
"""Year, month and day; nothing where the text does not say."""

_MONTHS = (
    ("january", "jan", "januar", "janvier", "enero", "gennaio", "janeiro", "januari", "stycznia", "января", "січня",
     "ocak", "ledna", "जनवरी", "يناير"),
    ("february", "feb", "februar", "février", "febrero", "febbraio", "fevereiro", "februari", "lutego", "февраля",
     "лютого", "şubat", "února", "फरवरी", "फ़रवरी", "فبراير"),
    ("march", "mar", "märz", "mars", "marzo", "março", "maart", "marts", "marca", "марта", "березня", "mart", "března",
     "मार्च", "مارس"),
    ("april", "apr", "avril", "abril", "aprile", "kwietnia", "апреля", "квітня", "nisan", "dubna", "अप्रैल", "أبريل"),
    ("may", "mai", "mayo", "maggio", "maio", "mei", "maj", "maja", "мая", "травня", "may\u0131s", "května", "मई", "مايو"),
    ("june", "jun", "juni", "juin", "junio", "giugno", "junho", "czerwca", "июня", "червня", "haziran", "června", "जून",
     "يونيو"),
    ("july", "jul", "juli", "juillet", "julio", "luglio", "julho", "lipca", "июля", "липня", "temmuz", "července",
     "जुलाई", "يوليو"),
    ("august", "aug", "août", "agosto", "augustus", "augusti", "agustus", "sierpnia", "августа", "серпня", "ağustos",
     "srpna", "अगस्त", "أغسطس"),
    ("september", "sep", "sept", "septembre", "septiembre", "settembre", "setembro", "września", "сентября", "вересня",
     "eylül", "září", "सितंबर", "सितम्बर", "سبتمبر"),
    ("october", "oct", "okt", "oktober", "octobre", "octubre", "ottobre", "outubro", "października", "октября", "жовтня",
     "ekim", "října", "अक्टूबर", "أكتوبر"),
    ("november", "nov", "novembre", "noviembre", "novembro", "listopada", "ноября", "kas\u0131m", "नवंबर", "नवम्बर",
     "نوفمبر"),
    ("december", "dec", "dez", "dezember", "décembre", "diciembre", "dicembre", "dezembro", "desember", "grudnia",
     "декабря", "грудня", "aral\u0131k", "prosince", "दिसंबर", "दिसम्बर", "ديسمبر"),
)  # fmt: skip
_NUMBER_OF = {name: at for at, names in enumerate(_MONTHS, start=1) for name in names}
_MONTH = "(?:" + "|".join(sorted(_NUMBER_OF, key=len, reverse=True)) + ")"
_CAPITAL = "(?:" + "|".join(sorted(map(str.title, _NUMBER_OF), key=len, reverse=True)) + ")"
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|º)?"
MONTH_BEFORE = rf"\b{_CAPITAL}\.?\s"
DATES = (
    r"(?<![\d.,/-])\d{4}(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,2}(?!\d|[-/]\d)"
    r"|(?<![\d.,/-])\d{1,2}(?P<sign>[./-])\d{1,2}(?P=sign)\d{4}(?!\d|[-/]\d)"
    r"|(?<![\d.,/-])\d{4}-(?:0[1-9]|1[0-2])(?![\d-])"
    rf"|(?<!\d)(?i:{_DAY}\.?\s(?:of\s|de\s|di\s)?{_MONTH}(?!\w)\.?(?:,?\s(?:de\s|del\s)?\d{{4}}\b)?)"
    rf"|(?<![\d.,/-])(?i:\d{{1,2}}(?P<joint>[-/]){_MONTH}(?P=joint)\d{{4}})(?!\d)"
    rf"|\b{_CAPITAL}\b\.?\s{_DAY}(?:,?\s\d{{4}}\b)?(?![\d:.,%]\d|\d)"
    rf"|\b{_CAPITAL}\b\.?\s\d{{4}}\b"
    r"|\d{4}\s?[年년]\s?\d{1,2}\s?[月월](?:\s?\d{1,2}\s?[日号號일])?"
    r"|(?<!\d)\d{1,2}\s?[月월]\s?\d{1,2}\s?[日号號일]"
)
_NAME = re.compile(rf"{_MONTH}(?!\w)", re.IGNORECASE)


def read_date(written: str) -> tuple[Date, Date] | None:
    """Return a date with the month first and with the day first; nothing where it is none.

    >>> read_date("2024-05-01"), read_date("May 1, 2024")[0], read_date("2024-13-01")
    (((2024, 5, 1), (2024, 5, 1)), (2024, 5, 1), None)
    >>> read_date("01/05/2024")
    ((2024, 1, 5), (2024, 5, 1))
    """
    numbers = [int(each) for each in re.findall(r"\d+", written)]
    name = _NAME.search(written)
    if name is not None:
        return _twice(_named(numbers, _NUMBER_OF[name.group().casefold()]))
    if numbers[0] > 999:
        day = numbers[2] if len(numbers) > 2 else None
        return _twice((numbers[0], numbers[1], day))
    if len(numbers) == 2:
        return _twice((None, numbers[0], numbers[1]))
    first, second, year = numbers
    if "." in written:
        return _twice((year, second, first))
    both = [_checked((year, first, second)), _checked((year, second, first))]
    month_first, day_first = both[0] or both[1], both[1] or both[0]
    return None if month_first is None or day_first is None else (month_first, day_first)


def _named(numbers: list[int], month: int) -> Date:
    if len(numbers) == 1:
        return (numbers[0], month, None) if numbers[0] > 31 else (None, month, numbers[0])
    return (numbers[1], month, numbers[0])


def _twice(date: Date) -> tuple[Date, Date] | None:
    return None if _checked(date) is None else (date, date)


def _checked(date: Date) -> Date | None:
    _, month, day = date
    return date if 1 <= month <= 12 and (day is None or 1 <= day <= 31) else None

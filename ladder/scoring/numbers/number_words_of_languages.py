"""`NUMBERS_OF_LANGUAGES`: the whole numbers below a hundred in words of seven languages."""

from collections.abc import Iterator

_TABLE = """
de: null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn
de: sechzehn siebzehn achtzehn neunzehn
nl: nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien
nl: zestien zeventien achttien negentien
fr: zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize
fr: dix-sept dix-huit dix-neuf
es: cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince
es: dieciséis diecisiete dieciocho diecinueve
it: zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici
it: quindici sedici diciassette diciotto diciannove
pt: zero um dois três quatro cinco seis sete oito nove dez onze doze treze quatorze quinze dezesseis
pt: dezessete dezoito dezenove
ru: ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать
ru: четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать
"""
_TENS = """
de: zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig
nl: twintig dertig veertig vijftig zestig zeventig tachtig negentig
fr: vingt trente quarante cinquante soixante
es: veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa
it: venti trenta quaranta cinquanta sessanta settanta ottanta novanta
pt: vinte trinta quarenta cinquenta sessenta setenta oitenta noventa
ru: двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто
"""
_ENGLISH_TOO = frozenset({"once", "null"})


def _words(table: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for language, _, words in (line.partition(":") for line in table.strip().splitlines()):
        found.setdefault(language, []).extend(words.split())
    return found


def _joined(language: str, ten: str, one: str) -> list[str]:
    """Return how a ten and a digit are written as one number."""
    match language:
        case "de":
            return [f"{'ein' if one == 'eins' else one}und{ten}"]
        case "nl":
            return [f"{one}en{ten}", f"{one}ën{ten}"]
        case "es":
            return [f"{ten} y {one}", f"veinti{one}"] if ten == "veinte" else [f"{ten} y {one}"]
        case "it":
            return [f"{ten[:-1] if one in ('uno', 'otto') else ten}{one}"]
        case "pt":
            return [f"{ten} e {one}"]
        case _:
            return [f"{ten} {one}", f"{ten} et {one}"]


def _numbers() -> Iterator[tuple[str, int]]:
    units, tens = _words(_TABLE), _words(_TENS)
    for language, ones in units.items():
        yield from ((word, at) for at, word in enumerate(ones))
        for at, ten in enumerate(tens[language], start=2):
            yield ten, 10 * at
            for digit in range(1, 10):
                yield from ((word, 10 * at + digit) for word in _joined(language, ten, ones[digit]))
    for over, word in enumerate(units["fr"]):
        if over >= 10:
            yield f"soixante {word}", 60 + over
        yield f"quatre vingt {word}" if over else "quatre vingts", 80 + over
    yield "soixante et onze", 71


NUMBERS_OF_LANGUAGES = {
    word.casefold().replace("-", " "): number
    for word, number in _numbers()
    if word not in _ENGLISH_TOO
}
"""Each number by its words, in small letters and with spaces for hyphens."""

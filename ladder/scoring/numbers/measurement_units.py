"""Units of measurement: which are the same, and which can be turned into each other."""

import re
from fractions import Fraction

_TABLE = """
length: mm millimeter millimetre millimeters millimetres = 1/1000
length: cm CM centimeter centimetre centimeters centimetres = 1/100
length: dm = 1/10
length: m meter metre meters metres = 1
length: km KM Km kilometer kilometre kilometers kilometres = 1000
length: inch inches = 254/10000
length: ft foot feet = 3048/10000
length: yd yard yards = 9144/10000
length: mi mile miles = 1609344/1000
mass: mg milligram milligrams = 1/1000000
mass: g gram grams gramm = 1/1000
mass: kg KG Kg kgs kilogram kilograms kilogramm = 1
mass: t ton tons tonne tonnes = 1000
mass: lb lbs pound pounds = 45359237/100000000
mass: oz ounce ounces = 28349523125/1000000000000
time: ms millisecond milliseconds = 1/1000
time: s sec secs second seconds sekunde sekunden seconde secondes segundo segundos secondi сек 秒 초 = 1
time: min mins minute minutes minuten minuto minutos minuti мин минут 分钟 分鐘 分 분 = 60
time: h hr hrs hour hours std stunde stunden heure heures hora horas ore uur час часа часов = 3600
time: 小时 小時 時間 시간 = 3600
time: day days tag tage tagen jour jours día días dia dias giorni дней дня = 86400
time: week weeks woche wochen semaine semaines semana semanas settimane недель = 604800
month: month months monat monate mois mes meses mesi = 1
month: year years jahr jahre ans año años anos anni лет = 12
volume: ml mL milliliter millilitre milliliters millilitres = 1/1000
volume: cl = 1/100
volume: dl = 1/10
volume: l L liter litre liters litres = 1
gallon: gal gallon gallons = 1
area: cm2 cm^2 cm² square_centimeters square_centimetres = 1/10000
area: m2 m^2 m² sqm sq_m square_meter square_meters square_metre square_metres = 1
area: km2 km^2 km² square_kilometers square_kilometres = 1000000
square_feet: square_foot square_feet sq_ft ft2 ft² = 1
area: ha hectare hectares = 10000
volume: cm3 cm^3 cm³ cubic_centimeters cubic_centimetres = 1/1000
volume: m3 m^3 m³ cubic_meter cubic_meters cubic_metre cubic_metres = 1000
speed: km/h kmh kph kilometers_per_hour kilometres_per_hour = 1
mph: mph miles_per_hour = 1
m/s: m/s meters_per_second metres_per_second = 1
celsius: °C ℃ celsius degree_celsius degrees_celsius degree_Celsius degrees_Celsius degrees_C = 1
celsius: Grad_Celsius degrés_Celsius grados_Celsius gradi_Celsius graus_Celsius graden_Celsius 摄氏度 = 1
fahrenheit: °F ℉ fahrenheit degree_fahrenheit degrees_fahrenheit degree_Fahrenheit degrees_Fahrenheit = 1
fahrenheit: degrees_F Grad_Fahrenheit = 1
kelvin: kelvin = 1
angle: ° degree degrees grad = 1
data: KB kB = 1/1000
data: MB = 1
data: GB = 1000
data: TB = 1000000
energy: J joule joules = 1
energy: kJ kilojoule kilojoules = 1000
calories: kcal = 1
power: W watt watts = 1
power: kW kilowatt kilowatts = 1000
power: MW = 1000000
electricity: kWh = 1
voltage: V volt volts = 1
frequency: Hz = 1
frequency: kHz = 1000
frequency: MHz = 1000000
frequency: GHz = 1000000000
percent: % percent per_cent prozent pct procent = 1
percent: ‰ permille per_mille promille per_thousand = 1/10
dollar: $ USD US$ dollar dollars = 1
euro: € EUR euro euros = 1
pound sterling: £ GBP = 1
yen: ¥ JPY yen 円 元 CNY RMB yuan = 1
franc: CHF Fr. = 1
rupee: ₹ INR Rs Rs. rupee rupees = 1
won: ₩ KRW won 원 = 1
rouble: ₽ RUB рубль рубля рублей = 1
krona: kr SEK NOK DKK = 1
cent: ¢ cent cents centime centimes céntimo céntimos centavo centavos centesimi = 1
penny: penny pennies pence = 1
paisa: paisa paise = 1
kopeck: копейка копейки копеек = 1
"""

_LINES = [line.partition(":") for line in _TABLE.strip().splitlines()]
UNITS: dict[str, tuple[str, Fraction]] = {
    name.replace("_", " "): (dimension, Fraction(entry.partition("=")[2].strip()))
    for dimension, _, entry in _LINES
    for name in entry.partition("=")[0].split()
}
"""Each written unit, with its dimension and its size in that dimension."""

_HUNDREDTHS = {
    ("cent", "dollar"),
    ("cent", "euro"),
    ("cent", "franc"),
    ("penny", "pound sterling"),
    ("paisa", "rupee"),
    ("kopeck", "rouble"),
}
_FOLDED = {name.casefold(): name for name in reversed(UNITS) if len(name) > 2}
_ALIKE = [{name, sign} for name in ("pound", "pounds") for sign in ("£", "GBP")]
CURRENCIES = (
    "$",
    "€",
    "£",
    "¥",
    "₹",
    "₩",
    "₽",
    "USD",
    "EUR",
    "GBP",
    "CHF",
    "INR",
    "Rs",
    "US$",
    "kr",
)
"""Those that stand before a number."""

_BY_LENGTH = sorted(UNITS, key=len, reverse=True)
_GAPLESS = [name for name in _BY_LENGTH if name[-1] > "\u2fff"]
_BEHIND = re.compile(
    rf"\s?(?:(?:{'|'.join(re.escape(name) for name in _BY_LENGTH if name not in _GAPLESS)})"
    rf"(?![A-Za-z\u00c0-\u024f\u0400-\u04ff\d²³])|(?:{'|'.join(_GAPLESS)})(?!과))"
)
_BEHIND_ANY_CASE = re.compile(_BEHIND.pattern, re.IGNORECASE)
BEFORE = re.compile(
    "(?:" + "|".join(map(re.escape, sorted(CURRENCIES, key=len, reverse=True))) + r")\.?\s?\Z"
)


def unit_at(text: str, at: int) -> tuple[str, int] | None:
    """Return the unit that stands behind a number, and where it ends; nothing without one.

    >>> unit_at("5 km", 1), unit_at("5 Kilometers", 1), unit_at("5M", 1), unit_at("5 cats", 1)
    (('km', 4), ('kilometers', 12), None, None)
    """
    behind = _BEHIND.match(text, at) or _BEHIND_ANY_CASE.match(text, at)
    name = unit_named(behind.group()) if behind else ""
    return (name, behind.end()) if behind and name else None


def unit_named(written: str) -> str:
    """Return a unit as the table writes it; nothing where it is none.

    >>> unit_named("km"), unit_named("Kilometers"), unit_named("apples")
    ('km', 'kilometers', '')
    """
    name = written.strip()
    return name if name in UNITS else _FOLDED.get(name.casefold().rstrip("."), "")


def scales(said: str, wanted: str) -> tuple[Fraction, Fraction] | None:
    """Return by what two amounts are to be multiplied before they are compared, if they can be.

    An amount without a unit is taken to be in the unit of the other.

    >>> scales("km", "m"), scales("", "€"), scales("km", "kg")
    ((Fraction(1000, 1), Fraction(1, 1)), (Fraction(1, 1), Fraction(1, 1)), None)
    >>> scales("$", "cents"), scales("cents", "£")
    ((Fraction(100, 1), Fraction(1, 1)), None)
    """
    if not said or not wanted or {said, wanted} in _ALIKE:
        return Fraction(1), Fraction(1)
    (one, size), (other, size_wanted) = UNITS[said], UNITS[wanted]
    if (one, other) in _HUNDREDTHS:
        return size, 100 * size_wanted
    if (other, one) in _HUNDREDTHS:
        return 100 * size, size_wanted
    return (size, size_wanted) if one == other else None


def dimension_of(unit: str) -> str:
    """Return what a unit measures: `time`, `length`; nothing for no unit.

    >>> dimension_of("h"), dimension_of("")
    ('time', '')
    """
    return UNITS[unit][0] if unit else ""

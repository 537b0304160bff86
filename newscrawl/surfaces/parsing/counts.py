"""Counters as pages display them (``493``, ``1.4k``, ``2,3 Mio``) to integers."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

__all__ = ["displayed_count"]

_THOUSAND, _MILLION, _BILLION = 10**3, 10**6, 10**9
_FACTORS = {
    **dict.fromkeys(
        ("k", "к", "mil", "tsd", "тыс", "тис", "tis", "tys", "bin", "rb", "ألف", "الف", "هزار", "אלף"), _THOUSAND
    ),
    **dict.fromkeys(
        ("m", "mio", "mi", "mln", "mn", "млн", "mlj", "milj", "jt", "million", "millions", "millones"), _MILLION
    ),
    **dict.fromkeys(("milhões", "milioni", "millionen", "milyon", "مليون", "میلیون", "ล้าน"), _MILLION),
    **dict.fromkeys(("b", "bn", "mrd", "md", "mld", "mia", "млрд", "billion", "billions", "مليار"), _BILLION),
    **dict.fromkeys(("lakh", "lac", "l", "लाख"), 100_000),
    **dict.fromkeys(("crore", "cr", "करोड़"), 10_000_000),
}
# Written right after the number, often with a measure word behind.
_CJK = {"千": 10**3, "万": 10**4, "萬": 10**4, "만": 10**4, "億": 10**8, "亿": 10**8, "억": 10**8}
_SHOWN = re.compile(
    r"[^\d-]{0,40}(\d{1,3}(?:[ .,'’]\d{3}){1,4}|\d{1,15}(?:[.,]\d{1,3})?)"
    r"\s{0,3}([^\W\d_]{1,20})?\.?\+?(?:\s[^\d]{0,40})?"
)


def displayed_count(shown: str | None) -> int | None:
    """The whole number that *shown* displays, its unit suffix applied; ``None`` where it shows none.

    Digits of any script, decimal point or comma, grouped thousands; a fraction without a unit is no count.
    """
    if not shown or len(shown) > 200:
        return None
    text = "".join(str(unicodedata.digit(char, char)) if char.isdecimal() else char for char in shown)
    text = text.replace("٬", ",").replace("٫", ".")
    text = " ".join(unicodedata.normalize("NFKC", text).split()).lower()
    found = _SHOWN.fullmatch(text)
    if not found:
        return None
    number, unit = found[1], found[2] or ""
    factor = _FACTORS.get(unit) or _CJK.get(unit[:1])
    grouped = re.fullmatch(r"\d{1,3}(?:[ .,'’]\d{3})+", number)
    if grouped and not (factor and number.count(".") == 1 and "," not in number):
        value = Decimal(re.sub(r"[ .,'’]", "", number))
    else:
        value = Decimal(number.replace(",", "."))
    total = value * (factor or 1)
    return int(total) if total == total.to_integral_value() and total < 10**15 else None

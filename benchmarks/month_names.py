# ruff: noqa: E501 - a table of words
"""Write ``newscrawl/html/months.json``: month names out of CLDR, by way of Babel.

Run: ``python -m benchmarks.month_names`` with ``requirements-train.txt`` installed. Babel is needed here alone; the
package ships what this writes. For each Gregorian month the wide and abbreviated names are taken, in the form used
inside a date and in the one that stands alone. A name that means different months in different languages is kept
with its languages; the month that most languages of ``PRESS`` mean goes first.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

from babel import Locale, localedata
from babel import __version__ as babel_version

TARGET = Path(__file__).parent.parent / "newscrawl" / "html" / "months.json"
#: Languages whose meaning of a name holds where nothing is known of the page: those of most news pages first.
PRESS = "en de fr es it pt nl sv da nb pl cs ru uk tr el hu ro id fi ar he hi fa th vi".split()
#: Names that the press writes and CLDR does not: older or regional forms.
MORE = {
    "es": {"setiembre": 9}, "de": {"jänner": 1, "feber": 2}, "en": {"sept": 9}, "fr": {"aout": 8, "fevrier": 2, "decembre": 12},
    "id": {"ags": 8, "pebruari": 2, "nopember": 11}, "lv": {"janvārī": 1, "februārī": 2, "martā": 3, "aprīlī": 4, "maijā": 5,
    "jūnijā": 6, "jūlijā": 7, "augustā": 8, "septembrī": 9, "oktobrī": 10, "novembrī": 11, "decembrī": 12},
    "vi": {"tháng một": 1, "tháng hai": 2, "tháng ba": 3, "tháng tư": 4, "tháng năm": 5, "tháng sáu": 6, "tháng bảy": 7, "tháng tám": 8,
    "tháng chín": 9, "tháng mười": 10, "tháng mười một": 11, "tháng mười hai": 12},
    "ar": {"آذار": 3, "نيسان": 4, "أيار": 5, "حزيران": 6, "تموز": 7, "آب": 8, "أيلول": 9, "شباط": 2, "دجنبر": 12},
    "hi": {"सितम्बर": 9, "नवम्बर": 11, "दिसम्बर": 12, "अक्तूबर": 10, "फरवरी": 2},
}  # fmt: skip


def folded(name: str) -> str:
    """*name* as it is looked up: NFC, casefolded, without dots and what the Hijri alef carries."""
    name = unicodedata.normalize("NFC", name).casefold().strip().strip(".").replace("\u0307", "")
    return name.translate(str.maketrans("أإآ", "ااا"))


def names() -> dict[str, dict[str, int]]:
    """Folded name -> language -> month."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for identifier in sorted(localedata.locale_identifiers()):
        locale = Locale.parse(identifier)
        for months in (
            {name: month for width in ("wide", "abbreviated") for month, name in locale.months[form][width].items()}
            for form in ("format", "stand-alone")
        ):
            for name, month in months.items():
                key = folded(name)
                # "1월", "M01", "tháng 1" are read as numbers.
                # Names of two letters are kept in scripts in which they are no common words ("de", "la", "no" are).
                if len(key) >= (3 if key < "\u0500" else 2) and not any(map(str.isdigit, key)):
                    found[key].setdefault(locale.language, month)
    for language, more in MORE.items():
        for name, month in more.items():
            found[folded(name)].setdefault(language, month)
    return found


def main() -> None:
    table: dict[str, dict[str, int]] = {}
    for name, by_language in sorted(names().items()):
        months = Counter(by_language.values())
        if len(months) == 1:
            table[name] = {"": next(iter(months))}
            continue
        ranked = sorted(by_language, key=lambda one: PRESS.index(one) if one in PRESS else len(PRESS))
        usual = by_language[ranked[0]]
        table[name] = {"": usual, **{one: month for one, month in sorted(by_language.items()) if month != usual}}
    flat = {name: months[""] if len(months) == 1 else months for name, months in table.items()}
    lines = ",\n".join(f"  {json.dumps(name, ensure_ascii=False)}: {json.dumps(value)}" for name, value in flat.items())
    source = json.dumps(f"CLDR by way of Babel {babel_version}; written by benchmarks/month_names.py")
    TARGET.write_text(f'{{\n"source": {source},\n"names": {{\n{lines}\n}}\n}}\n', "utf-8")


if __name__ == "__main__":
    main()

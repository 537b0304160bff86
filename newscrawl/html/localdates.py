"""Dates in words, as themes print them, to a day. For pages that carry no machine-readable time.

Month names are those of CLDR (format and stand-alone forms) for the languages of
WordPress's larger locales; Gregorian calendar, and the Thai solar one.
"""

from __future__ import annotations

import datetime as dt
import unicodedata

import regex

__all__ = ["day_in_words"]

_NAMES = """
1 january jan januar jänner januari janvier janv enero ene gennaio gen janeiro styczeń stycznia sty января январь янв січня січень leden ledna januára január ianuarie ian tammikuu tammikuuta siječnja siječanj januarja ιανουαρίου ιανουάριος ιαν януари ocak oca يناير جانفي ژانویه ינואר जनवरी มกราคม сакавіка јануар
2 february feb februar februari février fevrier févr fevr febrero febbraio febb fevereiro fev luty lutego lut февраля февраль фев лютого лютий únor února februára február februarie helmikuu helmikuuta veljače veljača februarja φεβρουαρίου φεβρουάριος φεβ февруари şubat şub فبراير فيفري شباط فوریه פברואר फ़रवरी फरवरी กุมภาพันธ์ фебруар
3 march mar märz mrz maart mars marzo março marco marzec marca марта март мар березня березень březen března marec március martie maaliskuu maaliskuuta ožujka ožujak marca μαρτίου μάρτιος μαρ mart مارس آذار مارچ מרץ मार्च มีนาคม
4 april apr avril avr abril abr aprile kwiecień kwietnia kwi апреля апрель апр квітня квітень duben dubna apríla április aprilie huhtikuu huhtikuuta travnja travanj aprila απριλίου απρίλιος απρ април nisan nis أبريل ابريل إبريل أفريل نيسان آوریل אפריל अप्रैल เมษายน
5 may mai mei mayo maggio mag maio maj maja мая май травня травень květen května máj mája május toukokuu toukokuuta svibnja svibanj μαΐου μάιος μαϊ мај mayıs مايو ماي أيار مه מאי मई พฤษภาคม
6 june jun juni juin junio giugno giu junho czerwiec czerwca cze июня июнь июн червня червень červen června júna jún június iunie iun kesäkuu kesäkuuta lipnja lipanj junij junija ιουνίου ιούνιος ιουν юни haziran haz يونيو يونيه جوان حزيران ژوئن יוני जून มิถุนายน
7 july jul juli juillet juil julio luglio lug julho lipiec lipca lip июля июль июл липня липень červenec července júla júl július iulie iul heinäkuu heinäkuuta srpnja srpanj julij julija ιουλίου ιούλιος ιουλ юли temmuz tem يوليو يوليه جويلية تموز ژوئیه יולי जुलाई กรกฎาคม
8 august aug août aout agosto ago sierpień sierpnia sie августа август авг серпня серпень srpen srpna augusta augusztus augusti augustus elokuu elokuuta kolovoza kolovoz avgust avgusta αυγούστου αύγουστος αυγ ağustos ağu أغسطس اغسطس أوت آب اوت אוגוסט अगस्त สิงหาคม agustus ogos
9 september sep sept septembre septiembre setiembre settembre set setembro wrzesień września wrz сентября сентябрь сен сент вересня вересень září septembra szeptember septembrie syyskuu syyskuuta rujna rujan σεπτεμβρίου σεπτέμβριος σεπ септември eylül eyl سبتمبر أيلول سپتامبر ספטמבר सितंबर सितम्बर กันยายน септембар
10 october oct oktober okt octobre octubre ottobre ott outubro out październik października paź октября октябрь окт жовтня жовтень říjen října októbra október octombrie lokakuu lokakuuta listopada oktobra οκτωβρίου οκτώβριος οκτ октомври ekim eki أكتوبر اكتوبر اکتبر אוקטובר अक्टूबर अक्तूबर ตุลาคม октобар
11 november nov novembre noviembre novembro listopad листопада листопад listopadu novembra noiembrie marraskuu marraskuuta studenoga studeni ноября ноябрь ноя ноем νοεμβρίου νοέμβριος νοε ноември kasım kas نوفمبر نوامبر נובמבר नवंबर नवम्बर พฤศจิกายน новембар
12 december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro grudzień grudnia gru декабря декабрь дек грудня грудень prosinec prosince decembra decembrie joulukuu joulukuuta prosinca prosinac δεκεμβρίου δεκέμβριος δεκ декември aralık ara ديسمبر دجنبر دسامبر דצמבר दिसंबर दिसम्बर ธันวาคม desember des disember децембар
"""  # noqa: E501 - a table
# Two words: Levantine Arabic, Vietnamese.
_PAIRS = {
    "كانون الثاني": 1, "كانون الأول": 12, "تشرين الأول": 10, "تشرين الثاني": 11,
    "tháng một": 1, "tháng hai": 2, "tháng ba": 3, "tháng tư": 4, "tháng năm": 5, "tháng sáu": 6, "tháng bảy": 7,
    "tháng tám": 8, "tháng chín": 9, "tháng mười": 10,
}  # fmt: skip
_MONTHS = {word: int(row.split()[0]) for row in _NAMES.strip().splitlines() for word in row.split()[1:]}
# Polish and Croatian give "listopada" to different months.
_CROATIAN = ("hr", "bs")
_FILLERS = frozenset("de del di da of the den d er st nd rd th e º ª г року р".split())
_TOKEN = regex.compile(r"[\p{L}\p{M}]+|\d+")
_YMD = regex.compile(r"(?<!\d)(\d{4})\s?(?:[./-]|年|년)\s?(\d{1,2})\s?(?:[./-]|月|월)\s?(\d{1,2})(?!\d)")
_DMY = regex.compile(r"(?<![\d./-])(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4})(?!\d)")
_MONTH_FIRST = frozenset(("en-us", "en-ph", "en_us"))


def _day(year: int, month: int, day: int) -> str | None:
    if not 1990 <= year <= 2100:
        return None
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None


def _month(tokens: list[str], at: int, language: str) -> tuple[int, int]:
    """The month that stands at *at*, or 0, and how many tokens it takes."""
    word = tokens[at]
    if at + 1 < len(tokens):
        pair = f"{word} {tokens[at + 1]}"
        if pair in _PAIRS:
            # "tháng mười một" is the eleventh, "tháng mười hai" the twelfth.
            if pair == "tháng mười" and at + 2 < len(tokens) and tokens[at + 2] in ("một", "hai"):
                return (11 if tokens[at + 2] == "một" else 12), 3
            return _PAIRS[pair], 2
        if word == "tháng" and tokens[at + 1].isdigit() and 1 <= int(tokens[at + 1][:4]) <= 12:
            return int(tokens[at + 1]), 2
    if word == "listopada" and language.startswith(_CROATIAN):
        return 10, 1
    if word == "listopada":
        return 11, 1
    month = _MONTHS.get(word)
    if month is None and word.startswith("ב"):  # Hebrew "in"
        month = _MONTHS.get(word[1:])
    return (month or 0), 1


def _around(tokens: list[str], start: int, step: int) -> list[str]:
    """Up to two numbers next to a month in one direction, fillers passed over."""
    found: list[str] = []
    at = start
    while 0 <= at < len(tokens) and len(found) < 2:
        if tokens[at].isdigit():
            found.append(tokens[at])
        elif tokens[at] not in _FILLERS:
            break
        at += step
    return found


def _named(tokens: list[str], language: str) -> str | None:
    for at in range(len(tokens)):
        month, width = _month(tokens, at, language)
        if not month:
            continue
        before, after = _around(tokens, at - 1, -1), _around(tokens, at + width, 1)
        pairs = []
        if before and after:
            pairs.append((after[0], before[0]))  # 21 June 2025
            pairs.append((before[0], after[0]))  # 2025. június 21.
        if len(after) == 2:
            pairs.insert(0, (after[1], after[0]))  # June 21, 2025
        for year, day in pairs:
            if len(year) == 4 and len(day) <= 2:
                number = int(year)
                if 2400 < number < 2700 and (language.startswith("th") or "\u0e00" <= tokens[at][0] <= "\u0e7f"):
                    number -= 543
                got = _day(number, month, int(day))
                if got:
                    return got
    return None


def day_in_words(text: str | None, language: str | None = None) -> str | None:
    """The first date in *text* as ``YYYY-MM-DD``, or ``None``.

    *language* (BCP 47) decides what ``03/04/2025`` means; without it such a date is no date. Relative dates
    ('2 days ago') are none either. The first 300 characters are read.
    """
    if not text:
        return None
    plain = unicodedata.normalize("NFC", text[:300]).casefold()
    plain = "".join(str(unicodedata.digit(char, char)) if char.isdecimal() else char for char in plain)
    tag = (language or "").lower()
    named = _named(_TOKEN.findall(plain)[:60], tag)
    if named:
        return named
    found = _YMD.search(plain)
    if found:
        return _day(int(found[1]), int(found[2]), int(found[3]))
    found = _DMY.search(plain)
    if not found:
        return None
    one, two, year = int(found[1]), int(found[3]), int(found[4])
    if found[2] == "." or one > 12 or one == two:
        return _day(year, two, one)
    if two > 12 or tag in _MONTH_FIRST:
        return _day(year, one, two)
    return _day(year, two, one) if tag and tag != "en" else None

# ruff: noqa: E501 - tables of words in many scripts
"""Words of bylines in the languages of the press: "by", "author", "and", in small letters.

One place for all readers of bylines; ``_`` stands for a space. A word that may begin a name or a sentence of another
language ("Per", "De", "Ni") counts only on pages that declare its own language (:data:`BY_OF_LANGUAGE`).
"""

from __future__ import annotations

import re

__all__ = ["AND", "BY", "BY_OF_LANGUAGE", "BY_OR_NAME", "FIRST_WORDS", "GLUED", "LABEL", "WITH_AND", "alternatives"]


def alternatives(words: str) -> str:
    """*words* as the alternatives of a regular expression, longer ones first."""
    known = sorted(set(words.split()), key=lambda word: (-len(word), word))
    return "|".join(re.escape(word.replace("_", " ")) for word in known)


#: What stands right before a name, without a colon.
BY = (
    "by par por door deur przez kirjoittanut kirjoittaneet napsal napsala napsali napísal napísala napísali"
    " napisał napisała napisali napisao napisala piše pišu piszą pisze írta írták γράφει γράφει_ο γράφει_η γράφουν пише пишет пишут"
    " написал написала написали підготував підготувала подготовил подготовила بقلم كتب كتبت كتبها إعداد به_قلم نوشته מאת נכתב_על_ידי โดย"
)
#: The same where two words follow or a colon does: "Oleh Kovalenko", "Di Cohen" and "Von Miller" are people.
BY_OR_NAME = "von di da af av oleh"
#: What a name is labelled with: a colon, a stroke or the like stands between.
LABEL = (
    f"{BY} {BY_OR_NAME}"
    + " author authors written_by words_by autor autorin autoren autores autora autoras autori autorka autorky autoři autorů auteur auteurs auteure autrice autrici autore"
    " redaktion text texte texto texty texter tekst teksti teksty testo reportage story words"
    " redactor redactora periodista redattore redactie skribent journalist reporter toimittaja kirjoittaja kirjoittajat höfundur avtor avtorica avtorji"
    " autors autorius autorė parašė szerző szerzők scris_de a_scris автор авторы автори авторка текст текста статья журналист журналіст кореспондент корреспондент подготви"
    " συντάκτης συντάκτρια κείμενο ρεπορτάζ αρθρογράφος yazar yazan haber yazı metin muhabir penulis ditulis_oleh wartawan pewarta"
    " tác_giả bài_viết bài người_viết المؤلف الكاتب الكاتبة كاتب تقرير نویسنده نگارنده گزارش خبرنگار تحریر مصنف از כתב כתבה מחבר כותב כותבת"
    " लेखक लेखिका लेखन संवाददाता रिपोर्ट द्वारा লেখক লেখা প্রতিবেদক எழுதியவர் రచయిత ผู้เขียน เรื่อง ผู้สื่อข่าว เขียนโดย"
    " 작성자 취재 기자 글쓴이 文 글 筆者 著者 執筆 執筆者 执笔 取材・文 ライター 作者 撰文 撰稿 記者 记者 采写 ავტორი հեղինակ egilea"
)
#: "and" between two names, in small letters only: "E" and "A" are initials.
AND = (
    "and und et y e ed og och en i és ja ve и та і й oraz a și şi si και dan và un ir dhe eta agus &"
    " و اور और एवं ও এবং และ 및 和 与 與 და և"
)
#: "and" of Arabic and Hebrew, written together with the name behind it, and the given names that begin with the letter.
WITH_AND = {
    "و": frozenset(
        "وليد وائل وسام وجدي وفاء وداد وسيم وحيد وصال وجيه وهيب وردة ولاء وجدان وليم وهبة ورد واصف وضاح".split()
    ),
    "ו": frozenset("ויקטור ורד ויטלי ויקי ויקטוריה ולדימיר ורוניקה וולטר".split()),
}
#: Words for "by" that are names or words in other languages, by the primary subtag (BCP 47) of the page's language.
BY_OF_LANGUAGE = {
    "bg": "от",
    "ca": "per",
    "cy": "gan",
    "fil": "ni nina",
    "ga": "le",
    "gl": "de",
    "is": "eftir",
    "mk": "од",
    "ro": "de",
    "sq": "nga",
    "sw": "na",
    "tl": "ni nina",
}
#: Words that a line with a byline may begin with besides these.
_OPENING = (
    "this contributor contributors co cowritten written reported words story text posted published edited compiled article post interview"
    " photo photos propos a ein eine testo texto ditulis de του της tác автор कथा লেখক תוכן"
)
#: The first words of all of them: most lines of a page are told by these to be no byline.
FIRST_WORDS = frozenset(
    word.split("_")[0].casefold() for word in f"{LABEL} {_OPENING} {' '.join(BY_OF_LANGUAGE.values())}".split()
)
#: First letters of labels that scripts without spaces write together with the name.
GLUED = frozenset("作撰記记执執文글筆著采取ラ")

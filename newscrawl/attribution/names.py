"""What may be a publication's name or an article's title, and what is a date, a stage or half a sentence of prose."""

from __future__ import annotations

import html
import re

from newscrawl.attribution.lexicon import lexicon
from newscrawl.text import clean_line
from newscrawl.urls import is_home_page

__all__ = [
    "DATE",
    "LANGUAGE_NAMES",
    "NO_PUBLISHER_HOSTS",
    "SMALL_WORDS",
    "is_article_like",
    "is_date",
    "is_home",
    "is_name",
    "is_own_place",
    "is_small",
    "is_title",
    "name_of",
    "plain_name",
    "title_of",
    "trimmed_name",
    "without_date",
]

_TWICE_ENCODED = re.compile(r"&(?:#\d{2,5}|#x[0-9a-fA-F]{2,4}|amp|quot|apos|nbsp|hellip|[lr][sd]quo|[nm]dash);")
_PAIRS = {
    "“": "”",
    '"': '"',
    "‘": "’",
    "'": "'",
    "«": "»",
    "„": "“",
    "「": "」",
    "『": "』",
    "《": "》",
    "(": ")",
    "[": "]",
}
_EDGES = " \t\r\n\xa0\u200b\u200e\u200f\u2028_*|"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?"
)
_DAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
#: A date in English as it stands after "on" or "in".
DATE = (
    rf"(?:(?:{_DAYS}|mon|tue|wed|thu|fri|sat|sun)\b\.?,?\s*)?(?:(?:{_MONTHS})\b\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?"
    rf"(?:,?\s+\d{{4}})?|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTHS})\b\.?(?:,?\s+\d{{4}})?|\d{{1,4}}[/.\-]\d{{1,2}}"
    rf"(?:[/.\-]\d{{2,4}})?|(?:19|20)\d\d\b|{_DAYS})"
)
_DATE = re.compile(
    rf"(?:{DATE}|\d{{1,2}}(?:st|nd|rd|th)\b|(?:the\s+)?(?:early|late|mid)\b|(?:last|next|this)\s)", re.IGNORECASE
)
_MONTH_NAME = re.compile(r"(?:March|May|Sun|August|Sat|Wed)\s+[A-Z]")

# Words that stand in a sentence and not in a name. Lower case, so "This Is Us" may be one.
_PROSE = re.compile(
    r"\b(?:was|were|is|are|has|have|had|when|because|but|before|after|while|who|whom|which|that|where|then|since|until|"
    r"later|earlier|ago|as an?|yesterday|today|tomorrow|last|next|wurde|hat|ist|était|pero|fue|foi|era|mit)\b"
)
# Words that join two halves of a sentence, or of a name of few words: Mole und Meer, Science et Vie.
_JOINS = re.compile(r"\b(?:und|et|ed|mas)\b")
_TIME = re.compile(rf"\b(?:{_DAYS}|in\s+(?:the\s+)?(?:1[0-9]|20)\d\d|in\s+(?:{_MONTHS}))\b", re.IGNORECASE)
# Networks, channels and places where things "first appear" that are no publications.
_NO_NAMES = (
    _words(
        "facebook instagram twitter x tiktok snapchat whatsapp telegram discord 4chan 8chan 8kun reddit threads "
        "bluesky mastodon gab parler weibo wechat pinterest tumblr youtube twitch netflix hulu hbo max disney+ disney "
        "peacock paramount+ spotify linkedin itunes "
        "unsplash pexels pixabay imgur giphy flickr freepik shutterstock istock depositphotos openstreetmap wikidata "
        "steam tv television radio cable broadway stage screen print earth mars video dvd vhs "
        "wikipedia wikimedia imdb google here there online"
    )
    | _words(
        # What stands behind "source" where there is none: the net, agencies, the house itself.
        "internet web agencies agency various staff redacción redação divulgação redazione rédaction redaktion "
        "интернет 网络 網絡 網路 互联网 互聯網 網際網路 本站 本网 网友 原作者 作者 佚名 未知 情報 信息 内容 时点 時点 "
        "昨日 今日 本日 先日 今天 昨天 近日 오늘 어제 インターネット ネット 当サイト 当ブログ 筆者 "
        "인터넷 작성자 본인 الإنترنت وكالات متابعات اینترنت अंतर्जाल इंटरनेट อินเทอร์เน็ต"
    )
    | {
        "getty images",
        "wikimedia commons",
        "creative commons",
        "adobe stock",
        "google maps",
        "the web",
        "social media",
        "various sources",
        "berbagai sumber",
        "own source",
    }
    # Channels, and the author's own place, which name nobody.
    | _words(
        "公众号 公眾號 微信公众号 微信公眾號 微信公号 朋友圈 个人博客 個人博客 个人网站 個人網站 "
        "個人部落格 部落格 我的博客 我的部落格 "
        "本博客 本公众号 旧站 舊站 自媒体 自分のブログ 個人ブログ ブログ 블로그 개인블로그 блог сайт блоге сайте"
    )
    | {
        "truth social",
        "amazon prime",
        "prime video",
        "apple tv",
        "apple tv+",
        "apple music",
        "app store",
        "google play",
    }
)
_LANGUAGES = _words(
    "afrikaans arabic bengali bulgarian catalan chinese croatian czech danish dutch english esperanto estonian finnish "
    "french gaelic galician german greek hebrew hindi hungarian icelandic indonesian irish italian japanese korean "
    "latin latvian lithuanian malay mandarin norwegian persian polish portuguese punjabi romanian russian sanskrit "
    "serbian slovak slovenian spanish swahili swedish tamil telugu thai tibetan turkish ukrainian urdu vietnamese "
    "welsh yiddish zulu"
)
#: Languages, as a link may call the article in another one.
LANGUAGE_NAMES = _LANGUAGES | _words(
    "deutsch englisch französisch spanisch italienisch russisch anglais allemand français espagnol italien russe "
    "inglés alemán francés español italiano ruso inglês alemão francês espanhol russo inglese tedesco francese "
    "spagnolo engels duits frans spaans angielskim niemieckim francuskim английском немецком французском русском "
    "англійською німецькою engelska tyska engelsk tysk ingilizce almanca fransızca "
    "英文 英语 英語 日本語 中文 한국어 영어"
)
_NOT_NAMES = _NO_NAMES | _LANGUAGES
#: Networks where nothing is published first that a crawler could read, encyclopaedias, picture agencies.
NO_PUBLISHER_HOSTS = _words(
    "facebook.com fb.com instagram.com twitter.com x.com tiktok.com snapchat.com t.me telegram.org discord.com "
    "4chan.org reddit.com threads.net threads.com bsky.app truthsocial.com pinterest.com youtube.com youtu.be "
    "wikipedia.org wikimedia.org wiktionary.org imdb.com unsplash.com pexels.com pixabay.com flickr.com "
    "gettyimages.com shutterstock.com whatsapp.com wikidata.org freepik.com imgur.com giphy.com istockphoto.com "
    "depositphotos.com openstreetmap.org creativecommons.org ycombinator.com"
)
_GENERIC = re.compile(
    r"(?:(?:my|our|his|her|its|their|the|a|an|this|own|personal|sister|original|other|company|official|news)\s+)*"
    r"(?:blog|web\s?site|site|page|newsletter|here|this|link|article|story|post|piece|source|original|website here|"
    r"this link|go to source|column|publication|feed|home\s?page)s?",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"^(?:my|our|his|her|its|their)\s+(?=\S)")
_OWNER = re.compile(r"^(?:my|our|his|her|its|their|the|an?)\s+(?=\S)")
_AFTERTHOUGHT = re.compile(
    r"[.!]\s+(?=(?:Follow|Read|Subscribe|Sign|Click|Share|Get|Join|See|Visit|All|Copyright|©|Continue|Find|You|For|To|"
    r"It|This|The\s+post|Image|Photo|Featured|Related|More|Download|Support|Please|Learn|Check)\b)"
)


def title_of(text: str, *, linked: bool = False) -> str | None:
    """A title on one line: entities encoded twice decoded; quotes around it taken off, but for a link's own text."""
    value = clean_line(_decoded(text).strip(_EDGES + ","))
    if not linked and value and len(value) > 2 and _PAIRS.get(value[0]) == value[-1] and value[-1] not in value[1:-1]:
        value = clean_line(value[1:-1])
    return value


def name_of(text: str, *, linked: bool) -> str | None:
    """A publication's name out of a link's text or a stretch of sentence; ``None`` where it only says "here"."""
    value = clean_line(_decoded(text).strip(_EDGES))
    if not value:
        return None
    if not linked:
        cut = _AFTERTHOUGHT.search(value)
        value = value[: cut.start()] if cut else value
        value = value.rstrip(" .。।,;:!").strip(_EDGES)
    if len(value) > 2 and _PAIRS.get(value[0]) == value[-1] and value[-1] not in value[1:-1]:
        value = value[1:-1].strip()
    if address := re.fullmatch(r"https?://(?:www\.)?([^/\s?#]+)\S*", value):
        return address[1].lower()
    if _GENERIC.fullmatch(value):
        return None
    # A link's own "the" belongs to the name (the Guardian); a sentence's "the", and "my" anywhere, do not.
    return (_POSSESSIVE if linked else _OWNER).sub("", value, count=1).strip() or None


def _decoded(text: str) -> str:
    return html.unescape(text) if _TWICE_ENCODED.search(text) else text


# The author's own place, which names nobody: "my old blog", 舊站存檔.
_OWN_PLACE = re.compile(
    r"(?:(?:我的|本人的?|自己的|作者的?|个人|個人|私の|自分の|筆者の|제|내|나의)*\s*"
    r"(?:旧|舊|老|原|前の|以前の|昔の|旧来の|예전|옛|이전)?の?\s*"
    r"(?:站|站点|站點|博客|部落格|網誌|网志|网站|網站|空间|空間|公众号|公眾號|ブログ|サイト|블로그|사이트|blog)\s*"
    r"(?:存档|存檔|归档|歸檔|备份|備份|アーカイブ)?)"
    r"|(?:(?:my|our|old|former|previous|own|personal|private|mein\w*|alte[nmrs]?|früher\w*|mon|notre|ancien|vieux|mi|"
    r"nuestro|antiguo|viejo|meu|nosso|antigo|velho|mio|nostro|vecchio|mijn|ons|oude|vorige|mo[ij]\w*|star\w+|"
    r"мо[йеё]\w*|стар\w+|прежн\w+|личн\w+|eski|kişisel|min|mitt|gamla|gamle)\s+)+"
    r"(?:blog\w*|блог\w*|сайт\w*|web\s?site\w*|site\w*|webseite|homepage|sitio|sito|strona|stronie)",
    re.IGNORECASE,
)


def is_own_place(name: str) -> bool:
    """Whether *name* says no more than that the post stood on its author's own site before."""
    return _OWN_PLACE.fullmatch(name.strip()) is not None


def is_date(text: str) -> bool:
    """Whether *text* begins with a date (English) and not with a name that looks like one ("May Day Post")."""
    text = text.lstrip(_EDGES)
    return _DATE.match(text) is not None and _MONTH_NAME.match(text) is None


def is_name(text: str, *, strict: bool = True) -> bool:
    """Whether *text*, taken from a sentence without a link, reads as a publication's name.

    *strict*: it also begins as names do, with a capital, a digit, a script without capitals, or is a domain.
    """
    if not 1 < len(text) <= 120 or len(text.split()) > 14 or "%%" in text:
        return False
    if text.casefold() in _NOT_NAMES or is_date(text) or _TIME.search(text) or _PROSE.search(text):
        return False
    if not any(char.isalpha() for char in text) or (_JOINS.search(text) and len(text.split()) > 5):
        return False
    if not strict:
        return True
    return (
        not is_small(text[0])
        or re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", text) is not None
        or "." in text.split()[0][:-1]
        or (any(char.isupper() for char in text.split()[0]))
        or " : " in text
    )


def is_small(char: str) -> bool:
    """Whether *char* is a small letter of a script that has capitals in use (Georgian has none in its sentences)."""
    return char.islower() and not "\u10d0" <= char <= "\u10ff"


def is_title(text: str) -> bool:
    """Whether *text*, taken from a sentence without a link, reads as a headline rather than a relative clause."""
    if not 1 < len(text) <= 400 or "%%" in text:
        return False
    words = text.split()
    if re.search(r"\b(?:wrote|posted|published|made|shared|deleted|sent|tweeted|told|gave|said|had|has|which)$", text):
        return False
    if re.match(r"I\s+(?:wrote|posted|made|shared|published)\b|,", text):
        return False
    first = next((char for char in text if char.isalnum()), "")
    if not first.islower():
        return bool(first)
    capitals = sum(1 for word in words if not word[0].islower())
    return any(char.isupper() for char in words[0]) or capitals * 2 > len(words)


def is_home(url: str) -> bool:
    """Whether *url*, which may be relative, is a site's front page."""
    if "://" in url:
        return is_home_page(url)
    return not url.partition("?")[0].partition("#")[0].strip("/. ")


def is_article_like(url: str) -> bool:
    """Whether the path of *url* looks like an article's rather than a section's or a blog's in a subfolder."""
    path = re.sub(r"^[a-z]+://[^/?#]*", "", url, flags=re.IGNORECASE)
    if "?p=" in path or re.search(r"[?&](?:id|article|story)=\d", path):
        return True
    segments = [part for part in path.partition("?")[0].partition("#")[0].split("/") if part]
    return len(segments) > 2 or any(part.count("-") > 1 or re.search(r"\d{4}", part) for part in segments)


# --- names in any language -------------------------------------------------------------------------------

_MARK = "\ue000\ue001"
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0eff]")
# Particles of Japanese and Chinese that are set inside the link, at its end.
_WIDE_END = re.compile(r"(?:さん)?(?:に|で|から|より|へ|にて|において|の)$|(?<=[\w\s])(?:上|网站上|網站上)$")
_WIDE_START = re.compile(r"^(?:于|於|自|在|由|至|是|的|来自|來自|到)+")
_QUOTED = re.compile(r"[「『《【〈“]([^「」『』《》【】〈〉“”]{2,60})[」』》】〉”]")
_RIGHT_TO_LEFT = frozenset(("he", "ar", "fa", "ur", "yi"))
_STRAIGHT = re.compile(r"^\s*(?:\S+\s+){0,3}[\"“„«]([^\"“”„«»]{2,60})[\"”“»]")
# A day with its year behind a name, in a link's text too: "NAME on 19th July, 2016", "NAME (March 2018)".
_DATE_BEHIND = re.compile(
    r"(?:\s+(?:on|in|am|vom|im|le|du|el|del|il|em|den)(?:\s+the)?\s+|\s*[,(（]\s*)(?:\d{1,2}(?:st|nd|rd|th|er|º|\.)?\s+)?"
    r"(?:(?:of|de|di)\s+)?(?:[^\W\d_]{3,12}\.?)?(?:\s+\d{1,2}(?:st|nd|rd|th)?)?,?\s*(?:del?\s+)?(?:19|20)\d\d\s*[)）]?$"
)
# Prepositions and articles that a link's text may begin with.
_LEADING = re.compile(
    r"^(?:(?:on|at|in|from|by|im|in der|in|auf|bei|beim|vom|von|sur|dans|chez|en|em|no|na|su|sul|"
    r"sulla|op|på|w|we|в|на|у|із|від|от)\s+)"
    r"(?=[A-ZÀ-ÞĀ-ŽА-ЯҐЄІЇΑ-Ω0-9«“\"])"
)
#: Small words: a label may hold them besides those of the lexicon, and a name does not end in them.
SMALL_WORDS = frozenset(
    "the a an of from by on at in to for and or is was it has been be here with via please more an is as also "
    "der die das den dem des von vom zum zur im am auf bei in und ist wurde war hier le la les l de du des d en au "
    "aux sur "
    "par et est à a été ici el los las del al en por y es fue se ha sido o os as do da dos das no na em e foi um "
    "uma il lo gli i "
    "di dal dalla su sul sulla in e è stato stata het een van op in bij is werd w na z ze i jest został została se "
    "na v z je byl "
    "na u je iz i s od в на с из и у от для было была был на у в з і від på av från i och är fra i og er ble blev "
    "til med "
    "ve ile bu bir için den dan da de di ke dari ini itu dan yang untuk telah sudah trên tại từ của là được ở "
    "στο στη στην στον από για του της το η ο e al von vía mit con com avec sous dengan oleh pada dalam "
    "tarafından olan pod под als como come comme jako som kao mint sob sous unter".split()
)
# Small words within a name.
_WITHIN = _words(
    "of the and for in de la le les du des del della di da do dos das der die das den von van und et y e i og och en "
    "el los las al für het του της των και και й и та і & + - –"
)
_LEAD_WORDS = 8
_GERMAN_ARTICLES = _words("der die das dem den des ein eine einer einem einen seiner ihrer unserer")
# What a publication is, written small behind its name.
_KINDS = _words("blog website magazine newspaper newsletter journal")
_STOP = re.compile(r"[,;:()\[\]{}|（）【】，。、；：！？!?*_\u2028\n]|\s[–—-]+\s|——|\.(?=\s|$)|…")
_DASHED_BRAND = re.compile(r"\s+")
_MONTHS_ANY = re.compile(
    r"^(?:(?:on|in|am|im|le|el|em|il|den|dne|dnia|em|a|vom|del)\s+)?"
    r"(?:\d{1,2}[./ -]?\s?(?:de\s+|of\s+)?[\w.]{0,12}\s?(?:de\s+)?(?:,?\s?\d{4})?|"
    r"[A-Z][a-z]{2,8}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4}|\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?|\d{4}年?),?\s+"
)
# A date behind a name: "in May 2020", "2019".
_DATED = re.compile(r"(?:(?:in|en|im|em|i|on|am|le)\s)?(?:[A-Za-z]{3,9}\.?\s)?(?:\d{1,2},?\s)?(?:19|20)\d\d\b")
# A date in figures behind a name: "Kalevassa 5.6.2019".
_FIGURES = re.compile(r"\d{1,4}([./-])\d{1,2}\1(?:\d{2,4})?[.,;]?")
# Languages, and what is no publication though it is written with a capital in German.
_NO_BEGINNING = _words(
    "englisch engels deutsch seite januar februar märz april mai juni juli august september oktober november "
    "dezember english german french spanish portuguese italian polish russian chinese japanese deutsch englisch "
    "französisch spanisch inglés "
    "español inglês português anglais français italiano inglese polsku angielsku"
)
_PERSON_ON = re.compile(r"^[A-Z][^,;:]{2,50}?\s(?:on|at|in|for)\s(?=(?:the\s)?[A-Z0-9])")
_MEDIUM = re.compile(r"\s+(?:on|auf|sur|en|su|no|na|op|på|na|на|w)\s+Medium\b.*", re.DOTALL)


def trimmed_name(name: str | None) -> str | None:
    """*name* without the particles and prepositions that a language sets beside it; ``None`` where nothing is "
    "left."""
    if not name:
        return None
    name = _MEDIUM.sub("", name).strip(" .,:;!\u200b") if not name.lower().startswith("medium") else name.strip(" .,:;")
    if _WIDE.search(name):
        name = _WIDE_START.sub("", _WIDE_END.sub("", name)).strip()
    name = re.sub(r"['’](?:s|de|da|te|ta|nde|nda|dan|den|tan|ten|ın|in|un|ün)$", "", name)
    name = _LEADING.sub("", name)
    name = without_date(name)
    if len(name) > 2 and _PAIRS.get(name[0]) == name[-1]:
        name = name[1:-1].strip()
    if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+/\S*", name):
        name = name.partition("/")[0]
    return name if any(char.isalpha() for char in name) else None


def without_date(name: str) -> str:
    """*name* without a day and year behind it."""
    return _DATE_BEHIND.sub("", name) if name[-5:].strip(")） ")[-2:].isdigit() else name


def plain_name(stretch: str, language: str = "") -> str | None:
    """The publication that *stretch*, a piece of a sentence behind (or before) the words of attribution, names.

    ``None`` where it names none. Dates, small words before the name, and what follows it are cut.
    """
    text = re.sub(rf"[{_MARK}\u200b\u200e\u200f]", " ", stretch[:400])
    if _WIDE.search(text):
        return _wide_name(text)
    if language in _RIGHT_TO_LEFT and (quoted := _STRAIGHT.search(text)):
        return trimmed_name(quoted[1])  # בעיתון "NAME": the channel before it has a particle
    text = re.sub(r"\s+", " ", text).strip(" \xa0\"'“”„«»‘’`.,:;–—-*_>")
    for _ in range(2):
        text = _MONTHS_ANY.sub("", text)
    text = re.sub(r"https?://\S+", "", text)
    cut = _PERSON_ON.match(text.removeprefix("by ")) if language in ("", "en") else None
    if cut is not None and re.match(r"(?:by\s)?[A-Z]", text):
        text = text.removeprefix("by ")[cut.end() :]
    words = text.split(" ")
    start = 0
    while start < min(len(words), _LEAD_WORDS):
        word = words[start].strip("\"'“”„«»‘’(*_[")
        begins = (
            word[:1].isupper()
            or (word[:1].isdigit() and not word.isdigit())
            or (not is_small(word[:1]) and word[:1].isalpha())
            or _is_brand(word)
        )
        if begins and word.lower() not in _NO_BEGINNING:
            break
        if words[start].endswith((",", ";", ":")) and start > 2:
            return None
        start += 1
    else:
        return None
    article = language == "de" and start > 0 and words[start - 1].lower() in _GERMAN_ARTICLES
    kept: list[str] = []
    for word in words[start:]:
        bare = word.strip("\"'“”„«»‘’(*_[])")
        small = is_small(bare[:1]) and not _is_brand(bare)
        if kept and small and bare.lower().strip(".,;:") in _KINDS:
            kept.append(word)
            break
        syllable = language == "vi" and not _ends_name(bare)  # Vietnamese writes syllables: Thời báo Thư viện
        if kept and small and not syllable and bare.lower().strip(".,;:") not in _WITHIN:
            break
        if kept and _FIGURES.fullmatch(bare):
            break
        if kept and _DATED.match(" ".join([bare, *words[start + len(kept) + 1 : start + len(kept) + 3]])):
            break
        kept.append(word)
        if re.search(r"[,;:!?)\]…]$|(?<=[a-zà-ÿ\d\u0400-\u04ff])\.$", word) or len(kept) >= 10:
            break
    left = [word.strip(".,;:!\"'“”„«»‘’") for word in words[start + len(kept) :]]
    if kept and kept[-1][-1:].isalnum() and 1 <= len(left) <= 2 and not any(_ends_name(word) for word in left):
        kept += left  # Přístavní noviny, Портовый вестник: only the first word has a capital
    while kept and kept[-1].lower().strip(".,;:&") in _WITHIN | {""} and len(kept) > 1:
        kept.pop()
    if article and len(kept) == 1 and re.fullmatch(r"[A-ZÄÖÜ][a-zäöüß]+[.,;:]?", kept[0]):
        return None  # a German noun
    value = " ".join(kept)
    hit = _STOP.search(value)
    value = value[: hit.start()] if hit and hit.start() > 1 else value
    value = value.strip(' "“”„«»‘’.,:;()[]*_–—')
    value = re.sub(r"^(?:The post|By)\s+", "", value)
    name = trimmed_name(name_of(value, linked=False))
    name = base_form(name, language) if name else None
    if name is not None and name.casefold() in _NOT_NAMES:
        return None
    return name if name and len(name) > 1 and not re.fullmatch(r"[\d\W]+", name) else None


# "sansox.fi-sivustolla", "blog.example.de-ről": a domain with what a language sets behind it.
_DOMAIN_AND_ENDING = re.compile(r"((?:[\w-]+\.)+[a-z]{2,12})[-’'][^\W\d_]{1,20}")
_ENDINGS: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    # What newspapers are called, in the case that says "in"; then stems whose first case is the stem itself.
    "fi": (
        (re.compile(r"lehdessä$"), "lehti"),
        (re.compile(r"(?<=[Ss]anom)issa$"), "at"),
        (re.compile(r"(?<=[Uu]utis)issa$"), "et"),
        (re.compile(r"(?<=\w{2}[aou])ssa$|(?<=\w{2}[äöy])ssä$"), ""),
    ),
    # What the publication is, in the case that says "in": Deniz Feneri dergisinde.
    "tr": (
        (
            re.compile(
                r"(?<=\w)\s+(?:(?:haber|web|internet)\s)?(?:dergi|gazete|site|blog|portal|bülten|günlü)\w*(?:d[ea]n?|t[ea]n?)$"
            ),
            "",
        ),
    ),
    "et": ((re.compile(r"(?<=\w{3}[aeiou])s$"), ""),),
    "hu": (
        (re.compile(r"(?<=\w{2})á(?:ban|n|ról|ból)$"), "a"),
        (re.compile(r"(?<=\w{2})é(?:ben|n|ről|ből)$"), "e"),
        (re.compile(r"(?<=\w{2}[^aeoáé])(?:ban|ben)$"), ""),
    ),
}


def base_form(name: str, language: str) -> str:
    """*name*, taken from a sentence, without the ending by which *language* says "in" or "from" (Finnish *Kalevassa*).

    Only endings that leave no doubt about the first case are taken off, and from a domain whatever is hung on to it.
    """
    if domain := _DOMAIN_AND_ENDING.fullmatch(name):
        return domain[1]
    for ending, first_case in _ENDINGS.get(language, ()):
        shorter = ending.sub(first_case, name)
        if shorter != name:
            return shorter
    return name


def _ends_name(word: str) -> bool:
    """Whether *word*, in small letters behind a name, is no part of it."""
    return not word.isalpha() or word in SMALL_WORDS or _PROSE.fullmatch(word) is not None or bool(lexicon().tags(word))


def _balanced(text: str) -> str:
    """*text* without a bracket or quotation mark at either end whose other half is missing."""
    for opening, closing in ("（）", "()", "【】", "“”", "「」", "『』", "《》", "［］"):
        if text.endswith(closing) and opening not in text:
            text = text[:-1].rstrip()
        if text.startswith(opening) and closing not in text:
            text = text[1:].lstrip()
    return text[1:-1].strip() if len(text) > 2 and text[0] == "“" and text[-1] == "”" else text


def _is_brand(word: str) -> bool:
    """Whether *word* is written as only names are: ``dev.to``, ``iBlog``."""
    word = word.strip(".,;:")
    return re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", word) is not None or any(char.isupper() for char in word[1:])


#: What a Chinese notice asks of those who copy the post ("for reprints contact the author"), which names nobody.
_NOTICE = re.compile("^(?:请|請|须|須|务必|務必)|联系|聯繫|联络|聯絡|授权|授權")


def _wide_name(text: str) -> str | None:
    """The same in Chinese, Japanese, Korean and Thai, where no capital tells a name."""
    text = text.strip(" \t\r\n\xa0，,。：:、—–-*_>")
    text = _WIDE_START.sub("", re.sub(r"^(?:in|on|at|by|from|the)\s+(?=[^\x00-\x7f])", "", text)).strip()
    if quoted := _QUOTED.search(text):
        return quoted[1].strip()
    text = text.lstrip("（(【［[〔 ")
    text = re.split(r"[，。；;！？!?\n\u2028（(]|——|\s[-–—|｜]\s|,\s|https?:", text, maxsplit=1)[0]
    text = re.sub(r"^(?:は|が|を|の|、|：|:)+|(?:，|、)$", "", text).strip()
    text = re.sub(r"(?:さん)?(?:に|で|から|より|へ|にて|において|の|が|を|は)+$", "", text).strip()
    text = re.sub(r"(?<=\S\S)\s*(?:19|20)\d\d\s?年.*$", "", text, flags=re.DOTALL)
    text = re.sub(r"的?(?:文章|博客|博文|帖子|原文)?[《「『〈【]$", "", text).strip()
    text = re.sub(r"(?:에서|에|의|은|는|이|가|을|를)$", "", text).strip() if re.search(r"[가-힣]", text) else text
    text = _balanced(text.strip(" \"'*_"))
    if text.casefold() in _NOT_NAMES or _NOTICE.search(text):
        return None
    if not 1 < len(text) <= 40 or re.fullmatch(r"[\d\W年月日]+", text) or re.match(r"(?:19|20)\d\d\s?年", text):
        return None
    return name_of(text, linked=False)

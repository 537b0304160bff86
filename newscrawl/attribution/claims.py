"""Every place of a post that may name its source, read for what it says, with the evidence for and against it.

Nothing is decided here: a :class:`Claim` carries its reading (address, title, name) and its evidence, and
:mod:`newscrawl.attribution.weighing` turns the evidence into a probability. Words are judged by the part they play
(:mod:`newscrawl.attribution.lexicon`), so a sentence need not be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from urllib.parse import unquote

from newscrawl.attribution.blocks import BREAK, CLOSE, OPEN, Block, Document, Link
from newscrawl.attribution.lexicon import CORE, Tag, language_of, lexicon
from newscrawl.attribution.names import (
    DATE,
    LANGUAGE_NAMES,
    NO_PUBLISHER_HOSTS,
    SMALL_WORDS,
    is_date,
    is_home,
    is_name,
    is_own_place,
    is_small,
    name_of,
    plain_name,
    title_of,
    trimmed_name,
    without_date,
)
from newscrawl.attribution.phrases import Found, usable_href
from newscrawl.urls import registrable_domain, same_site, unwrap_redirect

__all__ = ["Claim", "LinkEvidence", "read_claims", "read_links"]

#: Blocks looked at from either end of a post, units of one block, and characters of one unit.
_FIRST, _LAST = 30, 50
# Of these blocks sentences without a link are read too.
_FULLY_FIRST, _FULLY_LAST = 5, 12
_UNITS = 60
_UNIT = 700
_BLANK = f" \t\r\n\xa0\u200b\u200e\u200f{BREAK}"
_EDGE = rf"{_BLANK}.,;:!?。，、：；！\"'“”„«»‘’()（）\[\]【】*_|–—\-•·»>→※#"

# Where one unit ends and the next begins: a line break, an empty line, a full stop before what is no small letter.
_BREAKS = re.compile(
    rf"{BREAK}|\n[ \t\r\xa0]*\n|\[…\]\s|\[\.\.\.\]\s"
    r"|[。！？।]+[」』”）\]]*"
    rf"|(?<=[.!?…])[\"”’»)\]{CLOSE}]*(?:\s+(?=[^a-zа-яà-ÿ\s])|{CLOSE}?$)"
)
_ABBREVIATED = re.compile(
    r"(?:\b(?:в|сп|в-к|вест|St|Dr|Mr|Ms|Mrs|Prof|No|Nr|vol|Vol|U\.S|U\.K|e\.g|i\.e|v|vs|Inc|Ltd|Co|Jr|Sr)|\b[A-ZА-Я])\.$"
)
_ADDRESS = re.compile(
    rf"https?://[^\s<>\"'“”„（）()，。、；{OPEN}{CLOSE}\u200b\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef]{{4,1000}}"
)
_LABEL_END = re.compile(r"[:：|｜»→]|\s[·•]\s|\s[–—-]+\s?$|——")
_BRACKETED = re.compile(rf"[{_BLANK}{OPEN}]*[\[【［〔]\s?([^\[\]【】［］〔〕]{{1,30}})[\]】］〕]")
_BRACKET_END = re.compile(r"[\]】］〕]\s*[:：]?")
# The capitals of a press release's last line: SOURCE Acme Inc.
_WIRE = re.compile(r"(?<=SOURCE)\s+(?=[A-Z])")
#: Colons and bars that are tried as the end of a label.
_STOPS = 6
# "Published with X" names a tool; "The original is by X" a person.
_WITH = frozenset("with mit avec con com met med ile z so со с з cu amb dengan".split())
_IS = frozenset("is was are ist war est était es era é è are er är".split())
_FILL_UNSPACED = re.compile(
    "[的在于於自是由為为從从了被已将將可可请請被经經はにでがをのもからよりへとですしたまされてい]+"
)
_BEHIND_NAME = frozenset(
    "上 上面 网站 網站 网站上 網站上 에 에서 의 です である でした 된 sitesinde sitesinden üzerinde üzerinden "
    "adresinde में पर से".split()
)
_BEFORE_VERB = frozenset(
    (
        "ja",
        "ko",
        "tr",
        "hi",
        "ur",
        "ne",
        "mr",
        "bn",
        "gu",
        "pa",
        "ta",
        "te",
        "kn",
        "ml",
        "si",
        "mn",
        "az",
        "kk",
        "uz",
        "eu",
        "hu",
        "fa",
        "am",
    )
)
# Hosts of licences, which stand beside a source.
_LICENCES = frozenset(("creativecommons.org", "gnu.org", "opensource.org"))
_PLATFORMS = frozenset(("patreon.com", "substack.com", "linkedin.com", "medium.com", "dev.to", "tumblr.com"))
_FILES = re.compile(r"\.(?:pdf|jpe?g|png|gif|webp|svg|zip|mp[34]|xlsx?|docx?|csv)$", re.IGNORECASE)
_CODE_HOSTS = frozenset(("github.com", "gitlab.com", "bitbucket.org", "sourceforge.net", "stackoverflow.com"))
_STUDY_HOSTS = frozenset(
    "doi.org arxiv.org biorxiv.org medrxiv.org ssrn.com jstor.org sciencedirect.com researchgate.net who.int "
    "nature.com science.org "
    "thelancet.com cell.com nejm.org bmj.com jamanetwork.com pnas.org wiley.com springer.com tandfonline.com "
    "frontiersin.org mdpi.com "
    "plos.org acm.org ieee.org oup.com sagepub.com acs.org".split()
)
_OFFICIAL = re.compile(
    r"\.(?:gov|edu|mil|int)$|\.(?:gov|gob|gouv|gub|govt|go|edu|ac|mil|gc|admin)\.[a-z]{2}$|(?:^|\.)(?:europa\.eu|un\.org|"
    r"admin\.ch|gouv\.fr|gc\.ca|bund\.de|worldbank\.org|oecd\.org|imf\.org)$"
)
_PARTS_OF_ADDRESS = re.compile(r"[^a-z]+")
# Words of an address of documentation, and of data.
_TELLING = {
    "docs": frozenset(
        "docs doc documentation developer developers manual reference api apidocs wiki kb support help faq support "
        "guide guides handbook spec specs rfc std standards terms privacy policy legal law laws legislation gesetze "
        "changelog releases conditions foundation integrations plugins platform learn".split()
    ),
    "data": frozenset(
        "data dataset datasets opendata database databases statistics statistik statistiken statistika statistiche "
        "estadistica estadisticas estatistica estatisticas statistiques statystyka stats stat census leaderboard "
        "leaderboards pricing rates ranking csv json xls xlsx registry dados datos dati donnees daten indicator "
        "indicators ine insee istat destatis eurostat openstreetmap archive databank portal cost prices trafikinfo "
        "weather search".split()
    ),
}
# Whole segments of a path that tell what stands there, which is no article.
_SEGMENTS = {
    "task": frozenset(
        "challenge challenges problem problems exercise exercises exercice exercices ejercicio ejercicios exercicio "
        "exercicios esercizio esercizi aufgabe aufgaben uebung uebungen zadanie zadania uloha ulohy desafio desafios "
        "reto retos kata course courses kurs kurse curso cursos cours corso corsi lesson lessons lecture lectures "
        "quiz quizzes exam exams learning academy tool tools template templates generator "
        "cookbook cookbooks homework assignment assignments syllabus hackerrank leetcode "
        "codewars codeforces kaggle exercism kattis projecteuler".split()
    ),
    "picture": frozenset(
        "photo photos foto fotos fotografie picture pictures gallery galleries galerie galeria galleria image images "
        "img bild bilder pics".split()
    ),
    "shop": frozenset(
        "store shop book books ebook ebooks "
        "product products boutique tienda loja obchod sklep negozio butik webshop prodotto prodotti "
        "produkt produkte producto productos produto produtos isbn dp".split()
    ),
    "code": frozenset("snippet snippets gist gists".split()),
    "table": frozenset(
        "table tables tabel tabell tabeller tabella tabelle tabellen tablak tabla tablas tabela tabelas chart charts "
        "diagramm diagramme graph graphs series serie".split()
    ),
    "licence": frozenset(
        "license licenses licence licences lizenz lizenzen licencia licencias licenza licenze licenca licencas "
        "licencje licencja licens licenser lisens lisenssi copying".split()
    ),
}
# A licence by its name.
_LICENCE = re.compile(
    r"licen[csz]|lizenz|lisens|лиценз|ліценз|ライセンス|许可|許可|라이선스|\bA?L?GPL|\bCC[ -](?:BY|0)|creative commons",
    re.IGNORECASE,
)
# An edition or the number of a book.
_BOOK = re.compile(
    r"\bISBN\b|\bEdition\b|\d[\w.ªº]{0,4}\s*(?:edition|auflage|édition|edición|edizione|edição|wydanie|vydání|vydanie|"
    r"издание|видання|utgåva|utgave|udgave|kiadás|baskı|druk|painos)\b|第.{1,3}版",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
# A relative clause begins, and ends in words of attribution: "the pattern, which was first published by NAME".
_RELATIVE = re.compile(
    r"(?:,\s*(?:which|that|qui|que|che|die|der|das|welche[rs]?|dat|som|któr\w+|котор\w+|який|яка|яке|kter\w+)|\byang)\b"
    r"[^,]{0,25}$"
)
_SHARING = re.compile(r"/(?:share|sharer|intent|submit|shareArticle|pin/create|dialog)\b", re.IGNORECASE)
_PEOPLE = frozenset("author authors user users u profile profiles people staff by writer writers autor auteur".split())
_SECTIONS = frozenset(
    "blog blogs news articles article posts stories magazine journal about about-us aboutus category tag tags "
    "author authors "
    "archive archives section sections topics home index en de fr es it pt latest rss feed".split()
)
_ARCHIVED = re.compile(r"https?://web\.archive\.org/web/[0-9a-z_*]+/(https?://.+)", re.IGNORECASE)
_NEWSROOM = re.compile(
    r"(?:is|are)\s+(?:a|an|the|part\s+of|one\s+of)\s[^.]{0,90}?\b(?:news\s?rooms?|news\s(?:organi[sz]ations?|outlets?|services?|sites?|"
    r"network|network|agency|agencies|publication|website)|news\s+network|States\s+Newsroom|journalism\s+(?:outlet|organi[sz]ation))\b"
)
# A title or a name in quotation marks.
_QUOTATION = re.compile(r"[\"“„«「『《〈][^\"“”„«»「」『』《》〈〉]{2,200}[\"“”»」』》〉]")
_IN_BRACKETS = re.compile(r"[（(\[【［].{3,120}[）)\]】］]\.?", re.DOTALL)
# Publishers and names of learned journals.
_SCHOLARLY = re.compile(
    r"\bet al\b|\bJournal of\b|\bProceedings\b|\bTransactions\b"
    r"|\b(?:University|Academic|MIT)\sPress\b|\bElsevier\b|\bSpringer\b|\bWiley\b|\bIEEE\b"
    r"|\bACM\b"
    r"|\bACS\b|\bAPS\b|\bAAAS\b|\bPLOS\b|\bPNAS\b|\bAnthology\b|\bSociety\b|\bUniversity\b"
)
# What stands between the links of a list on one line.
_LISTED = re.compile(r"\s*(?:[,;·|｜/、，•+&]|—|–|and|und|et|y|e|i|и|та|та|og|och|en|ve|và)\s*")
# "Original article: TITLE, NAME", the title of some words.
_TITLE_AND_NAME = re.compile(r"(?P<title>(?:\S+\s+){3,20}?\S+),\s+(?P<name>\S+(?:\s\S+){0,3})")
# Kinds of link texts that lead to a page rather than to a publisher.
_PAGES = ("title", "address")
# What stands right behind the words of attribution, in English.
_SMALL_WORD = re.compile(rf"[\s{CLOSE}]*(with|by|in|on|at|from|for|under|as|to)\b", re.IGNORECASE)
# The same in other languages: by whom, under which licence, or where.
_SMALL_WORDS_ABROAD = {
    "by": "von vom par por pelo pela dal dalla door przez av af od",
    "under": "unter sous bajo sob sotto onder pod под під",
    "place": "in im auf bei beim dans sur chez en em no na nos nas nel nella nello nei sul sulla su op på i w we v ve "
    "în pe a al la в во на у σε στο στη στην di pada trên tại",
}
_ABROAD = {word: kind for kind, words in _SMALL_WORDS_ABROAD.items() for word in words.split()}
_NEXT_WORD = re.compile(rf"[\s{CLOSE}]*([^\W\d_]+)")
# Languages that set a place or a person behind "published", with a word of its own between.
_PREPOSES = frozenset("de fr es pt it nl sv da nb nn pl cs sk uk ru bg mk sr hr sl ro ca gl el id ms vi no".split())
# What sets off a clause, or nothing; and the parts that speak of an article even then.
_COMMAS = frozenset(",，、")
# What a publication is, behind its name: "NAME, a blog that …". Articles alone tell no clause in these languages.
_APPOSITION = re.compile(
    r",\s+(?:an?|the|our|my|un|une|uno|una|um|uma|eine?|een|de|het|en|ett|et|der|die|das|le|la|el|o|a)\s"
    r"(?:[\w’'-]+\s){0,4}?(?:\w*blogs?|\w*zine|magazin\w*|newsletter|publi[ck]a\w+|\w*sites?|\w*sait\w*|\w*newsroom|journal\w*|"
    r"outlet|platform\w*|plateforme|portal\w*|newspaper|\w*zeitung|zeitschrift|revista|rivista|revue|giornale|jornal|"
    r"periódico|sitio|sito|\w*krant|tijdschrift|tidning\w*|avis|\w*community|network)\b",
    re.IGNORECASE,
)
# Days, years and times, which are no figures.
_TIMES = re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b\d{1,2}:\d\d\b|\b(?:19|20)\d\d\b")
# What parts the pieces of a line: *Published on 12 May | Updated on …*.
_BARS = re.compile(r"[|｜]")
_SPEAKS_OF_ARTICLES = frozenset(("again", "article", "first", "original", "this", "translate"))
# "Translated by NAME": the translator.
_BY = re.compile(r"\s*(?:by|par|von|por|da|di|door|przez|av|af|tarafından)\s", re.IGNORECASE)
# Parts behind which a name without a link stands.
_HEADS = frozenset(("publish", "again", "source", "via", "adapt", "courtesy"))
# Parts that say more together than each alone.
_PAIRS = tuple(
    tuple(pair.split("+"))
    for pair in (
        "first+publish this+publish this+again this+first article+publish article+first article+again this+article "
        "translate+article translate+original original+article read+original read+full read+more full+article "
        "original+source this+translate again+courtesy publish+titled co+publish"
    ).split()
)
#: Words that lead on to a source together, though neither does alone.
_LEADING_ON = ({"read", "full"}, {"full", "article"})
# The phrase's key, by the most telling part.
_KEYS = {
    "again": "republished",
    "first": "originally",
    "translate": "translated",
    "original": "original",
    "source": "source",
    "via": "via",
    "publish": "published",
    "adapt": "adapted",
    "courtesy": "courtesy",
}
# Medium's own footer, which loses its links, and the spaces around them, on its way through feeds.
_MEDIUM_FOOTER = re.compile(
    r"(?P<title>[^\n]{3,300}?)\s*was\s*originally published in\s*(?P<name>[^\n]{2,80}?)\s*on Medium\b"
)


@dataclass(slots=True)
class Claim(Found):
    """A place that may name the source: what it says, and the evidence as names of features."""

    features: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Unit:
    """A sentence or line of a block. Offsets are the block's."""

    block: Block
    place: int
    start: int
    end: int
    first: bool
    last: bool
    alone: bool
    tags: list[Tag]
    links: list[Link]
    language: str
    #: Running text stands before and after it.
    amid: bool = False
    #: A line of figures stands before it.
    figures: bool = False
    next: _Unit | None = None
    previous: _Unit | None = None

    @property
    def text(self) -> str:
        return self.block.text[self.start : self.end]

    def parts(self, start: int | None = None, end: int | None = None) -> set[str]:
        found: set[str] = set()
        for tag in self.tags:
            if (start is None or tag.start >= start) and (end is None or tag.end <= end):
                found |= tag.plays(self.language)
        return found


def read_claims(document: Document) -> list[Claim]:
    """All claims of *document* in order. Linear in its text, which is bounded."""
    claims: list[Claim] = []
    for unit in _units(document):
        if not any(tag.may_name() for tag in unit.tags) and "news" not in unit.text:
            continue
        for read in (_newsroom, _labelled, _label_link, _said):
            claim = read(unit)
            if claim is not None:
                claims.append(claim)
                break
    return claims


# --- units -------------------------------------------------------------------------------------------


def _units(document: Document) -> list[_Unit]:
    """The units of *document*, made once: claims and links are read from the same."""
    if document.units is None:
        document.units = _make_units(document)
    return document.units


def _make_units(document: Document) -> list[_Unit]:
    blocks = document.blocks
    count = len(blocks)
    chosen = [place for place in range(count) if place < _FIRST or place >= count - _LAST]
    units: list[_Unit] = []
    running = [place for place, block in enumerate(blocks) if _is_running(block)]
    second, last_but_one = (running[1], running[-2]) if len(running) > 1 else (count, -1)
    for place in chosen:
        block = blocks[place]
        fully = place < _FULLY_FIRST or place >= count - _FULLY_LAST
        if not fully and not block.links:
            continue  # amid a post, a paragraph without a link names no source
        pieces = list(_pieces(block))
        for number, (start, end) in enumerate(pieces):
            if not fully and not any(start <= one.start < end for one in block.links):
                continue  # amid a post, a sentence without a link names no source
            tags = lexicon().tags(block.text[start:end])
            if start:
                tags = [Tag(tag.start + start, tag.end + start, tag.senses) for tag in tags]
            links = [link for link in block.links if start <= link.start and link.end <= end + 1]
            if "://" in block.text:
                links = sorted([*links, *_bare_links(block, start, end, links)], key=lambda link: link.start)
            unit = _Unit(
                block, place, start, end, place < 2 and number < 3, place >= count - 4,
                len(pieces) == 1, tags, links[:40], language_of(tags) if tags else "",
                second < place < last_but_one, place > 0 and not start and _holds_figures(blocks[place - 1]),
            )  # fmt: skip
            if units:
                units[-1].next, unit.previous = unit, units[-1]
            units.append(unit)
    return units


_WIDE = re.compile("[\u3040-\ud7a3]")


def _holds_figures(block: Block) -> bool:
    """Whether *block* is a short line with figures that is no sentence: a price, a rate, a value of a table."""
    if block.text.rstrip(_BLANK + CLOSE + '"”’»)')[-1:] in (".", "!", "?", "…", "。", "！", "？", "।", "؟"):
        return False  # articles end in sentences with figures too
    text = _TIMES.sub("", block.text[:121])
    return len(block.text) <= 120 and sum(char.isdigit() for char in text) >= 3 and "://" not in text


def _weight(text: str) -> int:
    """The length of *text*, a character of a script without spaces counting as three."""
    return len(text) if text.isascii() else len(text) + 2 * len(_WIDE.findall(text))


def _is_running(block: Block) -> bool:
    """Whether *block* is a paragraph of running text."""
    return "heading" not in block.marks and _weight(block.text[:200]) >= 50


def _pieces(block: Block) -> Iterator[tuple[int, int]]:
    """Where the sentences of *block* stand: of a long block those at either end."""
    text = block.text
    spans = [(0, len(text))] if len(text) <= 8_000 else [(0, 4_000), (len(text) - 4_000, len(text))]
    count = 0
    for left, right in spans:
        start = left
        for hit in _BREAKS.finditer(text, left, right):
            inside = text.rfind(OPEN, start, hit.start()) > text.rfind(CLOSE, start, hit.start())
            if inside or _ABBREVIATED.search(text, max(left, hit.start() - 6), hit.start()):
                continue
            if text[start : hit.end()].strip(_EDGE + OPEN + CLOSE):
                yield start, hit.end()
                count += 1
                if count >= _UNITS:
                    break
            start = hit.end()
        if text[start:right].strip(_EDGE + OPEN + CLOSE) or any(
            link.alt for link in block.links if link.start >= start
        ):
            yield start, right


def _bare_links(block: Block, start: int, end: int, links: list[Link]) -> Iterator[Link]:
    """Addresses that stand as text. Their offsets are one off on either side, as if markers stood around them."""
    for hit in _ADDRESS.finditer(block.text, start, end):
        if not any(link.start <= hit.start() and hit.end() <= link.end for link in links):
            address = hit[0].rstrip(".,;:!?*_~")
            yield Link(hit.start() - 1, hit.start() + len(address) + 1, address, bare=True)


# --- links -------------------------------------------------------------------------------------------


def _shown(unit: _Unit, link: Link) -> str:
    text = link.href if link.bare else unit.block.inside(link)
    return text.strip(_BLANK) or link.alt or ""


def _is_label(unit: _Unit, text: str) -> bool:
    """Whether *text* only says what stands behind it: *the original article*, *here*, *阅读原文*."""
    tags = lexicon().tags(text)
    if not tags:
        return False
    covered = sum(tag.end - tag.start for tag in tags)
    rest = text
    for tag in reversed(tags):
        rest = rest[: tag.start] + " " + rest[tag.end :]
    left = [word for word in re.findall(r"\w+", rest) if word.lower() not in SMALL_WORDS]
    left = [word for word in left if not _FILL_UNSPACED.fullmatch(word)]
    for tag in tags:
        if "-" in text[tag.start : tag.end]:  # OpenVoiceOS-blog is a name
            pieces = text[tag.start : tag.end].split("-")
            left += [piece for piece in pieces if len(piece) > 3 and not lexicon().tags(piece)]
    language = language_of(tags)
    parts = {part for tag in tags for part in tag.plays(language)}
    if not parts & (CORE | {"here", "article", "full", "this"}) or len(text) > 90:
        return False
    return not left or (sum(map(len, left)) <= 3 and covered > 6)


def _kind(unit: _Unit, link: Link) -> str:
    """What a link's text is: ``label``, ``address``, ``title`` or ``name``."""
    text = _shown(unit, link)
    if link.bare or re.fullmatch(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,8}/\S+", text):
        return "address"
    if _is_label(unit, text):
        return "label"
    if _in_marks(unit, link) or _behind_article(unit, link):
        return "title"
    text = without_date(text)
    words = re.findall(r"\w+", text)
    path = unquote(_path(link.href)).lower()
    known = [word for word in words if len(word) > 2]
    in_path = sum(word.lower() in path for word in known)
    # A word of Chinese or Japanese has no spaces around it: two characters count as one.
    unspaced = sum(len(word) // 2 - 1 for word in known if _WIDE.search(word))
    if len(known) >= 3 and in_path >= 0.6 * (len(known) + unspaced) and len(words) > 3:
        return "title"
    # Guillemets stand around names too: «Заводские новости».
    quoted = text[:1] in '“"' or (text[:1] in "«「" and (len(words) > 3 or _weight(text) > 40))
    if len(words) >= 8 or (len(words) >= 5 and re.search(r"[?!:]", text)) or quoted:
        return "title"
    wide = len(re.findall(r"[\u3040-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]", text))
    return "title" if wide >= 16 else "name"


_MARKS = {"《": "》", "〈": "〉", "「": "」", "『": "』"}


def _in_marks(unit: _Unit, link: Link) -> bool:
    """Whether *link* is set in title marks behind a name: *转载自 NAME《TITLE》*."""
    text = unit.block.text
    before = text[unit.start : link.start].rstrip(_BLANK + OPEN)
    closing = _MARKS.get(before[-1:])
    if closing is None or not text[link.end : link.end + 8].lstrip(_BLANK + CLOSE).startswith(closing):
        return False
    ends = [tag.end for tag in unit.tags if tag.end <= link.start]
    name = text[max(ends, default=unit.start) : unit.start + len(before) - 1].strip(_EDGE + OPEN + CLOSE)
    return len(name) > 1 and not _FILL_UNSPACED.fullmatch(name) and not re.search("[，。；]", name)


def _behind_article(unit: _Unit, link: Link) -> bool:
    """Whether *link* stands right behind the word article of a translation: *traduction de l'article TITLE*."""
    if unit.language in _BEFORE_VERB or _target(link.href) != "article":
        return False
    articles = [tag for tag in unit.tags if tag.end <= link.start + 1 and "article" in tag.plays(unit.language)]
    if not articles or unit.block.text[articles[-1].end : link.start].strip(_EDGE + OPEN + CLOSE):
        return False
    return any("translate" in tag.plays(unit.language) for tag in unit.tags if tag.end <= articles[-1].start)


def _path(href: str) -> str:
    """The path of *href*, which may be relative or no address at all."""
    rest = href.strip().partition("?")[0].partition("#")[0]
    return rest.partition("://")[2].partition("/")[2] if "://" in rest[:10] else rest


def _is_official(href: str) -> bool:
    """Whether *href* is of a government, an authority or a university, which are sources of data."""
    host = href.partition("://")[2].partition("/")[0].partition(":")[0].lower()
    return _OFFICIAL.search(host) is not None


def _holds_data(href: str) -> set[str]:
    """What the words of an address tell: that documentation or data stand there, which are no articles."""
    host, _, path = href.partition("://")[2].partition("?")[0].partition("/")
    words = set(_PARTS_OF_ADDRESS.split(host.lower())) | set(_PARTS_OF_ADDRESS.split(path.lower())[:12])
    segments = {part.removesuffix(".html") for part in path.lower().split("/")[:8]} | set(host.lower().split("."))
    found = {kind for kind, told in _TELLING.items() if words & told}
    return found | {kind for kind, told in _SEGMENTS.items() if segments & told}


def _target(href: str) -> str:
    """What an address leads to: ``home``, ``section``, ``article``, ``profile``, ``file``, ``code`` or ``study``."""
    href = unwrap_redirect(href)
    if archived := _ARCHIVED.fullmatch(href):
        href = archived[1]
    domain = registrable_domain(href) if "://" in href else ""
    path = _path(href)
    own_blog = re.match(r"/?(?:blog|engineering|newsroom)/\w", path)  # discord.com/blog/…: the company's own articles
    if domain in NO_PUBLISHER_HOSTS and not own_blog:
        return "share" if _SHARING.search(path) else "profile"
    if is_home(href):
        return "home"
    if _SHARING.search(path):
        return "share"
    if _FILES.search(path):
        return "file"
    if domain in _CODE_HOSTS:
        return "code"
    if domain in _STUDY_HOSTS or _is_official(href):
        return "study"
    segments = [part for part in path.split("/") if part]
    if len(segments) < 4 and any(part.lower() in _PEOPLE for part in segments[:-1]):
        return "author"
    if "wiki" in segments[:-1]:
        return "study"
    if segments and len(segments) <= 2 and segments[-1].lower() in _SECTIONS and "?" not in href:
        return "section"
    if (
        len(segments) == 1
        and domain not in _PLATFORMS
        and re.fullmatch(r"[a-z]{2,14}", segments[0])
        and "?" not in href
    ):
        return "section"
    return "article"


# --- reading -----------------------------------------------------------------------------------------


def _usable_links(unit: _Unit) -> list[Link]:
    return [
        link
        for link in unit.links
        if usable_href(link.href)
        and _target(link.href) not in ("share", "author")
        and registrable_domain(link.href) not in _LICENCES
        and "licence" not in _holds_data(link.href)
    ]


def _labelled(unit: _Unit) -> Claim | None:
    """*Source: NAME*, *Originally published at: URL*, *原文链接：…*, also with the value on the next line."""
    text = unit.text
    if len(text) > 500:
        return None
    lead = len(text) - len(text.lstrip(_EDGE + OPEN + "📎📖🔗✍️📰ℹ️👉"))
    first_link = next((link for link in unit.links if not link.bare or link.start > unit.start), None)
    lead, stop = _label_stop(unit, text, lead)
    if stop is None and lead > 0 and first_link is None:
        return None
    if stop is not None:
        label, after = text[lead : stop.start()], unit.start + stop.end()
    elif first_link is not None and first_link.start > unit.start + lead:
        label, after = text[lead : first_link.start - unit.start], first_link.start
    else:
        return None
    label = label.strip(_EDGE + OPEN + CLOSE)
    if not label or not _is_label(unit, label):
        return None
    begin = unit.start + lead
    if any(_target(link.href) == "author" and link.end >= begin for link in unit.links):
        return None
    parts = unit.parts(begin, after) | unit.parts(begin, after + 1)
    if not parts & CORE:
        # Half of a label may be of another language than the rest of the line.
        tags = lexicon().tags(label)
        spoken = language_of(tags)
        parts = {part for tag in tags for part in tag.plays(spoken)}
    else:
        spoken = unit.language
    # "Read more at NAME" leads on; "Read more: TITLE" leads to another article.
    leads_on = any(pair <= parts for pair in _LEADING_ON) or ({"read", "more"} <= parts and stop is None)
    if not parts & (CORE - {"read"}) and not leads_on:
        return None
    unit.language = spoken
    enclosing = next((link for link in unit.links if link.start <= begin and link.end > after), None)
    value = unit.block.text[after : unit.end].strip(_EDGE + OPEN + CLOSE)
    features = {"form:label"} | ({"colon"} if stop is not None else set())
    said = label.lower().split()
    features |= {name for name, words in (("label:with", _WITH), ("label:is", _IS)) if words.intersection(said[1:])}
    if "label:with" in features and not parts & {"again", "courtesy", "first", "co"}:
        return None  # "Translated with TOOL"
    if "label:is" in features and stop is None and parts & CORE == {"original"}:
        return None  # "The original is by PAINTER"
    where = unit
    if not value and not any(link.start >= after - 1 for link in unit.links):
        following = unit.next
        if following is None or following.place > unit.place + 1 or len(following.text) > 400:
            return None
        where, after = following, following.start
        features.add("value:next")
    links = [one for one in _usable_links(where) if one is enclosing or (enclosing is None and one.start >= after - 1)]
    # A second label in the value ("… 原文链接：") begins another claim, whose address is this one's too.
    return _read_value(unit, where, links, after, parts, features, enclosing is not None, begin)


def _label_stop(unit: _Unit, text: str, lead: int) -> tuple[int, re.Match[str] | None]:
    """Where in *text* the label begins, from *lead* on, and what ends it.

    A date, a time or a byline may stand before it, set off by a bar: *12 May, 15:43 | Source: NAME*. A label may stand
    in brackets (*[출처] NAME*, *【来源】NAME*), or in capitals with nothing behind it (*SOURCE NAME*, of news wires).
    """
    bracketed = _BRACKETED.match(text)
    if bracketed is not None and _is_label(unit, bracketed[1]):
        return bracketed.start(1), _BRACKET_END.search(text, bracketed.end(1))
    begin, last = lead, None
    for hit in islice(_LABEL_END.finditer(text, lead, lead + 160), _STOPS):
        piece = text[begin : hit.start()].strip(_EDGE + OPEN + CLOSE)
        last = last or hit
        if piece and _is_label(unit, piece):
            return begin, hit
        if hit[0].strip() not in "|｜·•" and not any(char.isdigit() for char in piece) and "·" not in text[lead:180]:
            break
        begin = hit.end()
    behind = _label_behind_comma(unit, text, lead)
    if behind is not None:
        return behind
    if last is None:
        last = _WIRE.match(text, lead + len("SOURCE")) if text.startswith("SOURCE", lead) else None
    return lead, last


_COLON = re.compile(r"\s?[:：]")


def _label_behind_comma(unit: _Unit, text: str, lead: int) -> tuple[int, re.Match[str]] | None:
    """A label of the original's address that ends a sentence: *translated by machine, original link: URL*."""
    if "：" not in text and ":" not in text:
        return None
    for comma in islice(re.finditer(r"[,，、;；]\s*", text[: lead + 300]), _STOPS):
        hit = _COLON.search(text, comma.end(), comma.end() + 40)
        if hit is None or not _is_label(unit, text[comma.end() : hit.start()]):
            continue
        if "original" in unit.parts(unit.start + comma.end(), unit.start + hit.start()) and any(
            0 <= link.start - unit.start - hit.end() < 4 for link in unit.links
        ):
            return comma.end(), hit
    return None


def _read_value(
    unit: _Unit,
    where: _Unit,
    links: list[Link],
    after: int,
    parts: set[str],
    features: set[str],
    enclosed: bool,
    begin: int,
) -> Claim | None:
    text = where.block.text
    named: Link | None = None
    addressed: Link | None = None
    for one in links[:4]:
        kind = _kind(where, one)
        if kind in ("name", "title") and named is None:
            named = one
        if kind in ("address", "label") and addressed is None:
            addressed = one
    deeper = _deeper(links[:4], named) if named is not None and not enclosed else None
    if deeper is not None and named is not None and text[named.end : deeper.start].strip(_EDGE + OPEN + CLOSE):
        named = deeper  # "published by AUTHOR at NAME": the first link leads to the author's page
    elif deeper is not None:
        addressed = deeper
    link = named or addressed
    features |= {f"label:{part}" for part in parts}
    name = title = None
    if link is None:
        stretch = text[after : where.end]
        titled = _TITLE_AND_NAME.fullmatch(stretch.strip(_EDGE + "）)")) if "original" in parts else None
        if titled is not None and is_name(titled["name"]):
            title, stretch = title_of(titled["title"]), titled["name"]
        name = plain_name(stretch, where.language or unit.language)
        if name is None or len(stretch) > 160:
            return None
        rest = stretch.partition(name)[2].strip(_EDGE + OPEN + CLOSE)
    else:
        kind = _kind(where, link)
        before = text[after : link.start].strip(_EDGE + OPEN + CLOSE)
        rest = (
            text[max(link.end, after) : where.end].strip(_EDGE + OPEN + CLOSE)
            if not link.bare
            else text[link.end - 1 : where.end].strip(_EDGE)
        )
        features.add(f"link:{kind}")
        shown = _shown(where, link)
        if enclosed:
            cut = _LABEL_END.search(shown)
            shown = shown[cut.end() :].strip() if cut else shown
            kind = "title" if len(shown.split()) > 6 else "name"
            rest = ""
        if kind == "title":
            title = title_of(shown, linked=True)
            name = plain_name(before, where.language) if before else None
            if name is None and re.match(r"(?:on|in|at|auf|bei|sur|en|em|su)\s", rest):
                name = plain_name(rest, where.language)
        elif kind == "name":
            name = trimmed_name(name_of(shown, linked=True))
        elif kind == "address":
            name = plain_name(before, where.language) if before and not _is_label(where, before) else None
            name = name or name_of(shown if "://" in shown else f"https://{shown}", linked=True)
        elif before:
            name = plain_name(before, where.language)
        if before and kind in ("name", "title") and len(before) > 15:
            features.add("value:far")
            if kind == "name" and len(before.split()) > 3 and not enclosed:
                return None  # "Source: mayor to resign, according to NAME"
    if rest and parts & CORE == {"via"}:
        return None  # "Via Elm Street it takes ten minutes"
    follows = text[max(link.end, after) : where.end] if link is not None and not link.bare else ""
    if link is not None and _APPOSITION.match(follows.lstrip(_BLANK + CLOSE)):
        rest = ""  # "on NAME, a blog that …": what NAME is
        features.add("rest:apposition")
    if follows.lstrip(_BLANK + CLOSE)[:1] in _COMMAS and len(rest) > 14 and not parts & _SPEAKS_OF_ARTICLES:
        return None  # "As published by NAME, the boat is back"
    rest = _without_particles(rest)
    features.add("rest:none" if not rest else "rest:short" if len(rest) <= 40 else "rest:long")
    features |= {f"label:{part}&rest" for part in parts if rest}
    if re.search(r"\d", rest):
        features.add("rest:digits")
    if link is None:
        features.add("value:plain")
    if len(links) > 1:
        foreign = {registrable_domain(one.href) for one in links}
        features.add("links:many" if len(foreign) > 1 else "links:same")
        if _LISTED.fullmatch(text[links[0].end : links[1].start]):
            features.add("links:list")
    extra = addressed if named is not None and addressed is not None and addressed is not named else None
    return _claim(unit, where, parts, features, link, extra, name, title, begin=begin)


def _without_particles(rest: str) -> str:
    """*rest*, or nothing where it is only what a language sets behind a name: *上*, *에*, *sitesinde*."""
    return "" if _FILL_UNSPACED.fullmatch(rest) or rest.lower() in _BEHIND_NAME else rest


def _label_link(unit: _Unit) -> Claim | None:
    """*Read the original article* as a link that says all that the line says."""
    links = _usable_links(unit)
    if not 1 <= len(links) <= 2:
        return None
    link = links[0]
    if link.bare or _kind(unit, link) != "label":
        whole = _shown(unit, link)
        hit = re.fullmatch(r"(.{4,60}?)\s+(?:on|at|from|in|auf|bei|sur|dans|en|em|no|na|su)\s+([^\s].{1,50})", whole)
        if hit is None or not _is_label(unit, hit[1]):
            return None
        name = plain_name(hit[2]) or trimmed_name(name_of(hit[2], linked=True))
        said = hit[1]
    else:
        name, said = None, _shown(unit, link)
    tags = lexicon().tags(said)
    spoken = language_of(tags)
    parts = {part for tag in tags for part in tag.plays(spoken)}
    if not parts & (CORE - {"read", "via"}) and not ({"read", "full"} <= parts) and name is None:
        return None
    unit.language = spoken
    before = unit.block.text[unit.start : link.start].strip(_EDGE + OPEN + CLOSE)
    rest = unit.block.text[link.end : unit.end].strip(_EDGE + OPEN + CLOSE)
    features = {"form:link", "link:label"} | {f"label:{part}" for part in parts}
    if before:
        around = unit.parts(None, link.start)
        if "related" in around:
            return None
        features |= {"before:some"} | {f"said:{part}" for part in around}
        if len(before) > 60:
            features.add("before:long")
        parts |= around
        if around & {"publish", "again", "source", "translate", "adapt"}:
            cores = [tag.end for tag in unit.tags if tag.end <= link.start and tag.plays(unit.language) & CORE]
            stretch = unit.block.text[max(cores) : link.start] if cores else before
            name = name or plain_name(stretch, unit.language)
    if rest:
        name = name or (
            plain_name(rest, unit.language) if re.match(r"(?:on|at|from|in|auf|sur|en|su)\s", rest) else None
        )
        features.add("rest:long" if len(rest) > 40 else "rest:short")
    if name is not None:
        features.add("label:named")
    features.add("rest:none" if not rest else "rest:some")
    return _claim(unit, unit, parts, features, link, None, name, None)


def _said(unit: _Unit) -> Claim | None:
    """A sentence with words of attribution: its link or name nearest to them."""
    if len(unit.text) > _UNIT or not unit.language:
        return None
    parts = unit.parts()
    if not parts & (CORE - {"read"}):
        return None
    if "related" in parts and not parts & {"this", "first", "again"}:
        return None
    cores = [tag for tag in unit.tags if tag.plays(unit.language) & (CORE - {"read", "original"})]
    if not cores and "original" in parts and parts & {"read", "article", "here"}:
        cores = [tag for tag in unit.tags if tag.plays(unit.language) & {"original"}]
    if not cores:
        return None
    links = _usable_links(unit)
    if any(_target(link.href) == "author" for link in unit.links):
        return None  # "the original story by <author>"
    if not links and (hit := _MEDIUM_FOOTER.search(unit.text)):
        features = {"form:sentence", "name:some"} | {f"said:{part}" for part in parts}
        return _claim(
            unit, unit, parts, features, None, None, name_of(hit["name"], linked=False), title_of(hit["title"])
        )
    kinds = {id(link): _kind(unit, link) for link in links}
    outside = [
        tag for tag in cores if not any(link.start < tag.start and tag.end < link.end for link in links)
    ] or cores
    value = [link for link in links if kinds[id(link)] != "label"]
    if any(_target(link.href) != "profile" for link in links):
        value = [link for link in value if _target(link.href) != "profile"]  # "an essay by <author>"
    labels = [link for link in links if kinds[id(link)] == "label"]
    features = {"form:sentence"} | {f"said:{part}" for part in parts}
    chosen, distance = _nearest(unit, value, outside)
    title: str | None = None
    original: Link | None = None
    if chosen is not None and kinds[id(chosen)] in ("title", "address") and len(value) > 1:
        # "TITLE, first published on NAME": the name is another link, if one stands behind the words.
        later = [link for link in value if link is not chosen and link.start > chosen.end]
        if (
            kinds[id(chosen)] == "title"
            and later
            and any(tag.start >= chosen.end and tag.end <= later[0].start + 1 for tag in outside)
        ):
            original, chosen = chosen, later[0]
    elif chosen is not None and kinds[id(chosen)] == "name" and len(value) > 1:
        before = [link for link in value if link.end <= chosen.start and kinds[id(link)] == "title"]
        if before and any(tag.start >= before[-1].end - 1 and tag.end <= chosen.start + 1 for tag in outside):
            original = before[-1]
        elif (
            after := [one for one in value if one.start >= chosen.end and kinds[id(one)] in ("title", "address")]
        ) and (same_site(after[0].href, chosen.href) or _target(chosen.href) in ("home", "section")):
            original = after[0]
        elif (deeper := _deeper(value, chosen)) is not None:
            original = deeper  # "by AUTHOR at NAME": the first link leads to the author's page
            between = unit.block.text[chosen.end : deeper.start].strip(_EDGE + OPEN + CLOSE)
            chosen = deeper if kinds[id(deeper)] == "name" and between else chosen
    if original is None and chosen is not None and _target(chosen.href) in ("home", "section"):
        # A page of the same site before the words is the page that they speak of, whatever its link says.
        own = [
            one
            for one in links
            if one.end <= chosen.start and same_site(one.href, chosen.href) and _target(one.href) == "article"
        ]
        if own:
            original = own[-1]
            title = title_of(_shown(unit, original), linked=True) if kinds[id(original)] != "label" else None
            features.add("title:linked")
    if original is None:
        subject = [link for link in labels if _target(link.href) == "article"]
        original = subject[0] if subject else None
        if original is not None:
            features.add("subject:linked")
    elif kinds[id(original)] == "title" and title is None:
        title = title_of(_shown(unit, original), linked=True)
        features.add("title:linked")
    name: str | None = None
    if chosen is not None:
        kind = kinds[id(chosen)]
        features |= {f"link:{kind}", f"distance:{min(4, distance // 12)}"}
        within = [tag for tag in cores if _holds(chosen, tag)]
        ends = [tag.end for tag in outside if tag.end <= chosen.start]
        between = unit.block.text[max(ends) : chosen.start].lstrip(_BLANK + CLOSE) if ends else "-"
        dated = _DATE_FIRST.match(between)
        if dated and len(between) - dated.end() > 15 and _ABROAD.get(_first_word(between[dated.end() :])) is None:
            return None  # "After this was published in December 2013, NAME reported …"
        if between[:1] in _COMMAS:
            if not parts & {"first", "again", "original", "translate"}:
                return None  # "When this was published, only LINK was needed"
            features.add("comma:between")
        behind = kind == "title" and not _in_marks(unit, chosen) and all(tag.start >= chosen.end - 1 for tag in outside)
        if behind and not within and unit.language in _BEFORE_VERB:
            name = plain_name(unit.block.text[chosen.end : outside[0].start], unit.language)
        elif (within and len(within) == len(cores)) or behind:
            name = _name_in_sentence(unit, within or outside)
        else:
            name = _name_beside(unit, chosen, kind)
        if kind == "title":
            title = title or title_of(_shown(unit, chosen), linked=True)
    else:
        spoken = parts & {"publish", "again", "source", "translate", "adapt", "via", "courtesy"} or not labels
        if parts & CORE == {"translate"} and any(_BY.match(unit.block.text, tag.end) for tag in outside):
            return None  # "Translated by NAME"
        name = _name_in_sentence(unit, outside) if spoken else None
        if name is not None and len(name.split()) > 5 and name[0].lower() == name[0].upper() and not name[0].isdigit():
            name = None  # prose, in a script without capitals
        if name is None and not labels and "LinkedIn" in unit.text:
            name = "LinkedIn"  # a publisher where the article's address stands beside it
            features.add("name:network")
        features.add("named:plain" if name else "named:not")
        if name is None and original is None:
            return None
    rest_start = chosen.end if chosen is not None else unit.end
    if chosen is None and name is not None:
        rest_start = _behind_name(unit, name)
    if unit.language in _BEFORE_VERB:
        # The verb stands last: what follows the name is no rest of it.
        rest_start = max([rest_start, *(tag.end for tag in outside if tag.start >= rest_start - 1)])
    raw = unit.block.text[rest_start : unit.end].lstrip(_BLANK + OPEN + CLOSE + "\"'”’»")
    rest = _without_particles(raw.strip(_EDGE + OPEN + CLOSE))
    if _ONLY_DATE.fullmatch(rest):
        rest = ""
        features.add("rest:date")
    if rest and parts & CORE == {"via"}:
        return None
    if _APPOSITION.match(raw):
        rest = ""  # "on NAME, a blog that …": what NAME is
        features.add("rest:apposition")
    if raw[:1] in _COMMAS and len(rest) > 14:
        if not parts & _SPEAKS_OF_ARTICLES:
            return None  # "As NAME published, the boat is back"
        features.add("rest:clause")
    features.add("rest:none" if not rest else "rest:short" if len(rest) <= 40 else "rest:long")
    if re.search(r"\d", rest):
        features.add("rest:digits")
    behind_words = max(tag.end for tag in outside if chosen is None or tag.end <= chosen.start + 1 or tag is outside[0])
    features.add(f"then:{_then(unit, behind_words)}")
    if "then:by" in features and chosen is None and parts & CORE == {"publish"} and re.search(r"\d", rest):
        return None  # "This article was published by AUTHOR, on DATE"
    begun = unit.block.text[unit.start : cores[0].start].strip(_EDGE + OPEN + CLOSE)
    if chosen is None and name is not None and len(rest) <= 40 and len(begun) <= 30:
        features.add("plain:whole")
        if unit.alone and not rest and not re.search(r"[,，、;]", unit.text.strip(_EDGE)):
            features |= {"plain:alone"} | {f"plain:alone&{part}" for part in parts & CORE}
    if re.match(r",?\s*in\s+(?:1[0-9]|20)\d\d\b", unit.block.text[rest_start : rest_start + 12]):
        features.add("rest:year")
    if len(value) > 2:
        features.add("links:many")
    return _claim(
        unit, unit, parts, features, chosen or original, original if chosen is not None else None, name, title
    )


def _first_word(text: str) -> str:
    """The first word of *text* in small letters."""
    hit = re.search(r"[^\W\d_]+", text)
    return hit[0].lower() if hit else ""


# A date before what follows: "was published in December 2013, it was …".
_DATE_FIRST = re.compile(rf"(?:in|on|am|im|le|el|en|em|il)?\s*{DATE}\s*(?=,)", re.IGNORECASE)
# A date in figures, or in words with its year.
_ONLY_DATE = re.compile(
    rf"{DATE}|\d{{1,4}}[./-]\s?\d{{1,2}}[./-]\s?(?:\d{{2,4}})?|\d{{1,2}}\.?\s(?:de\s)?[^\W\d_]{{3,12}}\.?,?\s(?:de\s)?\d{{4}}",
    re.IGNORECASE,
)


def _behind_name(unit: _Unit, name: str) -> int:
    """Where *name* ends in the text of *unit*, which may set an ending of its language behind it (Finnish)."""
    if name in unit.text:
        return unit.start + len(unit.text.rpartition(name)[0]) + len(name)
    stem = name[: max(4, len(name) - 4)]
    if stem not in unit.text:
        return unit.start
    place = unit.start + unit.text.rindex(stem) + len(stem)
    ending = re.match(r"\w*", unit.block.text[place : unit.end])
    return place + (ending.end() if ending else 0)


def _then(unit: _Unit, place: int) -> str:
    """What stands right behind the words of attribution: a small word, prose, or something else."""
    text = unit.block.text
    if unit.language not in _PREPOSES:
        following = _SMALL_WORD.match(text, place)
        return following[1].lower() if following else "other"
    word = _NEXT_WORD.match(text, place)
    if word is None:
        return "other"
    if kind := _ABROAD.get(word[1].lower()):
        return kind
    return "prose" if word[1].islower() and word[1] not in SMALL_WORDS else "other"


def _deeper(links: list[Link], chosen: Link) -> Link | None:
    """A later link to a page below *chosen*'s, which then is the page of an author or a section."""
    path = _path(chosen.href).strip("/")
    if not path or "/" in path:
        return None
    later = [one for one in links if one.start >= chosen.end and same_site(one.href, chosen.href)]
    deeper = [one for one in later if _path(one.href).count("/") > _path(chosen.href).count("/")]
    return deeper[0] if deeper else None


def _holds(link: Link, tag: Tag) -> bool:
    return link.start < tag.start and tag.end < link.end


def _nearest(unit: _Unit, links: list[Link], cores: list[Tag]) -> tuple[Link | None, int]:
    """The link nearest to the words, on the side on which the language sets it; and the distance in characters."""
    best: tuple[int, int, Link] | None = None
    for place, link in enumerate(links):
        after = [link.start - tag.end for tag in cores if tag.end <= link.start + 1]
        before = [tag.start - link.end for tag in cores if tag.start >= link.end - 1]
        inside = any(link.start < tag.start and tag.end < link.end for tag in cores)
        far_after = max(0, min(after)) if after else 10_000
        far_before = max(0, min(before)) if before else 10_000
        if unit.language in _BEFORE_VERB:
            cost = min(far_before, far_after + 60)
        else:
            cost = min(far_after, far_before + 120)
        if inside:
            cost = min(cost, 200)
        if best is None or cost < best[0]:
            best = (cost, place, link)
    return (best[2], best[0]) if best else (None, 0)


def _name_beside(unit: _Unit, link: Link, kind: str) -> str | None:
    text = unit.block.text
    shown = _shown(unit, link)
    if kind == "address" and (named := _before_title(unit, link)):
        return named
    # Where the verb stands last, the words on the article stand before the name; elsewhere "post" may be part of it.
    noted = CORE | {"this", "article"} if unit.language in _BEFORE_VERB else CORE | {"this"}
    told = [tag for tag in unit.tags if tag.plays(unit.language) & noted and tag.end <= link.start + 1]
    before = text[told[-1].end if told else unit.start : link.start]
    if len(told) > 1 and len(before.strip(_EDGE + OPEN + CLOSE)) < 2:
        before = text[told[-2].end : told[-1].start]  # "first published in NAME, original: <address>"
    after = text[link.end - (1 if link.bare else 0) : unit.end]
    if kind == "name" and re.fullmatch(r"[a-z]{0,3}\.?\s*[\d\W]+", shown):
        # The issue of a magazine is linked, its name is not.
        return plain_name(before, unit.language)
    if kind == "name":
        return trimmed_name(name_of(shown, linked=True)) or (
            plain_name(after, unit.language) if after[:1] == "'" else None
        )
    beside = plain_name(before, unit.language) if before.strip(_EDGE + OPEN + CLOSE) else None
    if beside is not None and kind == "title" and _names_author(unit, link, beside):
        beside = None
    if beside is None and re.match(rf"[\s{CLOSE}”\"’*_]*(?:on|in|at|auf|bei|sur|en|su|på|op)\s", after):
        beside = plain_name(after, unit.language)
    if beside is None and kind == "address":
        shown = shown if "://" in shown else f"https://{shown}"
        return name_of(shown, linked=True)
    return beside


#: Languages in which "the article of NAME" needs no word of its own between the two: NAME wrote it.
_GENITIVE = frozenset(("ru", "uk", "be", "pl", "cs", "sk", "bg", "sr", "hr", "sl", "mk", "lt", "lv"))


def _names_author(unit: _Unit, link: Link, name: str) -> bool:
    """Whether *name*, before the linked title of a translated article, wrote it: *перевод статьи NAME: TITLE*."""
    parts = {part for tag in unit.tags if tag.end <= link.start + 1 for part in tag.plays(unit.language)}
    if "translate" not in parts:
        return False
    text = unit.block.text
    articles = [tag for tag in unit.tags if "article" in tag.plays(unit.language) and tag.end <= link.start + 1]
    if name.endswith(("的文章", "的博文", "的博客", "的帖子")):
        return True
    if unit.language not in _GENITIVE or not articles:
        return False
    return text[articles[-1].end : link.start].strip(_EDGE + OPEN).startswith(name)


def _before_title(unit: _Unit, link: Link) -> str | None:
    """The name in "published in NAME under the title TITLE, address": the title may hold words of any kind."""
    titled = next((tag for tag in unit.tags if "titled" in tag.plays(unit.language) and tag.end <= link.start), None)
    if titled is None or unit.language in _BEFORE_VERB:
        return None
    before = [tag for tag in unit.tags if tag.end <= titled.start and tag.plays(unit.language) & CORE]
    return plain_name(unit.block.text[before[-1].end : titled.start], unit.language) if before else None


def _name_in_sentence(unit: _Unit, cores: list[Tag]) -> str | None:
    """The publisher in a sentence without a link."""
    text = unit.block.text
    last = max(tag.end for tag in cores if "publish" in tag.plays(unit.language) or len(cores) < 3 or tag is cores[0])
    if unit.language in _BEFORE_VERB:
        first = max(
            (tag.end for tag in unit.tags if tag.plays(unit.language) & {"this", "article"} and tag.end < last),
            default=unit.start,
        )
        for tag in cores:
            if tag.start >= first and text[first : tag.start].strip(_EDGE):
                return plain_name(text[first : tag.start], unit.language)
            first = max(first, tag.end)  # "ilk olarak NAME": words of attribution before the name
        return None
    heads = [
        tag for tag in cores if tag.plays(unit.language) & {"publish", "again", "source", "via", "adapt", "courtesy"}
    ]
    for tag in [*heads, *cores]:
        following = [one.start for one in cores if one.start >= tag.end]
        stretch = text[tag.end : following[0] if following else unit.end]
        if stretch.lstrip(_BLANK + CLOSE)[:1] in _COMMAS:
            continue  # "When this was published, NAME was …": the comma ends what is said of it
        if name := plain_name(_BARS.split(stretch, maxsplit=1)[0], unit.language):
            return name
    return None


def _newsroom(unit: _Unit) -> Claim | None:
    """*NAME is a nonprofit newsroom that …*, the line that nonprofit newsrooms ask for."""
    text = unit.text
    hit = _NEWSROOM.search(text)
    if hit is None or not (unit.first or unit.last) or re.match(r"\s+and\b", text[hit.end() :]):
        return None  # "NAME is a newsroom and the likeliest to say yes"
    links = [link for link in _usable_links(unit) if link.end <= unit.start + hit.start() + 2]
    head = text[: hit.start()].strip(_EDGE + OPEN + CLOSE)
    if len(links) == 1 and _kind(unit, links[0]) == "name":
        name = trimmed_name(name_of(_shown(unit, links[0]), linked=True))
        target = links[0]
        if head != unit.block.inside(target).strip(_EDGE):
            return None
    elif not links and head and len(head.split()) <= 5 and is_name(head):
        name, target = name_of(head, linked=False), None
    else:
        return None
    unit.language = "en"
    features = {"form:newsroom"} | ({"link:name"} if target else {"named:plain"})
    if re.match(r"[\w\s-]{0,30}?\b(?:that|which|dedicated|covering|focused|supported|producing)\b", text[hit.end() :]):
        features.add("newsroom:that")
    return _claim(unit, unit, set(), features, target, None, name, None, home_only=True)


# --- the claim ---------------------------------------------------------------------------------------


def _claim(
    unit: _Unit,
    where: _Unit,
    parts: set[str],
    features: set[str],
    link: Link | None,
    extra: Link | None,
    name: str | None,
    title: str | None,
    *,
    home_only: bool = False,
    begin: int | None = None,
) -> Claim | None:
    original = publisher = None
    for one in (link, extra):
        href = usable_href(one.href) if one is not None else None
        if not href:
            continue
        target = _target(href)
        if target == "profile" and registrable_domain(href) != "reddit.com":
            return None  # nothing is published first there that a crawler could read
        features.add(f"target:{target}")
        features |= {f"target:{kind}" for kind in _holds_data(href)}
        if parts & {"first", "publish", "original", "translate"}:
            features |= {f"publish&{one}" for one in _NO_ARTICLES if one in features}
        if _is_official(href):
            features.add("target:official")
        shown = _kind(where, one) if one is not None else ""
        if target == "home" or home_only or (target == "section" and shown in ("name", "title")):
            publisher = publisher or href
        elif original is None or (one is extra and shown != "address"):
            original = href
            if title is None and one is not None and one is extra and shown == "title":
                title = title_of(_shown(where, one), linked=True)
    if name is not None and name.casefold() in LANGUAGE_NAMES:
        name = None  # "originally published in German"
    if name is not None and (_is_only_date(name) if link is not None else is_date(name)):
        name = None  # "first published March 2019"
    if name is not None and _says_nothing(name):
        name = None  # 文章, 地址: words of the label before it
    if name is not None and link is None and is_own_place(name):
        name = None
    if name is not None and _LICENCE.search(name):
        name = None  # what a work is published under
        if not _OF_ARTICLES & parts:
            return None
    if original is None and name is None:
        return None
    follow = None if original is not None or home_only else _original_after(where, publisher)
    also: tuple[tuple[int, int], ...] = ()
    if follow is not None:
        original = usable_href(follow[1].href)
        also = ((follow[0].start, follow[0].end),) if follow[0].block is unit.block else ()
        features.add("original:after")
    if "name:network" in features and original is None:
        return None
    if name is not None:
        features |= _name_evidence(name)
        if re.search(rf"[\"“„«「『《]{re.escape(name)}[\"”“»」』》]", where.text):
            features.add("name:quoted")
    else:
        features.add("name:none")
    features |= _place_evidence(unit, parts, begin)
    features |= _subject(unit, features)
    features |= _together(unit, features, parts)
    if parts & CORE == {"publish"}:
        # "Published by NAME" tells who set it on this page as often as where it stood first.
        features |= {"only:publish"} | {
            f"only:publish&{one}" for one in ("named:plain", "rest:digits", "bracketed") if one in features
        }
    if unit.block.marks & {"list"}:
        features |= {f"list&{one}" for one in features if one.startswith("form:")}
    if "form:newsroom" in features:
        # Such a line tells what the newsroom works on: studies, films, reports.
        features -= {"said:media", "said:related", "said:work"}
    features |= _certainty(features, parts)
    if link is not None and _is_translation(unit, where, link, parts):
        return None
    if features & _NO_SOURCES:
        return None
    if "named:plain" in features and name is not None and _no_plain_source(unit, name, parts):
        return None
    if name is not None and any("media" in tag.plays(unit.language) for tag in lexicon().tags(name)):
        features.add("name:media")
    if "named:plain" in features:
        features |= {f"{one}&plain" for one in features if one.startswith("begins:") or "+" in one}
        if "plain:alone" in features:
            features |= {f"plain:alone&{one}" for one in features if "+" in one and "&" not in one}
    start, end = unit.start, unit.end
    if where is not unit and where.block is unit.block:
        end = where.end
    phrase = f"{_phrase(parts, features)}:{unit.language or 'en'}"
    return Claim(
        unit.block, start, end, phrase, unit.language or "en", "evidence", 7,
        original, title, name, publisher, also, frozenset(features),
    )  # fmt: skip


#: Evidence that tells more of a bare word of source than of the words that speak of an article.
_TELLS_OF_SOURCES = (
    "amid inside class:caption target:home target:section target:docs target:data target:official target:file "
    "target:study target:code target:task target:picture target:shop target:table before:work before:data "
    "before:media before:year before:one said:book name:domain name:many name:scholarly name:media "
    "rest:short rest:long rest:digits links:many links:list link:address "
    "link:title said:data said:media said:work"
).split()
#: Targets that hold no article, whatever was published there first.
_NO_ARTICLES = tuple(f"target:{kind}" for kind in ("docs", "data", "file", "study", "code", "official", "task", "shop"))
# Parts that credit pictures, data and code as often as articles.
_CREDITS = frozenset(("source", "read", "via", "courtesy", "adapt", "again", "publish"))
_OF_ARTICLES = frozenset(("this", "article", "first"))


def _together(unit: _Unit, features: set[str], parts: set[str]) -> set[str]:
    """Evidence that stands beside a word that credits anything: a picture, a table, what is linked, the rest.

    *bare* is a word of source alone (*Source: NAME*), *loose* one of a credit that speaks of no article.
    """
    if "form:newsroom" in features or not parts & CORE <= _CREDITS:
        return set()
    around = {one for one in _TELLS_OF_SOURCES if one in features}
    around |= {mark for mark in ("media", "footer", "quotation", "list") if mark in unit.block.marks}
    if unit.figures:
        around.add("figures")
    if unit.next is not None and unit.next.block is unit.block:
        around.add("followed")
    before = unit.previous
    if before is not None and before.block is unit.block and "media" in before.parts():
        around.add("media:said")  # "The charts are copyright 2022. Reproduced with permission from NAME."
    found: set[str] = set()
    if not parts & _OF_ARTICLES:
        found |= {"loose"} | {f"loose&{one}" for one in around}
    if parts & CORE <= {"source", "read"}:
        found |= {"bare"} | {f"bare&{one}" for one in around}
    return found


def _original_after(unit: _Unit, publisher: str | None) -> tuple[_Unit, Link] | None:
    """A link that says it leads to the original, in the same unit or the next two."""
    current: _Unit | None = unit
    for _ in range(3):
        if current is None or current.place > unit.place + 1:
            return None
        for link in _usable_links(current):
            if _target(link.href) not in ("article", "section") or (link.bare and current is unit):
                continue
            shown = _shown(current, link)
            tags = lexicon().tags(shown)
            spoken = {part for tag in tags for part in tag.plays(language_of(tags))}
            leads_on = any(pair <= spoken for pair in ({"read", "full"}, {"read", "article"}, {"full", "article"}))
            label = _is_label(current, shown) and (
                spoken & {"original", "source"} or (leads_on and current is not unit)
            )
            whole = current is unit.next and current.text.strip(_EDGE + OPEN + CLOSE) == shown.strip(_EDGE)
            address = _kind(current, link) == "address" and publisher is None and (not current.alone or whole)
            if label or (address and current is not unit):
                return current, link
        current = current.next
    return None


def _is_only_date(name: str) -> bool:
    return re.fullmatch(DATE, name, re.IGNORECASE) is not None


def _says_nothing(name: str) -> bool:
    """Whether *name*, in a script without capitals, is words of the lexicon alone."""
    if name[:1].isascii() or name[:1].lower() != name[:1].upper():
        return False
    rest = name
    for tag in reversed(lexicon().tags(name)):
        rest = rest[: tag.start] + rest[tag.end :]
    return not rest.strip()


def _name_evidence(name: str) -> set[str]:
    found = {"name:some"}
    if _BOOK.search(name):
        found.add("name:book")
    if len(name.split()) > 7:
        found.add("name:long")
    elif len(name.split()) > 3 or _weight(name) > 36:
        found.add("name:many")  # as titles of documents have words
    if is_small(name[:1]) and "." not in name:
        found.add("name:small")
    if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", name):
        found.add("name:domain")
    if is_date(name) or re.fullmatch(r"[\d\W]+", name):
        found.add("name:date")
    if _SCHOLARLY.search(name):
        found.add("name:scholarly")
    if not is_name(name, strict=False):
        found.add("name:not")
    return found


def _this_work(unit: _Unit) -> bool:
    """Whether *unit* speaks of a work: *this novel*, *deze preken*."""
    for tag, following in pairwise(unit.tags):
        if "this" in tag.plays(unit.language) and "work" in following.plays(unit.language):
            return following.start - tag.end < 3
    return False


_PAGE = re.compile(
    r"\b(?:pages?|pp?\.|seite|sida|side|strana|strona|página|pagina|стр\.?|сторінк\w+)\s?\d+", re.IGNORECASE
)
_BAD_NAMES = frozenset(("name:small", "name:date", "name:not", "name:many", "name:long", "name:scholarly", "name:book"))


# Evidence that is none of a source, whatever else is said: prose in which things first appear, an original that is only
# spoken of, an entry of a list of references.
_NO_SOURCES = frozenset(("then:prose&plain", "only:original&plain", "only:source&prose", "list&before:some"))
_JOURNALS = re.compile(r"\bet al\b|\bJournal of\b|\bProceedings\b|\bTransactions\b|\bElsevier\b|\bSpringer\b|\bWiley\b")


def _no_plain_source(unit: _Unit, name: str, parts: set[str]) -> bool:
    """Whether *name*, without a link, is a page of a printed paper, or a journal whose figure is reprinted."""
    if _PAGE.search(unit.text.partition(name)[0]):
        return True
    return not parts & _OF_ARTICLES and _JOURNALS.search(name) is not None


def _is_translation(unit: _Unit, where: _Unit, link: Link, parts: set[str]) -> bool:
    """Whether the title that *link* shows says itself that it is the translation, which is no source."""
    if "translate" not in parts or _kind(where, link) != "title":
        return False
    return any("translate" in tag.plays(unit.language) for tag in lexicon().tags(_shown(where, link)))


def _certainty(features: set[str], parts: set[str]) -> set[str]:
    """What several pieces of evidence say together and none of them alone."""
    found: set[str] = set()
    of_article = "lead:other" not in features and "this:other" not in features and bool(parts & {"this", "article"})
    moved = bool(parts & {"again", "translate"}) or parts >= {"first", "publish"}
    if of_article and moved and "rest:none" in features and not features & _BAD_NAMES:
        found.add("clear:plain" if features & {"named:plain", "value:plain"} else "clear:linked")
    if {"named:plain", "form:sentence"} <= features and parts & CORE <= {"original", "read"}:
        found.add("only:original&plain")
    if "form:sentence" in features and parts & CORE == {"source"} and "named:plain" in features and "this" not in parts:
        found.add("only:source&prose" if {"source:lead", "begins:article"} <= features else "only:source&sentence")
    if "named:not" in features and "article" not in parts:
        found.add("original:alone")
    if {"then:prose", "named:plain", "begins:core"} <= features:
        found.add("then:prose&plain")
    if {"list", "before:some", "form:link"} <= features and parts & CORE <= {"original", "first"}:
        found.add("list&before:some")
    return found


def _subject(unit: _Unit, features: set[str]) -> set[str]:
    """What a sentence speaks of where it is no article: *this technique*, *all models*, *the pattern, which …*."""
    found: set[str] = set()
    text = unit.block.text
    if _BOOK.search(text, unit.start, unit.end):
        found.add("said:book")
    before = unit.previous
    if before is not None and before.block is unit.block:
        told = {part for tag in before.tags for part in tag.plays(before.language) | tag.plays(unit.language)}
        found |= {f"before:{part}" for part in ("work", "data", "media") if part in told}
        if _YEAR.search(before.text[-300:]):
            found.add("before:year")
        if before.previous is None or before.previous.block is not unit.block:
            found.add("before:one")  # as under a picture: a sentence on it, and its source
    if "form:sentence" not in features:
        return found
    first = next((tag for tag in unit.tags if tag.plays(unit.language) & (CORE - {"original"})), None)
    if first is None:
        return found
    other = _other_work(unit, first)
    if other:
        found.add("this:other")
    if unit.language in _BEFORE_VERB:
        return found  # the name stands before the verb
    left = _words_left(unit, first.start)
    if left and unit.parts() & CORE == {"source"}:
        found.add("source:lead")
    if not unit.parts() & {"first", "publish"}:
        return found
    found.add("lead:none" if not left else "lead:some" if left < 4 else "lead:long")
    articles = _speaks_of_article(unit) and not other
    if left and not articles:
        found.add("lead:other")
    if _RELATIVE.search(text, unit.start, first.start):
        found.add("lead:relative")
    if "then:by" in features:
        found |= {f"then:by&{one}" for one in found if one in ("this:other", "lead:other", "lead:relative")}
        found.add("then:by&article" if articles else "then:by&other")
    return found


def _speaks_of_article(unit: _Unit) -> bool:
    """Whether *unit* speaks of an article, or of what is on this page without a noun (*this was first published*)."""
    spoken = _outside_of_names(unit)
    return "article" in spoken or ("this" in spoken and "work" not in spoken)


def _other_work(unit: _Unit, core: Tag) -> bool:
    """Whether *this* stands with a noun that is no article before the words of *core*: *this technique*."""
    text = unit.block.text
    pointed = [tag for tag in unit.tags if tag.end <= core.start and "this" in tag.plays(unit.language)]
    if unit.language == "ja":
        pointed = [tag for tag in pointed if text[tag.start : tag.end] == "この"]
    if (
        unit.language == "zh"
        or not pointed
        or any(tag.end <= core.start and "article" in tag.plays(unit.language) for tag in unit.tags)
    ):
        return False
    following = re.match(r"\s*([^\W\d_]+)", text[pointed[0].end : core.start])
    return following is not None and following[1].lower() not in SMALL_WORDS and "this" not in following[1]


def _words_left(unit: _Unit, end: int) -> int:
    """Words before *end* that are no small words, no words of the lexicon on articles, and in no name or title."""
    text = unit.block.text
    spans = [(link.start, link.end) for link in unit.links]
    spans += [(hit.start(), hit.end()) for hit in _QUOTATION.finditer(text, unit.start, end)]
    spans += [(tag.start, tag.end) for tag in unit.tags if tag.plays(unit.language) - {"work", "data", "media", "told"}]
    count = 0
    for hit in re.finditer(r"[^\W\d_]{2,}", text[unit.start : end]):
        place = unit.start + hit.start()
        if hit[0].lower() in SMALL_WORDS or any(start <= place < stop for start, stop in spans):
            continue
        wide = len(_WIDE_TEXT.findall(hit[0]))
        count += 1 if not wide else (0 if _FILL_UNSPACED.fullmatch(hit[0]) else (wide + 1) // 2)
    return count


_WIDE_TEXT = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


def _outside_of_names(unit: _Unit) -> set[str]:
    """The parts that the words of *unit* play, without those of names and titles: of links, and in quotation marks."""
    spans = [(link.start, link.end) for link in unit.links if not link.bare and _kind(unit, link) in ("name", "title")]
    spans += [(hit.start(), hit.end()) for hit in _QUOTATION.finditer(unit.block.text, unit.start, unit.end)]
    found: set[str] = set()
    for tag in unit.tags:
        if not any(start <= tag.start and tag.end <= end for start, end in spans):
            found |= tag.plays(unit.language)
    return found


def _place_evidence(unit: _Unit, parts: set[str], begin: int | None = None) -> set[str]:
    """Where *unit* stands and what it begins with; *begin*: where what it says begins, behind a date."""
    start = unit.start if begin is None else begin
    found: set[str] = set()
    if unit.first:
        found.add("place:first")
    if unit.last:
        found.add("place:last")
    if not (unit.first or unit.last):
        found |= {"place:middle"} | {f"{part}&middle" for part in parts & CORE}
    if unit.alone:
        found.add("alone")
    size = len(unit.text)
    found.add("size:short" if size < 120 else "size:middle" if size < 260 else "size:long")
    begins = [
        tag
        for tag in unit.tags
        if tag.start >= start and not unit.block.text[start : tag.start].strip(_EDGE + OPEN + CLOSE)
    ]
    begun = begins[0].plays(unit.language) if begins else set()
    found.add(
        "begins:core"
        if begun & CORE
        else "begins:this"
        if "this" in begun
        else "begins:article"
        if begun
        else "begins:other"
    )
    if "media" in begun:
        found.add("begins:media")
    everything = unit.parts()
    told = _outside_of_names(unit)
    for part in ("media", "related", "work", "told"):
        if part in told:
            found.add(f"said:{part}")
    if "work" in told and (not told & {"this", "article"} or _this_work(unit)):
        found.add("said:work&alone")
    for part in ("data", "co"):
        if part in everything:
            found.add(f"said:{part}")
    found |= {"+".join(pair) for pair in _PAIRS if set(pair) <= everything | parts}
    if unit.amid:
        found.add("amid")
    if _IN_BRACKETS.fullmatch(unit.text.strip(_BLANK + "*_")):
        found.add("bracketed")
    if unit.block.text[:start].strip(_EDGE + OPEN + CLOSE):
        found.add("inside")  # a sentence of the same paragraph stands before it
    if unit.block.marks & {"source"}:
        found.add("class:source")
    if unit.block.marks & {"caption"}:
        found.add("class:caption")
    if unit.block.marks & {"emphasis"}:
        found.add("emphasis")
    if unit.block.marks & {"heading"}:
        found.add("heading")
    if unit.block.marks & {"list"}:
        found.add("list")
    if re.search(r"\b1[0-9]{3}\b", _ADDRESS.sub("", unit.text)):
        found.add("said:history")
    return found


def _phrase(parts: set[str], features: set[str]) -> str:
    if "form:newsroom" in features:
        return "newsroom"
    return next((key for part, key in _KEYS.items() if part in parts), "read")


# --- links that nothing is said of -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkEvidence:
    """A link to a page, and the evidence that its look and place give."""

    href: str
    text: str
    features: frozenset[str]


def read_links(document: Document) -> Iterator[LinkEvidence]:
    """Every link of *document* that may lead to an article, with the evidence of its place and shape alone."""
    for unit in _units(document):
        for link in unit.links:
            href = usable_href(link.href)
            if not href or (target := _target(href)) in ("home", "profile", "file", "share", "code", "author"):
                continue
            features = {"form:bare", f"link:{_kind(unit, link)}", f"target:{target}"}
            yield LinkEvidence(href, _shown(unit, link), frozenset(features | _place_evidence(unit, set())))

# ruff: noqa: E501 - tables of words
"""What came back: an article, or one of the many things that stand in its place.

First the rules (:data:`RULES`, in order): walls, bot checks, errors, empty
frames, each told by words or scripts that only such pages have, and only where
the page holds little else. Then two forests that have seen articles, section pages,
shops, forums and manuals judge the page as a whole (``pagekind``): one knows lists
and goods, and refuses what it is sure of; the other tells how little a page is like
an article. A wrong refusal loses an article, a wrong acceptance is caught by the
post's text. Where they doubt, the text is kept and ``detail`` says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from newscrawl.html.literals import fold, may_match
from newscrawl.html.structured import PageData, types_of
from newscrawl.outcomes import Reason
from newscrawl.text import word_count

from . import pagekind
from .blocks import Blocks
from .features import Array, Table, count_words
from .pagekind import Otherness
from .result import REASON_OF_KIND, Extraction, Kind

__all__ = ["DOUBT", "RULES", "SIGNS", "Evidence", "Rule", "Sign", "Verdict", "judge"]

#: Words: below the first, a text is no article by itself; above the second, phrases cannot refuse it.
SHORT = 60
LONG = 250
#: Characters in which the words of a text are counted first: where there are enough of them, the rest may be longer still.
ENOUGH = 4_000
#: Characters of prose that make a long text with an article's data an article, whatever words stand in it.
PROSE = 900
#: Characters of the page's visible text that phrases are looked for in.
HEAD = 6_000
#: A text with this share of paragraphs about consent is none of an article.
CONSENT_SHARE = 0.34
#: The probability of being no article from which on ``detail`` tells a doubt.
DOUBT = 0.4


@dataclass(slots=True)
class Verdict:
    kind: Kind
    reason: Reason | None
    detail: str | None


def _no(kind: Kind, detail: str) -> Verdict:
    return Verdict(kind, REASON_OF_KIND[kind], detail)


_CHALLENGE = re.compile(
    r"(?i)just a moment\.\.\.|checking (?:if the site connection is secure|your browser)|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|are you a (?:robot|human)\?|i'?m not a robot|unusual (?:traffic|activity) (?:from|in)|pardon our interruption|ddos protection by"
    r"|attention required! \| cloudflare|enable javascript and cookies to continue|access (?:to this page has been )?denied|request unsuccessful\. incapsula"
    r"|bot (?:detection|protection|verification)|please (?:complete|solve) the (?:captcha|security check)|press (?:&|and) hold"
    r"|performing security verification|security check(?:point)? (?:required|to continue)|automated (?:access|requests?|queries)|sicherheitsüberprüfung"
    r"|vérifi(?:cation|er|ons) que vous (?:êtes|n)|bist du ein mensch|sind sie ein (?:mensch|roboter)|no eres un robot|no soy un robot|проверк[аи] браузера"
    r"|you (?:have been|are being|were) blocked|blocked by (?:the )?(?:network|security)|reference (?:#|id)\s?[\w.]{6,}|ray id"
)
_CHALLENGE_MARKUP = re.compile(
    r"(?i)cf-chl|cf_chl_opt|challenge-platform/h/|/cdn-cgi/challenge|_incapsula_resource|captcha-delivery\.com|geo\.captcha|px-captcha|perimeterx"
    r"|ddos-guard|awswafintegration|aws-waf|hcaptcha\.com|recaptcha/api|g-recaptcha|datadome|akamai.{0,40}challenge|sec-if-cpt|distil_r_captcha|turnstile"
)
_CONSENT = re.compile(
    r"(?i)before you continue|\bus(?:e|ing) cookies|\bour partners|nous et nos|utilisons des cookies|consentement|personalised (?:ads|advertising|content)|personal data|dati personali|annunci e contenuti|consenso|datos personales|consentimiento|données personnelles|persoonsgegevens|toestemming|personuppgifter|dane osobowe|we (?:value|care about|respect) your privacy|your privacy (?:choices|matters)|cookie (?:consent|settings|preferences)"
    r"|(?:accept|reject|agree to) (?:all )?cookies|store and/or access information on a device|our (?:\d+ )?partners|legitimate interest"
    r"|with advertising(?: and tracking)?|mit werbung (?:und|weiter|lesen)|einwilligung|zustimm(?:en|ung)|datenschutzeinstellungen|wir und unsere (?:\d+ )?partner"
    r"|cookies akzeptieren|avec publicité|continuer sans accepter|vos (?:choix|préférences) .{0,40}(?:cookies|vie privée)|accepter (?:et|les cookies)|nos partenaires"
    r"|aceptar (?:y continuar|cookies|todo)|nuestros socios|configuración de (?:las )?cookies|accetta (?:e continua|i cookie|tutto)|nostri partner"
    r"|accepteren|cookies? toestaan|onze partners|samtycke|samtykke|zgod[aęy] na|ustawienia prywatności|ciasteczk|персональн\w+ данн|файлы cookie"
)
_LOGIN = re.compile(
    r"(?i)\b(?:log ?in|sign ?in|sign ?up|log on|create (?:an|your) account|forgot(?:ten)? (?:your )?password|register (?:now|to|for free)|anmelden|einloggen|passwort vergessen"
    r"|registrieren|se connecter|connexion|mot de passe oublié|créer un compte|iniciar sesión|inicia sesión|contraseña|accedi|registrati|inloggen|wachtwoord"
    r"|logga in|logg inn|log ind|zaloguj|войти|вход|ログイン|登录|로그인)\b"
)
_PAYWALL = re.compile(
    r"(?i)subscribe (?:to|now|today|for)|subscri(?:be|ption) (?:to )?(?:continue|read|keep|unlock)|to (?:continue|keep) reading|already a (?:subscriber|member)|this (?:article|story|content) is (?:for|only available to|exclusive|reserved)"
    r"|(?:subscriber|member|premium)[- ](?:only|exclusive)|unlock (?:this|the full|full)|become a (?:subscriber|member)|start your (?:free )?trial|full access|per month|cancel any ?time"
    r"|read the (?:full|rest of (?:the|this)) (?:article|story)|free articles? (?:left|remaining|this month)|reached your (?:limit|free)"
    r"|weiterlesen mit|jetzt (?:abonnieren|testen|weiterlesen)|nur für (?:abonnenten|mitglieder)|bereits (?:abonnent|kunde|registriert)|abo (?:abschließen|testen)|plus-(?:artikel|abo)|exklusiv für"
    r"|réservé aux abonnés|article réservé|abonnez-vous|déjà abonné|pour lire la suite|il vous reste .{0,20}(?:à lire|article)|lire la suite .{0,30}abonn"
    r"|suscr[ií]b(?:ete|ase)|contenido exclusivo|solo para suscriptores|ya eres suscriptor|abbonati|riservato agli abbonati|sei già abbonato|contenuto riservato"
    r"|alleen voor abonnees|word abonnee|abonner deg|for abonnenter|bli (?:prenumerant|abonnent)|dostęp do (?:całego|pełnego)|подписчик|会員限定|有料会員|この記事は有料|残り[\s\d０-９,]{1,8}文字|유료회원"
)
_NOT_FOUND = re.compile(
    r"(?i)\b(?:error )?404\b|unavailable (?:due to|for) legal reasons|not available in your (?:region|country)|page (?:not found|can(?:no|')t be found|doesn'?t exist|does not exist|no longer (?:exists|available)|you (?:requested|are looking for|were looking for)|is missing)"
    r"|(?:page|article|story|content) (?:could not be|cannot be|was not|not) found|not found|no longer available|has (?:been removed|expired|moved)|we (?:couldn'?t|could not|can'?t|cannot) find"
    r"|seite (?:wurde )?(?:leider )?nicht (?:gefunden|mehr)|nicht gefunden|page (?:introuvable|non trouvée)|n'existe (?:pas|plus)|página no (?:encontrada|existe)|no (?:se )?(?:encontr|existe)|non (?:è stata )?trovata|pagina niet gevonden"
    r"|niet gevonden|sidan (?:hittades inte|finns inte)|siden (?:finnes|findes) ikke|strona nie (?:istnieje|została znaleziona)|nie znaleziono|страница не найдена|не существует|ページが見つかりません|お探しのページ|页面不存在|페이지를 찾을 수"
    r"|sayfa bulunamadı|oops|gone\b"
)
_GONE_TITLE = re.compile(
    r"(?i)\b404\b|not found|nicht gefunden|introuvable|no encontrada|non trovata|niet gevonden|hittades inte|не найдена|見つかりません|不存在|oops"
)
_SCRIPT = re.compile(
    r"(?i)(?:enable|turn on|requires?|activate|need(?:s)?(?: to enable)?|without) (?:your )?java ?script|javascript (?:is |must be )?(?:disabled|required|enabled|not enabled)|javascript aktivieren|activer javascript|activez javascript|habilit\w+ javascript"
)
# Thai and Lao write no stops: a run of so many letters is of a sentence.
_SENTENCE = re.compile(
    r"""[^\W\d_]{2}[.!?…]["”»’')]{0,2}(?:\s|\Z)|[।۔。！？؟։።။។།](?:["”»’'」』）)])?|[\u0e00-\u0eff]{25}"""
)
#: Words from which on a text of short paragraphs is one, where this share of its characters is in finished sentences.
SHORT_PARAGRAPHS, IN_SENTENCES = 80, 0.7
#: Words of a finished sentence at least; a character of a script without spaces counts as half of one.
SENTENCE_WORDS = 5
_STOPS = (".", "!", "?", "…", "।", "。", "！", "？", "؟", "۔", "։", "።", "။", "។", "།")
_CONSENT_HOST = re.compile(r"(?i)^https?://(?:consent|cmp|guce|privacy)\.")

_SEARCH_QUERY = re.compile(r"(?i)(?:^|&)(?:q|s|query|search|suche)=")
_LEGAL_PATH = re.compile(
    r"(?i)/(?:privacy|privacy-policy|cookie-policy|cookies|terms|terms-of-(?:use|service)|legal|impressum|imprint|datenschutz|agb|about|about-us"
    r"|ueber-uns|contact|kontakt|contact-us|advertise|mediadaten|subscribe|abo|faq|help|jobs|careers|newsletters?)(?:\.html?|/)?$"
)
_INDEX_PATH = re.compile(
    r"(?i)^/(?:index\.\w{3,5}|home|[a-z]{2}(?:-[a-z]{2})?)?/?$|^/(?:[a-z]{2}/)?(?:tags?|topics?|categor(?:y|ies|ia|ie)|sections?|authors?|search|archives?|page/\d+|thema|themen|rubrik|seccion|profile|people|contributors?)(?:/[\w\-%.]*){0,2}/?$"
)
_PAGE_WORD = re.compile(
    r"(?i)^\W*4(?:04|10)\b|\b(?:page|error|seite|página|pagina|sidan|siden|strona|страница|sayfa|oldal|sivu)\b|ページ|页面|페이지"
)
_QUOTED = re.compile(r"[“„«\"][^“”„«»\"]{0,400}[”“»\"]")
_WE = re.compile(
    r"(?i)\b(?:we|our|you|your|wir|unsere[nrms]?|sie|ihre[nrms]?|nous|nos|notre|vous|vos|votre|nosotros|nuestr[oa]s?|usted|tus?|noi|nostr[ioae]|tuoi?|wij|onze|jouw?|uw|vi|våra?|vår[te]?|du|dine?|nasz\w*|my|twoj\w*|мы|наш\w*|вы|ваш\w*)\b"
)


#: Ends most paragraphs: looked for first, since it takes no search. Characters that it may stand in.
_LAST_SENTENCE = re.compile(r"""[^\W\d_]{2}[.!?…]["”»’')]{0,2}\Z""")
_LAST = 5
#: Characters of a paragraph in which a sentence is looked for.
MAX_SENTENCE = 1_500


def _holds_sentence(paragraph: str) -> bool:
    """Whether a sentence ends in the beginning of *paragraph*."""
    if len(paragraph) <= MAX_SENTENCE and _LAST_SENTENCE.search(paragraph, len(paragraph) - _LAST):
        return True
    return bool(_SENTENCE.search(paragraph[:MAX_SENTENCE]))


class Evidence:
    """What the judgement rests on: the text found, the page around it, what the page says of itself."""

    def __init__(
        self,
        root: HtmlElement,
        data: PageData,
        node: dict[str, Any] | None,
        found: Extraction,
        url: str,
        blocks: Blocks,
        table: Table,
        host: str = "",
        copied: bool = False,
    ) -> None:
        self.root, self.data, self.found, self.url, self.host = root, data, found, url, host
        self.blocks, self.table = blocks, table
        self.copied = copied
        """Whether another copy of the article stands on the page, nearly whole."""
        self.node = node
        self.text = found.text or ""
        self.words = word_count(self.text[:ENOUGH])
        """Words of the text; of a long one those of its beginning, which are more than any rule asks for."""
        if len(self.text) > ENOUGH and self.words < LONG:
            self.words = word_count(self.text)
        self.paragraphs = self.text.split("\n\n") if self.text else []
        self.title = " \n ".join(filter(None, (found.title, data.title_tag)))[:400]
        self.og_type = (data.first("og:type") or "").lower()
        self.strong = node is not None or "article" in self.og_type
        """Whether the page's data calls it an article."""
        self.dated = found.published_at is not None
        self.visible_words = float(table.words.sum()) if len(table.words) else 0.0

    @cached_property
    def row(self) -> Array:
        """The page as a whole, as ``pagekind`` has it: asked for last, since it costs a tenth of reading the page."""
        return pagekind.describe(
            self.data,
            self.node,
            self.blocks,
            self.table,
            published=self.dated,
            authors=bool(self.found.authors),
            title=self.found.title,
            host=self.host,
        )

    @cached_property
    def page(self) -> dict[str, float]:
        """The page as a whole, by the names of ``pagekind``."""
        return dict(zip(pagekind.NAMES, self.row.tolist(), strict=True))

    @cached_property
    def prose(self) -> int:
        """Characters of the text that stand in paragraphs with a finished sentence."""
        return sum(len(p) for p in self.paragraphs if len(p) > (80 if p.isascii() else 40) and _holds_sentence(p))

    @cached_property
    def in_sentences(self) -> bool:
        """Whether a text of some length stands in short paragraphs, most of which are finished sentences."""
        if self.words < SHORT_PARAGRAPHS:
            return False
        ended = (p for p in self.paragraphs if p.rstrip("\"”»’')」』）").endswith(_STOPS))
        said = sum(len(p) for p in ended if count_words(p) >= SENTENCE_WORDS)
        return said >= IN_SENTENCES * len(self.text)

    @cached_property
    def head(self) -> str:
        """The page's visible text, cut."""
        lines, size = [], 0
        for line in self.blocks.text:
            lines.append(line)
            size += len(line)
            if size > HEAD:
                break
        return " \n ".join(lines)[:HEAD]

    @cached_property
    def told(self) -> str:
        """Title and visible text, where phrases are looked for."""
        return f"{self.title} \n {self.head}"

    @property
    def small(self) -> bool:
        return self.visible_words < 350

    @property
    def brief(self) -> bool:
        return self.words < LONG

    @cached_property
    def consent_host(self) -> bool:
        return bool(_CONSENT_HOST.search(self.url[:200]))

    @cached_property
    def whole(self) -> bool:
        """Whether this is a long text with an article's data: no phrase in it makes it a wall."""
        return not self.brief and self.prose > PROSE and (self.strong or self.dated) and not self.consent_host

    @cached_property
    def wall_scripts(self) -> bool:
        """Scripts and frames of bot walls. They stand on ordinary pages too: a sign only where there is little else."""
        if any(_holds(_CHALLENGE_MARKUP, text[:4000]) for _, text in self.data.state[:20]):
            return True
        return any(
            _holds(_CHALLENGE_MARKUP, (e.get("src") or "")[:300] + " " + (e.text or "")[:2000])
            for e in self.root.iter("script", "iframe")
        )

    @cached_property
    def bare(self) -> bool:
        """Whether next to nothing is left without the paragraphs that offer a subscription."""
        return self.prose - sum(len(p) for p in self.paragraphs if _holds(_PAYWALL, p[:1000])) < 250


#: Patterns that match no line break: they are looked for in the lines that may hold them.
_WITHIN_LINES = (_CONSENT, _LOGIN)


def _hits(pattern: re.Pattern[str], text: str) -> int:
    """How many different phrases of *pattern* stand in *text*."""
    if not may_match(pattern, fold(text)):
        return 0
    lines = [text]
    if pattern in _WITHIN_LINES:
        lines = [line for line in text.split("\n") if may_match(pattern, fold(line))]
    return len({found.group(0).lower() for line in lines for found in pattern.finditer(line)})


def _holds(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a phrase of *pattern* stands in *text*."""
    return may_match(pattern, fold(text)) and bool(pattern.search(text))


# --- rules: each says whether the page is what the table below calls it --------


def _challenge(e: Evidence) -> bool:
    if not e.brief or e.visible_words >= 250 or e.strong:
        return False
    phrases = _hits(_CHALLENGE, e.told)
    return (
        phrases >= 2
        or bool(phrases and e.wall_scripts)
        or bool(_CHALLENGE.search(e.title))
        or (e.visible_words < 80 and e.wall_scripts)
    )


def _is_about_missing_page(title: str) -> bool:
    """Whether a title says that the page is missing: the phrase is most of it. "Missing hiker not found" is news."""
    for line in title.split("\n"):
        name = re.split(r"\s[|–—-]\s", line.strip())[0].strip()
        found = _GONE_TITLE.search(name) or _NOT_FOUND.search(name)
        if found and (len(found.group(0)) >= 0.6 * len(name) or _PAGE_WORD.search(name[:60])):
            return True
    return False


def _not_found(e: Evidence) -> bool:
    if not e.brief:
        return False
    if _is_about_missing_page(e.title) and (e.words < 120 or _GONE_TITLE.search(e.title)):
        return not e.strong or e.prose < 300
    little = e.prose < 150 or (e.prose < 300 and e.visible_words < 160)
    return little and not e.strong and e.words < 120 and _holds(_NOT_FOUND, e.head[:3000])


def _consent(e: Evidence) -> bool:
    if e.consent_host:
        return _hits(_CONSENT, e.told) >= 1
    # An article is of its own words mostly, and that is seen at less cost than how many phrases there are.
    may_own = (may_match(_CONSENT, fold(p[:1000])) for p in e.paragraphs)
    little = not (e.strong or e.dated) and e.brief and e.prose < PROSE
    if not little and sum(may_own) < CONSENT_SHARE * max(1, len(e.paragraphs)):
        return False
    hits = _hits(_CONSENT, e.told)
    if hits < 2 or (hits < 3 and not e.small):
        return False
    own = [p for p in e.paragraphs if _CONSENT.search(p[:1000])]
    share = len(own) / max(1, len(e.paragraphs))
    if e.strong or e.dated:
        # A wall speaks to its reader; an article about walls tells of them, and quotes them.
        speaks = any(_WE.search(_QUOTED.sub(" ", p[:1000])) for p in own)
        return share >= CONSENT_SHARE and speaks
    return share >= CONSENT_SHARE or (e.brief and e.prose < PROSE)


def _login_form(e: Evidence) -> bool:
    return e.brief and not e.strong and e.prose < 300 and e.data.password_inputs > 0


def _login_words(e: Evidence) -> bool:
    if not e.brief or e.strong or e.prose >= 300 or not e.small:
        return False
    return bool(e.visible_words < 120 or _LOGIN.search(e.title)) and _hits(_LOGIN, e.told) >= 2


def _paywall(e: Evidence) -> bool:
    if not e.brief or not e.bare:
        return False
    offers = _hits(_PAYWALL, e.head)
    return offers >= 3 or (offers >= 2 and (e.strong or e.small)) or bool(e.found.paywalled and e.words < SHORT)


def _is_frame(e: Evidence) -> bool:
    return e.words < 40 and (e.visible_words < 60 or bool(_SCRIPT.search(e.head) and e.visible_words < 150))


def _shell(e: Evidence) -> bool:
    if not _is_frame(e) or e.dated:
        return False
    scripted = e.data.scripts >= 2 or bool(_SCRIPT.search(e.root.text_content()[:5000]))
    return scripted and _mount(e.root)


def _article_shell(e: Evidence) -> bool:
    if not _is_frame(e) or e.words >= 12 or e.data.scripts < 1:
        return False
    return e.strong or e.dated or next(e.root.iter("article"), None) is not None


def _hole(e: Evidence) -> bool:
    return _is_frame(e) and e.visible_words <= 5 and e.data.scripts >= 1 and _named_holes(e.root)


def _video(e: Evidence) -> bool:
    if not e.brief or e.prose >= 400:
        return False
    if e.og_type.startswith("video"):
        return True
    own = any("videoobject" in types_of(n) for n in e.data.nodes[:50] if n is not e.node)
    return own and not e.strong and e.words < SHORT


def _gallery(e: Evidence) -> bool:
    if not e.brief or e.prose >= 400:
        return False
    return any(types_of(n) & {"imagegallery", "mediagallery"} for n in e.data.nodes[:50])


class Rule(NamedTuple):
    kind: Kind
    detail: str
    holds: Callable[[Evidence], bool]


#: Asked in order, where the page is no long text with an article's data; the first that holds tells the kind.
RULES = (
    Rule(Kind.CHALLENGE, "the words or scripts of a bot check, and little else", _challenge),
    Rule(Kind.NOT_FOUND, "the page calls itself missing", _not_found),
    Rule(Kind.CONSENT, "the words of a consent wall and no article", _consent),
    Rule(Kind.LOGIN, "a password field and no article", _login_form),
    Rule(Kind.LOGIN, "the words of a sign-in form and no article", _login_words),
    Rule(Kind.PAYWALL, "a subscription offer and no text", _paywall),
    Rule(Kind.SHELL, "scripts and next to no text", _shell),
    # A page that calls itself an article, runs scripts and shows no text: the scripts bring it.
    Rule(Kind.SHELL, "an article's head, scripts, and no text", _article_shell),
    Rule(Kind.SHELL, "scripts, and nothing but an empty element for them", _hole),
    Rule(Kind.VIDEO, "a video with a description", _video),
    Rule(Kind.GALLERY, "pictures with captions", _gallery),
)


# --- signs: what makes a page that is built like no article one beyond doubt -------


def _sells(e: Evidence) -> bool:
    article = e.page["ld_news"] or e.page["ld_post"] or e.page["article_node"]
    return not article and (e.page["ld_product"] > 0 or e.page["og_product"] > 0)


def _in_boxes(e: Evidence, least: float) -> bool:
    """Whether each piece of the page's prose stands in a box of its own. An article's paragraphs share one."""
    return e.page["parents_ratio"] >= least


def _is_index(e: Evidence) -> bool:
    """The address of a front or section page, and prose in boxes: the address alone refuses nothing."""
    try:
        parts = urlsplit(e.url)
    except ValueError:
        return False
    index = _INDEX_PATH.search(parts.path) or _SEARCH_QUERY.search(parts.query)
    return bool(index) and not e.strong and _in_boxes(e, 0.6)


def _is_about_the_site(e: Evidence) -> bool:
    try:
        path = urlsplit(e.url).path
    except ValueError:
        return False
    return bool(_LEGAL_PATH.search(path)) and not e.strong and not e.dated


def _teasers(e: Evidence) -> bool:
    """Five pieces of prose or more, each in a box of its own, below headings most of which are links."""
    several = e.page["log_content"] >= math.log1p(5) - 1e-6
    linked = e.page["linked_headings"] >= 0.5
    return not e.strong and several and linked and _in_boxes(e, 0.9)


def _is_index_of_teasers(e: Evidence) -> bool:
    return _is_index(e) and _teasers(e)


def _hardly_a_sentence(e: Evidence) -> bool:
    return not e.strong and e.prose < 300 and not e.in_sentences


def _is_of_teasers(e: Evidence) -> bool:
    """Teasers that hold half of the page's words. Beside an article there may be as many: they hold less than it."""
    return _teasers(e) and e.page["set_share"] >= 0.5


def _always(_: Evidence) -> bool:
    return True


class Sign(NamedTuple):
    detail: str
    least: float
    """The probability from which on the sign refuses the page."""
    holds: Callable[[Evidence], bool]
    shelf: bool = True
    """Whether it is the probability of a list or goods, or that of anything but an article."""


#: What refuses a page beside the forests' probabilities: the plainer the sign, the less of them is asked for.
SIGNS = (
    Sign("sells a product, and calls itself no article", 0.5, _sells),
    Sign("the address of a front or section page, and built like a list", 0.5, _is_index),
    Sign("the address of a page about the site itself, and built like one", 0.5, _is_about_the_site, shelf=False),
    Sign("teasers at the address of a front or section page", 0.5, _is_index_of_teasers, shelf=False),
    Sign("teasers, each in a box of its own", 0.7, _is_of_teasers, shelf=False),
    Sign("lines without a sentence, and built like a list", 0.9, _hardly_a_sentence, shelf=False),
    Sign("built like a list, a shop's shelf or a product", 0.87, _always),
)


def judge(e: Evidence, forests: Callable[[Array], Otherness]) -> Verdict:
    """The kind of the page. *forests*: what they make of the page as a whole.

    They are not asked of a page that holds another copy of the article nearly whole: it is that article's page, however
    it is built.
    """
    if not e.whole:
        for rule in RULES:
            if rule.holds(e):
                return _no(rule.kind, rule.detail)
        if verdict := _too_little(e):
            return verdict
    if e.copied:
        return _article(e)
    other = forests(e.row)
    for sign in SIGNS:
        sure = other.shelf if sign.shelf else other.page
        if sure >= sign.least and sign.holds(e):
            return _no(Kind.LISTING, f"{sign.detail} ({sure:.0%})")
    verdict = _article(e)
    if other.page >= DOUBT and verdict.detail is None:
        verdict.detail = f"in doubt: built like a page that is no article ({other.page:.0%}); its text is kept"
    return verdict


def _too_little(e: Evidence) -> Verdict | None:
    """A page without a text that could be an article."""
    kind = Kind.LISTING if e.visible_words > 100 else Kind.EMPTY
    if e.words < 12 or (e.words < 40 and not (e.strong or e.dated)) or (not e.prose and e.words < 25):
        return _no(kind, f"{e.words} words of text")
    if not (e.strong or e.dated) and e.prose < 200 and not e.in_sentences:
        return _no(kind, "no paragraph of prose, and no sign of an article")
    return None


def _named_holes(root: HtmlElement) -> bool:
    """Whether there is an empty element with a name, for scripts to find it by."""
    return any(
        e.get("id") and not len(e) and not (e.text or "").strip()
        for e in root.iter("div", "main", "section", "article")
    )


def _mount(root: HtmlElement) -> bool:
    """Whether there is an element that scripts fill: an empty root, or a note that asks for JavaScript."""
    if _SCRIPT.search(root.text_content()[:20_000]):
        return True
    ids = {"root", "app", "__next", "__nuxt", "main-app", "react-root", "app-root", "svelte", "gatsby-focus-wrapper"}
    return any((e.get("id") or "") in ids for e in root.iter("div", "main")) or any(
        isinstance(e.tag, str) and e.tag == "app-root" for e in root.iter()
    )


def _article(e: Evidence) -> Verdict:
    """An article: whole, or cut by a paywall where its end says so."""
    last = e.paragraphs[-2:]
    if (
        e.found.paywalled
        and e.brief
        and any(_PAYWALL.search(p[:1000]) or p.rstrip().endswith(("…", "...", "[…]")) for p in last)
    ):
        return Verdict(Kind.ARTICLE, Reason.PAYWALL, "declared as not free, and cut")
    return Verdict(Kind.ARTICLE, None, None)

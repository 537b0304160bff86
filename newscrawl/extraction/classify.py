# ruff: noqa: E501 - tables of words
"""What came back: an article, or one of the many things that stand in its place.

First what the text and the structure are (how much prose, how much of the page
is links, what the page calls itself), then words that only such pages use.
Words alone never refuse a page with a full article in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from newscrawl.html.structured import PageData, types_of
from newscrawl.outcomes import Reason
from newscrawl.text import word_count

from . import features
from .blocks import Blocks
from .features import Table
from .result import REASON_OF_KIND, Extraction, Kind

__all__ = ["Evidence", "Verdict", "evidence", "judge"]

_LINK = features.NAMES.index("link_share")

#: Words: below the first, a text is no article by itself; above the second, phrases cannot refuse it.
SHORT = 60
LONG = 250


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
_SENTENCE = re.compile(r"""[^\W\d_]{2}[.!?…]["”»’')]{0,2}(?:\s|\Z)|[।۔。！？؟](?:["”»’'」』）)])?""")
_LISTING_TYPES = {
    "collectionpage",
    "searchresultspage",
    "profilepage",
    "contactpage",
    "aboutpage",
    "website",
    "itemlist",
}
_CONSENT_HOST = re.compile(r"(?i)^https?://(?:consent|cmp|guce|privacy)\.")
_SEARCH_QUERY = re.compile(r"(?i)(?:^|&)(?:q|s|query|search|suche)=")
_LEGAL_PATH = re.compile(
    r"(?i)/(?:privacy|privacy-policy|cookie-policy|cookies|terms|terms-of-(?:use|service)|legal|impressum|imprint|datenschutz|agb|about|about-us"
    r"|ueber-uns|contact|kontakt|contact-us|advertise|mediadaten|subscribe|abo|faq|help|jobs|careers|newsletters?)(?:\.html?|/)?$"
)
_INDEX_PATH = re.compile(
    r"(?i)^/(?:index\.\w{3,5}|home|[a-z]{2}(?:-[a-z]{2})?)?/?$|^/(?:[a-z]{2}/)?(?:tags?|topics?|categor(?:y|ies|ia|ie)|sections?|authors?|search|archives?|page/\d+|thema|themen|rubrik|seccion|profile|people|contributors?)(?:/[\w\-%.]*){0,2}/?$"
)


@dataclass(slots=True)
class Evidence:
    """What the judgement rests on: sizes and shares of the text found and of the page around it."""

    words: int
    prose: int
    """Characters of the text that stand in paragraphs with a finished sentence."""
    visible_words: float
    link_share: float
    """Share of the page's words that stand in links."""
    head: str
    """The page's visible text, cut."""
    confidence: float


def evidence(text: str | None, blocks: Blocks | None, table: Table | None, confidence: float) -> Evidence:
    """Count what :func:`judge` needs from the blocks and the text taken from them."""
    prose = sum(
        len(p)
        for p in (text or "").split("\n\n")
        if len(p) > (80 if p.isascii() else 40) and _SENTENCE.search(p[:1500])
    )
    if blocks is None or table is None or not len(table.words):
        return Evidence(word_count(text), prose, 0.0, 0.0, "", confidence)
    total = float(table.words.sum())
    linked = float((table.words * table.matrix[:, _LINK]).sum())
    head, size = [], 0
    for line in blocks.text:
        head.append(line)
        size += len(line)
        if size > 6_000:
            break
    return Evidence(word_count(text), prose, total, linked / max(1.0, total), " \n ".join(head)[:6_000], confidence)


def _hits(pattern: re.Pattern[str], text: str) -> int:
    """How many different phrases of *pattern* stand in *text*."""
    return len({found.group(0).lower() for found in pattern.finditer(text)})


def judge(
    root: HtmlElement, data: PageData, node: dict[str, Any] | None, found: Extraction, url: str, seen: Evidence
) -> Verdict:
    """The kind of the page whose fields are *found* already."""
    text = found.text or ""
    words, prose, head = seen.words, seen.prose, seen.head
    title = " \n ".join(filter(None, (found.title, data.title_tag)))[:400]
    og_type = (data.first("og:type") or "").lower()
    strong = node is not None or "article" in og_type
    dated = found.published_at is not None
    try:
        parts = urlsplit(url)
        path, query = parts.path, parts.query
    except ValueError:
        path = query = ""
    if words >= LONG and prose > 900 and (strong or dated) and not _CONSENT_HOST.search(url[:200]):
        return _whole(found, text, words)

    small = seen.visible_words < 350
    if words < LONG:
        # Scripts and frames of bot walls stand on ordinary pages too: they count only where there is little else.
        if seen.visible_words < 250 and not strong:
            marked = any(_CHALLENGE_MARKUP.search(s[:4000]) for _, s in data.state[:20]) or any(
                _CHALLENGE_MARKUP.search((e.get("src") or "")[:300] + " " + (e.text or "")[:2000])
                for e in root.iter("script", "iframe")
            )
            phrases = _hits(_CHALLENGE, title + " \n " + head)
            if phrases >= 2 or (phrases and marked) or _CHALLENGE.search(title) or (marked and seen.visible_words < 80):
                return _no(Kind.CHALLENGE, "the words or scripts of a bot check, and little else")
        if _gone(title, head, seen, strong, words, prose):
            return _no(Kind.NOT_FOUND, "the page calls itself missing")
    paragraphs = text.split("\n\n") if text else []
    consent = _hits(_CONSENT, title + " \n " + head[:8000])
    share = sum(bool(_CONSENT.search(p[:1000])) for p in paragraphs) / max(1, len(paragraphs))
    wall = (consent >= 3 or (consent >= 2 and small)) and (
        share >= 0.34 or (not (strong or dated) and words < LONG and prose < 900)
    )
    if (wall and not (strong and share < 0.34)) or (_CONSENT_HOST.search(url[:200]) and consent >= 1):
        return _no(Kind.CONSENT, "the words of a consent wall and no article")
    if words < LONG:
        thin = prose < 300
        if not strong and thin and data.password_inputs:
            return _no(Kind.LOGIN, "a password field and no article")
        if (
            not strong
            and thin
            and small
            and (seen.visible_words < 120 or _LOGIN.search(title))
            and _hits(_LOGIN, title + " " + head) >= 2
        ):
            return _no(Kind.LOGIN, "the words of a sign-in form and no article")
        offers = _hits(_PAYWALL, head)
        own_offers = sum(len(p) for p in paragraphs if _PAYWALL.search(p[:1000]))
        bare = prose - own_offers < 250
        if bare and (offers >= 3 or (offers >= 2 and (strong or small)) or (found.paywalled and words < SHORT)):
            return _no(Kind.PAYWALL, "a subscription offer and no text")
        if words < 40 and (seen.visible_words < 60 or (_SCRIPT.search(head) and seen.visible_words < 150)):
            frame = data.scripts >= 2 or bool(_SCRIPT.search(root.text_content()[:5000]))
            if frame and not dated and _mount(root):
                return _no(Kind.SHELL, "scripts and next to no text")
            # A page that calls itself an article, runs scripts and shows no text: the scripts bring it.
            called = strong or dated or og_type == "article" or any(True for _ in root.iter("article"))
            if words < 12 and called and data.scripts >= 1:
                return _no(Kind.SHELL, "an article's head, scripts, and no text")
            if seen.visible_words <= 5 and data.scripts >= 1 and _named_holes(root):
                return _no(Kind.SHELL, "scripts, and nothing but an empty element for them")
        video = any("videoobject" in types_of(n) for n in data.nodes[:50] if n is not node)
        if prose < 400 and (og_type.startswith("video") or (video and not strong and words < SHORT)):
            return _no(Kind.VIDEO, "a video with a description")
        if prose < 400 and any(types_of(n) & {"imagegallery", "mediagallery"} for n in data.nodes[:50]):
            return _no(Kind.GALLERY, "pictures with captions")
    if not strong:
        listing = any(types_of(n) & _LISTING_TYPES for n in data.nodes[:50]) or og_type in {
            "website",
            "profile",
            "blog",
        }
        index = bool(_INDEX_PATH.search(path)) or path.strip("/") == "" or bool(_SEARCH_QUERY.search(query))
        main = prose / max(1, len(text))
        cards = [len(e.text_content()) for e in list(root.iter("article"))[:200]]
        many = len(cards) >= 5 and max(cards) < 0.4 * sum(cards)
        if _LEGAL_PATH.search(path):
            return _no(Kind.LISTING, "the address of a page about the site itself")
        if index and not (dated and prose > 900) and (words < 2 * LONG or main < 0.5):
            return _no(Kind.LISTING, "the address and the text of a front or section page")
        if many and not dated:
            return _no(Kind.LISTING, f"{len(cards)} teasers")
        if listing and not dated and prose < max(600, 0.4 * len(text)):
            return _no(Kind.LISTING, "calls itself a collection and has little prose")
    if words < 12 or (words < 40 and not (strong or dated)) or (not prose and words < 25):
        return _no(Kind.LISTING if seen.visible_words > 100 else Kind.EMPTY, f"{words} words of text")
    if not (strong or dated) and prose < 200:
        return _no(
            Kind.LISTING if seen.visible_words > 100 else Kind.EMPTY, "no paragraph of prose, and no sign of an article"
        )
    return _whole(found, text, words)


def _gone(title: str, head: str, seen: Evidence, strong: bool, words: int, prose: int) -> bool:
    """Whether the page says that it is missing: its title or heading does, or the first words of a small page do."""
    if (_GONE_TITLE.search(title) or (_NOT_FOUND.search(title) and words < 120)) and (not strong or prose < 300):
        return True
    return (
        (seen.visible_words < 160 or prose < 150)
        and not strong
        and bool(_NOT_FOUND.search(head[:3000]))
        and words < 120
    )


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


def _whole(found: Extraction, text: str, words: int) -> Verdict:
    """An article: whole, or cut by a paywall where its end says so."""
    last = text.rsplit("\n\n", 2)[-2:]
    if (
        found.paywalled
        and words < LONG
        and any(_PAYWALL.search(p[:1000]) or p.rstrip().endswith(("…", "...", "[…]")) for p in last)
    ):
        return Verdict(Kind.ARTICLE, Reason.PAYWALL, "declared as not free, and cut")
    return Verdict(Kind.ARTICLE, None, None)

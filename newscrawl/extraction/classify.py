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

from newscrawl.outcomes import Reason
from newscrawl.text import word_count

from .result import REASON_OF_KIND, Extraction, Kind
from .structured import PageData, types_of

__all__ = ["Verdict", "judge"]

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
    r"(?i)before you continue|we (?:value|care about|respect) your privacy|your privacy (?:choices|matters)|cookie (?:consent|settings|preferences)"
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
    r"(?i)\b(?:error )?404\b|page (?:not found|can(?:no|')t be found|doesn'?t exist|does not exist|no longer (?:exists|available)|you (?:requested|are looking for|were looking for)|is missing)"
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
_INDEX_PATH = re.compile(
    r"(?i)^/(?:index\.\w{3,5}|home|[a-z]{2}(?:-[a-z]{2})?)?/?$|/(?:tags?|topics?|categor(?:y|ies|ia|ie)|sections?|authors?|search|archives?|page/\d+|thema|themen|rubrik|seccion|profile|people|contributors?)(?:/[\w\-%.]*){0,2}/?$"
)


def _visible(root: HtmlElement) -> str:
    """The page's visible text, up to 40,000 characters."""
    parts: list[str] = []
    length = 0
    body = root.find("body")
    for element in (body if body is not None else root).iter():
        if element.tag not in {"script", "style", "noscript", "template", "svg", "head"} and element.text:
            parts.append(element.text)
            length += len(element.text)
        if element.tail:
            parts.append(element.tail)
            length += len(element.tail)
        if length > 40_000:
            break
    return " ".join(" ".join(parts).split())


def judge(root: HtmlElement, data: PageData, node: dict[str, Any] | None, found: Extraction, url: str) -> Verdict:
    """The kind of the page whose fields are *found* already."""
    words = word_count(found.text)
    text = found.text or ""
    title = " ".join(filter(None, (found.title, data.title_tag)))[:400]
    og_type = (data.first("og:type") or "").lower()
    is_article = node is not None or "article" in og_type or found.published_at is not None
    strong = node is not None or "article" in og_type
    prose = sum(len(p) for p in text.split("\n\n") if len(p) > (100 if p.isascii() else 50) and _SENTENCE.search(p))

    if words >= LONG and prose > 600 and (strong or found.published_at):
        return _whole(found, text, words)

    visible = _visible(root)
    visible_words = word_count(visible[:20_000])
    head = visible[:6000]
    try:
        path = urlsplit(url).path
    except ValueError:
        path = "/"

    if words < LONG:
        markup = any(_CHALLENGE_MARKUP.search(s[:4000]) for _, s in data.state[:20]) or any(
            _CHALLENGE_MARKUP.search((e.get("src") or "")[:300]) for e in root.iter("script", "iframe")
        )
        phrases = len({m.group(0).lower() for m in _CHALLENGE.finditer(title + " \n " + head)})
        if visible_words < 350 and not strong and (phrases >= 2 or (phrases and markup) or _CHALLENGE.search(title)):
            return _no(Kind.CHALLENGE, "the words of a bot check and little else")
        if markup and visible_words < 80 and not strong:
            return _no(Kind.CHALLENGE, "the scripts of a bot check and no text")
        if not strong and (
            _GONE_TITLE.search(title) or (visible_words < 400 and _NOT_FOUND.search(head) and not is_article)
        ):
            return _no(Kind.NOT_FOUND, "the page calls itself missing")
        consent = len({m.group(0).lower() for m in _CONSENT.finditer(head)})
        share = sum(bool(_CONSENT.search(p)) for p in text.split("\n\n")) / max(1, len(text.split("\n\n")))
        if consent >= 3 and (share > 0.3 or (not is_article and visible_words < 1500)) and not (strong and share < 0.3):
            return _no(Kind.CONSENT, "the words of a consent wall and no article")
        if not strong and data.password_inputs and words < 150 and prose < 200:
            return _no(Kind.LOGIN, "a password field and no article")
        if (
            not is_article
            and visible_words < 250
            and len({m.group(0).lower() for m in _LOGIN.finditer(title + " " + head)}) >= 2
        ):
            return _no(Kind.LOGIN, "the words of a sign-in form and no article")
        offers = len({m.group(0).lower() for m in _PAYWALL.finditer(head)})
        if (found.paywalled or offers >= 3) and words < SHORT:
            return _no(Kind.PAYWALL, "a subscription offer and no text")
        bare = words < 25 and (visible_words < 60 or (_SCRIPT.search(head) and visible_words < 150))
        if bare and (data.scripts >= 2 or _SCRIPT.search(root.text_content()[:5000])):
            return _no(Kind.SHELL, "scripts and next to no text")
        video = any("videoobject" in types_of(n) for n in data.nodes[:50] if n is not node)
        if words < SHORT and (og_type.startswith("video") or (video and not strong)):
            return _no(Kind.VIDEO, "a video with a description")
        if words < SHORT and any(types_of(n) & {"imagegallery", "mediagallery"} for n in data.nodes[:50]):
            return _no(Kind.GALLERY, "pictures with captions")

    if not strong:
        listing = any(types_of(n) & _LISTING_TYPES for n in data.nodes[:50]) or og_type in {
            "website",
            "profile",
            "blog",
        }
        index = bool(_INDEX_PATH.search(path)) and not urlsplit(url).query
        if index and (words < 2 * LONG or prose < 0.5 * len(text)) and not found.published_at:
            return _no(Kind.LISTING, "the address and the text of a front or section page")
        if listing and not found.published_at and prose < max(600, 0.4 * len(text)):
            return _no(Kind.LISTING, "calls itself a collection and has little prose")
    if words < 15 or (words < 40 and not is_article):
        return _no(Kind.EMPTY, f"{words} words of text")
    if not is_article and prose < 250:
        return _no(
            Kind.LISTING if visible_words > 400 else Kind.EMPTY, "no paragraph of prose, and no sign of an article"
        )
    return _whole(found, text, words)


def _whole(found: Extraction, text: str, words: int) -> Verdict:
    """An article: whole, or cut by a paywall where its end says so."""
    last = text.rsplit("\n\n", 2)[-2:]
    if (
        found.paywalled
        and words < LONG
        and any(_PAYWALL.search(p) or p.rstrip().endswith(("…", "...", "[…]")) for p in last)
    ):
        return Verdict(Kind.ARTICLE, Reason.PAYWALL, "declared as not free, and cut")
    return Verdict(Kind.ARTICLE, None, None)

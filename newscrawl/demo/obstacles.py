# ruff: noqa: E501 - long lines of text and markup read better whole
"""What publishers send in place of an article: bot checks, consent walls, sign-in forms, section pages. Pure."""

from __future__ import annotations

from html import escape

from newscrawl.demo.pages import Page, _box, _nav

__all__ = ["challenge", "consent", "listing", "login"]


def challenge(page: Page, variant: int) -> tuple[int, str, dict[str, str]]:
    """A bot check: as a content delivery network sends it (403), or as a captcha under 200."""
    if variant % 2 == 0:
        html = (
            '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title><meta charset="utf-8">'
            '<meta name="robots" content="noindex,nofollow"><meta http-equiv="refresh" content="390"></head>'
            '<body class="no-js"><div class="main-wrapper" role="main"><div class="main-content"><noscript><div class="h2">'
            "<span>Enable JavaScript and cookies to continue</span></div></noscript></div></div>"
            "<script>(function(){window._cf_chl_opt={cvId:'3',cZone:'moatherald.test'};var a=document.createElement('script');"
            "a.src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1';document.head.appendChild(a);}());</script></body></html>"
        )
        return 403, html, {"cf-mitigated": "challenge", "Cache-Control": "private, max-age=0, no-store"}
    html = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Security check</title></head><body><h1>Are you a human?</h1>'
        "<p>We noticed unusual activity from your network. Please complete the security check to continue.</p>"
        '<form method="post"><div class="g-recaptcha" data-sitekey="0"></div><button>I am not a robot</button></form>'
        '<p><small>Reference #18.5ad0</small></p><script src="/recaptcha/api.js"></script></body></html>'
    )
    return 200, html, {}


def consent(page: Page) -> str:
    """A consent wall that stands in place of the article."""
    name = escape(page.publisher.name)
    return (
        f'<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>{name} – Einwilligung</title></head><body class="cmp-page">'
        f"<h1>Weiterlesen mit Werbung oder im Abo</h1><p>Besuchen Sie {name} wie gewohnt mit Werbung und Tracking. Ihre Einwilligung können Sie "
        "jederzeit in den Datenschutzeinstellungen widerrufen.</p><button>Cookies akzeptieren und weiter</button>"
        "<p>Wir und unsere 187 Partner speichern Informationen auf einem Gerät und verarbeiten personenbezogene Daten. Der Verarbeitung auf Grundlage "
        "berechtigten Interesses können Sie widersprechen. Mit Ihrer Zustimmung verwenden wir genaue Standortdaten.</p>"
        '<a href="/pur">Pur-Abo ohne Tracking ab 2,99 € im Monat</a><footer><a href="/impressum">Impressum</a> <a href="/datenschutz">Datenschutz</a></footer>'
        '<script src="/cmp/loader.js"></script></body></html>'
    )


def login(page: Page) -> str:
    """A sign-in form that stands in place of the article."""
    name = escape(page.publisher.name)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sign in | {name}</title></head><body>{_nav(page)}'
        f'<main><h1>Sign in to {name}</h1><p>Please log in to read this page.</p><form action="/session" method="post">'
        '<label>E-mail <input name="email" type="email"></label><label>Password <input name="password" type="password"></label>'
        '<button>Log in</button></form><p><a href="/forgot">Forgot your password?</a> <a href="/register">Create an account</a></p></main></body></html>'
    )


def listing(page: Page) -> str:
    """A section's list of headlines."""
    items = "".join(
        f'<li class="teaser"><a href="{page.home}/more/{number}"><h3>{escape(title)}</h3></a><span class="ago">{number + 1} h ago</span></li>'
        for number, title in enumerate(page.others(24, "listing"))
    )
    section = escape(page.article.section.title())
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{section} | {escape(page.publisher.name)}</title>'
        f'<meta property="og:type" content="website"><meta property="og:title" content="{section}"></head><body>{_nav(page)}<h1>{section}</h1>'
        f'<ul class="river">{items}</ul><a class="next" href="?page=2">More stories</a>{_box(page, "popular", 5, "class=popular")}</body></html>'
    )

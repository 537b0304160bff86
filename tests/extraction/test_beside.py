# ruff: noqa: E501 - HTML
"""Kinds of things that stand in, above and below texts of pages nobody has seen: what is text, what is none; answers written first."""

from __future__ import annotations

import pytest

from newscrawl.extraction import extract

from .pages import page, paragraphs

URL = "https://post.vellmar.example/local/2024/harbour-closed"
LINES = paragraphs(8)
HEADING = "<h1>Harbour closed after crane accident</h1>"
OTHER = [
    "The people of Arden have waited for a new bridge since the old one was sold.",
    "A farmer near Lund found a coin that is older than the church of the village.",
    "Trains to the coast will run every half hour from May on, the railway says.",
    "The museum shows letters that a sailor wrote to his sister a century ago.",
    "Two schools in Harrow will share one roof while the other one is mended.",
]


def read(above: str = "", inside: str = "", below: str = "", after: str = "") -> str:
    """The text of an article with markup above, inside and below its paragraphs, and after the element that holds it."""
    lines = [f"<p>{line}</p>" for line in LINES]
    html = page(HEADING + above + "".join(lines[:4]) + inside + "".join(lines[4:]) + below)
    return extract(html.replace("</article>", f"</article>{after}"), URL).text or ""


def whole(text: str) -> bool:
    return all(line in text for line in LINES)


STORIES = {
    "items of a list": "<ul>"
    + "".join(
        f"<li><a href=/s/{i}>Story number {i} of the county</a><p>{line}</p></li>" for i, line in enumerate(OTHER)
    )
    + "</ul>",
    "titles that are no headings": "".join(
        f"<div class=c{i}><a class=t href=/s/{i}>Story number {i} of the county</a><p>{line}</p></div>"
        for i, line in enumerate(OTHER)
    ),
    "cards that are links": "".join(
        f"<a href=/s/{i}><h3>Story number {i} of the county</h3><p>{line}</p></a>" for i, line in enumerate(OTHER)
    ),
    "articles in an article": "".join(
        f"<article><h2><a href=/s/{i}>Story number {i} of the county</a></h2><div class=entry-summary><p>{line}</p></div></article>"
        for i, line in enumerate(OTHER)
    ),
    "a heading and dates": "<h2>Latest news</h2>"
    + "".join(
        f"<div><h4><a href=/s/{i}>Story number {i} of the county</a></h4><time>{i + 1} May 2024</time><div>{line}</div></div>"
        for i, line in enumerate(OTHER)
    ),
}


@pytest.mark.parametrize("place", ["below", "after"])
@pytest.mark.parametrize("name", STORIES)
def test_other_stories(name: str, place: str) -> None:
    text = read(**{place: f"<div>{STORIES[name]}</div>"})
    assert [line for line in OTHER if line in text] == []
    assert whole(text)


CALLS = {
    "one story": (
        "<div class=inline-story><h3><a href=/s/1>A new bridge for Arden at last</a></h3><p>The people of Arden have waited since the old one was sold.</p></div>",
        "since the old one was sold",
    ),
    "an app": (
        "<div class=app-promo><p>Download our app to read this and all other stories on your phone, wherever you are.</p><a href=/app>Get the app</a></div>",
        "Download our app",
    ),
    "a subscription": (
        "<div class=paywall-promo><p>Already a subscriber? Log in here. Subscribe now for one dollar a week and read all stories.</p></div>",
        "one dollar a week",
    ),
    "a player": ("<div class=audio><p>Listen to this article</p><p>5 min</p></div>", "Listen to this article"),
    "shares": (
        "<ul class=share><li><a href=#>Share on Facebook</a></li><li><a href=#>Post on X</a></li><li><a href=#>Copy link</a></li></ul>",
        "Copy link",
    ),
    "advertisement": (
        "<div class=ad><span>Advertisement</span><p>Article continues after advertisement</p></div>",
        "continues after",
    ),
    "a video's notes": (
        "<div class=video-player><p>This video can not be played</p><p>To play this video you need to enable JavaScript in your browser.</p></div>",
        "enable JavaScript",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_inside(name: str) -> None:
    inner, foreign = CALLS[name]
    text = read(inside=inner)
    assert foreign not in text
    assert whole(text)


FEET = {
    "who writes, by class": (
        "<div class='bio'><img src=h.jpg><p>Hanna Brock is a reporter of The Vellmar Post. She studied history in Lund and likes to sail.</p></div>",
        "likes to sail",
    ),
    "who writes, by address": (
        "<address class=author><p>Hanna Brock is a reporter of The Vellmar Post. She studied history in Lund and likes to sail.</p></address>",
        "likes to sail",
    ),
    "cookies": (
        "<div class=notice><p>We use cookies to give you the best experience on our website. If you go on, we take it that you are happy with it.</p><button>Accept</button></div>",
        "We use cookies",
    ),
    "discussion in German": (
        "<section id=kommentare><h3>2 Kommentare</h3><ol><li><b>Ada</b><p>Das habe ich schon vor Jahren gesagt, und keiner am Hafen wollte es hören.</p></li><li><b>Tom</b><p>Wer bezahlt jetzt eigentlich die Taucher, die Stadt oder die Firma?</p></li></ol></section>",
        "Wer bezahlt",
    ),
    "discussion in a list": (
        "<ol class=commentlist><li id=comment-1><cite>Ada</cite> says: <p>I have told them for years, and nobody at the harbour wanted to hear it from me.</p></li><li id=comment-2><cite>Tom</cite> says: <p>Who is going to pay for the divers now, the town or the firm that made it?</p></li></ol>",
        "pay for the divers now",
    ),
    "rules of the discussion": (
        "<div class=respond><h3>Leave a reply</h3><p>Your email address will not be published. Required fields are marked.</p><form><textarea></textarea></form></div>",
        "will not be published",
    ),
    "tags": (
        "<div class=tags>Topics: <a href=/t/1>Harbour</a>, <a href=/t/2>Crane</a>, <a href=/t/3>Vellmar</a></div>",
        "Topics:",
    ),
    "previous and next": (
        "<nav class=post-nav><a href=/a>Previous: A new bridge for Arden at last</a><a href=/b>Next: Two schools share one roof</a></nav>",
        "new bridge",
    ),
}


@pytest.mark.parametrize("place", ["below", "after"])
@pytest.mark.parametrize("name", FEET)
def test_feet(name: str, place: str) -> None:
    inner, foreign = FEET[name]
    text = read(**{place: inner})
    assert foreign not in text
    assert whole(text)


CONSENT = "<h2>We value your privacy</h2>" + "".join(
    f"<p>{line}</p>"
    for line in (
        "We and our 812 partners store and access information on your device, such as unique identifiers and browsing data.",
        "With your permission we and our partners may use precise geolocation data and identification through device scanning.",
        "You may click to consent to our and our partners' processing, or to refuse to consent, or read more before you decide.",
        "Some processing of your personal data may not require your consent, but you have a right to object to such processing.",
        "Your preferences will apply to this website only. You can change your preferences at any time by returning here.",
        "Strictly necessary cookies are required for the site to work and cannot be switched off in our systems.",
        "Performance cookies count visits and sources of traffic, so that we can measure how the site performs.",
        "Targeting cookies may be set by our advertising partners to build a profile of your interests.",
    )
)


@pytest.mark.parametrize(
    "dialog",
    [
        "<div id=cmp>{}</div>",
        "<div class=x1><div class=x2>{}</div></div>",
        "<section aria-label='Cookie banner'>{}</section>",
        "<dialog open>{}</dialog>",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_long_consent(dialog: str, first: bool) -> None:
    html = page(HEADING + "".join(f"<p>{line}</p>" for line in LINES[:5]))
    box = dialog.format(CONSENT)
    html = html.replace("<nav>", f"{box}<nav>", 1) if first else html.replace("</footer>", f"</footer>{box}")
    text = extract(html, URL).text or ""
    assert "geolocation" not in text
    assert "Targeting cookies" not in text
    assert all(line in text for line in LINES[:5])


#: A part of an article that tells of the law: it names what dialogs name, and asks nobody.
LAW = {
    "English": (
        "Under the law, companies that collect personal data must say why they do it and how long it will be kept by them.",
        "Processing of personal data for advertising is allowed only with a legitimate interest or with the consent of those concerned, the agency wrote.",
        "The agency also found that the site used marketing cookies before visitors had made a choice, and that its cookie banner hid the button to refuse.",
        "Critics say the rules on personal data have done little: most people accept all, and few ever read what they agree to.",
    ),
    "German": (
        "Nach dem Gesetz darf eine Firma personenbezogene Daten nur so lange behalten, wie sie sie braucht, und muss sagen, wofür.",
        "Ein berechtigtes Interesse genügt der Behörde nicht: Für personenbezogene Daten von Seeleuten brauche der Hafen die Einwilligung jedes Einzelnen.",
        "Notwendige Cookies seien erlaubt, sagte die Sprecherin, doch die Einwilligung in alle anderen habe die Seite gar nicht erst erfragt.",
    ),
    "French": (
        "La loi veut que les données personnelles des marins ne soient gardées que le temps utile, et que le port dise pourquoi.",
        "Un intérêt légitime ne suffit pas, écrit l'agence : vendre des données personnelles à une société étrangère demande un accord.",
        "Les données personnelles de deux mille marins ont été vendues en mars, et aucun d'eux n'en avait entendu parler.",
    ),
}


@pytest.mark.parametrize("box", ["<section><h2>The law</h2>{}</section>", "<div>{}</div>"])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", LAW)
def test_a_part_about_the_law_is_no_dialog(name: str, first: bool, box: str) -> None:
    prose, end = ("".join(f"<p>{line}</p>" for line in lines) for lines in (LINES[:7], LINES[7:8]))
    parts = [f"<div>{prose}</div>", box.format("".join(f"<p>{line}</p>" for line in LAW[name]))]
    found = extract(page(HEADING + "".join(reversed(parts) if first else parts) + f"<div>{end}</div>"), URL)
    assert found.kind == "article"
    assert [line for line in (*LINES[:8], *LAW[name]) if line not in (found.text or "")] == []


PARTS = {
    "questions and answers": (
        "<h2>Questions</h2><details><summary>Why was the crane so old?</summary><p>It was bought second-hand in 1998 and was to be sold this year.</p></details><details><summary>When does the quay open?</summary><p>Not before the autumn fair, says the harbour master.</p></details>",
        ["bought second-hand", "Not before the autumn fair"],
    ),
    "steps": (
        "<h2>How the crane is lifted</h2><ol><li><strong>Look.</strong> Divers look at the piles below the quay.</li><li><strong>Lift.</strong> A second crane lifts the first from a barge.</li><li><strong>Tow.</strong> The barge is towed to the yard in Harrow.</li></ol>",
        ["Divers look at the piles", "towed to the yard"],
    ),
    "ingredients": (
        "<h2>Soup of the harbour master</h2><h3>You need</h3><ul><li>two pounds of cod</li><li>one onion, chopped</li><li>a glass of white wine</li><li>salt and pepper</li></ul><h3>What to do</h3><p>Cook the onion in butter until soft, add the wine, then the fish.</p>",
        ["two pounds of cod", "salt and pepper"],
    ),
    "code": (
        "<p>The port tells the state of the quay to machines:</p><div class=highlight><pre><code>import port\nprint(port.quay('north').state)</code></pre></div>",
        ["port.quay('north').state"],
    ),
    "times of a day": (
        "<h2>How the day went</h2><p><strong>08:10</strong> The crane begins to load the barge.</p><p><strong>08:45</strong> A cable breaks above the quay.</p><p><strong>09:05</strong> The port is closed.</p>",
        ["A cable breaks", "The port is closed."],
    ),
    "a correction": (
        "<p><em>Correction: an earlier version of this story gave a wrong year for the crane.</em></p>",
        ["a wrong year for the crane"],
    ),
    "figures with texts": (
        "<figure><img src=a.jpg></figure><p>The crane before the accident, as the sailors knew it for many years.</p><figure><img src=b.jpg></figure><p>The quay on Wednesday morning, with the load still in the water.</p>",
        ["as the sailors knew it", "still in the water"],
    ),
    "a speech": (
        "<p>The mayor said:</p><blockquote><p>We owe thanks to all who helped.</p><p>We shall not rest until the quay is open.</p></blockquote>",
        ["We owe thanks", "We shall not rest"],
    ),
}


@pytest.mark.parametrize("place", ["inside", "below"])
@pytest.mark.parametrize("name", PARTS)
def test_parts_of_the_text(name: str, place: str) -> None:
    inner, parts = PARTS[name]
    text = read(**{place: inner})
    assert [part for part in parts if part not in text] == []
    assert whole(text)

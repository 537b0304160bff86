# ruff: noqa: E501 - HTML
"""What stands at the end of a text or beside it, and what of it is text: several pages for each kind, answers written first."""

from __future__ import annotations

import pytest

from newscrawl.extraction import extract

from .pages import page, paragraphs

URL = "https://post.vellmar.example/local/2024/harbour-closed"
LINES = paragraphs(8)
HEADING = "<h1>Harbour closed after crane accident</h1>"
PROSE = "".join(f"<p>{line}</p>" for line in LINES)


def table(head: str, *rows: str) -> str:
    """A table of the cells of *rows*, parted by bars."""
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row.split("|")) + "</tr>" for row in rows)
    top = "".join(f"<th>{cell}</th>" for cell in head.split("|"))
    return f"<table><thead><tr>{top}</tr></thead><tbody>{cells}</tbody></table>"


WEEKS = [
    f"{number}|Rest|Walk {number}0 minutes at an easy pace|Rest|Run {number} times two minutes, walk one|Rest|Long walk of {number} hours|Cross-training for 30 minutes"
    for number in range(1, 9)
]
PLAN = table("Week|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday", *WEEKS[:4])
MORE = table("Week|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday", *WEEKS[4:])

#: Tables at the end of a text that belong to it: what of them must be there.
TABLES = {
    "plans below their headings": (
        f"<h2>The training plan</h2><p>Follow the plans below.</p><h3>First month</h3>{PLAN}<h3>Second month</h3>{MORE}",
        ["3 | Rest | Walk 30 minutes at an easy pace", "8 | Rest | Walk 80 minutes"],
    ),
    "plans in boxes that scroll": (
        f"<h2>First month</h2><div class=scroll><div class=inner>{PLAN}</div></div><h2>Second month</h2><div class=scroll><div class=inner>{MORE}</div></div>",
        ["Week | Monday | Tuesday", "6 | Rest | Walk 60 minutes"],
    ),
    "results without a paragraph": (
        "<h2>The results of the regatta</h2>"
        + table(
            "Place|Boat|Club|Time",
            *(
                f"{i}|Boat {i}|Rowing club of {town}|1{i}:2{i}"
                for i, town in enumerate(("Vellmar", "Harrow", "Essex", "Arden", "Lund", "Trave"), 1)
            ),
        ),
        ["Place | Boat | Club | Time", "4 | Boat 4 | Rowing club of Arden | 14:24"],
    ),
    "timetable with words": (
        "<h2>When the ferries leave</h2>"
        + table(
            "Ferry|Leaves the northern quay|Leaves the southern quay",
            "Monday to Friday|7:10 and every hour until 19:10|7:40 and every hour until 19:40",
            "Saturday|8:10, 12:10 and 16:10|8:40, 12:40 and 16:40",
            "Sunday|no ferry|no ferry",
        ),
        ["Saturday | 8:10, 12:10 and 16:10", "Sunday | no ferry"],
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_at_the_end(name: str) -> None:
    inner, parts = TABLES[name]
    text = extract(page(HEADING + PROSE + inner), URL).text or ""
    assert [part for part in parts if part not in text] == []
    assert [line for line in LINES if line not in text] == []


COOKIES = table(
    "Cookie|Duration|Description",
    "session|1 hour|This cookie is set by the server to keep you signed in.",
    "measure|2 years|This cookie counts how often you come back to the site.",
    "ads|90 days|This cookie is used to show you advertisements that fit.",
)
LEAGUE = table(
    "Club|Played|Points", "Vellmar Rovers|12|30", "Harrow United|12|27", "Essex Town|11|19", "Arden City|12|11"
)

#: Beside or below a text, no part of it.
FOREIGN_TABLES = {
    "cookies in a dialog": (
        f"<div class='cookie-consent' role=dialog><h2>We value your privacy</h2>{COOKIES}</div>",
        "keep you signed in",
    ),
    "a league in a side column": (f"<aside><h3>The league today</h3>{LEAGUE}</aside>", "Harrow United"),
}


@pytest.mark.parametrize("name", FOREIGN_TABLES)
def test_tables_beside(name: str) -> None:
    outside, foreign = FOREIGN_TABLES[name]
    html = page(HEADING + PROSE).replace("</main>", f"</main>{outside}")
    text = extract(html, URL).text or ""
    assert foreign not in text
    assert [line for line in LINES if line not in text] == []


MARKDOWN = "# Harbour closed after crane accident\n\n" + "\n\n".join(LINES)
LINKED = MARKDOWN.replace("harbour master", "[harbour master](https://post.vellmar.example/people/harbour-master)")

#: The whole text once more in one piece, below the text.
AGAIN = {
    "markdown for machines": f"<pre class=llm>{LINKED}</pre>",
    "a transcript that is the text": f"<section><h2>Plain text of this page</h2><pre>{MARKDOWN}</pre></section>",
    "one paragraph for printing": f"<div class=printable>{' '.join(LINES)}</div>",
}


@pytest.mark.parametrize("name", AGAIN)
def test_text_in_one_piece_again(name: str) -> None:
    text = extract(page(HEADING + PROSE + AGAIN[name]), URL).text or ""
    assert [line for line in LINES if text.count(line) != 1] == []


def test_one_piece_alone_is_the_text() -> None:
    """Where nothing else holds the text, the piece is taken."""
    text = extract(page(f"{HEADING}<pre>{MARKDOWN}</pre>"), URL).text or ""
    assert [line for line in LINES if line not in text] == []


#: What a form for letters says of the law, in the middle of a text.
LEGAL = {
    "signing up": "By signing up, you agree to receive recurring automated messages from The Vellmar Post at the number provided. Message and data rates may apply. Up to ten messages a month. Reply STOP to opt out, HELP for help.",
    "clicking": "By clicking Subscribe, you confirm you are 16 or older and agree to our Terms of Use and Privacy Policy.",
    "submitting": "By submitting your e-mail address, you agree to our terms and to receive offers from us and our partners, which you may stop at any time.",
    "German": "Mit der Anmeldung zum Newsletter stimmen Sie unseren Nutzungsbedingungen und der Datenschutzerklärung zu; Sie können sich jederzeit wieder abmelden.",
    "French": "En vous inscrivant, vous acceptez nos conditions d'utilisation et notre politique de confidentialité, et de recevoir nos lettres par courriel.",
    "Spanish": "Al suscribirte, aceptas nuestros términos de uso y nuestra política de privacidad y recibir correos de nuestros socios.",
    "Italian": "Iscrivendoti alla newsletter accetti i nostri termini d'uso e la nostra informativa sulla privacy, e puoi disiscriverti quando vuoi.",
    "Portuguese": "Ao se inscrever, você concorda com os nossos termos de uso e com a nossa política de privacidade, e pode cancelar quando quiser.",
    "Spanish, formal": "Al registrarse, usted acepta nuestros términos de uso y nuestra política de privacidad.",
    "German, familiar": "Mit deiner Anmeldung akzeptierst du unsere Nutzungsbedingungen und die Datenschutzerklärung.",
    "Swedish": "Genom att prenumerera godkänner du våra användarvillkor och vår integritetspolicy.",
    "Danish": "Ved at tilmelde dig accepterer du vores betingelser og vores persondatapolitik.",
    "Polish": "Zapisując się, akceptujesz nasz regulamin i politykę prywatności.",
    "Dutch": "Door je in te schrijven ga je akkoord met onze gebruiksvoorwaarden en ons privacybeleid, en je kunt je altijd weer afmelden.",
}


@pytest.mark.parametrize("wrap", ["<p>{}</p>", "<div class=module><h3>Stay informed</h3><div>{}</div></div>"])
@pytest.mark.parametrize("name", LEGAL)
def test_terms_of_a_form(name: str, wrap: str) -> None:
    lines = [f"<p>{line}</p>" for line in LINES]
    inner = "".join(lines[:4]) + wrap.format(LEGAL[name]) + "".join(lines[4:])
    text = extract(page(HEADING + inner), URL).text or ""
    assert LEGAL[name] not in text
    assert [line for line in LINES if line not in text] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "By signing the treaty, the two countries agreed to open their borders to grain, and the port has been busier since.",
        "By clicking through forty pages of forms, the skipper found out that you agree to nothing until the last one.",
        "“By joining the union you agree to nothing but your own good,” the crane driver told us on Wednesday morning.",
        "Mit der Anmeldung der Schiffe beim Hafen wurden auch die Namen verkauft, obwohl der Datenschutz das verbietet.",
        "Durch die Registrierung im Hafen kamen die Namen der Seeleute in eine Liste, die der Datenschutzbeauftragte nie gesehen hat.",
        "En validant la vente des données personnelles de deux mille marins, le directeur du port a perdu son poste mardi.",
        "Al enviar los datos personales de dos mil marineros a una empresa extranjera, el puerto rompió la ley, según la agencia.",
        "Inviando i nomi dei marinai senza informativa sulla privacy, il porto ha violato la legge, scrive l'agenzia.",
        "Ao assinar com a empresa estrangeira, o porto aceitou termos e condições que nenhum marinheiro tinha lido.",
        "Door op te stappen ontloopt de directeur vragen over het privacybeleid van de haven, zegt de vakbond.",
        "Genom att skicka listan till ett bolag utomlands bröt hamnen mot sin egen integritetspolicy, skriver myndigheten.",
        "The video cannot be shown in court, the judge said on Monday, because nobody knows who made it.",
    ],
)
def test_sentences_like_terms_stay(sentence: str) -> None:
    lines = [f"<p>{line}</p>" for line in LINES]
    text = extract(page(HEADING + "".join(lines[:4]) + f"<p>{sentence}</p>" + "".join(lines[4:])), URL).text or ""
    assert sentence in text


def teaser(number: int) -> str:
    """A box with a linked heading and a sentence of another story."""
    return f"<div class=card><h3><a href='/s/{number}'>Story number {number} about the town of Arden</a></h3><p>In Arden, the people of street number {number} have waited for a new bridge since the old one was sold.</p></div>"


TEASERS = "".join(map(teaser, range(1, 9)))
#: Below the text, no part of it; the sentence that tells.
BELOW = {
    "related stories with sentences": (
        f"<section class=related><h2>More stories</h2>{TEASERS}</section>",
        "have waited for a new bridge",
    ),
    "stories without a class": (f"<div><div>{TEASERS}</div></div>", "have waited for a new bridge"),
    "who wrote it": (
        "<div class=author-box><h4>About the author</h4><p>Hanna Brock has written about ships and harbours for The Vellmar Post since 2012. She lives in Vellmar with two cats.</p></div>",
        "with two cats",
    ),
    "a call for letters": (
        "<div class=newsletter><h3>The morning letter</h3><p>Get the stories of the harbour in your inbox every morning before you leave for work. No spam, ever.</p><form><input name=email></form></div>",
        "before you leave for work",
    ),
    "a call for money": (
        "<div class=support><h3>Support our work</h3><p>We are a small newsroom and live from our readers. If you think that this story was worth your time, become a member today.</p><a href=/join>Join</a></div>",
        "become a member today",
    ),
    "comments": (
        "<section id=comments><h3>3 comments</h3>"
        + "".join(
            f"<div class=comment><b>reader{i}</b><p>I have said it for years, this crane was too old, and nobody at the port listened to me, number {i}.</p></div>"
            for i in range(3)
        )
        + "</section>",
        "nobody at the port listened",
    ),
    "how we correct": (
        "<div class=ethics><p>We strive for accuracy and fairness. If you see something that does not look right, contact us!</p></div>",
        "does not look right",
    ),
}


@pytest.mark.parametrize("place", ["inside", "after"])
@pytest.mark.parametrize("name", BELOW)
def test_below_the_text(name: str, place: str) -> None:
    inner, foreign = BELOW[name]
    html = (
        page(HEADING + PROSE + inner)
        if place == "inside"
        else page(HEADING + PROSE).replace("</article>", f"</article>{inner}")
    )
    text = extract(html, URL).text or ""
    assert foreign not in text
    assert [line for line in LINES if line not in text] == []

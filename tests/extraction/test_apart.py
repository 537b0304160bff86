# ruff: noqa: E501 - HTML
"""What stands apart from the text by its element: other articles, side columns, filler of a template; answers written first."""

from __future__ import annotations

import pytest

from newscrawl.extraction import extract

from .pages import paragraphs

URL = "https://post.vellmar.example/local/2024/harbour-closed"
HEADING = "<h1>Harbour closed after crane accident</h1>"
LINES = paragraphs(8)
STORIES = [
    ("The bridge that Arden sold", "The people of Arden have waited for a new bridge since the old one went to a collector for a song."),
    ("A coin older than the church", "A farmer near Lund found a coin in his own potatoes, and the museum would not believe him at first."),
    ("Trains to the coast in May", "The railway promises a train every half hour, and it has promised that before, as readers may recall."),
    ("Letters of a sailor to his sister", "They lay in a tin box for a century, and what they say of the captain will surprise his grandchildren."),
    ("Two schools under one roof", "The one in Harrow leaks, the one in Selby does not, so the children of both will share desks until spring."),
    ("The mill turns again", "After eleven years of repairs the wheel moved on Sunday, and everybody who had laughed came to look at it."),
]  # fmt: skip
SIDE = [
    ("The week in pictures", "Click on the picture and see what our photographers brought home from the fair, the regatta and the long night of museums."),
    ("Our quiz", "Eleven questions about the harbour that only those who were born here can answer, and not even all of those."),
    ("The column of Ada Quill", "Every Thursday our columnist writes about what she saw from the window of the tram, and what she thought of it."),
    ("Tide tables", "Here you find when the water comes and when it goes, for all ports between the lighthouse and the old pier."),
    ("The big interview", "We spoke with the woman who has opened and closed the lock for thirty years about ships, sleep and her successor."),
]  # fmt: skip


def site(inside: str, below: str = "", beside: str = "") -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Harbour closed after crane accident - The Vellmar Post</title></head><body>'
        '<nav><ul><li><a href="/">Home</a></li><li><a href="/local">Local</a></li><li><a href="/sport">Sport</a></li></ul></nav>'
        f"<div><div>{inside}</div>{beside}</div>{below}<footer><p>The Vellmar Post</p></footer></body></html>"
    )


def story(count: int = 8) -> str:
    return HEADING + "".join(f"<p>{line}</p>" for line in LINES[:count])


def whole(text: str, count: int = 8) -> bool:
    return all(line in text for line in LINES[:count])


def streamed(deck: str, *, more: str = "") -> str:
    return "".join(
        f"<div><article><header><div>MUST SEE</div><h2><a href=/s/{i}>{title}, told by those who were there</a></h2>"
        f"<div>{i + 1} likes <a href=//e.example>e.example</a></div></header><div>{deck.format(line)}</div>{more}</article></div>"
        for i, (title, line) in enumerate(STORIES)
    )


STREAMS = {
    "a sentence each": streamed("<p>{}</p>"),
    "beginnings of stories": streamed("<p>{0}</p><p>" + " ".join(LINES[4:7]).replace("harbour", "town") + " {0}</p>"),
    "with a line of actions": streamed("<p>{}</p>", more="<ul><li>Save</li><li>Hide</li><li>Mail</li></ul>"),
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_of_other_articles(name: str) -> None:
    html = site(f"<article>{story()}</article>", f"<section><div>{STREAMS[name]}</div></section>")
    text = extract(html, URL).text or ""
    assert [line for _, line in STORIES if line in text] == []
    assert whole(text)


def test_the_parts_of_a_text_may_be_articles() -> None:
    # A live report: each of its posts is an <article>, none of them is the text by itself.
    posts = "".join(
        f"<article><h3>{8 + i}:20 {title}</h3><p>{line} {LINES[i + 1]}</p></article>"
        for i, (title, line) in enumerate(STORIES)
    )
    text = extract(site(f"<main>{HEADING}<p>{LINES[0]}</p>{posts}</main>"), URL).text or ""
    assert [line for _, line in STORIES if line not in text] == []


COLUMNS = {
    "headings and sentences": "".join(f"<h1>» {title}</h1><div><p>{line}</p></div>" for title, line in SIDE),
    "one after the other": "".join(
        f"<div><h3>{title}</h3><p>{line}</p><p>{line[:40]} and so on.</p></div>" for title, line in SIDE
    ),
}


@pytest.mark.parametrize("count", [2, 8])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_side_column(name: str, count: int) -> None:
    html = site(story(count), beside=f"<aside>{COLUMNS[name]}</aside>")
    text = extract(html, URL).text or ""
    assert [line for _, line in SIDE if line in text] == []
    assert whole(text, count)


def test_an_aside_in_the_text_is_the_text_s_own() -> None:
    box = "<aside><h3>What the divers found</h3><p>The hook lay forty metres from the quay, which is further than anybody had thought.</p></aside>"
    lines = [f"<p>{line}</p>" for line in LINES]
    text = extract(site(f"<article>{HEADING}{''.join(lines[:4])}{box}{''.join(lines[4:])}</article>"), URL).text or ""
    assert "further than anybody had thought" in text
    assert whole(text)


def test_a_text_that_is_all_aside_is_kept() -> None:
    assert whole(extract(site("", beside=f"<aside>{story()}</aside>"), URL).text or "")


LOREM = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua."
    " Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat."
)
FILLERS = {
    "boxes": "".join(
        f"<div><h5>Head line {i}</h5><p>{LOREM}</p><ul><li>Lorem ipsum 1</li><li>Lorem ipsum 2</li></ul></div>"
        for i in range(4)
    ),
    "a section": f"<section><h3>Lorem ipsum</h3><p>{LOREM}</p><p>Duis aute irure dolor in reprehenderit in voluptate velit esse cillum. {LOREM}</p></section>",
    "another generator": "<p>Lorem ipsum dolor sit amet, consectetur adipiscing elit. Suspendisse varius enim in eros elementum tristique. Duis cursus, mi quis viverra ornare.</p>",
}


@pytest.mark.parametrize("name", FILLERS)
def test_filler_of_a_template(name: str) -> None:
    lines = [f"<p>{line}</p>" for line in LINES]
    text = (
        extract(site(f"<main>{HEADING}{''.join(lines[:4])}{FILLERS[name]}{''.join(lines[4:])}</main>"), URL).text or ""
    )
    assert "dolor" not in text.casefold()
    assert "ipsum" not in text.casefold()
    assert "Head line" not in text
    assert whole(text)


def test_a_text_about_filler_quotes_it() -> None:
    told = [
        "Printers have filled empty columns with the words Lorem ipsum since the sixteenth century, and few of them knew what they mean.",
        "Lorem ipsum is a piece of Cicero that somebody cut in the middle of a word, a professor of Latin found out in 1982.",
        "He had looked for one of its rarest words in a dictionary, and found the place where it came from within an afternoon.",
        "The passage that everybody copies goes like this:",
        LOREM,
        "What Cicero wrote is about pain, which nobody loves because it is pain, as every typesetter would agree.",
    ]
    text = (
        extract(
            site(
                "<main><h1>Where Lorem ipsum comes from</h1>" + "".join(f"<p>{line}</p>" for line in told) + "</main>"
            ),
            URL,
        ).text
        or ""
    )
    assert [line for line in told if line not in text] == []


CREDITS = [
    "Mara Stone/Getty Images",
    "Ole Brandt / AFP via Getty Images",
    "Rui Sato/Reuters",
    "Dana M. Roth/Stringer/Getty Images",
]


@pytest.mark.parametrize("credit", CREDITS)
def test_an_agency_s_credit(credit: str) -> None:
    lines = [f"<p>{line}</p>" for line in LINES]
    for box in (
        f"<figure><img src=/a.jpg><span>{credit}</span></figure>",
        f"<div><img src=/a.jpg><div>{credit}</div></div>",
    ):
        html = site(f"<article>{HEADING}{''.join(lines[:2])}{box}{''.join(lines[2:])}</article>")
        text = extract(html, URL).text or ""
        assert credit not in text
        assert whole(text)


def test_a_sentence_that_names_an_agency_is_text() -> None:
    lines = [f"<p>{line}</p>" for line in LINES]
    said = "<p>The union told AFP/Reuters that it would strike on Monday if the cables were not replaced by then.</p><p>She works for Reuters.</p>"
    text = extract(site(f"<article>{HEADING}{''.join(lines[:2])}{said}{''.join(lines[2:])}</article>"), URL).text or ""
    assert "if the cables were not replaced by then" in text
    assert "She works for Reuters." in text

# ruff: noqa: E501 - HTML
"""Articles are not refused for their address, a word in the headline, or what stands beside them; lists are."""

from __future__ import annotations

import pytest

from newscrawl.extraction import Kind, classify, extract

from .pages import SENTENCES, ld, page, paragraphs

URL = "https://post.vellmar.example/local/harbour-closed"


def article(title: str = "Harbour closed after crane accident", count: int = 6, head: str = "", extra: str = "") -> str:
    body = f"<h1>{title}</h1><p class=date>March 5, 2024</p>" + "".join(f"<p>{line}</p>" for line in paragraphs(count))
    return page(body + extra, title=title, head=head)


CARDS = (
    "<section>"
    + "".join(
        f"<article class='card'><a href='/s/{i}'><h3>Story number {i} of this week</h3></a><p>{SENTENCES[i % 8]}</p></article>"
        for i in range(6)
    )
    + "</section>"
)


@pytest.mark.parametrize(
    "url",
    [
        "https://post.vellmar.example/?p=1234",
        "https://post.vellmar.example/archives/1234",
        "https://post.vellmar.example/index.php?id=77&s=harbour",
        "https://post.vellmar.example/category/local/harbour-closed",
        "https://post.vellmar.example/people/harbour-master",
        "https://post.vellmar.example/about/",
    ],
)
def test_an_address_refuses_no_article(url: str) -> None:
    assert extract(article(), url).kind == Kind.ARTICLE


@pytest.mark.parametrize(
    "title",
    [
        "Missing diver not found after three-day search",
        "Oops: how the council lost 404 bicycles",
        "Ferry no longer available to islanders",
        "Mayor is gone, and nobody knows where",
    ],
)
@pytest.mark.parametrize("head", ["", ld(headline="Harbour closed")])
def test_words_of_a_headline_refuse_no_article(title: str, head: str) -> None:
    assert extract(article(title, 3, head), URL).kind == Kind.ARTICLE


@pytest.mark.parametrize(
    "title", ["404 Not Found", "Page not found - The Vellmar Post", "Seite nicht gefunden", "Error 404: page missing"]
)
def test_an_error_page_is_told(title: str) -> None:
    html = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>The page you are looking for does not exist. Try the search, or go to the front page.</p></body></html>"
    assert extract(html, URL).kind == Kind.NOT_FOUND


def test_an_article_about_walls_is_no_wall() -> None:
    about = (
        "Regulators said on Monday that sites which ask readers to accept all cookies must offer a button to reject all cookies. "
        "Consent banners share personal data with hundreds of partners, they said, and legitimate interest is no excuse."
    )
    head = ld(
        headline="Refusing cookies gets easier", datePublished="2024-03-05T10:00:00Z", author={"name": "Ada Quill"}
    )
    html = page(f"<h1>Refusing cookies gets easier</h1><p>{about}</p>", title="Refusing cookies gets easier", head=head)
    assert extract(html, URL).kind == Kind.ARTICLE


def test_a_wall_with_the_articles_data_is_a_wall() -> None:
    wall = (
        "We and our 312 partners use cookies and personal data. You can accept all cookies or manage your choices. "
        "With your consent we store and/or access information on a device. Our partners may rely on legitimate interest."
    )
    head = ld(headline="Harbour closed", datePublished="2024-03-05T10:00:00Z", author={"name": "Ada Quill"})
    html = f"<html><head><title>Harbour closed</title>{head}</head><body><div><h2>We value your privacy</h2><p>{wall}</p></div></body></html>"
    assert extract(html, URL).kind == Kind.CONSENT


@pytest.mark.parametrize("count", [4, 7])
def test_cards_below_an_article_refuse_nothing(count: int) -> None:
    found = extract(article(count=count).replace("</main>", "</main>" + CARDS), URL)
    assert found.kind == Kind.ARTICLE
    assert [line for line in paragraphs(count) if line not in (found.text or "")] == []


@pytest.mark.parametrize(
    ("box", "summary"),
    [
        (
            "<div class='item'><h3><a href='/s/{i}'>Story number {i} of the week</a></h3><p>{line}</p><span class='date'>{day} March 2024</span></div>",
            0,
        ),
        (
            "<li><a href='/s/{i}'><h2>Story number {i} of the week</h2></a><time>2024-03-{day:02d}</time><p>{line}</p></li>",
            1,
        ),
    ],
)
def test_a_page_of_teasers_is_a_list(box: str, summary: int) -> None:
    boxes = "".join(box.format(i=i, day=i + 1, line=SENTENCES[(i + summary) % 8]) for i in range(9))
    html = f"<html><head><title>Innovation - The Vellmar Post</title></head><body><nav><a href='/'>Home</a> <a href='/local'>Local</a></nav><main><h1>Innovation</h1>{boxes}</main><footer>© The Vellmar Post</footer></body></html>"
    assert extract(html, "https://post.vellmar.example/innovation").kind == Kind.LISTING


def test_the_rules_are_told_apart_by_their_reasons() -> None:
    details = [rule.detail for rule in classify.RULES]
    assert len(set(details)) == len(details)


SHOP = (
    "<header><a href='/cart' class='cart-link'>Cart (0)</a><a href='/collections/all'>Shop all</a></header>"
    "<nav class='breadcrumbs'><a href='/'>Home</a> <a href='/collections/lamps'>Lamps</a></nav>"
)
PRODUCT = ld(
    **{"@type": "Product", "name": "Harbour lamp", "sku": "HL-2", "offers": {"@type": "Offer", "price": "49.00"}},
)


def product(head: str) -> str:
    buy = "<form action='/cart/add' class='product-form'><select class='variant-selector' name='id'><option>Brass</option></select><input type=number name=quantity value=1><button name=add class='add-to-cart'>Add to cart</button></form>"
    about = f"<div class='product-description'><p>{' '.join(SENTENCES[:4])}</p><p>{' '.join(SENTENCES[4:8])}</p></div><ul><li>Height 40 cm</li><li>Brass and glass</li><li>Free shipping</li></ul>"
    return (
        f"<html><head><title>Harbour lamp – Vellmar Lamps</title><meta property='og:type' content='product'>{head}</head><body class='template-product'>{SHOP}"
        f"<main><div class='product'><img src='/l.jpg'><h1 class='product-title'>Harbour lamp</h1><span class='price'>$49.00</span><div class='rating'>12 reviews</div>{buy}{about}</div>"
        f"<section class='related-products'>{''.join(f'<div class=product-card><a href=/products/{i}><img src=/{i}.jpg>Lamp number {i}</a><span class=price>${i}9.00</span></div>' for i in range(1, 5))}</section></main></body></html>"
    )


@pytest.mark.parametrize("head", [PRODUCT, ""])
def test_a_product_is_no_article(head: str) -> None:
    assert extract(product(head), "https://lamps.vellmar.example/p/1234").kind == Kind.LISTING


def test_a_page_that_holds_the_post_whole_is_its_article_however_it_is_built() -> None:
    copy = " ".join(SENTENCES[:8])
    found = extract(product(PRODUCT), "https://lamps.vellmar.example/p/1234", witness=copy)
    assert (found.kind, found.detail) == (Kind.ARTICLE, None)
    assert found.text is not None
    assert SENTENCES[7] in found.text


@pytest.mark.parametrize(
    "copy", [" ".join(SENTENCES[:2]), " ".join(f"{line} Not here." for line in reversed(paragraphs(8)))]
)
def test_a_page_that_holds_little_of_the_post_is_judged_as_it_is_built(copy: str) -> None:
    found = extract(product(PRODUCT), "https://lamps.vellmar.example/p/1234", witness=copy)
    assert found.kind == Kind.LISTING


def test_a_shelf_of_goods_is_no_article() -> None:
    goods = "".join(
        f"<div class='product-card'><a href='/products/{i}'><img src='/{i}.jpg'><h3>Lamp number {i} in brass</h3></a><span class='price'>${i}9.00</span><button class='add-to-cart'>Add to cart</button></div>"
        for i in range(1, 17)
    )
    html = (
        f"<html><head><title>Lamps – Vellmar Lamps</title></head><body class='template-collection'>{SHOP}<main><h1>Lamps</h1><p>{SENTENCES[2]} {SENTENCES[3]}</p>"
        f"<div class='filters'><label><input type=checkbox> Brass</label><select class='sort-by'><option>Price</option></select></div><div class='product-grid'>{goods}</div><div class='pagination'><a href='?page=2'>2</a></div></main></body></html>"
    )
    assert extract(html, "https://lamps.vellmar.example/l/1234").kind == Kind.LISTING


@pytest.mark.parametrize(
    "at", ["https://lamps.vellmar.example/collections/lamps", "https://lamps.vellmar.example/blogs/news/harbour"]
)
def test_an_article_in_a_shop_is_an_article(at: str) -> None:
    head = ld(headline="Harbour closed", datePublished="2024-03-05T10:00:00Z", author={"name": "Ada Quill"})
    goods = "".join(
        f"<div class='product-card'><a href='/products/{i}'><img src='/{i}.jpg'>Lamp number {i}</a><span class='price'>${i}9.00</span></div>"
        for i in range(1, 5)
    )
    html = (
        article(head=head)
        .replace("<body>", f"<body class='template-article'>{SHOP}")
        .replace("</main>", f"</main><section>{goods}</section>")
    )
    found = extract(html, at)
    assert found.kind == Kind.ARTICLE
    assert [line for line in paragraphs(6) if line not in (found.text or "")] == []
    plain = extract(article().replace("</main>", f"</main><section>{goods}</section>"), at)
    assert plain.kind == Kind.ARTICLE

# ruff: noqa: E501 - long lines of text and markup read better whole
"""Twenty kinds of page that hold no article until a script has run. Pure: the pages, and what their scripts ask for.

The text of the article is in none of these pages: it comes from ``/api/stories/ID…``, or is packed so that only a script
reads it. Scripts use the browser alone, no library.
"""

from __future__ import annotations

import base64
import json
import math
from html import escape

from newscrawl.demo.pages import Page, _box, _labels, _nav, _open_graph

__all__ = ["KINDS", "LIBRARY", "PART", "shell", "story", "story_part"]

#: Paragraphs in one part of a story that comes in parts.
PART = 3


def story(page: Page, number: int) -> dict[str, object]:
    """The article as the site's own interface gives it."""
    article = page.article
    return {
        "id": number,
        "title": article.title,
        "byline": ", ".join(article.authors),
        "published": page.local(article.published),
        "section": article.section,
        "parts": math.ceil(len(article.paragraphs) / PART),
        "paragraphs": list(article.paragraphs),
        "related": page.others(4, "api"),
    }


def story_part(page: Page, part: int) -> list[str]:
    """The *part*-th (from 0) few paragraphs."""
    return list(page.article.paragraphs[part * PART : (part + 1) * PART])


#: What every page's script uses: elements from data, nothing else.
LIBRARY = r"""
window.glass = (function () {
  function el(tag, cls, text) {
    var node = document.createElement(tag);
    if (cls) node.className = cls;
    if (text !== undefined) node.textContent = text;
    return node;
  }
  function head(story) {
    var header = el('header', 'story-head');
    header.append(el('h1', 'story-title', story.title));
    var meta = el('p', 'story-meta');
    meta.append(el('span', 'byline', 'By ' + story.byline));
    var time = el('time', '', story.published.slice(0, 10));
    time.setAttribute('datetime', story.published);
    meta.append(time);
    header.append(meta);
    return header;
  }
  function body(paragraphs) {
    var section = el('div', 'story-body');
    paragraphs.forEach(function (text) { section.append(el('p', '', text)); });
    return section;
  }
  function related(story) {
    var aside = el('aside', 'related');
    aside.append(el('h3', '', 'Related stories'));
    story.related.forEach(function (title) {
      var link = el('a', '', title); link.href = '/more/' + encodeURIComponent(title.slice(0, 20)); aside.append(link);
    });
    return aside;
  }
  function build(story) {
    var article = el('article', 'story');
    article.append(head(story), body(story.paragraphs), related(story));
    return article;
  }
  function get(id, tail) { return fetch('/api/stories/' + id + (tail || '.json')).then(function (r) { return r.json(); }); }
  function mount(id, where) { return get(id).then(function (story) { document.querySelector(where).replaceChildren(build(story)); }); }
  return {el: el, head: head, body: body, related: related, build: build, get: get, mount: mount};
})();
"""

_ROOT = '<div id="root"></div>'

# Each kind: (what stands in the body, its script). @ID@ is the story's number, @NEXT@ two others of the site.
_KINDS: dict[str, tuple[str, str]] = {
    "app_shell": (
        "<noscript>You need to enable JavaScript to run this app.</noscript>" + _ROOT,
        "glass.mount(@ID@, '#root');",
    ),
    "fetch_fill": (
        '<main><article id="story" aria-busy="true"></article></main>',
        "fetch('/api/stories/@ID@.json').then(r => r.json()).then(s => { const a = document.getElementById('story');"
        "a.innerHTML = '<h1></h1>'; a.firstChild.textContent = s.title; a.append(glass.body(s.paragraphs)); a.removeAttribute('aria-busy');"
        "const t = document.createElement('time'); t.setAttribute('datetime', s.published); a.firstChild.after(t); });",
    ),
    "xhr_fill": (
        '<div class="page"><div class="content"></div></div>',
        "var x = new XMLHttpRequest(); x.open('GET', '/api/stories/@ID@.json'); x.onload = function () {"
        "document.querySelector('.content').appendChild(glass.build(JSON.parse(x.responseText))); }; x.send();",
    ),
    "delayed": (
        '<div id="root"><p class="spinner">Loading …</p></div>',
        "setTimeout(function () { glass.mount(@ID@, '#root'); }, 1200);",
    ),
    "skeleton": (
        '<main id="root" class="is-loading"><article><h1 class="bar">&nbsp;</h1>'
        + '<p class="bar">&nbsp;</p>' * 9
        + "</article></main>",
        "requestAnimationFrame(function () { glass.get(@ID@).then(function (s) { var bars = document.querySelectorAll('p.bar');"
        "document.querySelector('h1.bar').textContent = s.title; var t = document.createElement('time'); t.setAttribute('datetime', s.published);"
        "document.querySelector('h1.bar').after(t); s.paragraphs.forEach(function (text, n) { var p = bars[n] || document.createElement('p');"
        "p.textContent = text; p.className = ''; document.querySelector('main article').append(p); });"
        "for (var n = s.paragraphs.length; n < bars.length; n++) bars[n].remove(); }); });",
    ),
    "shadow_dom": (
        '<main><div id="host"></div></main>',
        "var root = document.getElementById('host').attachShadow({mode: 'open'}); glass.get(@ID@).then(function (s) { root.append(glass.build(s)); });",
    ),
    "custom_element": (
        '<main><news-story story="@ID@"></news-story></main>',
        "customElements.define('news-story', class extends HTMLElement { connectedCallback() {"
        "glass.get(this.getAttribute('story')).then(s => this.append(glass.build(s))); } });",
    ),
    "infinite_scroll": (
        '<main id="stream"></main><div id="sentinel" style="height:1px"></div>',
        "var queue = [@ID@, @NEXT@], busy = false; function more() { if (busy || !queue.length) return; busy = true;"
        "glass.get(queue.shift()).then(function (s) { document.getElementById('stream').append(glass.build(s)); busy = false; }); }"
        "more(); new IntersectionObserver(function (seen) { if (seen[0].isIntersecting && window.scrollY > 200) more(); }).observe(document.getElementById('sentinel'));",
    ),
    "scroll_reveal": (
        '<main id="root"></main><div id="sentinel" style="height:40px"></div>',
        "var next = 0, all = 1, busy = false, box; function more() { if (busy || next >= all) return; busy = true;"
        "fetch('/api/stories/@ID@/parts/' + next + '.json').then(r => r.json()).then(function (list) { list.forEach(function (text) {"
        "var p = glass.el('p', '', text); p.style.minHeight = '180px'; box.append(p); }); next++; busy = false; check(); }); }"
        "function check() { if (document.getElementById('sentinel').getBoundingClientRect().top < innerHeight + 60) more(); }"
        "glass.get(@ID@, '/head.json').then(function (s) { all = s.parts; box = glass.body([]); document.getElementById('root').append(glass.head(s), box); check(); });"
        "addEventListener('scroll', check);",
    ),
    "module_import": (
        '<main id="root"></main>',
        "import('/static/render.mjs').then(m => m.render(@ID@, document.getElementById('root')));",
    ),
    "template_fill": (
        '<template id="t"><article><h1></h1><time></time><section class="text"></section></article></template><main id="root"></main>',
        "glass.get(@ID@).then(function (s) { var c = document.getElementById('t').content.cloneNode(true); c.querySelector('h1').textContent = s.title;"
        "c.querySelector('time').setAttribute('datetime', s.published); s.paragraphs.forEach(function (x) { c.querySelector('.text').append(glass.el('p', '', x)); });"
        "document.getElementById('root').append(c); });",
    ),
    "base64": (
        '<div id="root" data-state="@BASE64@"></div>',
        "var root = document.getElementById('root'); var bytes = Uint8Array.from(atob(root.dataset.state), c => c.charCodeAt(0));"
        "root.append(glass.build(JSON.parse(new TextDecoder().decode(bytes)))); root.removeAttribute('data-state');",
    ),
    "char_codes": (
        _ROOT,
        "var codes = [@CODES@]; var s = ''; codes.forEach(function (c) { s += String.fromCharCode(c ^ 42); });"
        "document.getElementById('root').append(glass.build(JSON.parse(s)));",
    ),
    "hash_router": (
        '<div id="app"></div>',
        "addEventListener('hashchange', function () { glass.mount(location.hash.split('/')[2], '#app'); }); location.hash = '#/story/@ID@';",
    ),
    "history_router": (
        '<div id="app"><p>Please wait</p></div>',
        "history.pushState({}, '', location.pathname + '?view=full'); dispatchEvent(new Event('route'));"
        "glass.get(@ID@).then(function (s) { document.title = s.title; document.getElementById('app').replaceChildren(glass.build(s)); });",
    ),
    "worker": (
        _ROOT,
        'var code = "onmessage = e => fetch(e.data).then(r => r.json()).then(s => postMessage(s))";'
        "var w = new Worker(URL.createObjectURL(new Blob([code], {type: 'text/javascript'})));"
        "w.onmessage = function (e) { document.getElementById('root').append(glass.build(e.data)); };"
        "w.postMessage(location.origin + '/api/stories/@ID@.json');",
    ),
    "document_write": (
        "",
        "var x = new XMLHttpRequest(); x.open('GET', '/api/stories/@ID@.json', false); x.send(); var s = JSON.parse(x.responseText);"
        "document.write('<main>' + glass.build(s).outerHTML + '</main>');",
    ),
    "parts": (
        _ROOT,
        "(async function () { var s = await glass.get(@ID@, '/head.json'); var box = glass.body([]); document.getElementById('root').append(glass.head(s), box);"
        "for (var n = 0; n < s.parts; n++) { var list = await (await fetch('/api/stories/@ID@/parts/' + n + '.json')).json();"
        "list.forEach(function (text) { box.append(glass.el('p', '', text)); }); } })();",
    ),
    "stream": (
        _ROOT,
        "(async function () { var s = await glass.get(@ID@, '/head.json'); var box = glass.body([]); document.getElementById('root').append(glass.head(s), box);"
        "var reader = (await fetch('/api/stories/@ID@.txt')).body.getReader(), decoder = new TextDecoder(), rest = '';"
        "for (;;) { var step = await reader.read(); rest += decoder.decode(step.value || new Uint8Array(), {stream: !step.done});"
        "var lines = rest.split('\\n'); rest = lines.pop(); lines.forEach(function (x) { box.append(glass.el('p', '', x)); }); if (step.done) break; } })();",
    ),
    "jsonp": (
        _ROOT,
        "function arrived(s) { document.getElementById('root').append(glass.build(s)); } var tag = document.createElement('script');"
        "tag.src = '/api/stories/@ID@.js?callback=arrived'; document.head.append(tag);",
    ),
}

KINDS = tuple(_KINDS)


def shell(page: Page, number: int, kind: str, others: tuple[int, ...] = ()) -> str:
    """The page as the server sends it. *number* is the story's; *others* are those that an endless page goes on with."""
    markup, script = _KINDS[kind]
    data = json.dumps(story(page, number))
    fillings = {
        "@ID@": str(number),
        "@NEXT@": ", ".join(map(str, others)),
        "@BASE64@": base64.b64encode(data.encode()).decode() if "@BASE64@" in markup else "",
        "@CODES@": ",".join(str(ord(character) ^ 42) for character in data) if "@CODES@" in script else "",
    }
    for mark, value in fillings.items():
        markup, script = markup.replace(mark, value), script.replace(mark, value)
    # Half of the kinds say in their head what the article is called; the others say nothing before the script has run.
    told = KINDS.index(kind) % 2 == 0
    head = _open_graph(page) if told else ""
    title = f"{escape(page.article.title)} | " if told else ""
    frame = _nav(page) if KINDS.index(kind) % 3 == 0 else ""
    footer = f"<footer>{_labels(page)['footer']}</footer>" if frame else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{page.article.language}"><head><meta charset="utf-8"><title>{title}{escape(page.publisher.name)}</title>'
        f'<link rel="canonical" href="{escape(page.url)}">\n{head}\n<script src="/static/glass.js"></script></head>\n'
        f"<body>{frame}{markup}{footer}\n<script>{script}</script></body></html>"
    )


MODULE = "export function render(id, root) { return glass.mount(id, '#' + root.id); }\n"


def related_box(page: Page) -> str:
    """A box of headlines, for pages that are put together on the server."""
    return _box(page, "static", 4, "class=related")

// The page as HTML, up to `limit` characters (else null) and `deepest` levels: shadow roots and slots laid flat, without
// what is not shown or not read (templates, noscript, drawings, style sheets, comments).
(limit, deepest) => {
  const empty = new Set([
    'area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr',
  ]);
  const raw = new Set(['iframe', 'noembed', 'noframes', 'script', 'xmp']);
  const dropped = new Set(['canvas', 'noscript', 'object', 'plaintext', 'style', 'svg', 'template']);
  const entities = {'&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;', '\u00a0': '&nbsp;'};
  const text = value => value.replace(/[&<>\u00a0]/g, one => entities[one]);
  const attribute = value => value.replace(/[&"<>]/g, one => entities[one]);
  const out = [];
  let size = 0;
  const put = piece => {
    size += piece.length;
    if (size > limit) throw 'large';
    out.push(piece);
  };
  const open = (node, name) => {
    put('<' + name);
    for (const one of node.attributes) {
      if (/^[^\s"'<>/=\0]+$/.test(one.name)) put(' ' + one.name + '="' + attribute(one.value) + '"');
    }
    put('>');
  };
  const walk = (node, depth) => {
    if (node.nodeType === 3) { put(text(node.data)); return; }
    if (node.nodeType !== 1 || depth > deepest) return;
    const name = node.localName;
    if (dropped.has(name) || !/^[a-z][^\s<>/\0]*$/.test(name)) return;
    open(node, name);
    if (empty.has(name)) return;
    if (raw.has(name)) {
      // An end tag inside would end it early; in JSON the escape means the same.
      put(node.textContent.replace(/<(?=\/)/g, name === 'script' ? '\\u003c' : ''));
    } else {
      let below = node.childNodes;
      if (node.shadowRoot) below = node.shadowRoot.childNodes;
      else if (name === 'slot') {
        const given = node.assignedNodes();
        if (given.length) below = given;
      }
      for (const one of below) walk(one, depth + 1);
    }
    put('</' + name + '>');
  };
  try {
    walk(document.documentElement, 0);
  } catch (error) {
    if (error === 'large') return null;
    throw error;
  }
  return [document.URL, out.join('')];
}

// How much a page shows by now: characters of prose (long text that is no link, menu or footer), characters of all text,
// elements looked at. Open shadow roots are looked into.
() => {
  const skipped = new Set([
    'A', 'BUTTON', 'FOOTER', 'HEAD', 'IFRAME', 'NAV', 'NOSCRIPT', 'SCRIPT', 'SELECT', 'STYLE', 'TEMPLATE',
  ]);
  let prose = 0, all = 0, seen = 0;
  const waiting = [document.documentElement];
  while (waiting.length && seen < 200000) {
    const node = waiting.pop();
    if (!node) continue;
    seen++;
    for (let child = node.firstChild; child; child = child.nextSibling) {
      if (child.nodeType === 3) {
        const size = child.data.trim().length;
        all += size;
        if (size > 60) prose += size;
      } else if (child.nodeType === 1 && !skipped.has(child.nodeName)) {
        waiting.push(child);
      }
    }
    if (node.shadowRoot) waiting.push(node.shadowRoot);
  }
  return [prose, all, seen];
}

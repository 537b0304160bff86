// Search and sorting of tables. Everything is on the page already: without this script it is read as it stands.
"use strict";
for (const table of document.querySelectorAll("table[data-tools]")) {
  const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
  if (rows.length < 6) continue;
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const tools = document.createElement("div"), found = document.createElement("output");
  tools.className = "tools";
  const field = (words, control) => {
    const label = document.createElement("label");
    label.append(words, control);
    tools.append(label);
    return control;
  };
  const search = field("Search " + table.dataset.tools, document.createElement("input"));
  search.type = "search";
  const order = field("Sort by", document.createElement("select"));
  order.append(new Option("as it is", ""));
  heads.forEach((head, column) => order.append(new Option(head.textContent, column)));
  tools.append(found);
  table.before(tools);
  const value = (row, column) => {
    const cell = row.cells[column], text = cell.dataset.sort ?? cell.textContent.trim();
    return heads[column].classList.contains("n") ? Number(text.replace(/[^0-9.-]/g, "") || -1) : text;
  };
  // A long table shows its beginning; whoever searches, sorts or asks sees it whole.
  const more = document.createElement("button");
  const unfold = () => { table.classList.remove("folded"); more.remove(); };
  if (rows.length > 12) {
    more.type = "button";
    more.className = "more";
    more.textContent = "Show all " + rows.length;
    more.addEventListener("click", unfold);
    table.classList.add("folded");
    table.after(more);
  }
  let down = false;
  const sort = (column) => {
    unfold();
    const sign = down ? -1 : 1;
    const order = column === "" ? rows : [...rows].sort((a, b) => {
      const one = value(a, column), other = value(b, column);
      return sign * (typeof one === "number" ? one - other : one.localeCompare(other));
    });
    body.append(...order);
    heads.forEach((head, number) => {
      if (number === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const same = head.getAttribute("aria-sort");
      down = same ? same === "ascending" : head.classList.contains("n");
      order.value = column;
      sort(column);
    });
  });
  order.addEventListener("change", () => {
    const column = order.value === "" ? "" : Number(order.value);
    down = column !== "" && heads[column].classList.contains("n");
    sort(column);
  });
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    unfold();
    for (const row of rows) {
      row.hidden = !words.every((word) => texts.get(row).includes(word));
      shown += row.hidden ? 0 : 1;
    }
    found.textContent = words.length ? shown + " of " + rows.length : "";
  });
}

"use strict";
// Sort, filter, open. Without this the page is whole, only longer.
document.documentElement.className = "js";

addEventListener("DOMContentLoaded", () => {
  const table = document.getElementById("list");
  if (!table) return;
  const filters = document.querySelectorAll(".filters");
  const search = document.getElementById("q");
  const selects = [...document.querySelectorAll(".filters select")];
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");
  const heads = [...table.tHead.rows[0].cells];
  const collator = new Intl.Collator("en", { numeric: true });
  let order = "worst first";

  // Everything that sorting and filtering look at is read once.
  const rows = [...table.tBodies].map((body) => {
    const [summary, more] = body.rows;
    const name = summary.querySelector(".name");
    const read = {
      body,
      facets: new Set(body.dataset.f.split(" ")),
      text: (summary.cells[0].textContent + "\n" + summary.cells[1].textContent).toLowerCase(),
      keys: [...summary.cells].map((cell, column) => key(cell, column)),
    };
    if (!more) return read; // a large report has no details of the last ones
    const button = document.createElement("button");
    button.type = "button";
    button.className = "name";
    button.textContent = name.textContent;
    button.setAttribute("aria-expanded", "false");
    more.id = body.id + "-more";
    button.setAttribute("aria-controls", more.id);
    name.replaceWith(button);
    return { ...read, button };
  });

  function key(cell, column) {
    const value = (cell.dataset.k ?? cell.firstChild?.textContent ?? "").trim();
    const numeric = column >= 3 && column <= 5;
    return value === "" ? null : numeric ? Number(value) : value;
  }

  // What has no value is last, whatever the direction.
  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (typeof a === "number" ? a - b : collator.compare(a, b));
  }

  function sort(column) {
    const head = heads[column];
    const first = head.dataset.first || "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const direction = head.getAttribute("aria-sort") === first ? other : first;
    const sign = direction === "ascending" ? 1 : -1;
    rows.sort((a, b) => compare(a.keys[column], b.keys[column], sign));
    const fragment = document.createDocumentFragment();
    for (const row of rows) fragment.append(row.body);
    table.append(fragment);
    for (const each of heads) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction);
    order = "by " + head.textContent.toLowerCase() + ", " + direction;
    tell();
  }

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = selects.map((select) => select.value).filter(Boolean);
    for (const row of rows) {
      row.body.hidden = !(
        wanted.every((facet) => row.facets.has(facet)) &&
        words.every((word) => row.text.includes(word))
      );
    }
    tell();
  }

  function tell() {
    const number = rows.filter((row) => !row.body.hidden).length;
    const noun = rows.length === 1 ? "extension" : "extensions";
    none.hidden = number > 0;
    table.hidden = number === 0;
    shown.value = `${number} of ${rows.length} ${noun}, ${order}`;
  }

  function toggle(row, open) {
    if (!row.button) return;
    row.body.classList.toggle("open", open);
    row.button.setAttribute("aria-expanded", String(open));
  }

  function reset() {
    search.value = "";
    for (const select of selects) select.value = "";
    filter();
  }

  // A link to an extension shows it, whatever the filters say.
  function follow() {
    const row = rows.find((each) => "#" + each.body.id === location.hash);
    if (!row) return;
    if (row.body.hidden) reset();
    toggle(row, true);
    row.button?.focus();
    row.body.scrollIntoView();
  }

  for (const [column, head] of heads.entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(column));
    head.replaceChildren(button);
  }
  table.addEventListener("click", (event) => {
    const button = event.target.closest("button.name");
    const row = button && rows.find((each) => each.button === button);
    if (row) toggle(row, button.getAttribute("aria-expanded") === "false");
  });
  search.addEventListener("input", filter);
  for (const select of selects) select.addEventListener("change", filter);
  document.getElementById("reset").addEventListener("click", reset);
  document.getElementById("clear").addEventListener("click", () => {
    reset();
    search.focus(); // the button that had the focus is gone
  });
  // A narrow screen shows the search alone until the others are asked for.
  const all = document.getElementById("all-filters");
  all.addEventListener("click", () => {
    all.setAttribute("aria-expanded", String(all.getAttribute("aria-expanded") === "false"));
  });
  document.getElementById("open").addEventListener("click", () => {
    for (const row of rows) if (!row.body.hidden) toggle(row, true);
  });
  document.getElementById("close").addEventListener("click", () => {
    for (const row of rows) toggle(row, false);
  });
  addEventListener("hashchange", follow);
  for (const each of filters) each.hidden = false;
  filter(); // a browser that goes back fills the controls in again
  follow();
});

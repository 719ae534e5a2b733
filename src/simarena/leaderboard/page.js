"use strict";
// Sorts the table by the column whose header is pressed; what is unknown stays last.
for (const table of document.querySelectorAll("table.sortable")) {
  const headers = [...table.tHead.rows[0].cells];
  const said = document.getElementById(table.dataset.said);
  const value = (row, column) => row.cells[column].dataset.value;
  const compare = (a, b) => {
    const x = Number(a), y = Number(b);
    return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
  };
  headers.forEach((header, column) => {
    const button = header.querySelector("button");
    if (button === null) return;
    button.addEventListener("click", () => {
      const before = header.getAttribute("aria-sort");
      const order = before === null ? header.dataset.first
        : before === "ascending" ? "descending" : "ascending";
      const sign = order === "ascending" ? 1 : -1;
      const rows = [...table.tBodies[0].rows];
      const known = rows.filter((row) => value(row, column) !== "");
      const unknown = rows.filter((row) => value(row, column) === "");
      known.sort((a, b) => sign * compare(value(a, column), value(b, column)));
      table.tBodies[0].append(...known, ...unknown);
      for (const other of headers) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", order);
      said.textContent = `Sorted by ${button.textContent.trim()}, ${order}.`;
    });
  });
}

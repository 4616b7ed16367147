"use strict";
// Replaces static figures by interactive ones in the colors of the page, and makes tables sortable
// and searchable. Without scripts the page still shows every figure and table.

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function themed(layout) {
  const ink = style("--ink");
  const line = style("--line");
  const axis = (own) => ({
    ...own, gridcolor: line, zerolinecolor: line, linecolor: line, color: ink,
  });
  const axes = Object.keys(layout).filter((key) => /^[xy]axis/.test(key));
  return {
    ...layout,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: ink, family: getComputedStyle(document.body).fontFamily, size: 13 },
    hoverlabel: { bgcolor: style("--panel"), bordercolor: line, font: { color: ink } },
    legend: {
      orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom", traceorder: "normal",
      ...layout.legend,
    },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: style("--soft"), activecolor: style("--accent") },
    margin: { l: 64, r: 16, t: 44, b: 48, ...layout.margin },
    ...Object.fromEntries(axes.map((key) => [key, axis(layout[key])])),
  };
}

// A figure with panels: as many beside each other as the width has room for.
function arranged({ layout, panels }, width) {
  if (!panels) return layout;
  const columns = Math.max(1, Math.min(panels.number, Math.floor(width / panels.width)));
  const rows = Math.ceil(panels.number / columns);
  const chart = Math.min(0.85 * panels.width, 240);
  const row = chart + panels.above + panels.below;
  // Gaps are shares of a cell: the room above a chart is above the first row, too.
  const grid = {
    rows, columns, pattern: "independent", xgap: 46 * columns / width,
    ygap: (panels.above + panels.below) / row,
  };
  const margin = { l: 46, r: 10, t: panels.above + 40, b: panels.below };
  // The legend is above the names and titles of the first row.
  const legend = { y: 1 + (panels.above + 6) / (rows * row - panels.above - panels.below) };
  return { ...layout, grid, margin, legend, height: rows * row + 40 };
}

function drawFigure(figure) {
  const spec = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const live = figure.querySelector(".live");
  const options = {
    responsive: true,
    displayModeBar: false, // a double click resets a zoom, and the SVG has a link
  };
  live.hidden = false;
  const layout = () => themed(arranged(spec, live.clientWidth));
  Plotly.newPlot(live, spec.data, layout(), options).then(() => {
    figure.querySelector(".static").style.display = "none";
  });
  const redraw = () => Plotly.relayout(live, layout());
  if (spec.panels) addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  for (const choice of figure.querySelectorAll(".axes input")) {
    choice.addEventListener("change", () => {
      Plotly.restyle(live, { x: spec.axes[choice.value] });
      Plotly.relayout(live, { "xaxis.title.text": choice.value, "xaxis.autorange": true });
    });
  }
  const axes = figure.querySelector(".axes");
  if (axes) axes.hidden = false;
}

function cellKey(row, column) {
  const cell = row.cells[column];
  const data = cell.querySelector("data");
  if (data && data.value !== "" && !Number.isNaN(Number(data.value))) return Number(data.value);
  return cell.textContent.trim();
}

function sortTable(table, column, heading) {
  const ascending = heading.getAttribute("aria-sort") !== "ascending";
  for (const other of table.querySelectorAll("thead th")) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const rows = Array.from(table.tBodies[0].rows);
  const compare = (a, b) => {
    const [first, second] = [cellKey(a, column), cellKey(b, column)];
    if (typeof first === "number" && typeof second === "number") return first - second;
    if (typeof first === "number") return -1;
    if (typeof second === "number") return 1;
    return first.localeCompare(second, undefined, { numeric: true });
  };
  rows.sort((a, b) => (ascending ? compare(a, b) : compare(b, a)));
  table.tBodies[0].append(...rows);
}

function makeSortable(table) {
  const headings = table.tHead.rows[table.tHead.rows.length - 1].cells;
  Array.from(headings).forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sortTable(table, column, heading));
    heading.append(button);
  });
}

function makeSearchable(filter) {
  const table = document.getElementById(filter.dataset.table);
  filter.parentElement.hidden = false;
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/);
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
}

document.querySelectorAll("table").forEach(makeSortable);
document.querySelectorAll("input[data-table]").forEach(makeSearchable);
if (typeof Plotly !== "undefined") {
  document.querySelectorAll("figure[data-plot]").forEach((figure) => {
    try {
      drawFigure(figure);
    } catch (error) {
      figure.querySelector(".live").hidden = true; // the static figure stays
      console.error(error);
    }
  });
}

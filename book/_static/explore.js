/* The page "Explore": TGSR's surface and face, and the cells of a method, from data in the page.

   `cdmerExplore(data, place)` builds everything inside `place`. Packed numbers are base64 of
   deflated bytes. The state stands in the address after "#", so that a view can be linked. */

"use strict";

async function unpacked(text, Kind) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Kind(await new Response(stream).arrayBuffer());
}

function made(tag, attributes = {}, ...children) {
  const svg = ["svg", "rect", "title", "ellipse", "polyline", "g", "text"].includes(tag);
  const node = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function table(caption, heads, rows) {
  const head = made("tr", {}, ...heads.map((text) => made("th", { scope: "col" }, text)));
  const body = rows.map(([first, ...others]) =>
    made("tr", {}, made("th", { scope: "row" }, first), ...others.map((text) => made("td", {}, text))));
  return made("table", { class: "dataframe" }, made("caption", {}, caption),
    made("thead", {}, head), made("tbody", {}, ...body));
}

async function cdmerExplore(data, place) {
  for (const task of Object.values(data.tasks)) {
    for (const grouping of Object.keys(data.groupings)) {
      const part = task[grouping];
      part.index = await unpacked(part.index, Uint16Array);
      part.selected = await unpacked(part.selected, Uint8Array);
    }
  }

  const options = (names) => names.map((name) => made("option", { value: name }, name));
  const task = made("select", { id: "explore-task" }, ...options(Object.keys(data.tasks)));
  const grouping = made("select", { id: "explore-grouping" },
    ...Object.entries(data.groupings).map(([value, about]) => made("option", { value }, about.name)));
  const kappa = made("input", { id: "explore-kappa", type: "range", min: 1, max: data.kappas.length });
  const xi = made("input", { id: "explore-xi", type: "range", min: 0 });
  const method = made("select", { id: "explore-method" }, ...options(Object.keys(data.methods)));
  const said = { kappa: made("output", { for: "explore-kappa" }), xi: made("output", { for: "explore-xi" }) };
  const jump = made("div", { class: "explore-jump" });
  const map = made("canvas", { id: "explore-map", role: "img", width: 542, height: 255 });
  const score = made("p", { id: "explore-score", "aria-live": "polite" });
  const legend = made("p", { class: "explore-legend" },
    "Circle: the printed point. Square: the best on the target. Triangle: chosen without target labels. " +
    "Cross: where the sliders stand. Light is a low mean F1, dark a high one.");
  const face = made("div", { id: "explore-face" });
  const matrix = made("div", { id: "explore-matrix" });
  const cells = made("div", { id: "explore-cells" });
  const labelled = (text, input, ...more) => made("label", { for: input.id }, text, " ", input, ...more);
  place.replaceChildren(
    made("div", { class: "explore-controls" }, labelled("Task", task), labelled("Regions", grouping),
      labelled("κ, regions kept", kappa, said.kappa), labelled("ξ, weight of the gap", xi, said.xi), jump),
    score, map, legend, made("div", { class: "explore-row" }, face, matrix),
    made("div", { class: "explore-controls" }, labelled("Cells of the method", method)), cells);

  const part = () => data.tasks[task.value][grouping.value];
  const xiValue = () => part().xis[Number(xi.value)];
  const outcome = (k, x) => {
    const { index, outcomes } = part();
    return outcomes[index[data.kappas.indexOf(k) * data.xis.length + data.xis.indexOf(x)]];
  };
  const kept = (k) => {  // whether each of the 85 groups is kept, from the packed bits
    const { selected } = part(), start = (Number(xi.value) * data.kappas.length + k - 1) * 85;
    return Array.from({ length: 85 }, (_, i) => (selected[(start + i) >> 3] >> (7 - ((start + i) & 7))) & 1);
  };

  function drawMap() {
    const width = data.xis.length, height = data.kappas.length, { index, outcomes } = part();
    const scores = outcomes.map((one) => one[0]), low = Math.min(...scores), high = Math.max(...scores);
    const image = new ImageData(width, height);
    for (let k = 0; k < height; k++) {
      for (let x = 0; x < width; x++) {
        const t = (scores[index[k * width + x]] - low) / (high - low || 1);
        const at = 4 * ((height - 1 - k) * width + x);
        image.data.set([245 - 218 * t, 248 - 175 * t, 250 - 147 * t, 255], at);
      }
    }
    const small = made("canvas", { width, height });
    small.getContext("2d").putImageData(image, 0, 0);
    const pen = map.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(small, 0, 0, map.width, map.height);
    const spot = (point) => [
      (data.xis.indexOf(point.xi) + 0.5) * map.width / width,
      (height - data.kappas.indexOf(point.kappa) - 0.5) * map.height / height];
    const mark = (shape) => {
      for (const [colour, line] of [["white", 5], ["#d1495b", 2]]) {
        pen.strokeStyle = colour; pen.lineWidth = line;
        pen.beginPath(); shape(); pen.stroke();
      }
    };
    const { best, chosen } = part(), printed = grouping.value === "authors" && data.tasks[task.value].printed;
    const at = (point, draw) => { if (point) { const [x, y] = spot(point); mark(() => draw(x, y)); } };
    at(best, (x, y) => pen.rect(x - 8, y - 8, 16, 16));
    at(chosen, (x, y) => { pen.moveTo(x, y - 8); pen.lineTo(x + 8, y + 7); pen.lineTo(x - 8, y + 7); pen.closePath(); });
    at(printed, (x, y) => pen.arc(x, y, 5, 0, 7));
    at({ kappa: Number(kappa.value), xi: xiValue() }, (x, y) => {
      pen.moveTo(x - 12, y); pen.lineTo(x + 12, y); pen.moveTo(x, y - 12); pen.lineTo(x, y + 12);
    });
    map.setAttribute("aria-label",
      `Mean F1 over kappa (upwards, 1 to ${height}) and xi (to the right, ${data.xis[0]} to ` +
      `${data.xis[width - 1]}, not to scale): from ${low.toFixed(4)} to ${high.toFixed(4)}.`);
  }

  function drawFace(shares) {  // shares: of the three histograms of each block, how many are kept
    const grids = data.levels.map((level) => {
      const mine = data.face.flatMap((block, i) => (block[0] === level ? [i] : []));
      const whole = mine.filter((i) => shares[i]).length;
      const svg = made("svg", { viewBox: "-1 -1 108 108", role: "img" },
        made("title", {}, `${level} by ${level} blocks: ${whole} of ${mine.length} kept, whole or in part`));
      for (const i of mine) {
        const [, x, y, width, height] = data.face[i];
        svg.append(made("rect", { x, y, width, height, fill: "#1b4965", "fill-opacity": shares[i] / 3 * 0.8,
          stroke: "currentColor", "stroke-width": 0.6 }));
      }
      for (const [cx, cy, rx, ry] of data.ovals)
        svg.append(made("ellipse", { cx, cy, rx, ry, fill: "none", stroke: "#d1495b" }));
      svg.append(made("polyline", { points: data.nose, fill: "none", stroke: "#d1495b" }));
      return made("figure", {}, svg, made("figcaption", {}, `${level} × ${level}`));
    });
    face.replaceChildren(...grids);
  }

  function drawJump() {
    const places = { "the printed point": grouping.value === "authors" ? data.tasks[task.value].printed : null,
      "the best on the target": part().best, "chosen without target labels": part().chosen };
    const buttons = Object.entries(places).filter(([, point]) => point).map(([name, point]) => {
      const button = made("button", { type: "button" }, name);
      button.onclick = () => { kappa.value = point.kappa; xi.value = part().xis.indexOf(point.xi); show(); };
      return button;
    });
    jump.replaceChildren("Go to: ", ...buttons);
  }

  function show() {
    const k = Number(kappa.value), x = xiValue(), printed = data.tasks[task.value].printed;
    const [f1, percent, ...counts] = outcome(k, x);
    const groups = kept(k), sum = groups.reduce((a, b) => a + b, 0);
    const shares = Array(85).fill(0);
    groups.forEach((one, i) => { if (one) data.groupings[grouping.value].holds[i].forEach(([b, n]) => { shares[b] += n; }); });
    said.kappa.textContent = k;
    said.xi.textContent = x;
    score.textContent = `Mean F1 ${f1.toFixed(4)}, accuracy ${percent.toFixed(2)} %, ${sum} of 85 regions kept. ` +
      `Printed for this task: ${printed.f1.toFixed(4)} and ${printed.percent.toFixed(2)} %.`;
    drawMap();
    drawFace(shares);
    matrix.replaceChildren(table("Clips by true class (rows) and predicted class", ["true", ...data.classes],
      data.classes.map((name, i) => [name, ...counts.slice(3 * i, 3 * i + 3).map(String)])));
    cells.replaceChildren(table("Mean F1: printed, best on the target labels, chosen without them",
      ["paper, task", "printed", "best", "without labels"], data.methods[method.value]));
    const state = { task: task.value, grouping: grouping.value, kappa: k, xi: x, method: method.value };
    history.replaceState(null, "", "#" + new URLSearchParams(state));
  }

  function changeSurface(point) {  // keeps xi where the other surface has it, else the nearest
    const wanted = point.xi, distance = (x) => Math.abs(Math.log(x / wanted));
    const { xis } = part();
    xi.max = xis.length - 1;
    xi.value = xis.reduce((best, x, i) => (distance(x) < distance(xis[best]) ? i : best), 0);
    kappa.value = point.kappa;
    drawJump();
    show();
  }

  method.value = "TGSR";
  const start = new URLSearchParams(location.hash.slice(1));
  for (const [name, input] of Object.entries({ task, grouping, method }))
    if ([...input.options].some((option) => option.value === start.get(name))) input.value = start.get(name);
  const first = data.tasks[task.value].printed;
  changeSurface({ kappa: Number(start.get("kappa")) || first.kappa, xi: Number(start.get("xi")) || first.xi });
  task.onchange = () => changeSurface(part().best);
  grouping.onchange = () => changeSurface({ kappa: Number(kappa.value), xi: xiValue() });
  kappa.oninput = xi.oninput = method.onchange = show;
  map.onclick = (event) => {
    const box = map.getBoundingClientRect(), { width, height } = box;
    const k = data.kappas.length - Math.floor((event.clientY - box.top) / height * data.kappas.length);
    const x = data.xis[Math.floor((event.clientX - box.left) / width * data.xis.length)];
    changeSurface({ kappa: Math.min(Math.max(k, 1), data.kappas.length), xi: x });
  };
}

"use strict";
// The page works nothing out: Python wrote every figure for every pair of thresholds into a table.
// Thresholds are told by the numbers of their stops. Text always goes in as text, never as markup.

let root = document; // or the shadow root that holds the report within another page
let words = {}; // of another language, by the English ones
let pause = 0; // before the outcome is spoken; of one view, whichever came last
const at = (id) => root.getElementById(id);
const t = (said, marks = {}) => Object.entries(marks).reduce(
  (told, [name, value]) => told.replaceAll(`{${name}}`, value), words[said] ?? said);
const PAGE = 25;
const LINES = ["answer", "followUp"], ALL_LINES = [...LINES, "tentative"];
const KEY = {
  coverage: "answered", wrong_answers: "wrongly", tentative: "tentatively",
  wrong_shown: "wrong shown", follow_ups: "asked to choose", precision: "precision",
};

async function unpack(text) {
  const zipped = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"));
  const facts = JSON.parse(await new Response(stream).text());
  for (const column of Object.values(facts.table)) { // differences to the row before
    for (let row = 1; row < column.length; row++) column[row] += column[row - 1];
  }
  return facts;
}

function make(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function draw(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children = []) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const text = (x, y, said, name) => draw("text", { x, y, class: name }, said);
const line = (x1, y1, x2, y2, name) => draw("line", { x1, y1, x2, y2, class: name });
const path = (points, name) => draw("path", { d: `M${points.map((xy) => xy.join(" ")).join("L")}`,
  class: name });
const cells = (name, said, attributes = {}) => said.map((one) => make(name, attributes, one));
const grouped = (number) => number.toLocaleString("en");
const shown = (value) => String(Number(value.toFixed(6)));
const percent = (tenths) => (tenths < 0 ? "–" : `${(tenths / 10).toFixed(1)} %`);
const asPercent = (share) => percent(Math.round(1000 * share));

function start(facts) {
  const state = {};
  // What the table says of a pair of stops and a tentative threshold.
  const lookup = (column, { answer, followUp, tentative } = state) =>
    (facts.table[column] ?? facts.table[`${column}@${tentative}`])[answer * (answer + 1) / 2 + followUp];
  // Neither line passes the other.
  function move(name, stop) {
    state[name] = name === "answer" ? Math.max(state.followUp, stop) : Math.min(state.answer, stop);
    at("held").textContent = state[name] === stop ? ""
      : t("The answer line can't lie below the line from which it asks. Move the other one first.");
    update();
  }
  function preset({ answer, followUp, tentative }) {
    Object.assign(state, { answer, followUp, tentative });
    at("held").textContent = "";
    update();
  }
  translate();
  at("verdict").replaceChildren(...facts.verdict.map((said, i) =>
    make("p", { class: i ? "" : facts.proven ? "proven" : "unproven" }, said)));
  at("about").replaceChildren(...cells("p", facts.about));
  const page = { facts, state, lookup, move, preset };
  const updates = [controls(page), figures(page), changes(page), errors(page)];
  let charts = [], width = 0;
  function drawCharts() {
    width = innerWidth;
    charts = [scores(page), trade(page, "precision"), trade(page, "wrong_answers")];
    drawReliability(facts);
  }
  function update() {
    for (const part of [...updates, ...charts]) part();
  }
  drawCharts();
  preset(facts.presets[0]);
  addEventListener("resize", () => {
    // A phone's address bar comes and goes, and so does the page that this is a part of.
    if (innerWidth === width || !root.isConnected) return;
    drawCharts();
    update();
  });
}

// Puts what stands on the page already into another language.
function translate() {
  const places = document.createTreeWalker(at("report"), NodeFilter.SHOW_TEXT);
  while (places.nextNode()) {
    const { data } = places.currentNode, said = data.trim();
    if (said in words) places.currentNode.data = data.replace(said, words[said]);
  }
  for (const one of root.querySelectorAll("[aria-label]")) one.ariaLabel = t(one.ariaLabel);
}

function nearest(stops, wanted) {
  const distances = stops.map((stop) => Math.abs(stop - wanted));
  return distances.indexOf(Math.min(...distances));
}

// From where on an answer is shown tentatively: not below the follow-up line, and above the answer
// line nowhere.
function tentativeLine({ stops, tentatives }, { answer, followUp, tentative }) {
  const wanted = tentatives[tentative];
  if (wanted === null || wanted > stops[answer]) return null;
  return Math.max(wanted, stops[followUp]);
}

function linesOf(facts, of) {
  const tentative = tentativeLine(facts, of);
  return [facts.stops[of.answer], tentative, facts.stops[of.followUp]]
    .map((it) => (it === null ? t("off") : shown(it))).join(" / ");
}

function controls({ facts, state, lookup, move, preset }) {
  const { stops } = facts, inputs = [...root.querySelectorAll("[data-line]")];
  const low = stops[0], high = stops[stops.length - 1];
  const knob = fill(at("tentative-knob"), { min: low, max: high, step: facts.step });
  for (const input of inputs) {
    const name = input.dataset.line, isSlider = input.type === "range";
    if (isSlider) fill(input, { min: low, max: high, step: facts.step });
    input.addEventListener(isSlider ? "input" : "change", () => {
      const wanted = input.valueAsNumber;
      move(name, Number.isNaN(wanted) ? state[name] : nearest(stops, wanted));
      if (!(wanted >= low && wanted <= high)) {
        at("held").textContent = t("A line is a number from {low} to {high}.", { low, high });
      }
    });
  }
  const tentative = at("tentative");
  tentative.replaceChildren(...facts.tentatives.map((value, place) =>
    make("option", { value: place }, value === null ? t("off") : shown(value))));
  tentative.addEventListener("change", () => preset({ ...state, tentative: +tentative.value }));
  const numbers = facts.tentatives.filter((value) => value !== null);
  knob.hidden = numbers.length === 0;
  knob.addEventListener("input", () =>
    preset({ ...state,
      tentative: facts.tentatives.indexOf(numbers[nearest(numbers, knob.valueAsNumber)]) }));
  const buttons = facts.presets.map((one) => {
    const button = make("button", { type: "button" }, t(one.name));
    button.addEventListener("click", () => preset(one));
    return button;
  });
  at("presets").replaceChildren(...buttons);
  return () => {
    for (const input of inputs) input.value = shown(stops[state[input.dataset.line]]);
    tentative.value = state.tentative;
    knob.value = facts.tentatives[state.tentative] ?? high;
    knob.ariaValueText = tentative.selectedOptions[0].textContent;
    // For whoever asks which lines these are: as the configuration has them.
    at("lines").dataset.at = JSON.stringify({ answer: stops[state.answer],
      follow_up: stops[state.followUp], tentative: tentativeLine(facts, state) });
    buttons.forEach((button, i) => button.setAttribute("aria-pressed",
      ALL_LINES.every((name) => facts.presets[i][name] === state[name])));
    const said = Object.entries(KEY).map(([name, called]) => [t(called), percent(lookup(name))]);
    at("key").replaceChildren(...said.map(([called, value]) =>
      make("div", {}, make("dt", {}, called), make("dd", {}, value))));
    // Whoever listens hears the outcome once the line rests.
    clearTimeout(pause);
    pause = setTimeout(() => { at("spoken").textContent = said.flat().join(" "); }, 400);
  };
}

function canvas(place, height, label) {
  const width = Math.max(240, Math.floor(place.clientWidth));
  const svg = draw("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  if (label) fill(svg, { role: "img", "aria-label": label });
  place.replaceChildren(svg);
  return [svg, width];
}

function scores({ facts, state }) {
  const ROW = 104, SIDE = 12, floor = 3 * ROW, { stops } = facts; // a slider's knob is 2 SIDE wide
  const [svg, width] = canvas(at("scores"), floor + 22, t("Scores of all messages, by kind"));
  const low = stops[0], high = stops[stops.length - 1];
  const x = (score) => SIDE + (score - low) / (high - low) * (width - 2 * SIDE);
  const kinds = { right: "Right", wrong: "Another entry is nearer", outside: "Out of scope" };
  const texts = Object.entries(kinds).map(([name, said], kind) => {
    const base = (kind + 1) * ROW, counts = facts.scores[kind], most = Math.max(1, ...counts);
    const total = counts.reduce((a, b) => a + b, 0), edge = (bin) => x(bin / counts.length);
    counts.forEach((number, bin) => {
      const height = number && Math.max(1.5, number / most * (ROW - 46));
      svg.append(draw("rect", { x: edge(bin) + 0.5, y: base - height, height, class: `bar ${name}`,
        width: Math.max(1, edge(bin + 1) - edge(bin) - 1) }));
    });
    svg.append(line(x(Math.min(0, low)), base, x(1), base, "axis"));
    const zone = text(SIDE, base - ROW + 36, "", "small halo");
    const title = text(SIDE, base - ROW + 20, `${t(said)}: ${grouped(total)}`, "strong halo");
    return { kind, total, zone, title };
  });
  for (let tick = 0; tick <= 10; tick += width < 500 ? 2 : 1) {
    svg.append(text(x(tick / 10), floor + 16, (tick / 10).toFixed(1), "tick"));
  }
  const lines = LINES.map((name) => line(0, 0, 0, floor, `line ${name}`));
  const tentative = line(0, 0, 0, floor, "line tentative");
  svg.append(tentative, ...lines, ...texts.flatMap(({ title, zone }) => [title, zone]));
  return () => {
    LINES.forEach((name, i) => {
      fill(lines[i], { transform: `translate(${x(stops[state[name]])} 0)` });
    });
    const from = tentativeLine(facts, state);
    fill(tentative, { visibility: from === null ? "hidden" : "visible",
      transform: `translate(${x(from ?? 0)} 0)` });
    for (const { kind, total, zone } of texts) {
      const above = facts.above[kind][state.answer], from = facts.from[kind][state.followUp];
      zone.textContent = t("{below} below · {between} between · {above} above",
        { below: grouped(total - from), between: grouped(Math.max(0, from - above)),
          above: grouped(above) });
    }
  };
}

function figures({ facts, state, lookup }) {
  const pair = (of) => linesOf(facts, of);
  const number = (said) => make("span", { class: "number" }, said);
  const head = (said, more) => make("th", { scope: "col" }, said, number(more));
  const body = make("tbody"), here = head(t("here"), ""), upper = make("td", { class: "here" });
  const add = (called, meaning, cell, others) => {
    const name = make("th", { scope: "row" }, t(called),
      make("span", { class: "meaning" }, t(meaning)));
    body.append(make("tr", {}, name, cell, ...cells("td", others)));
  };
  const shares = {};
  for (const [title, rows] of facts.groups) {
    const group = make("th", { colspan: 5, scope: "rowgroup" }, t(title));
    body.append(make("tr", { class: "group" }, group));
    for (const [name, called, meaning] of rows) {
      shares[name] = make("td", { class: "here", "data-figure": name });
      add(called, meaning, shares[name], facts.presets.map((one) => percent(lookup(name, one))));
      if (name !== "wrong_answers") continue;
      const sure = { percent: shown(100 * facts.confidence) };
      add("of these at most",
        t("with {percent} % confidence in an answer line chosen beforehand", sure), upper, facts.presets.map((one) => facts.wrongUpper[one.answer]));
    }
  }
  at("figures").replaceChildren(make("table", {}, make("thead", {}, make("tr", {},
    make("td"), here, ...facts.presets.map((one) => head(t(one.name), pair(one))))), body));
  return () => {
    here.lastChild.textContent = pair(state);
    upper.textContent = facts.wrongUpper[state.answer];
    for (const [name, cell] of Object.entries(shares)) {
      const under = facts.outcomes.includes(name) ? [grouped(lookup(`${name}Labels`))] : [];
      const sides = [lookup(`${name}Low`), lookup(`${name}High`)];
      if (sides[0] >= 0) under.push(sides.map((it) => (it / 10).toFixed(1)).join("–"));
      cell.replaceChildren(percent(lookup(name)), ...under.map(number));
    }
  };
}

// Axes in shares; gives back where a point is.
function axes(place, label, [bottom, top], xTitle, height) {
  const [svg, width] = canvas(place, height, label);
  const left = 48, right = 22, up = 12, down = 42;
  const x = (share) => left + share * (width - left - right);
  const y = (share) => height - down
    - (Math.min(top, Math.max(bottom, share)) - bottom) / (top - bottom) * (height - down - up);
  for (let tick = bottom; tick <= top + 1e-9; tick += (top - bottom) / 5) {
    svg.append(line(left, y(tick), width - right, y(tick), "grid"),
      text(left - 6, y(tick) + 4, `${shown(100 * tick)} %`, "tick end"));
  }
  for (let tick = 0; tick <= 100; tick += 20) {
    svg.append(text(x(tick / 100), height - down + 18, `${tick} %`, "tick"));
  }
  svg.append(line(left, y(bottom), width - right, y(bottom), "axis"),
    text((left + width - right) / 2, height - 6, xTitle, "tick"));
  return { svg, x, y };
}

// Shapes tell points apart, not colours.
const SHAPES = {
  here: "M-6 0A6 6 0 1 0 6 0A6 6 0 1 0 -6 0Z", tuned: "M0 -8L8 0L0 8L-8 0Z",
  now: "M-6 -6H6V6H-6Z", example: "M0 -7L7 6H-7Z",
};
const shape = (name) => draw("path", { d: SHAPES[name], class: `mark ${name}` });

function trade({ facts, state, lookup }, name) {
  const { curve } = facts;
  const share = (column, of) => lookup(column, of) / 1000;
  const isRisk = name === "wrong_answers";
  // The height shows all of the curve, in five steps of whole percents.
  const shares = curve.map((of) => share(name, of));
  const reach = isRisk ? Math.max(2 * facts.maxWrong, ...shares) : 1 - Math.min(1, ...shares);
  const height = [0.05, 0.1, 0.2, 0.5, 1].find((it) => it >= reach) ?? 1;
  const { svg, x, y } = axes(at(isRisk ? "risk" : "precision"),
    t(isRisk ? "Share answered wrongly by coverage" : "Precision by coverage"),
    isRisk ? [0, height] : [1 - height, 1], t("coverage: of all messages, those answered"), 250);
  const along = (column) => curve.map((of) => [x(share("coverage", of)), y(share(column, of))]);
  if (curve.length > 0) {
    svg.append(path([...along(`${name}Low`), ...along(`${name}High`).reverse()], "band"),
      path(along(name), "curve"));
  }
  if (isRisk) {
    const limit = y(facts.maxWrong);
    svg.append(line(x(0), limit, x(1), limit, "limit"),
      text(x(0) + 6, limit - 5, t("asked for: at most {most}", { most: asPercent(facts.maxWrong) }),
        "small"));
  }
  const put = (mark, of) => {
    const isKnown = lookup("precision", of) >= 0; // else nothing is answered
    fill(mark, { visibility: isKnown ? "visible" : "hidden",
      transform: `translate(${x(share("coverage", of))} ${y(share(name, of))})` });
  };
  const marks = [...facts.presets, { name: "here" }].map((one) => shape(one.name));
  svg.append(...marks);
  facts.presets.forEach((one, i) => put(marks[i], one));
  at("marks").replaceChildren(...Object.keys(SHAPES).flatMap((mark) => [
    draw("svg", { width: 18, height: 18, viewBox: "-9 -9 18 18" }, shape(mark)),
    make("span", {}, t(mark))]));
  return () => put(marks[marks.length - 1], state);
}

function drawReliability({ reliability: { of, rows } }) {
  const by = { of: t(of) }, label = t("Reliability diagram: the share that is right, by {of}", by);
  const { svg, x, y } = axes(at("reliability"), label, [0, 1], t("{of}, mean of a bin", by), 300);
  svg.append(line(x(0), y(0), x(1), y(1), "limit"));
  for (const [said, right, low, high, messages] of rows) {
    svg.append(line(x(said), y(low), x(said), y(high), "whisker"),
      draw("circle", { cx: x(said), cy: y(right), r: 5, class: "point" }, draw("title", {},
        t("{of} {said}: right {right} ({low} to {high}) of {messages} messages", {
          ...by, said: said.toFixed(3), right: asPercent(right), low: asPercent(low),
          high: asPercent(high), messages: grouped(messages) }))));
  }
}

// Draws the report from its data.
async function view(data, within = document, said = {}) {
  root = within;
  words = said;
  start(await unpack(data));
}

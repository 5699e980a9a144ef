"use strict";
// The page works nothing out: Python wrote every figure for every pair of thresholds into a table.
// Thresholds are told by the numbers of their stops. Text always goes in as text, never as markup.

const at = (id) => document.getElementById(id);
const PAGE = 25;
const LINES = ["answer", "followUp"];
const KEY = {
  coverage: "answered", wrong_answers: "wrongly", tentative: "tentatively",
  wrong_shown: "wrong shown", follow_ups: "asked to choose", precision: "precision",
};
const ERROR_NAMES = {
  wrong: "✕ wrong answer", oos_answered: "✕ out of scope, answered",
  wrong_tentative: "✕ wrong, tentatively", oos_tentative: "✕ out of scope, tentatively",
  missed: "? asked, without it", fallback: "– fallback", oos_asked: "? out of scope, asked",
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
    update();
  }
  function preset({ answer, followUp, tentative }) {
    Object.assign(state, { answer, followUp, tentative });
    update();
  }
  at("verdict").replaceChildren(...facts.verdict.map((said, i) =>
    make("p", { class: i ? "" : facts.proven ? "proven" : "unproven" }, said)));
  at("about").replaceChildren(...cells("p", facts.about));
  const page = { facts, state, lookup, move, preset };
  const updates = [controls(page), figures(page), errors(page)];
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
    if (innerWidth === width) return; // a phone's address bar comes and goes
    drawCharts();
    update();
  });
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
  return [facts.stops[of.answer], tentative ?? "off", facts.stops[of.followUp]]
    .map((it) => (it === "off" ? it : shown(it))).join(" / ");
}

function controls({ facts, state, lookup, move, preset }) {
  const { stops } = facts, inputs = [...document.querySelectorAll("[data-line]")];
  for (const input of inputs) {
    const name = input.dataset.line, isSlider = input.type === "range";
    if (isSlider) fill(input, { min: stops[0], max: stops[stops.length - 1], step: facts.step });
    input.addEventListener(isSlider ? "input" : "change", () => {
      const wanted = input.valueAsNumber;
      move(name, Number.isNaN(wanted) ? state[name] : nearest(stops, wanted));
    });
  }
  const tentative = at("tentative");
  tentative.replaceChildren(...facts.tentatives.map((value, place) =>
    make("option", { value: place }, value === null ? "off" : shown(value))));
  tentative.addEventListener("change", () => preset({ ...state, tentative: +tentative.value }));
  const buttons = facts.presets.map((one) => {
    const button = make("button", { type: "button" }, one.name);
    button.addEventListener("click", () => preset(one));
    return button;
  });
  at("presets").replaceChildren(...buttons);
  let pause = 0;
  return () => {
    for (const input of inputs) input.value = shown(stops[state[input.dataset.line]]);
    tentative.value = state.tentative;
    buttons.forEach((button, i) => button.setAttribute("aria-pressed",
      [...LINES, "tentative"].every((name) => facts.presets[i][name] === state[name])));
    const said = Object.entries(KEY).map(([name, called]) => [called, percent(lookup(name))]);
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
  const [svg, width] = canvas(at("scores"), floor + 22, "Scores of all messages, by kind");
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
    const title = text(SIDE, base - ROW + 20, `${said}: ${grouped(total)}`, "strong halo");
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
      zone.textContent = `${grouped(total - from)} below · ${grouped(Math.max(0, from - above))} `
        + `between · ${grouped(above)} above`;
    }
  };
}

function figures({ facts, state, lookup }) {
  const pair = (of) => linesOf(facts, of);
  const number = (said) => make("span", { class: "number" }, said);
  const head = (said, more) => make("th", { scope: "col" }, said, number(more));
  const body = make("tbody"), here = head("here", ""), upper = make("td", { class: "here" });
  const add = (called, meaning, cell, others) => {
    const name = make("th", { scope: "row" }, called, make("span", { class: "meaning" }, meaning));
    body.append(make("tr", {}, name, cell, ...cells("td", others)));
  };
  const shares = {};
  for (const [title, rows] of facts.groups) {
    const group = make("th", { colspan: 5, scope: "rowgroup" }, title);
    body.append(make("tr", { class: "group" }, group));
    for (const [name, called, meaning] of rows) {
      shares[name] = make("td", { class: "here", "data-figure": name });
      add(called, meaning, shares[name], facts.presets.map((one) => percent(lookup(name, one))));
      if (name !== "wrong_answers") continue;
      add("of these at most", `with ${shown(100 * facts.confidence)} % confidence in an answer line `
        + "chosen beforehand", upper,
      facts.presets.map((one) => facts.wrongUpper[one.answer]));
    }
  }
  at("figures").replaceChildren(make("table", {}, make("thead", {}, make("tr", {},
    make("td"), here, ...facts.presets.map((one) => head(one.name, pair(one))))), body));
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
    isRisk ? "Share answered wrongly by coverage" : "Precision by coverage",
    isRisk ? [0, height] : [1 - height, 1], "coverage: of all messages, those answered", 250);
  const along = (column) => curve.map((of) => [x(share("coverage", of)), y(share(column, of))]);
  if (curve.length > 0) {
    svg.append(path([...along(`${name}Low`), ...along(`${name}High`).reverse()], "band"),
      path(along(name), "curve"));
  }
  if (isRisk) {
    const limit = y(facts.maxWrong);
    svg.append(line(x(0), limit, x(1), limit, "limit"),
      text(x(0) + 6, limit - 5, `asked for: at most ${asPercent(facts.maxWrong)}`, "small"));
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
    make("span", {}, mark)]));
  return () => put(marks[marks.length - 1], state);
}

function drawReliability({ reliability: { of, rows } }) {
  const label = `Reliability diagram: the share that is right, by ${of}`;
  const { svg, x, y } = axes(at("reliability"), label, [0, 1], `${of}, mean of a bin`, 300);
  svg.append(line(x(0), y(0), x(1), y(1), "limit"));
  for (const [said, right, low, high, messages] of rows) {
    svg.append(line(x(said), y(low), x(said), y(high), "whisker"),
      draw("circle", { cx: x(said), cy: y(right), r: 5, class: "point" }, draw("title", {},
        `${of} ${said.toFixed(3)}: right ${asPercent(right)} (${asPercent(low)} to `
        + `${asPercent(high)}) of ${grouped(messages)} messages`)));
  }
}

const nobody = (facts) => (facts.isLog ? "(none of these, or 👎)" : "(out of scope)");

function errors({ facts, state, lookup }) {
  const kind = at("error-kind"), entry = at("error-entry"), find = at("error-find");
  const option = (value, said) => make("option", { value }, said);
  kind.replaceChildren(option("all", "everything"),
    ...facts.errors.map((name) => option(name, ERROR_NAMES[name])));
  const concerned = [...new Set(facts.listed.map((one) => one.expected ?? ""))].sort();
  entry.replaceChildren(option("all", "all"),
    ...concerned.map((id) => option(id, id || nobody(facts))));
  const more = at("errors-more");
  let fits = [], listed = PAGE;

  function card({ one, outcome, got }) {
    const [best, second] = one.nearest.map(([id, score]) => `${score.toFixed(4)} ${id}`);
    const told = [["asked for", one.expected ?? nobody(facts)], ["got", got.join(", ") || "–"],
      ["nearest", best ? `${best} “${one.phrasing}”` : "nothing to compare"],
      ["second", second ?? "–"], [facts.isLog ? "asked" : "label", one.place]];
    return make("li", { "data-kind": outcome }, make("p", { class: "said" }, one.text),
      make("p", { class: "kind" }, ERROR_NAMES[outcome]), make("dl", {}, ...told.flatMap(
        ([term, value]) => [make("dt", {}, term), make("dd", {}, value)])));
  }
  function list() {
    at("errors").replaceChildren(...fits.slice(0, listed).map(card));
    more.hidden = fits.length <= listed;
    more.textContent = `Show more (${grouped(fits.length - listed)} left)`;
  }
  more.addEventListener("click", () => { listed += 4 * PAGE; list(); });
  function show() {
    const answer = facts.stops[state.answer], followUp = facts.stops[state.followUp];
    const tentative = facts.tentatives[state.tentative];
    const holds = ([, , a0, a1, f0, f1]) =>
      a0 <= answer && answer < a1 && f0 < followUp && followUp <= f1;
    const isShown = (to) => tentative !== null && tentative <= to;
    const now = facts.listed.flatMap((one) => one.where.filter(holds)
      .map(([outcome, got, , , , , to, shownAs]) =>
        ({ one, got, outcome: isShown(to) ? shownAs : outcome })))
      .filter(({ outcome }) => facts.errors.includes(outcome));
    const wanted = find.value.trim().toLowerCase();
    fits = now.filter(({ one, outcome }) => ["all", outcome].includes(kind.value)
      && ["all", one.expected ?? ""].includes(entry.value)
      && one.text.toLowerCase().includes(wanted));
    const score = ({ one }) => one.nearest[0]?.[1] ?? 0;
    fits.sort((a, b) => facts.errors.indexOf(a.outcome) - facts.errors.indexOf(b.outcome)
      || score(b) - score(a));
    list();
    const total = facts.errors.reduce((sum, name) => sum + lookup(`${name}Labels`), 0);
    const missing = total - now.length;
    at("error-count").textContent = `${grouped(total)} errors at these lines`
      + (missing > 0 ? `; ${grouped(missing)} of them are left out here to keep this file small`
        + (facts.isLog ? "" : " (evaluate --csv writes all)") : "")
      + (fits.length < now.length ? `; ${grouped(fits.length)} shown by the filter.` : ".");
  }
  for (const filter of [kind, entry, find]) filter.oninput = filter.onchange = show;
  return show;
}

unpack(at("data").textContent).then(start);

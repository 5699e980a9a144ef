"use strict";
// Elements, and the pictures. Text always goes in as text, never as markup.

function make(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function draw(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const text = (x, y, said, attributes = {}) => draw("text", { x, y, ...attributes }, said);
const line = (x1, y1, x2, y2, name) => draw("line", { x1, y1, x2, y2, class: name });
const path = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`)
  .join("");

function canvas(place, height, label) {
  const width = Math.max(240, Math.floor(place.clientWidth));
  const svg = draw("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  if (label) fill(svg, { role: "img", "aria-label": label }, []);
  place.replaceChildren(svg);
  return [svg, width];
}

// Beside colour, kinds differ by pattern: plain, stripes, dots.
function patterns() {
  return draw("defs", {},
    draw("pattern", { id: "stripes", width: 6, height: 6, patternUnits: "userSpaceOnUse",
      patternTransform: "rotate(45)" },
    draw("rect", { width: 6, height: 6, class: "wrong-back" }),
    draw("rect", { width: 3, height: 6, class: "wrong-front" })),
    draw("pattern", { id: "dots", width: 6, height: 6, patternUnits: "userSpaceOnUse" },
      draw("rect", { width: 6, height: 6, class: "outside-back" }),
      draw("circle", { cx: 3, cy: 3, r: 1.7, class: "outside-front" })));
}

const KINDS = [
  ["right", "Right"], ["wrong", "Another entry is nearer"], ["outside", "Out of scope"],
];
const ROW = 104, HEAD = 30, FLOOR = 50, SIDE = 12;

// Draws the bars; gives back where a score is, and the texts that belong over the lines, once these
// are there.
function drawScores(place, facts) {
  const [svg, width] = canvas(place, HEAD + 3 * ROW + FLOOR, null);
  const low = facts.stops[0], high = facts.stops[facts.stops.length - 1];
  const x = (score) => SIDE + (score - low) / (high - low) * (width - 2 * SIDE);
  const start = Math.min(0, low), bins = facts.scores[0].length;
  const zones = [], titles = [];
  svg.append(patterns());
  KINDS.forEach(([name, said], kind) => {
    const base = HEAD + (kind + 1) * ROW, counts = facts.scores[kind];
    const most = Math.max(1, ...counts);
    const total = grouped(counts.reduce((a, b) => a + b, 0));
    const title = text(SIDE, base - ROW + 20, `${said}: ${total}`, { class: "strong halo" });
    const zone = text(SIDE, base - ROW + 36, "", { class: "small halo" });
    zones.push(zone);
    titles.push(title);
    counts.forEach((number, bin) => {
      if (number === 0) return;
      const left = x(bin / bins), height = Math.max(1.5, number / most * (ROW - 46));
      svg.append(draw("rect", { x: left + 0.5, y: base - height, height, class: `bar ${name}`,
        width: Math.max(1, x((bin + 1) / bins) - left - 1) },
      draw("title", {}, `${(bin / bins).toFixed(3)} to ${((bin + 1) / bins).toFixed(3)}: `
        + grouped(number))));
    });
    svg.append(line(x(start), base, x(1), base, "axis"));
  });
  const floor = HEAD + 3 * ROW;
  for (let tick = 0; tick <= 10; tick += width < 500 ? 2 : 1) {
    svg.append(text(x(tick / 10), floor + 16, (tick / 10).toFixed(1), { class: "tick" }));
  }
  return { svg, width, x, zones, titles, floor, low, high };
}

function drawHandle(scores, name, label) {
  const isAnswer = name === "answer";
  const knob = isAnswer ? 13 : scores.floor + 34;
  const flag = text(0, knob + 4, "", { class: "flag" });
  const back = draw("rect", { y: knob - 11, height: 22, rx: 11, class: "knob" });
  const handle = draw("g", {
    class: `handle ${name}`, role: "slider", tabindex: 0, "aria-label": label,
    "aria-orientation": "horizontal", "aria-valuemin": scores.low, "aria-valuemax": scores.high,
  },
  draw("rect", { x: -14, width: 28, y: 0, height: scores.floor + 20, class: "grip" }),
  line(0, isAnswer ? 24 : HEAD + 6, 0, isAnswer ? scores.floor : scores.floor + 24, "line"),
  back, flag);
  scores.svg.append(handle);
  return (value) => {
    const at = scores.x(value), said = `${isAnswer ? "answer" : "ask"} ${shown(value)}`;
    flag.textContent = said;
    const wide = flag.getComputedTextLength() + 18;
    const left = Math.min(Math.max(-wide / 2, 2 - at), scores.width - 2 - at - wide);
    fill(back, { x: left, width: wide }, []);
    fill(flag, { x: left + wide / 2 }, []);
    fill(handle, { transform: `translate(${at} 0)`, "aria-valuenow": value,
      "aria-valuetext": shown(value) }, []);
  };
}

const shown = (value) => String(Number(value.toFixed(6)));

// Ticks at 1, 2 or 5 times a power of ten.
function ticks(low, high, most) {
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= rough * 0.999);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; i++) found.push(i * step);
  return found;
}

// Axes in shares; gives back where a point is.
function drawAxes(place, label, bottom, top, xTitle, height = 250) {
  const [svg, width] = canvas(place, height, label);
  const left = 48, right = 22, up = 12, down = 42;
  const x = (share) => left + share * (width - left - right);
  const y = (share) => height - down - (share - bottom) / (top - bottom) * (height - down - up);
  for (const tick of ticks(bottom, top, 5)) {
    svg.append(line(left, y(tick), width - right, y(tick), "grid"),
      text(left - 6, y(tick) + 4, `${Number((100 * tick).toFixed(2))} %`, { class: "tick end" }));
  }
  for (const tick of ticks(0, 1, 5)) {
    svg.append(text(x(tick), height - down + 18, `${Math.round(100 * tick)} %`, { class: "tick" }));
  }
  svg.append(line(left, y(bottom), width - right, y(bottom), "axis"),
    text((left + width - right) / 2, height - 6, xTitle, { class: "tick" }));
  return { svg, x, y, width };
}

// Shapes tell points apart, not colours.
const SHAPES = {
  here: "M-6 0A6 6 0 1 0 6 0A6 6 0 1 0 -6 0Z",
  tuned: "M0 -8L8 0L0 8L-8 0Z",
  now: "M-6 -6H6V6H-6Z",
  example: "M0 -7L7 6H-7Z",
};
const shape = (name, at) => draw("path", { d: SHAPES[name], class: `mark ${name}`,
  transform: at ? `translate(${at[0]} ${at[1]})` : null });

function drawTrade(place, facts, name, said, points) {
  const { coverage } = facts.trade, curve = facts.trade[name];
  const [low, high] = facts.trade[`${name}Band`];
  const isRisk = name === "risk";
  const known = [...low, ...high, ...curve, ...(isRisk ? [2 * facts.maxWrong] : [])]
    .filter((value) => value !== null);
  const edge = isRisk ? Math.max(0.01, ...known) : Math.min(0.95, ...known);
  const [bottom, top] = isRisk ? [0, Math.min(1, Math.ceil(edge * 50) / 50)]
    : [Math.max(0, Math.floor(edge * 20) / 20), 1];
  const axes = drawAxes(place, said, bottom, top, "coverage: of all messages, those answered");
  const to = (values) => coverage.map((share, i) => [axes.x(share), axes.y(values[i] ?? bottom)]);
  if (coverage.length > 0) {
    axes.svg.append(draw("path", { d: path([...to(low), ...to(high).reverse()]) + "Z", class: "band" }),
      draw("path", { d: path(to(curve)), class: "curve" }));
  }
  if (isRisk && facts.maxWrong <= top) {
    const height = axes.y(facts.maxWrong);
    axes.svg.append(line(axes.x(0), height, axes.x(1), height, "limit"),
      text(axes.x(0) + 6, height - 5, `asked for: at most ${percent(facts.maxWrong)}`,
        { class: "small" }));
  }
  const clamped = (value) => Math.min(top, Math.max(bottom, value));
  const at = (figures) => [axes.x(figures.coverage),
    axes.y(clamped(isRisk ? figures.wrong_answers : figures.precision))];
  for (const [mark, figures] of points) {
    if (!Number.isNaN(figures.precision)) axes.svg.append(shape(mark, at(figures)));
  }
  const here = shape("here");
  axes.svg.append(here);
  return (figures) => {
    here.style.display = Number.isNaN(figures.precision) ? "none" : "";
    if (!Number.isNaN(figures.precision)) {
      fill(here, { transform: `translate(${at(figures).join(" ")})` }, []);
    }
  };
}

function drawReliability(place, facts) {
  const its = facts.reliability, of = its.calibrated ? "confidence" : "score";
  const axes = drawAxes(place, `Reliability diagram: the share that is right, by ${of}`, 0, 1,
    `${of}, mean of a bin`, 300);
  axes.svg.append(line(axes.x(0), axes.y(0), axes.x(1), axes.y(1), "limit"));
  if (its.fitted && !its.calibrated) {
    const [slope, intercept] = its.fitted;
    const points = Array.from({ length: 101 }, (_, i) => i / 100)
      .map((s) => [axes.x(s), axes.y(1 / (1 + Math.exp(-(slope * s + intercept))))]);
    axes.svg.append(draw("path", { d: path(points), class: "fitted" }));
  }
  its.said.forEach((said, i) => {
    const x = axes.x(said);
    axes.svg.append(line(x, axes.y(its.low[i]), x, axes.y(its.high[i]), "whisker"),
      draw("circle", { cx: x, cy: axes.y(its.right[i]), r: 5, class: "point" },
        draw("title", {}, `${grouped(its.messages[i])} messages`)));
  });
}

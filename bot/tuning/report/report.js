"use strict";
// The page: what is shown where, and what happens when a line is moved.

const at = (id) => document.getElementById(id);
const PAGE = 25;
const LINES = ["answer", "followUp"];
const LINE_LABELS = {
  answer: "Answer line: scores above it are answered",
  followUp: "Follow-up line: scores from it up to the answer line are asked about",
};
const PRESETS = ["tuned", "now", "example"];
const KEY = [
  ["coverage", "answered"], ["wrong_answers", "wrongly"], ["follow_ups", "asked back"],
  ["precision", "precision"],
];
const KIND_NAMES = {
  wrong: "✕ wrong answer", oos_answered: "✕ out of scope, answered", missed: "? asked, without it",
  fallback: "– fallback", oos_asked: "? out of scope, asked",
};
const ENTRY_HEADS = [
  ["id", "entry"], ["asked", "asked for"], ["right", "right"], ["wrong", "wrong"],
  ["held", "follow-up holds it"], ["missed", "follow-up misses it"], ["fallback", "fallback"],
  ["given", "its answer given"], ["wrongly", "of these wrongly"],
];
const nobody = (facts) => (facts.isLog ? "(none of these, or 👎)" : "(out of scope)");

function start(facts) {
  const state = { answer: 0, followUp: 0, counted: null };
  const presets = PRESETS.map((name, i) => {
    const [answer, followUp] = facts.lines[i];
    return { name, answer, followUp, ...count(facts, answer, followUp) };
  });
  const parts = [
    controls(facts, state, presets, move), scorePart(facts, state, move),
    figurePart(facts, presets), tradePart(facts, presets), entryPart(facts), pairPart(facts),
    errorPart(facts, state),
  ];

  // Neither line passes the other.
  function move(name, stop) {
    const last = facts.stops.length - 1;
    if (name === "answer") state.answer = Math.min(last, Math.max(state.followUp, stop));
    else state.followUp = Math.min(state.answer, Math.max(0, stop));
    update();
  }
  move.both = (answer, followUp) => {
    Object.assign(state, { answer, followUp });
    update();
  };

  function update() {
    state.counted = count(facts, state.answer, state.followUp);
    for (const part of parts) part.update(state);
  }

  header(facts);
  drawReliability(at("reliability"), facts);
  reliabilityText(facts);
  move.both(presets[0].answer, presets[0].followUp);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return; // a phone's address bar comes and goes
    width = innerWidth;
    for (const part of parts) part.resize?.();
    drawReliability(at("reliability"), facts);
    update();
  });
}

function header(facts) {
  at("verdict").replaceChildren(...facts.verdict.map((said, i) =>
    make("p", { class: i ? null : facts.proven ? "proven" : "unproven" }, said)));
  at("about").replaceChildren(...facts.about.map((said) => make("p", {}, said)));
}

function controls(facts, state, presets, move) {
  const inputs = { answer: at("answer-value"), followUp: at("follow-up-value") };
  for (const name of LINES) {
    inputs[name].addEventListener("change", () => {
      const wanted = inputs[name].valueAsNumber;
      if (!Number.isNaN(wanted)) move(name, nearest(facts.stops, wanted));
      inputs[name].value = shown(facts.stops[state[name]]);
    });
  }
  at("controls").addEventListener("submit", (event) => event.preventDefault());
  const buttons = presets.map((one) => {
    const button = make("button", { type: "button" }, one.name);
    button.addEventListener("click", () => move.both(one.answer, one.followUp));
    return button;
  });
  at("presets").replaceChildren(...buttons);
  const values = KEY.map(([name]) => make("dd", { "data-key": name }));
  at("key").replaceChildren(...KEY.map(([, said], i) =>
    make("div", {}, make("dt", {}, said), values[i])));
  let pause = 0;
  return {
    update() {
      for (const name of LINES) inputs[name].value = shown(facts.stops[state[name]]);
      buttons.forEach((button, i) => button.setAttribute("aria-pressed",
        presets[i].answer === state.answer && presets[i].followUp === state.followUp));
      const { figures } = state.counted;
      KEY.forEach(([name], i) => { values[i].textContent = percent(figures[name]); });
      // Whoever listens hears the outcome once the line rests.
      clearTimeout(pause);
      pause = setTimeout(() => {
        at("spoken").textContent = KEY.map(([name, said]) => `${said} ${percent(figures[name])}`)
          .join(", ");
      }, 400);
    },
  };
}

function nearest(stops, wanted) {
  let best = 0;
  stops.forEach((stop, i) => {
    if (Math.abs(stop - wanted) < Math.abs(stops[best] - wanted)) best = i;
  });
  return best;
}

const STEPS = {
  ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10,
  Home: -Infinity, End: Infinity,
};

function scorePart(facts, state, move) {
  let put = {};
  function build() {
    const scores = drawScores(at("scores"), facts), handles = {};
    put = { scores };
    for (const name of ["followUp", "answer"]) {
      put[name] = drawHandle(scores, name, LINE_LABELS[name]);
      handles[name] = scores.svg.lastChild;
      handles[name].addEventListener("keydown", (event) => {
        const step = STEPS[event.key];
        if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        const last = facts.stops.length - 1;
        move(name, Math.min(last, Math.max(0, state[name] + step)));
      });
    }
    scores.svg.append(...scores.titles, ...scores.zones);
    dragging(facts, state, move, scores, handles);
  }
  build();
  return {
    resize: build,
    update() {
      for (const name of LINES) put[name](facts.stops[state[name]]);
      put.scores.zones.forEach((zone, kind) => {
        const all = facts.scores[kind].reduce((a, b) => a + b, 0);
        const above = facts.above[kind][state.answer], from = facts.from[kind][state.followUp];
        const parts = [all - from, Math.max(0, from - above), above].map(grouped);
        zone.textContent = `${parts[0]} below · ${parts[1]} between · ${parts[2]} above`;
      });
    },
  };
}

const REACH = 24; // pixels around a line where a finger still gets hold of it

function dragging(facts, state, move, scores, handles) {
  const { svg, x } = scores;
  let held = null;
  const pointed = (event) => event.clientX - svg.getBoundingClientRect().left;
  const distance = (name, where) => Math.abs(x(facts.stops[state[name]]) - where);
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const where = pointed(event);
    const named = LINES.find((name) => handles[name].querySelector(".knob").contains(event.target)
      || handles[name].querySelector(".flag").contains(event.target));
    const [answer, followUp] = LINES.map((name) => distance(name, where));
    // Where both lie together, the side decides: to the right of them it can only be the upper one.
    const near = answer === followUp
      ? where >= x(facts.stops[state.answer]) ? "answer" : "followUp"
      : answer < followUp ? "answer" : "followUp";
    held = named ?? (Math.min(answer, followUp) <= REACH ? near : null);
    if (held === null) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    handles[held].focus({ preventScroll: true });
  });
  svg.addEventListener("pointermove", (event) => {
    if (held === null) return;
    const span = x(scores.high) - x(scores.low);
    const score = scores.low + (pointed(event) - x(scores.low)) / span * (scores.high - scores.low);
    const stop = nearest(facts.stops, score);
    if (stop !== state[held]) move(held, stop);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    svg.addEventListener(name, () => { held = null; });
  }
}

function figurePart(facts, presets) {
  const cells = {};
  const body = make("tbody");
  const upper = make("td", { class: "here" });
  const bound = (one) => percent(facts.wrongUpper[one.answer]);
  const row = (called, meaning, here, others) => make("tr", {}, make("th", { scope: "row" }, called,
    make("span", { class: "meaning" }, meaning)), here, ...others.map((said) => make("td", {}, said)));
  for (const group of facts.groups) {
    body.append(make("tr", { class: "group" }, make("th", { colspan: 5, scope: "rowgroup" },
      group.title)));
    for (const [name, called, meaning] of group.rows) {
      cells[name] = make("td", { class: "here", "data-figure": name });
      body.append(row(called, meaning, cells[name], presets.map((one) => percent(one.figures[name]))));
      if (name !== "wrong_answers") continue;
      body.append(row("of these at most", `with ${shown(100 * facts.confidence)} % confidence in an `
        + "answer line chosen beforehand, from the half of the labels that checked", upper,
      presets.map(bound)));
    }
  }
  const pair = (one) => `${shown(facts.stops[one.answer])} / ${shown(facts.stops[one.followUp])}`;
  const head = (said, more) => make("th", { scope: "col" }, said, make("span", { class: "number" }, more));
  const heads = presets.map((one) => head(one.name, pair(one)));
  const here = head("here", "");
  at("figures").replaceChildren(make("table", {}, make("thead", {}, make("tr", {},
    make("td"), here, ...heads)), body));
  return {
    update(state) {
      const { figures, totals, intervals } = state.counted;
      here.lastChild.textContent = pair(state);
      for (const [name, cell] of Object.entries(cells)) {
        const place = facts.outcomes.indexOf(name);
        cell.dataset.value = String(figures[name]);
        cell.replaceChildren(percent(figures[name]));
        if (place >= 0) cell.append(make("span", { class: "number" }, grouped(totals[place])));
        const [low, high] = intervals[name] ?? [null, null];
        fill(cell, { "data-low": String(low), "data-high": String(high) }, []);
        if (low !== null) cell.append(make("span", { class: "number" },
          [low, high].map((side) => percent(side).replace(" %", "")).join("–")));
      }
      upper.textContent = bound(state);
    },
  };
}

function tradePart(facts, presets) {
  let moves = [];
  function build() {
    const points = presets.map((one) => [one.name, one.figures]);
    moves = [["precision", "Precision by coverage"], ["risk", "Share answered wrongly by coverage"]]
      .map(([name, said]) => drawTrade(at(name), facts, name, `${said}; the figures above tell the `
        + "same for any lines", points));
  }
  build();
  at("marks").replaceChildren(...Object.keys(SHAPES).flatMap((name) => [
    draw("svg", { width: 18, height: 18, viewBox: "-9 -9 18 18", "aria-hidden": "true" }, shape(name)),
    make("span", {}, name),
  ]));
  return { resize: build, update: (state) => moves.forEach((put) => put(state.counted.figures)) };
}

function reliabilityText(facts) {
  const its = facts.reliability, of = its.calibrated ? "confidence" : "score";
  const auroc = facts.auroc === null ? "" : " A message that the FAQ answers scores above one that "
    + `it does not with a probability of ${facts.auroc.toFixed(3)} (AUROC).`;
  const fitted = its.fitted && !its.calibrated ? " The dashed curve is the confidence that "
    + "tune --write would save beside the thresholds." : "";
  at("reliability-text").textContent = (its.calibrated
    ? "How often the nearest entry is the right one, by the confidence that the bot states: on the "
      + "dotted line both are the same. "
    : "How often the nearest entry is the right one, by its score, which is no probability and "
      + "claims none: the dotted line is only there to compare. ")
    + `The ${of} is off by ${its.error.toFixed(3)} on average (expected calibration error).`
    + ` Bars are 95 % intervals.${fitted}${auroc}`;
  at("reliability-table").replaceChildren(make("table", {}, make("thead", {}, make("tr", {},
    ...[of, "right", "95 % interval", "messages"].map((said) => make("th", { scope: "col" }, said)))),
  make("tbody", {}, ...its.said.map((said, i) => make("tr", {},
    make("th", { scope: "row" }, said.toFixed(3)), make("td", {}, percent(its.right[i])),
    make("td", {}, `${percent(its.low[i])} to ${percent(its.high[i])}`),
    make("td", {}, grouped(its.messages[i])))))));
}

function entryPart(facts) {
  const order = at("entry-order"), find = at("entry-find"), more = at("entries-more");
  let sorted = { by: "wrongly", down: true }, shownRows = PAGE, last = null;
  order.replaceChildren(...ENTRY_HEADS.map(([name, said]) => make("option", { value: name }, said)));
  const heads = ENTRY_HEADS.map(([name, said]) => {
    const button = make("button", { type: "button" }, said);
    button.addEventListener("click", () => sort(name));
    return make("th", { scope: "col", "data-column": name }, button);
  });
  const body = make("tbody");
  at("entries").replaceChildren(make("table", { class: "wide" },
    make("thead", {}, make("tr", {}, ...heads)), body));
  function sort(name, isSame = sorted.by === name) {
    sorted = { by: name, down: isSame ? !sorted.down : name !== "id" };
    show();
  }
  order.addEventListener("change", () => sort(order.value, false));
  find.addEventListener("input", () => show());
  more.addEventListener("click", () => { shownRows += 4 * PAGE; show(); });
  const row = (entry) => make("tr", {}, ...ENTRY_HEADS.map(([name, said], i) => (i === 0
    ? make("th", { scope: "row" }, entry.id)
    : make("td", { "data-said": said, "data-column": name }, grouped(entry[name])))));
  function show() {
    order.value = sorted.by;
    heads.forEach((head) => head.setAttribute("aria-sort", head.dataset.column !== sorted.by
      ? "none" : sorted.down ? "descending" : "ascending"));
    const wanted = find.value.trim().toLowerCase(), { by, down } = sorted;
    const rows = last.entries.filter((entry) => (entry.asked || entry.given)
      && entry.id.toLowerCase().includes(wanted));
    const compare = by === "id" ? (a, b) => (a.id < b.id ? -1 : 1)
      : (a, b) => a[by] - b[by] || b.wrong - a.wrong;
    rows.sort((a, b) => (down ? compare(b, a) : compare(a, b)) || (a.id < b.id ? -1 : 1));
    body.replaceChildren(...rows.slice(0, shownRows).map(row));
    more.hidden = rows.length <= shownRows;
    more.textContent = `Show more (${grouped(rows.length - shownRows)} left)`;
  }
  return { update(state) { last = state.counted; show(); } };
}

const PAIR_HEADS = ["asked for", "but nearest was", "messages", "answered so"];

function pairPart(facts) {
  const more = at("pairs-more"), body = make("tbody");
  const named = (number) => (number < 0 ? nobody(facts) : facts.entries[number]);
  const before = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  let shownRows = PAGE, last = [];
  at("pairs").replaceChildren(make("table", { class: "wide" }, make("thead", {}, make("tr", {},
    ...PAIR_HEADS.map((said, i) => make("th", { scope: "col", class: i === 1 ? "name" : null },
      said)))), body));
  more.addEventListener("click", () => { shownRows += 4 * PAGE; show(); });
  const row = (pair) => make("tr", {}, make("th", { scope: "row" }, named(pair.expected)),
    ...[facts.entries[pair.best], grouped(pair.messages), grouped(pair.answered)].map((said, i) =>
      make("td", { "data-said": PAIR_HEADS[i + 1], class: i === 0 ? "name" : null }, said)));
  function show() {
    body.replaceChildren(...last.slice(0, shownRows).map(row));
    more.hidden = last.length <= shownRows;
    more.textContent = `Show more (${grouped(last.length - shownRows)} left)`;
  }
  return {
    update(state) {
      const id = (number) => (number < 0 ? "" : facts.entries[number]);
      last = state.counted.pairs.sort((a, b) => b.answered - a.answered || b.messages - a.messages
        || before(id(a.expected), id(b.expected)) || before(id(a.best), id(b.best)));
      show();
    },
  };
}

function errorPart(facts, state) {
  const kind = at("error-kind"), entry = at("error-entry"), find = at("error-find");
  const more = at("errors-more"), list = at("errors");
  const fallback = facts.outcomes.indexOf("fallback"), refused = facts.outcomes.indexOf("oos_refused");
  let shownRows = PAGE;
  kind.replaceChildren(make("option", { value: "" }, "everything"),
    ...facts.errors.map((code) => make("option", { value: code }, KIND_NAMES[facts.outcomes[code]])));
  const concerned = [...new Set(facts.listed.map((told) => told[1]))].sort((a, b) => a - b);
  entry.replaceChildren(make("option", { value: "" }, "all"), ...concerned.map((number) =>
    make("option", { value: number }, number < 0 ? nobody(facts) : facts.entries[number])));
  for (const [filter, event] of [[kind, "change"], [entry, "change"], [find, "input"]]) {
    filter.addEventListener(event, () => { shownRows = PAGE; show(); });
  }
  more.addEventListener("click", () => { shownRows += 4 * PAGE; show(); });

  function fate([, expected, , , , , boxes]) {
    for (const [code, entries, a0, a1, f0, f1] of boxes) {
      if (a0 <= state.answer && state.answer < a1 && f0 <= state.followUp && state.followUp < f1) {
        return [code, entries];
      }
    }
    return [expected < 0 ? refused : fallback, []];
  }
  const named = (numbers) => numbers.map((number) => facts.entries[number]).join(", ");
  function card({ told, code, entries }) {
    const [said, expected, [best, second], [score, its], phrasing, place] = told;
    const name = facts.outcomes[code];
    const nearestOne = best < 0 ? "nothing to compare"
      : `${score.toFixed(4)} ${facts.entries[best]} “${phrasing}”`;
    return make("li", { "data-kind": name }, make("p", { class: "said" }, said),
      make("p", { class: "kind" }, KIND_NAMES[name]),
      make("dl", {}, ...[["asked for", expected < 0 ? nobody(facts) : facts.entries[expected]],
        ["got", named(entries) || "–"], ["nearest", nearestOne],
        ["second", second < 0 ? "–" : `${its.toFixed(4)} ${facts.entries[second]}`],
        [facts.isLog ? "asked" : "label", place]]
        .flatMap(([term, value]) => [make("dt", {}, term), make("dd", {}, value)])));
  }
  function show() {
    const wanted = find.value.trim().toLowerCase();
    const now = [];
    for (const told of facts.listed) {
      const [code, entries] = fate(told);
      if (facts.errors.includes(code)) now.push({ told, code, entries });
    }
    const fits = now.filter(({ told, code }) => (kind.value === "" || code === Number(kind.value))
      && (entry.value === "" || told[1] === Number(entry.value))
      && told[0].toLowerCase().includes(wanted));
    fits.sort((a, b) => facts.errors.indexOf(a.code) - facts.errors.indexOf(b.code)
      || b.told[3][0] - a.told[3][0]);
    list.replaceChildren(...fits.slice(0, shownRows).map(card));
    const total = state.counted.errors, missing = total - now.length;
    at("error-count").textContent = `${grouped(total)} errors at these lines`
      + (missing > 0 ? `; ${grouped(missing)} of them are left out here to keep this file small`
        + (facts.isLog ? "" : " (evaluate --csv writes all)") : "")
      + (fits.length < now.length ? `; ${grouped(fits.length)} shown by the filter.` : ".");
    more.hidden = fits.length <= shownRows;
    more.textContent = `Show more (${grouped(fits.length - shownRows)} left)`;
  }
  return { update: show };
}

unpack(at("data").textContent).then(start);

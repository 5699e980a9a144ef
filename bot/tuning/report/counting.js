"use strict";
// What becomes of all messages at two lines. Lines are told by the number of their stop.

async function unpack(text) {
  const zipped = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("deflate"));
  const data = new Uint8Array(await new Response(stream).arrayBuffer());
  const length = new DataView(data.buffer).getUint32(0, true);
  const facts = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  const [groups, boxes] = facts.packed;
  let place = 4 + length;
  const words = () => {
    const view = new DataView(data.buffer, place, 4 * groups);
    const found = new Int32Array(groups);
    for (let i = 0, sum = 0; i < groups; i++) {
      sum = (sum + view.getInt32(4 * i, true)) | 0;
      found[i] = sum;
    }
    place += 4 * groups;
    return found;
  };
  const bytes = () => {
    const found = new Uint8Array(boxes);
    for (let i = 0, sum = 0; i < boxes; i++) {
      sum = (sum + data[place + i]) & 255;
      found[i] = sum;
    }
    place += boxes;
    return found;
  };
  facts.columns = {
    asked: words(), outcome: words(), told: words(), near: words(), stands: words(), size: words(),
    answerFrom: bytes(), answerTo: bytes(), followFrom: bytes(), followTo: bytes(),
  };
  return facts;
}

const PER_ENTRY = ["asked", "right", "wrong", "held", "missed", "fallback", "given", "wrongly"];

function count(facts, answer, followUp) {
  const { asked, outcome, told, near, stands, size } = facts.columns;
  const { answerFrom, answerTo, followFrom, followTo } = facts.columns;
  const code = Object.fromEntries(facts.outcomes.map((name, number) => [name, number]));
  // Labels, what they weigh, and the squares of that.
  const [totals, weights, squares] = [0, 0, 0].map(() => new Array(facts.outcomes.length).fill(0));
  const pairs = new Map(facts.pairs.map(([expected, best, messages]) =>
    [`${expected} ${best}`, { expected, best, messages, answered: 0 }]));
  const entries = facts.entries.map((id, number) => ({
    id, asked: facts.asked[number], top1: facts.top1[number],
    right: 0, wrong: 0, held: 0, missed: 0, fallback: facts.asked[number], given: 0, wrongly: 0,
  }));
  let end = 0;
  for (let group = 0; group < size.length; group++) {
    const start = end;
    end += size[group];
    let number = 0;
    for (let i = start; i < end; i++) {
      if (answerFrom[i] <= answer && answer < answerTo[i]
          && followFrom[i] <= followUp && followUp < followTo[i]) number++;
    }
    if (number === 0) continue;
    const weight = facts.stands[stands[group]];
    totals[outcome[group]] += number;
    weights[outcome[group]] += number * weight;
    squares[outcome[group]] += number * weight * weight;
    const its = asked[group] - 1;
    if (its >= 0) {
      entries[its][facts.outcomes[outcome[group]]] += number;
      entries[its].fallback -= number;
    }
    for (const entry of facts.told[told[group]]) {
      entries[entry].given += number;
      if (entry !== its) entries[entry].wrongly += number;
    }
    if (near[group] === 0) continue;
    const best = near[group] - 1, name = `${its} ${best}`;
    // What is out of scope harms nobody where it is refused, so only what is not counts.
    if (its < 0 && !pairs.has(name)) pairs.set(name, { expected: its, best, messages: 0, answered: 0 });
    const pair = pairs.get(name);
    if (its < 0) pair.messages += number;
    if (facts.told[told[group]].includes(best)) pair.answered += number;
  }
  const [inside, outside] = facts.weighed;
  for (const [of, all, others] of [
    [totals, facts.inScope, facts.outOfScope], [weights, inside[0], outside[0]],
    [squares, inside[1], outside[1]],
  ]) {
    const sum = (names) => names.reduce((before, name) => before + of[code[name]], 0);
    of[code.fallback] = all - sum(["right", "wrong", "held", "missed"]);
    of[code.oos_refused] = others - sum(["oos_answered", "oos_asked"]);
  }
  const errors = facts.errors.reduce((all, one) => all + totals[one], 0);
  const figures = measures(facts, weights);
  return {
    totals, entries, errors, figures, pairs: [...pairs.values()],
    intervals: intervals(facts, weights, squares, figures),
  };
}

// The same steps in the same order as `measures` in Python, so that every bit is the same.
function measures(facts, totals) {
  const names = facts.outcomes;
  const isOutside = names.map((name) => name.startsWith("oos_"));
  const inside = totals.reduce((sum, number, i) => sum + (isOutside[i] ? 0 : number), 0);
  const outside = totals.reduce((sum, number, i) => sum + (isOutside[i] ? number : 0), 0);
  const found = {};
  names.forEach((name, i) => { found[name] = totals[i] / (isOutside[i] ? outside : inside); });
  const x = facts.oosShare === null ? outside / (inside + outside) : facts.oosShare;
  const ofAll = (...some) => some.reduce((sum, name) => {
    const weight = name.startsWith("oos_") ? x : 1 - x;
    return sum + (weight === 0 ? 0 : weight * found[name]);
  }, 0);
  const right = ofAll("right");
  found.wrong_answers = ofAll("wrong", "oos_answered");
  found.follow_ups = ofAll("held", "missed", "oos_asked");
  found.fallbacks = ofAll("fallback", "oos_refused");
  found.coverage = right + found.wrong_answers;
  found.precision = right / found.coverage;
  return found;
}

const Z = 1.959963984540054;

function wilson(share, trials) {
  const z = Z * Z / trials, middle = (share + z / 2) / (1 + z);
  const reach = Math.sqrt(share * (1 - share) * z + z * z / 4) / (1 + z);
  return [Math.max(0, middle - reach), Math.min(1, middle + reach)];
}

const ANSWERED = ["right", "wrong", "oos_answered"];
const OF_ALL = {
  wrong_answers: ["wrong", "oos_answered"], follow_ups: ["held", "missed", "oos_asked"],
  fallbacks: ["fallback", "oos_refused"], coverage: ANSWERED,
};

// The same as `intervals` in Python.
function intervals(facts, weights, squares, figures) {
  const kinds = [false, true].map((isOutside) =>
    facts.outcomes.filter((name) => name.startsWith("oos_") === isOutside));
  const sum = (of, names) => names.reduce((all, name) => all + of[facts.outcomes.indexOf(name)], 0);
  const total = kinds.map((names) => sum(weights, names));
  const trials = kinds.map((names, kind) => total[kind] ** 2 / sum(squares, names));
  const x = facts.oosShare === null ? total[1] / (total[0] + total[1]) : facts.oosShare;
  const share = [1 - x, x], found = {};
  kinds.forEach((names, kind) => {
    if (total[kind] > 0) for (const name of names) found[name] = wilson(figures[name], trials[kind]);
  });
  const counted = [0, 1].filter((kind) => share[kind] > 0);
  if (counted.some((kind) => total[kind] === 0)) return found;
  const those = (names, kind) => names.filter((name) => kinds[kind].includes(name));
  for (const [name, names] of Object.entries(OF_ALL)) {
    let below = 0, above = 0;
    for (const kind of counted) {
      const its = sum(weights, those(names, kind)) / total[kind];
      const [low, high] = wilson(its, trials[kind]);
      below = Math.hypot(below, share[kind] * (its - low));
      above = Math.hypot(above, share[kind] * (high - its));
    }
    found[name] = [Math.max(0, figures[name] - below), Math.min(1, figures[name] + above)];
  }
  if (figures.coverage > 0) {
    const spread = counted.reduce((all, kind) =>
      all + (share[kind] / total[kind]) ** 2 * sum(squares, those(ANSWERED, kind)), 0);
    found.precision = wilson(figures.precision, figures.coverage ** 2 / spread);
  }
  return found;
}

// One digit, of two equally near ones the even one, as Python rounds. 0.25 is the only tie that
// toFixed takes upwards.
function percent(share) {
  if (share === null || Number.isNaN(share)) return "–";
  const value = 100 * share;
  return (value % 1 === 0.25 ? Math.floor(value) + 0.2 : value).toFixed(1) + " %";
}

const grouped = (number) => number.toLocaleString("en");

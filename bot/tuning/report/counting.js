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
    asked: words(), outcome: words(), told: words(), size: words(),
    answerFrom: bytes(), answerTo: bytes(), followFrom: bytes(), followTo: bytes(),
  };
  return facts;
}

const PER_ENTRY = ["asked", "right", "wrong", "held", "missed", "fallback", "given", "wrongly"];

function count(facts, answer, followUp) {
  const { asked, outcome, told, size, answerFrom, answerTo, followFrom, followTo } = facts.columns;
  const code = Object.fromEntries(facts.outcomes.map((name, number) => [name, number]));
  const totals = new Array(facts.outcomes.length).fill(0);
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
    totals[outcome[group]] += number;
    const its = asked[group] - 1;
    if (its >= 0) {
      entries[its][facts.outcomes[outcome[group]]] += number;
      entries[its].fallback -= number;
    }
    for (const entry of facts.told[told[group]]) {
      entries[entry].given += number;
      if (entry !== its) entries[entry].wrongly += number;
    }
  }
  const sum = (names) => names.reduce((all, name) => all + totals[code[name]], 0);
  totals[code.fallback] = facts.inScope - sum(["right", "wrong", "held", "missed"]);
  totals[code.oos_refused] = facts.outOfScope - sum(["oos_answered", "oos_asked"]);
  const errors = facts.errors.reduce((all, one) => all + totals[one], 0);
  return { totals, entries, errors, figures: measures(facts, totals) };
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

// One digit, of two equally near ones the even one, as Python rounds. 0.25 is the only tie that
// toFixed takes upwards.
function percent(share) {
  if (share === null || Number.isNaN(share)) return "–";
  const value = 100 * share;
  return (value % 1 === 0.25 ? Math.floor(value) + 0.2 : value).toFixed(1) + " %";
}

const grouped = (number) => number.toLocaleString("en");

// The messages of a report: what becomes of each at some lines, and lists of them.

const OUTCOME_NAMES = {
  right: "✓ right answer", right_tentative: "✓ right, tentatively", held: "? asked, with it",
  oos_refused: "✓ out of scope, refused", wrong: "✕ wrong answer", oos_answered: "✕ out of scope, answered",
  wrong_tentative: "✕ wrong, tentatively", oos_tentative: "✕ out of scope, tentatively",
  missed: "? asked, without it", fallback: "– fallback", oos_asked: "? out of scope, asked",
};

const nobody = (facts) => t(facts.isLog ? "(none of these, or 👎)" : "(out of scope)");

// What becomes of a listed message.
function fateOf({ stops, tentatives }, one, lines) {
  const answer = stops[lines.answer], followUp = stops[lines.followUp];
  const tentative = tentatives[lines.tentative];
  const [outcome, got, , , , , to, shownAs] = one.where.find(([, , a0, a1, f0, f1]) =>
    a0 <= answer && answer < a1 && f0 < followUp && followUp <= f1);
  return { one, got, outcome: tentative !== null && tentative <= to ? shownAs : outcome };
}

// The worst first, and of alike ones those of which the bot is surest.
function worstFirst(facts, found) {
  const kinds = [...facts.errors, ...Object.keys(OUTCOME_NAMES)];
  const place = (outcome) => kinds.indexOf(outcome);
  const score = ({ one }) => one.nearest[0]?.[1] ?? 0;
  return found.sort((a, b) => place(a.outcome) - place(b.outcome) || score(b) - score(a));
}

// Puts messages into a list, a few at first.
function lister(facts, name) {
  const more = at(`${name}-more`);
  let all = [], listed = PAGE;
  function card({ one, outcome, got, before }) {
    const [best, second] = one.nearest.map(([id, score]) => `${score.toFixed(4)} ${id}`);
    const kind = before ? `${t(OUTCOME_NAMES[before])} → ${t(OUTCOME_NAMES[outcome])}`
      : t(OUTCOME_NAMES[outcome]);
    const told = [["asked for", one.expected ?? nobody(facts)], ["got", got.join(", ") || "–"],
      ["nearest", best ? `${best} “${one.phrasing}”` : t("nothing to compare")],
      ["second", second ?? "–"], [facts.isLog ? "asked" : "label", one.place]];
    return make("li", { "data-kind": outcome }, make("p", { class: "said" }, one.text),
      make("p", { class: "kind" }, kind), make("dl", {}, ...told.flatMap(
        ([term, value]) => [make("dt", {}, t(term)), make("dd", {}, value)])));
  }
  function list() {
    at(name).replaceChildren(...all.slice(0, listed).map(card));
    more.hidden = all.length <= listed;
    more.textContent = t("Show more ({left} left)", { left: grouped(all.length - listed) });
  }
  more.addEventListener("click", () => { listed += 4 * PAGE; list(); });
  return (found) => { all = worstFirst(facts, found); list(); };
}

function changes({ facts, state }) {
  const put = lister(facts, "changes"), now = facts.presets.find((one) => one.name === "now");
  const before = facts.listed.map((one) => fateOf(facts, one, now));
  const isCut = facts.listed.length < facts.concerned;
  return () => {
    const found = before.map(({ one, outcome, got }) =>
      ({ ...fateOf(facts, one, state), before: outcome, had: got }))
      .filter(({ outcome, got, before: was, had }) =>
        outcome !== was || got.join(" ") !== had.join(" "));
    put(found);
    at("change-count").textContent = t("Messages that change: {count}.", { count: grouped(found.length) })
      + (isCut ? ` ${t("Looked at were {count} of {all}, to keep this small.",
        { count: grouped(facts.listed.length), all: grouped(facts.concerned) })}` : "");
  };
}

function errors({ facts, state, lookup }) {
  const kind = at("error-kind"), entry = at("error-entry"), find = at("error-find");
  const option = (value, said) => make("option", { value }, said), put = lister(facts, "errors");
  kind.replaceChildren(option("all", t("everything")),
    ...facts.errors.map((name) => option(name, t(OUTCOME_NAMES[name]))));
  const concerned = [...new Set(facts.listed.map((one) => one.expected ?? ""))].sort();
  entry.replaceChildren(option("all", t("all")),
    ...concerned.map((id) => option(id, id || nobody(facts))));
  function show() {
    const now = facts.listed.map((one) => fateOf(facts, one, state))
      .filter(({ outcome }) => facts.errors.includes(outcome));
    const wanted = find.value.trim().toLowerCase();
    const fits = now.filter(({ one, outcome }) => ["all", outcome].includes(kind.value)
      && ["all", one.expected ?? ""].includes(entry.value)
      && one.text.toLowerCase().includes(wanted));
    put(fits);
    const total = facts.errors.reduce((sum, name) => sum + lookup(`${name}Labels`), 0);
    const missing = total - now.length, told = [t("Errors at these lines: {count}.",
      { count: grouped(total) })];
    if (missing > 0) {
      told.push(t("{count} of them are left out here to keep this small.",
        { count: grouped(missing) }));
      if (!facts.isLog) told.push(t("evaluate --csv writes all."));
    }
    if (fits.length < now.length) {
      told.push(t("{count} shown by the filter.", { count: grouped(fits.length) }));
    }
    at("error-count").textContent = told.join(" ");
  }
  for (const filter of [kind, entry, find]) filter.oninput = filter.onchange = show;
  return show;
}

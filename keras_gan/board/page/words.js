// What a run is doing, in words: the verdict of a step, what happened, numbers, flags.
import { element, inDigits, inSteps, lastUpTo } from "./element.js";
import { meaningOf } from "./moment.js";

const WIDE = 6; // runs whose options stand side by side
const SIGNS = {
  well: "✓",
  quiet: "–",
  early: "…",
  unwatched: "?",
  watch: "?",
  trouble: "!",
  diverged: "✗",
};

/** Says what is wrong at a step, or what is not known. */
export class Verdict {
  constructor(run) {
    this.run = run;
    this.sign = element("span", { class: "sign", "aria-hidden": "true" });
    this.title = element("strong");
    this.text = element("p");
    this.advice = element("p", { class: "advice" });
    const words = element("div", {}, this.title, this.text, this.advice);
    this.root = element("div", { class: "verdict" }, this.sign, words);
  }

  at(step) {
    const all = this.run.verdicts;
    const found = all[lastUpTo(all.map((one) => one.step), step)];
    this.root.dataset.state = found.state;
    this.sign.textContent = SIGNS[found.state];
    this.title.textContent = found.title;
    this.text.textContent = unbroken(found.text);
    this.advice.replaceChildren(...withFlags(found.advice));
    this.advice.hidden = !found.advice;
  }
}

/** A text whose numbers do not break before or after their sign. */
function unbroken(text) {
  return text.replace(/ (?=[±%])|(?<=±) /g, "\u00a0");
}

/** A text whose flags, such as --loss=hinge, do not break at their hyphens. */
function withFlags(text) {
  const parts = text.split(/(--\w+(?:=[\w.]*\w)?)/);
  return parts.map((part, n) => (n % 2 ? element("span", { class: "flag" }, part) : part));
}

/** The events of a run as a list; each leads to its step. */
export function happened(run, onstep) {
  const told = run.events.filter((event) => event.event !== "checkpoint");
  const lines = told.map((event) => {
    const { sign, text } = meaningOf(event);
    const name = event.name ? [element("b", {}, event.name), ": "] : [];
    const attributes = { class: "link", onclick: () => onstep(event.step) };
    const go = element("button", attributes, `step ${inSteps(event.step)}`);
    const said = [name, `${text}.`, about(event)].flat();
    return element("li", { class: event.event }, `${sign} `, go, " ", said);
  });
  const saved = run.events.filter((event) => event.event === "checkpoint" && event.step);
  if (saved.length && !run.is_finished) {
    const steps = saved.map((event) => inSteps(event.step)).join("; ");
    lines.push(element("li", {}, `▲ The run can go on from step ${steps}.`));
  }
  const problems = run.problems.map((text) => element("li", { class: "problem" }, text));
  if (!lines.length && !problems.length) lines.push(element("li", {}, "Nothing to report."));
  return element("ul", { class: "happened" }, lines, problems);
}

/** What Health said when it found a symptom, and what to do; null of other events. */
function about({ event, text, advice, gone }) {
  if (!text && !advice) return null;
  const seen = text ? `${text[0].toUpperCase()}${text.slice(1)}. ` : "";
  const when = gone != null ? "If it comes back: " : event === "suspected" ? "If it stays: " : "What to do: ";
  const said = advice ? withFlags(`${when}${advice}.`) : [];
  return element("span", { class: "about" }, seen, said);
}

/** The last numbers of a run, and the measured ones, beside what they should be. */
export function numbers(run) {
  const isMeasured = run.numbers.some((row) => row.measured_on);
  const hasUnseen = run.numbers.some((row) => row.unseen != null);
  const head = ["number", "value"];
  if (hasUnseen) head.push("on unseen data");
  head.push("equilibrium, or real samples");
  if (isMeasured) head.push("measured on");
  const rows = run.numbers.map((row) => {
    const cells = [
      valueOf(row),
      ...(hasUnseen ? [inDigits(row.unseen)] : []),
      row.words?.target ?? inDigits(row.target),
      ...(isMeasured ? [row.measured_on ?? ""] : []),
    ];
    return element(
      "tr",
      { title: row.about },
      element("th", { scope: "row", class: "number" }, nameOf(row)),
      cells.map((cell, i) => element("td", { class: i < 2 + hasUnseen && "number" }, cell)),
    );
  });
  return element(
    "table",
    {},
    element("caption", {}, `Numbers of ${run.name} at step ${inSteps(run.step)}. ${run.averaged}`),
    element("thead", {}, element("tr", {}, head.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, rows),
  );
}

/** What a number is called: what was measured during training and after it are two. */
function nameOf(row) {
  return row.is_evaluated ? `${row.name}, evaluated` : row.name;
}

function valueOf(row) {
  return row.words?.value ?? inDigits(row.value);
}

/** Why evaluated numbers may mislead; null if there is nothing to say. */
export function cautions(run) {
  if (!run.cautions.length) return null;
  const lines = run.cautions.map((text) => element("li", {}, text));
  const title = element("p", {}, "Before you trust the evaluated numbers:");
  return element("div", { class: "cautions" }, title, element("ul", {}, lines));
}

/** What several runs say of the same: their last numbers, a column for each run. */
export function lastNumbers(runs) {
  const of = runs.map((run) => new Map(run.numbers.map((row) => [nameOf(row), row])));
  const all = [...new Set(of.flatMap((rows) => [...rows.keys()]))];
  const shared = all.filter((name) => of.filter((rows) => rows.has(name)).length > 1);
  if (!shared.length) return null;
  const cells = shared.map((name) => {
    const found = of.map((rows) => rows.get(name));
    const ways = found.filter(Boolean).map(wayOf);
    return [name, ...found.map((row) => ofRun(row, ways))];
  });
  const about = "Numbers that several runs have: means of each one's last stretch, and measured ones";
  return sideBySide("compared", about, runs, cells);
}

/**
 * A run's number in a table of several; where there is no other, that of unseen data. If it
 * was measured in another way than theirs, it says how: such numbers do not compare.
 */
function ofRun(row, ways) {
  if (!row) return "";
  if (row.value == null) return `${inDigits(row.unseen)} on unseen data`;
  const differs = wayOf(row).filter((part) => !ways.every((way) => way.includes(part)));
  return differs.length ? `${valueOf(row)} (${differs.join(", ")})` : valueOf(row);
}

function wayOf(row) {
  return (row.measured_on ?? "").split(", ");
}

/** The options of runs; of several only those that differ. */
export function flags(runs) {
  const all = [...new Set(runs.flatMap((run) => Object.keys(run.flags)))].sort();
  const words = new Map([[true, "yes"], [false, "no"], [undefined, "not set"], ["", "none"]]);
  const of = (run, flag) => words.get(run.flags[flag]) ?? run.flags[flag];
  const shown = runs.length === 1
    ? all
    : all.filter((flag) => new Set(runs.map((run) => of(run, flag))).size > 1);
  const title = runs.length === 1 ? "Options of the run" : "Options that differ";
  if (!shown.length) {
    const none = all.length ? "The options are the same." : "No options are known.";
    return element("p", {}, none);
  }
  const rows = shown.map((flag) => [flag, ...runs.map((run) => of(run, flag))]);
  return sideBySide("flags", title, runs, rows);
}

/** A table with a column for each run. */
function sideBySide(kind, title, runs, rows) {
  const lines = [["", ...runs.map((run) => run.name)], ...rows];
  // Many runs go down the page, where there is room.
  const isTall = runs.length > WIDE && runs.length > rows.length;
  const [head, ...body] = isTall ? lines[0].map((_, i) => lines.map((one) => one[i])) : lines;
  const names = head.map((text) => element("th", { scope: "col" }, text));
  const cells = body.map(([name, ...of]) => {
    const first = element("th", { scope: "row", class: "number" }, name);
    return element("tr", {}, first, of.map((cell) => element("td", {}, cell)));
  });
  return element(
    "table",
    { class: kind },
    element("caption", {}, title),
    element("thead", {}, element("tr", {}, names)),
    element("tbody", {}, cells),
  );
}

// The step that is looked at: one slider that moves everything, and the marks below it.
import { element, inSteps, lastUpTo } from "./element.js";

const MARKS = {
  checkpoint: ["▲", "checkpoint, from which the run can go on"],
  continued: ["↻", "training went on here"],
  suspected: ["?", "found once"],
  unhealthy: ["!", "found three times, and stays"],
  recovered: ["✓", "gone"],
  diverged: ["✗", "training diverged"],
};
const OF_SYMPTOMS = ["suspected", "unhealthy", "recovered"];
const EACH = 350; // milliseconds of a moment, while it plays

/** The sign of an event, and what it says; of a symptom, what is said of its name. */
export function meaningOf(event) {
  const [sign, text] = MARKS[event.event] ?? ["•", event.event];
  return { sign, text };
}

/** The marks of a run's events below the slider; `of` is said before each of them. */
function marksOf(run, last, of) {
  const isCheckpoint = ({ event }) => event === "checkpoint";
  const happened = run.events.filter((one) => !isCheckpoint(one));
  const taken = new Set(happened.map((event) => event.step));
  // A checkpoint would lie over the mark of what happened at its step.
  const isSeen = (event) => !isCheckpoint(event) || !taken.has(event.step);
  return run.events.filter(isSeen).map((event) => {
    const { sign, text } = meaningOf(event);
    const said = event.name ? `${event.name}: ${text}` : text;
    const title = `${of}step ${inSteps(event.step)}: ${said}`;
    const left = `left: ${(100 * event.step) / Math.max(1, last)}%`;
    return element("span", { class: `mark ${event.event}`, style: left, title }, sign);
  });
}

export class Moment {
  /** `onmove(step)` is called when the step changes. */
  constructor(onmove) {
    this.step = 0;
    this.stops = [0];
    this.onmove = onmove;
    this.play = element("button", { class: "play", onclick: () => this.toggle() });
    this.slider = element("input", {
      type: "range",
      min: 0,
      step: 1,
      "aria-label": "Generator step",
      oninput: () => this.go(this.nearest(Number(this.slider.value))),
    });
    this.label = element("output", { class: "step" });
    this.marks = element("div");
    this.track = element("div", { class: "track" }, this.slider, this.marks);
    this.root = element("div", { class: "moment" }, this.play, this.track, this.label);
    this.pause();
  }

  /** Which steps there are to stop at, and what happened; the last one is kept last. */
  show(runs) {
    const wasAtEnd = this.step === this.stops.at(-1);
    const steps = runs.flatMap((run) => [
      ...run.pictures.flatMap((picture) => picture.steps),
      ...run.events.map((event) => event.step),
      ...run.verdicts.map((verdict) => verdict.step),
      run.step,
    ]);
    this.stops = [...new Set([0, ...steps])].sort((a, b) => a - b);
    const last = this.stops.at(-1);
    this.slider.max = last;
    // A line for each run: their marks would lie over each other.
    const lines = runs.map((run) => {
      const of = runs.length > 1 ? `${run.name}, ` : "";
      return element("div", { class: "marks" }, marksOf(run, last, of));
    });
    const kinds = new Set(runs.flatMap((run) => run.events.map((event) => event.event)));
    const said = [...kinds].map((kind) => {
      const { sign, text } = meaningOf({ event: kind });
      return `${sign} ${OF_SYMPTOMS.includes(kind) ? "symptom " : ""}${text}`;
    });
    const legend = said.join("; ");
    this.marks.replaceChildren(...lines, element("div", { class: "about" }, legend));
    this.go(wasAtEnd ? last : Math.min(this.step, last));
  }

  go(step) {
    this.step = step;
    this.slider.value = step;
    this.slider.setAttribute("aria-valuetext", `step ${inSteps(step)}`);
    this.label.textContent = `step ${inSteps(step)} of ${inSteps(this.stops.at(-1))}`;
    this.onmove(step);
  }

  nearest(step) {
    const i = Math.max(0, lastUpTo(this.stops, step));
    const next = this.stops[i + 1] ?? this.stops[i];
    return step - this.stops[i] <= next - step ? this.stops[i] : next;
  }

  move(by) {
    const i = lastUpTo(this.stops, this.step) + by;
    this.go(this.stops[Math.min(this.stops.length - 1, Math.max(0, i))]);
  }

  toggle() {
    if (this.timer) return this.pause();
    if (this.step === this.stops.at(-1)) this.go(0);
    this.play.textContent = "❚❚";
    this.play.setAttribute("aria-label", "Pause");
    this.timer = setInterval(() => {
      this.move(1);
      if (this.step === this.stops.at(-1)) this.pause();
    }, EACH);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.play.textContent = "▶";
    this.play.setAttribute("aria-label", "Play all steps");
  }

  /** Arrows, Home, End and space, wherever the focus is, except in a field or a link. */
  onkey(event) {
    const target = event.target;
    const isElsewhere = target !== this.slider && target.closest?.("input, select, summary");
    if (isElsewhere || event.altKey || event.ctrlKey || event.metaKey) return;
    const moves = {
      ArrowLeft: () => this.move(-1),
      ArrowRight: () => this.move(1),
      Home: () => this.go(0),
      End: () => this.go(this.stops.at(-1)),
    };
    // A focused button is pressed by space already.
    if (!target.closest?.("button")) moves[" "] = () => this.toggle();
    if (!(event.key in moves)) return;
    event.preventDefault();
    if (event.key !== " ") this.pause();
    moves[event.key]();
  }
}

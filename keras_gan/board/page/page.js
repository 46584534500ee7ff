// The page: the chosen runs side by side, all at one moment.
import { Chart, View, sharedRange } from "./chart.js";
import { element, inSteps } from "./element.js";
import { Moment } from "./moment.js";
import { Picture } from "./pictures.js";
import { Verdict, cautions, flags, happened, lastNumbers, numbers } from "./words.js";

export class Page {
  /**
   * `source` has `runs()`, a promise of [{name, modified}]; `first(runs)`, the names to
   * begin with; `run(name)`, a promise of what is known of a run; `picture(run, file)`,
   * an address; and `compared(shown)`, the runs whose options are compared.
   */
  constructor(root, source) {
    this.source = source;
    this.runs = new Map();
    this.parts = [];
    this.charts = [];
    this.moment = new Moment((step) => this.parts.forEach((part) => part.at(step)));
    this.view = new View(() => this.drawCharts());
    this.chooser = element("div", { class: "chooser" });
    this.count = element("span");
    this.body = element("div", { class: "body" }, "Reading the runs …");
    const zoom = (label, sign, act) =>
      element("button", { "aria-label": label, title: label, onclick: act }, sign);
    const zooms = element(
      "div",
      { class: "zoom", role: "group", "aria-label": "Zoom of all curves" },
      element("span", { class: "about" }, "zoom"),
      zoom("Zoom the curves in", "+", () => this.view.zoom(0.5, this.moment.step)),
      zoom("Zoom the curves out", "−", () => this.view.zoom(2, this.moment.step)),
      zoom("Show all steps", "all", () => this.view.all()),
    );
    const bar = element("header", {}, this.moment.root, zooms);
    const page = element("main", { class: "gan-page" }, this.chooser, bar, this.body);
    root.replaceChildren(page);
    document.addEventListener("keydown", (event) => this.moment.onkey(event));
  }

  /** Shows the runs that there are now; reads those that have changed. */
  async refresh() {
    const listed = await this.source.runs();
    if (!this.chosen && listed.length) this.chosen = new Set(this.source.first(listed));
    const names = listed.map((run) => run.name);
    const isShown = (name) => this.chosen?.has(name);
    this.showChooser(names);
    this.count.textContent = `${names.filter(isShown).length} of ${names.length} runs shown`;
    const old = listed.filter(
      (run) => isShown(run.name) && this.runs.get(run.name)?.modified !== run.modified,
    );
    const read = await Promise.all(old.map((run) => this.source.run(run.name)));
    old.forEach((run, i) => this.runs.set(run.name, { ...read[i], modified: run.modified }));
    const shown = names.filter(isShown);
    if (read.length || String(shown) !== String(this.shown)) this.show(shown);
  }

  showChooser(names) {
    if (String(names) === String(this.listed)) return;
    this.listed = names;
    const boxes = names.map((name) => {
      const onchange = (event) => {
        this.chosen[event.target.checked ? "add" : "delete"](name);
        this.refresh();
      };
      const checked = this.chosen.has(name);
      const box = element("input", { type: "checkbox", checked, onchange });
      return element("label", {}, box, name);
    });
    const few = element("fieldset", {}, element("legend", {}, this.count), boxes);
    this.chooser.replaceChildren(...(names.length > 1 ? [few] : []));
  }

  show(names) {
    // A page that grows again is scrolled to where it was.
    this.body.style.minHeight = `${this.body.offsetHeight}px`;
    requestAnimationFrame(() => setTimeout(() => (this.body.style.minHeight = ""), 500));
    this.shown = names;
    const runs = names.map((name) => this.runs.get(name));
    this.parts = [];
    this.body.style.setProperty("--runs", Math.max(1, runs.length));
    if (!runs.length) {
      this.body.replaceChildren(this.listed.length ? "Choose a run." : "No run is here yet.");
      return;
    }
    const isAlone = runs.length === 1;
    const compared = this.source.compared(runs);
    const row = (make) => element("div", { class: "row" }, runs.map(make));
    const named = (make) =>
      row((run) => {
        const name = runs.length > 1 ? element("span", { class: "of-run" }, run.name) : null;
        return element("div", { class: "cell" }, name, make(run));
      });
    const section = (title, ...children) =>
      element("section", {}, element("h2", {}, title), children);
    this.body.replaceChildren(
      row((run) => this.head(run)),
      ...(compared.length > 1 ? [element("div", { class: "scrolls" }, flags(compared))] : []),
      element(
        "div",
        { class: runs.length > 1 ? "" : "sides" },
        element(
          "div",
          { class: "beside" },
          section("Pictures", element("div", { class: "rows" }, this.pictures(runs, named))),
          section("What happened", row((run) => happened(run, (step) => this.go(step)))),
        ),
        section("Curves", hint(), element("div", { class: "rows" }, this.curves(runs, named))),
      ),
      section(
        "Numbers",
        compared.length > 1 ? element("div", { class: "scrolls" }, lastNumbers(compared)) : null,
        row((run) => {
          const table = element("div", { class: "scrolls" }, numbers(run));
          return element("div", {}, table, cautions(run));
        }),
      ),
      ...(isAlone && Object.keys(runs[0].flags).length ? [section("Options", flags(runs))] : []),
    );
    this.view.show(Math.max(...runs.map((run) => run.step)));
    this.moment.show(runs);
    this.drawCharts();
  }

  head(run) {
    const verdict = this.part(new Verdict(run));
    const written = new Date(1000 * run.modified).toLocaleString();
    const when = `${inSteps(run.step)} steps, last written ${written}`;
    const name = element("h1", {}, run.name);
    return element("div", {}, name, element("p", { class: "about" }, when), verdict);
  }

  pictures(runs, row) {
    const kinds = unique(runs.flatMap((run) => run.pictures.map((picture) => picture.kind)));
    if (!kinds.length) return [element("p", {}, "No picture has been drawn.")];
    return kinds.map((kind) =>
      row((run) => {
        const picture = run.pictures.find((one) => one.kind === kind);
        if (!picture) return element("p", { class: "about" }, `${run.name}: no such picture.`);
        const address = (file) => this.source.picture(run, file);
        return this.part(new Picture(picture, address));
      }),
    );
  }

  curves(runs, row) {
    const titles = unique(runs.flatMap((run) => run.charts.map((chart) => chart.title)));
    this.charts = [];
    if (!titles.length) return [element("p", {}, "No number has been logged yet.")];
    return titles.map((title) => {
      const curvesOf = (run) => {
        const chart = run.charts.find((one) => one.title === title);
        return (chart?.curves ?? []).map((name) => [name, run.curves[name]]);
      };
      const each = runs.map(curvesOf);
      const charts = row((run) => {
        const range = (from, to) => sharedRange(curvesOf(run), each, from, to);
        const go = (step) => this.go(this.moment.nearest(step));
        const chart = new Chart(title, curvesOf(run), this.view, range, go);
        this.charts.push(chart);
        return this.part(chart);
      });
      return element("div", { class: "titled" }, element("h3", {}, title), charts);
    });
  }

  part(part) {
    this.parts.push(part);
    return part.root;
  }

  go(step) {
    this.moment.pause();
    this.moment.go(step);
  }

  drawCharts() {
    for (const chart of this.charts) {
      chart.draw();
      chart.at(this.moment.step);
    }
  }
}

function hint() {
  const text =
    "D: discriminator; G: generator; equilibrium: D cannot tell real from fake. Dotted: " +
    "where equilibrium is, or what real samples get. Dashed: unseen data. " +
    "Click to go to a step; drag, or turn the wheel with Shift, to zoom; double click to " +
    "see all.";
  return element("p", { class: "about hint" }, text);
}

function unique(items) {
  return [...new Set(items)];
}

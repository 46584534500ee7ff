// Curves over generator steps: where equilibrium is, what each means, zoom, a cursor.
import { element, inDigits, inSteps, lastUpTo } from "./element.js";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [420, 200, 46, 8, 8, 22];
const COLOURS = ["var(--curve-0)", "var(--curve-1)", "var(--curve-2)", "var(--curve-3)"];
const DASHES = { train: null, unseen: "6 3" };
// Of fewer points all are shown.
const FEW_POINTS = 20;
let numClips = 0;

/** Which steps all charts show, and what follows when that changes. */
export class View {
  constructor(onchange) {
    this.onchange = onchange;
    this.last = 1;
    this.all();
  }

  show(last) {
    const wasAll = this.from === 0 && this.to === this.last;
    this.last = Math.max(1, last);
    if (wasAll) this.to = this.last;
  }

  all() {
    this.set(0, this.last);
  }

  /** Shows `factor` as many steps, with `center` where it was. */
  zoom(factor, center = (this.from + this.to) / 2) {
    this.set(center - factor * (center - this.from), center + factor * (this.to - center));
  }

  set(from, to) {
    this.from = Math.max(0, Math.min(from, to));
    this.to = Math.min(this.last, Math.max(from, to));
    if (this.to - this.from < 1) this.to = this.from + 1;
    this.onchange();
  }
}

export class Chart {
  /**
   * `curves` are [name, curve] of one run; `range(from, to)` gives the least and the
   * largest value to show between two steps.
   */
  constructor(title, curves, view, range, onstep) {
    Object.assign(this, { title, curves, view, range, onstep });
    this.clip = `clip-${numClips++}`;
    this.plot = element("g");
    this.cursor = element("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM });
    this.drag = element("rect", { class: "drag", y: TOP, height: HEIGHT - TOP - BOTTOM });
    this.svg = element(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: "img",
        onwheel: (event) => this.onWheel(event),
        onpointerdown: (event) => this.onDown(event),
        onpointermove: (event) => this.onMove(event),
        onpointerup: (event) => this.onUp(event),
        onpointercancel: () => this.endDrag(),
        ondblclick: () => view.all(),
      },
      this.plot,
      this.cursor,
      this.drag,
    );
    this.values = curves.map(() => element("span", { class: "value" }));
    const rows = curves.map(([name, curve], i) => {
      const swatch = element("span", { class: "swatch", style: `background: ${colour(i)}` });
      const about = element("span", { class: "about" }, curve.about);
      const level = curve.level == null ? null : levelOf(curve, colour(i));
      return element("li", {}, swatch, element("b", {}, name), this.values[i], level, about);
    });
    const legend = element("ul", { class: "legend" }, rows);
    this.root = element("figure", { class: "chart" }, this.svg, legend);
    this.endDrag();
  }

  x(step) {
    const { from, to } = this.view;
    return LEFT + ((WIDTH - LEFT - RIGHT) * (step - from)) / (to - from);
  }

  y(value) {
    const [low, high] = this.limits;
    return TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / (high - low);
  }

  draw() {
    const { from, to } = this.view;
    this.limits = this.range(from, to);
    const parts = [
      element(
        "clipPath",
        { id: this.clip },
        element("rect", {
          x: LEFT,
          y: TOP,
          width: WIDTH - LEFT - RIGHT,
          height: HEIGHT - TOP - BOTTOM,
        }),
      ),
      ...ticks(...this.limits, 4).flatMap((value) => [
        line("grid", LEFT, this.y(value), WIDTH - RIGHT, this.y(value)),
        text(LEFT - 4, this.y(value) + 3, "end", inDigits(value)),
      ]),
      ...ticks(from, to, 5)
        .filter(Number.isInteger)
        .map((step) => {
          const x = this.x(step);
          // In the middle, the last one would be cut.
          const isLast = x > WIDTH - LEFT / 2;
          return text(isLast ? WIDTH - 1 : x, HEIGHT - 8, isLast ? "end" : "middle", inSteps(step));
        }),
    ];
    const inside = element("g", { "clip-path": `url(#${this.clip})` });
    this.curves.forEach(([name, curve], i) => {
      if (curve.level != null) {
        const height = this.y(curve.level);
        const level = line("level", LEFT, height, WIDTH - RIGHT, height);
        level.style.stroke = colour(i);
        level.append(element("title", {}, `${name}: ${levelInWords(curve)}`));
        inside.append(level);
      }
      for (const [split, points] of Object.entries(curve.points)) {
        inside.append(
          element("path", {
            d: this.path(points),
            class: points[0].length === 1 ? "dot" : null,
            stroke: colour(i),
            "stroke-dasharray": curve.group === "evaluation" ? null : DASHES[split],
            "data-curve": name,
            "data-split": split,
          }),
        );
      }
    });
    this.plot.replaceChildren(...parts, inside);
  }

  path([steps, values]) {
    const at = (step, value) => `${this.x(step).toFixed(1)},${this.y(value).toFixed(1)}`;
    const points = steps.map((step, i) => at(step, values[i]));
    // A single point is a dot: a line of no length with round ends.
    return points.length === 1 ? `M${points[0]}h0` : `M${points.join("L")}`;
  }

  /** Moves the cursor, and says the values there. */
  at(step) {
    const x = this.x(step);
    const isInside = x >= LEFT && x <= WIDTH - RIGHT;
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.cursor.setAttribute("visibility", isInside ? "visible" : "hidden");
    const said = this.curves.map(([name, curve], i) => {
      const parts = Object.entries(curve.points).map(([split, [steps, values]]) => {
        const found = lastUpTo(steps, step);
        // Where the curve has ended, its last value is of an earlier step.
        const isOver = found === steps.length - 1 && steps[found] < step;
        const of = isOver ? ` (step ${inSteps(steps[found])})` : "";
        const is = found < 0 ? "not yet known" : `${inDigits(values[found])}${of}`;
        // Metrics of samples have no such other line.
        return split === "unseen" && curve.group !== "evaluation" ? `${is} on unseen data` : is;
      });
      this.values[i].textContent = parts.join(", ");
      return `${name} ${parts.join(", ")}`;
    });
    this.svg.setAttribute("aria-label", `${this.title} at step ${step}: ${said.join("; ")}`);
  }

  stepAt(event) {
    const box = this.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) * WIDTH) / box.width;
    const share = (x - LEFT) / (WIDTH - LEFT - RIGHT);
    const { from, to } = this.view;
    return from + Math.min(1, Math.max(0, share)) * (to - from);
  }

  onWheel(event) {
    // A page of charts must still scroll: only a pinch, or the wheel with a key, zooms
    // before the first drag.
    const isZoomed = this.view.to - this.view.from < this.view.last;
    if (!event.ctrlKey && !event.shiftKey && !isZoomed) return;
    event.preventDefault();
    const turned = event.deltaY || event.deltaX;
    this.view.zoom(turned < 0 ? 0.8 : 1.25, this.stepAt(event));
  }

  onDown(event) {
    if (event.button) return;
    this.began = this.stepAt(event);
    this.beganAt = event.clientX;
    this.svg.setPointerCapture(event.pointerId);
  }

  onMove(event) {
    if (this.began == null) return;
    const [a, b] = [this.x(this.began), this.x(this.stepAt(event))];
    this.drag.setAttribute("x", Math.min(a, b));
    this.drag.setAttribute("width", Math.abs(a - b));
  }

  onUp(event) {
    if (this.began == null) return;
    const [from, to] = [this.began, this.stepAt(event)];
    const isClick = Math.abs(event.clientX - this.beganAt) < 5;
    this.endDrag();
    if (isClick) this.onstep(to);
    else this.view.set(from, to);
  }

  endDrag() {
    this.began = null;
    this.drag.setAttribute("width", 0);
  }
}

/** One scale for the charts of `all` runs, unless it would press the curves of one flat. */
export function sharedRange(own, all, from, to) {
  const ranges = all.filter((curves) => curves.length).map((curves) => rangeOf(curves, from, to));
  const low = Math.min(...ranges.map((range) => range[0]));
  const high = Math.max(...ranges.map((range) => range[1]));
  const smallest = Math.min(...ranges.map((range) => range[1] - range[0]));
  return high - low > 10 * smallest ? rangeOf(own, from, to) : [low, high];
}

/** The least and the largest value that curves have between two steps, with room. */
function rangeOf(curves, from, to) {
  const values = [];
  for (const [, curve] of curves) {
    for (const [steps, all] of Object.values(curve.points)) {
      steps.forEach((step, i) => step >= from && step <= to && values.push(all[i]));
    }
  }
  values.sort((a, b) => a - b);
  const quartile = (i) => values[Math.floor((i * (values.length - 1)) / 4)];
  // One spike must not press all else flat; of a few points none is a spike.
  const reach = 15 * (quartile(3) - quartile(1));
  const isUsual = (v) => values.length < FEW_POINTS || !reach || (v >= quartile(1) - reach && v <= quartile(3) + reach);
  const levels = curves.map(([, curve]) => curve.level).filter((level) => level != null);
  const shown = [...values.filter(isUsual), ...levels];
  // Scores are shares: their axis is all of 0 to 1, unless a loss has no bound.
  const isShare = curves.length && curves.every(([, curve]) => curve.group === "scores");
  if (isShare && shown.every((v) => v >= 0 && v <= 1)) return [-0.03, 1.03];
  const low = shown.length ? Math.min(...shown) : 0;
  const high = shown.length ? Math.max(...shown) : 1;
  const room = 0.07 * (high - low) || Math.abs(high) / 2 || 1;
  // What cannot be below 0 is not drawn as if it could.
  return [low >= 0 ? Math.max(low - room, -0.03 * (high + room)) : low - room, high + room];
}

/** About `number` round values between two, and never one alone, which has no scale. */
function ticks(low, high, number) {
  const found = roundValues(low, high, number);
  return found.length === 1 ? roundValues(low, high, 2 * number) : found;
}

function roundValues(low, high, number) {
  const rough = (high - low) / number;
  const power = 10 ** Math.floor(Math.log10(rough));
  const each = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
  const first = Math.ceil(low / each);
  const count = Math.floor(high / each) - first + 1;
  const digits = (value) => Number(value.toPrecision(10));
  return Array.from({ length: count }, (_, i) => digits((first + i) * each));
}

/** What a dotted line is, for the legend: in the chart it would lie over the curves. */
function levelOf(curve, colour) {
  const attributes = { class: "of-level", style: `--colour: ${colour}` };
  return element("span", attributes, levelInWords(curve));
}

function levelInWords({ group, level }) {
  const what = group === "evaluation" ? "real samples" : "equilibrium";
  return `${what} ${inDigits(level)}`;
}

function colour(i) {
  return COLOURS[i % COLOURS.length];
}

function line(name, x1, y1, x2, y2) {
  return element("line", { class: name, x1, y1, x2, y2 });
}

function text(x, y, anchor, content, name = "tick") {
  return element("text", { class: name, x, y, "text-anchor": anchor }, content);
}

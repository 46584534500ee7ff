// One kind of pictures of a run: at each step, the nearest earlier one. A click enlarges.
import { element, inSteps, lastUpTo } from "./element.js";

export class Picture {
  /** `picture` is one of a run's; `address(file)` says where a file is. */
  constructor(picture, address) {
    Object.assign(this, { picture, address });
    // Decoded later, it would be missing where the page is printed or captured at once.
    this.image = element("img", { decoding: "sync" });
    const enlarge = () => this.root.closest(".row").classList.toggle("large");
    const attributes = { class: "enlarge", "aria-label": `Enlarge: ${picture.title}`, onclick: enlarge };
    const button = element("button", attributes, this.image);
    this.step = element("span", { class: "of-step" });
    const title = element("b", {}, picture.title);
    const about = element("span", { class: "about" }, picture.about);
    const caption = element("figcaption", {}, title, " ", this.step, about);
    this.root = element("figure", { class: "picture" }, caption, button);
    this.root.dataset.kind = picture.kind;
  }

  at(step) {
    const { steps, files, title } = this.picture;
    const i = steps.length ? lastUpTo(steps, step) : 0;
    this.image.hidden = i < 0;
    if (i < 0) {
      this.step.textContent = `first drawn at step ${inSteps(steps[0])}`;
      return;
    }
    const of = steps.length ? `step ${inSteps(steps[i])}` : "";
    this.step.textContent = of;
    this.image.alt = [title, of].filter(Boolean).join(", ");
    if (this.shown !== files[i]) this.image.src = this.address(files[i]);
    this.shown = files[i];
  }
}

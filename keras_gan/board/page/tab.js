// The page as a tab of TensorBoard: TensorBoard calls `render`.
import { Page } from "./page.js";

const EACH = 10_000; // milliseconds between two looks at the runs
const here = (path) => new URL(path, import.meta.url).href;

async function fetched(path) {
  const response = await fetch(here(path));
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  return response.json();
}

const source = {
  runs: () => fetched("./runs"),
  first: (runs) => [runs.reduce((a, b) => (b.modified > a.modified ? b : a)).name],
  run: (name) => fetched(`./run?name=${encodeURIComponent(name)}`),
  picture: (run, file) => {
    const at = { run: run.name, file, at: run.modified };
    return here(`./picture?${new URLSearchParams(at)}`);
  },
  // Others are not read before they are shown.
  compared: (shown) => shown,
};

export async function render() {
  const style = document.createElement("link");
  Object.assign(style, { rel: "stylesheet", href: here("./style.css") });
  document.head.append(style);
  document.documentElement.lang = "en";
  followDarkMode();
  const page = new Page(document.body, source);
  const look = async () => {
    try {
      await page.refresh();
      delete document.body.dataset.problem;
    } catch (error) {
      document.body.dataset.problem = `TensorBoard does not answer (${error.message}).`;
    }
  };
  await look();
  setInterval(() => document.hidden || look(), EACH);
}

/** TensorBoard's own dark mode is a class of the page around this one. */
function followDarkMode() {
  const around = window.parent.document.body;
  const follow = () => {
    const isDark = around.classList.contains("dark-mode");
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
  };
  new MutationObserver(follow).observe(around, { attributeFilter: ["class"] });
  follow();
}

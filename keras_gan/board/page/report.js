// The page as one file: what it shows stands in the file itself.
import { Page } from "./page.js";

const FEW = 3; // runs that stand side by side at first
// Of these options two runs may differ, and yet be of one kind.
const ALIKE = new Set(["--seed", "--preset"]);
const { runs, pictures } = JSON.parse(document.getElementById("runs").textContent);
const page = new Page(document.getElementById("page"), {
  first: () => (runs.length > FEW ? unlike(runs).slice(0, FEW) : runs).map((run) => run.name),
  runs: async () => runs,
  run: async (name) => runs.find((run) => run.name === name),
  picture: (run, file) => pictures[run.name][file],
  compared: () => runs,
});
page.refresh();

/** Those that differ in more than the seed, in their order; all, if none do. */
function unlike(runs) {
  const kinds = new Map();
  for (const run of runs) {
    const options = Object.entries(run.flags).filter(([flag]) => !ALIKE.has(flag));
    const kind = JSON.stringify(options.sort());
    if (!kinds.has(kind)) kinds.set(kind, run);
  }
  return kinds.size > 1 ? [...kinds.values()] : runs;
}

// The page as one file: what it shows stands in the file itself.
import { Page } from "./page.js";

const { runs, pictures } = JSON.parse(document.getElementById("runs").textContent);
const page = new Page(document.getElementById("page"), {
  first: (listed) => listed.slice(0, 3).map((run) => run.name),
  runs: async () => runs,
  run: async (name) => runs.find((run) => run.name === name),
  picture: (run, file) => pictures[run.name][file],
});
page.refresh();

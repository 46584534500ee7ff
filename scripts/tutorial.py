"""Runs docs/tutorial.ipynb from top to bottom and keeps in it what its cells show."""

import pathlib
import time

import nbclient
import nbformat

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"
FOLDER = ROOT / "build" / "tutorial"  # for what the cells write


def main():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    FOLDER.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    client = nbclient.NotebookClient(notebook, record_timing=False)
    client.execute(cwd=str(FOLDER))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # TensorFlow's messages are of the machine.
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
    nbformat.write(notebook, NOTEBOOK)
    size = NOTEBOOK.stat().st_size / 1024
    print(f"{time.monotonic() - begin:.0f} seconds, {size:.0f} KB: {NOTEBOOK}")


if __name__ == "__main__":
    main()

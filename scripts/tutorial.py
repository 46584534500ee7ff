"""Runs docs/tutorial.ipynb from top to bottom and keeps in it what its cells show."""

import pathlib
import resource
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
    client = nbclient.NotebookClient(
        notebook, timeout=None, record_timing=False, coalesce_streams=True
    )
    client.execute(cwd=str(FOLDER))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [one for one in map(kept, cell.outputs) if one]
    nbformat.write(notebook, NOTEBOOK)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{time.monotonic() - begin:.0f} seconds, "
        f"{used.ru_utime + used.ru_stime:.0f} CPU-seconds, "
        f"{NOTEBOOK.stat().st_size / 1000:.0f} kB: {NOTEBOOK}"
    )


def kept(output):
    """An output without messages of the machine and second forms of a picture."""
    if output.get("name") == "stderr":
        return None
    output.get("data", {}).pop("image/jpeg", None)
    return output


if __name__ == "__main__":
    main()

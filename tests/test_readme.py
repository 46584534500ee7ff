"""The README tells the truth: its example runs, its quotes and tables are complete."""

import inspect
import pathlib
import re
import textwrap

import keras_gan as kg
from keras_gan import logs

ROOT = pathlib.Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def code_blocks():
    return re.findall(r"```python\n(.*?)```", README, flags=re.S)


def test_the_example_runs(tmp_path, monkeypatch):
    # Two epochs instead of twenty; everything else as it is printed.
    example = code_blocks()[0].replace("epochs=20", "epochs=2")
    assert "epochs=2," in example
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["images"].shape == (64, 28, 28, 1)
    assert int(names["gan"].step.numpy()) == 80
    assert (tmp_path / "runs/first/images/training.gif").exists()


def test_quotes_the_train_step_in_full():
    source = textwrap.dedent(inspect.getsource(kg.GAN.train_step)).rstrip()
    assert source in README


def test_the_table_of_logs_stands_on_one_page_as_the_code_has_it():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    texts = [page.read_text("utf-8") for page in pages]
    header = logs.as_markdown().splitlines()[0]
    (text,) = [text for text in texts if header in text]
    assert text.count(header) == 1
    assert f"\n\n{logs.as_markdown()}\n\n" in text


def test_names_every_preset():
    for preset in (ROOT / "keras_gan/presets").glob("*.flags"):
        assert f"| `{preset.stem}` |" in README


def test_links_lead_somewhere():
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link

"""The README tells the truth: its example runs, its quotes and tables are complete."""

import inspect
import pathlib
import re
import textwrap

import keras_gan as kg
from keras_gan.callbacks.run_log import MEANINGS

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


def test_explains_every_logged_number():
    rows = [line for line in README.splitlines() if line.startswith("| `")]
    gan = kg.GAN(*kg.networks.points())
    for name in [metric.name for metric in gan.metrics]:
        assert any(row.startswith(f"| `{name}`") for row in rows)
    for name, (tag, _) in MEANINGS.items():
        assert any(row.startswith(f"| `{name}` | `{tag}`") for row in rows)


def test_names_every_preset():
    for preset in (ROOT / "keras_gan/presets").glob("*.flags"):
        assert f"| `{preset.stem}` |" in README


def test_links_lead_somewhere():
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link

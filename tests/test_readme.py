"""README and docs tell the truth: examples run, quotes and tables are complete."""

import inspect
import json
import pathlib
import re
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gan as kg
from keras_gan import logs
from keras_gan.evaluation import suite

ROOT = pathlib.Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
TUTORIAL = ROOT / "docs" / "tutorial.ipynb"
PAGES = [*ROOT.glob("README*.md"), ROOT / "CONTRIBUTING.md", TUTORIAL]
PAGES = sorted([*PAGES, *ROOT.glob("docs/*.md")])
TRAINING = ROOT / "docs" / "training.md"
DISTRIBUTION = ROOT / "docs" / "distribution.md"


def text_of(page):
    """A page; of a notebook, what is written in it and not what it shows."""
    text = page.read_text("utf-8")
    if page.suffix != ".ipynb":
        return text
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


TEXTS = {page: text_of(page) for page in PAGES}
# Flags that --help does not list: of TensorBoard, launch_local.py and absl.
OTHER_FLAGS = {"--logdir", "--host", "--samples_per_plugin", "--workers"}
OTHER_FLAGS |= {"--help", "--flagfile"}


def code_blocks(text, language="python"):
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.S)


def first_column(heading):
    """The names in the first column of a table, which stands on one page only."""
    # The page of results is written by the studies.
    texts = [text for page, text in TEXTS.items() if page.name != "results.md"]
    pattern = rf"^\| {heading} \|.*\n\|[-| ]+\n((?:\|.*\n)+)"
    (rows,) = [rows for text in texts for rows in re.findall(pattern, text, re.M)]
    cells = [row.split("|")[1] for row in rows.splitlines()]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def anchors(text):
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def test_grey_digits_that_were_saved_as_padded_rgb(tmp_path, monkeypatch):
    """The conversion on the page of the metrics gives the very digits back."""
    digits = kg.data.load("mnist5k", split="test", batch_size=1).samples[:20]
    padded = np.pad(digits, ((0, 0), (2, 2), (2, 2), (0, 0)))
    np.savez(tmp_path / "rgb.npz", images=np.repeat(padded, 3, axis=-1))
    page = TEXTS[ROOT / "docs/evaluation.md"]
    (example,) = [block for block in code_blocks(page) if "rgb.npz" in block]
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "evaluation.md", "exec"), {"np": np})
    np.testing.assert_array_equal(np.load("samples.npz")["images"], digits)


def test_networks_of_ones_own_train(tmp_path, monkeypatch):
    # Two steps instead of twenty epochs.
    (example,) = [b for b in code_blocks(TEXTS[TRAINING]) if "keras.Input((48,))" in b]
    short = example.replace("epochs=20,", "epochs=1, steps_per_epoch=2,")
    assert short != example
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(short, "training.md", "exec"), names)
    assert names["gan"].latent_dim == 48 and names["gan"].discriminator_steps == 2
    assert int(names["gan"].step.numpy()) == 2
    assert (tmp_path / "runs/own/samples.png").exists()


def shortened_example(words, **changes):
    (example,) = [b for b in code_blocks(TEXTS[DISTRIBUTION]) if words in b]
    for old, new in {"epochs=20": "epochs=1, steps_per_epoch=2", **changes}.items():
        assert old in example
        example = example.replace(old, new)
    return example


def test_several_devices_from_python():
    names = {}
    exec(compile(shortened_example('"mirrored"'), "distribution.md", "exec"), names)
    assert int(names["gan"].step.numpy()) == 2


def test_ray_starts_two_workers(tmp_path):
    pytest.importorskip("ray", reason='pip install "ray[train]" to run this')
    example = shortened_example("TensorflowTrainer", **{"/shared": str(tmp_path)})
    # Ray needs the function's file, and a process that it may end.
    (tmp_path / "example.py").write_text(example)
    subprocess.run([sys.executable, tmp_path / "example.py"], check=True, timeout=300)
    assert list(tmp_path.glob("runs/ray/checkpoints/*"))


def test_parts_of_ones_own_train_and_are_loaded(tmp_path, monkeypatch):
    (example,) = [b for b in code_blocks(TEXTS[TRAINING]) if "class OneSided" in b]
    short = example.replace("epochs=20,", "epochs=1, steps_per_epoch=2,")
    assert short != example
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "mine"}
    exec(compile(short, "training.md", "exec"), names)
    gan = names["gan"]
    assert int(gan.step.numpy()) == 2
    assert type(gan.adversarial_loss) is names["Exponential"]
    penalty, _, drift = gan.penalties
    assert drift is names["drift"]
    (augmentation,) = gan.augmentations
    assert type(augmentation) is names["Brightness"] and augmentation.amount == 0.1
    assert type(penalty) is names["OneSided"]
    assert (penalty.weight, penalty.limit, penalty.interval) == (1.0, 2.0, 1)


def test_a_step_of_ones_own_trains_and_is_loaded(tmp_path):
    (example,) = [b for b in code_blocks(TEXTS[TRAINING]) if "class EagerG" in b]
    names = {"__name__": "mine", "keras": keras, "kg": kg, "tf": tf}
    exec(compile(example, "training.md", "exec"), names)
    networks = kg.networks.points(2)
    gan = names["EagerG"](*networks, g_steps=3)
    gan.compile("adam", "adam")
    gan.fit(np.zeros((8, 2), "float32"), batch_size=4, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert (int(gan.step), int(gan.g_optimizer.iterations)) == (2, 6)
    assert loaded.g_steps == 3


def test_theory_prints_what_it_says(capsys):
    (example,) = code_blocks(TEXTS[ROOT / "docs/theory.md"])
    exec(compile(example, "theory.md", "exec"), {})
    said = re.findall(r"^print\(.*\)  # (.+)$", example, re.M)
    assert capsys.readouterr().out.splitlines() == said


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


def test_readme_is_short():
    assert len(README.splitlines()) <= 120
    assert max(map(len, README.splitlines())) <= 90
    assert not re.findall(r"^\|", README, flags=re.M)  # Tables are in docs/.


@pytest.mark.parametrize(
    "english, korean",
    [("README.md", "README.ko.md"), ("docs/theory.md", "docs/theory.ko.md")],
)
def test_korean_pages_say_the_same(english, korean):
    """The same code, pictures and numbers, in the same order; links to one another."""
    texts = [TEXTS[ROOT / english], TEXTS[ROOT / korean]]
    for pattern in (
        r"```.*?```",
        r"^    [^\n]+",
        r"!\[.*?\]\((.+?)\)",
        r"\*\*([-\d.,e]+)\*\*",  # what was measured
        r"\| (\d[\d.e-]*)",  # in a table
    ):
        first, second = [re.findall(pattern, text, flags=re.M | re.S) for text in texts]
        assert first == second
    assert len(re.findall("^#", texts[0], re.M)) == len(re.findall("^#", texts[1], re.M))
    # Before a Korean particle the star of D* would begin emphasis.
    assert not re.findall(r"\w\*(?=[가-힣])", texts[1])
    names = [pathlib.Path(page).name for page in (english, korean)]
    assert f"]({names[1]})" in texts[0] and f"]({names[0]})" in texts[1]


def test_every_page_is_in_the_list_of_pages():
    index = ROOT / "docs/index.md"
    links = re.findall(r"^\| \[.+?\]\(([^)#]+)\)", TEXTS[index], re.M)
    listed = [(index.parent / link).resolve() for link in links]
    first = ROOT / "README.md"  # where a reader comes from
    assert sorted(listed) == sorted({*PAGES, ROOT / "CHANGELOG.md"} - {index, first})


def test_the_reference_has_every_public_name():
    named = re.findall(r"^   keras_gan\.([\w.]+)$", TEXTS[ROOT / "docs/api.md"], re.M)
    public = {name.rpartition(".")[2] for name in named}
    assert public == set(kg.__all__) - {"__version__"} and len(public) == len(named)


def test_names_every_preset():
    presets = [
        preset.stem for preset in (ROOT / "keras_gan/recipe/presets").glob("*.flags")
    ]
    assert sorted(first_column("preset")) == sorted(presets)


def test_names_every_loss():
    assert sorted(first_column("loss")) == sorted(kg.losses.NAMES)


def test_names_every_penalty():
    classes = [
        name
        for name, one in vars(kg.penalties).items()
        if inspect.isclass(one) and one.__module__ == "keras_gan.penalties"
    ]
    named = [name for name in first_column("penalty") if not name.startswith("--")]
    assert sorted(name.partition("(")[0] for name in named) == sorted(
        name for name in classes if name != "Penalty"
    )


def test_names_every_network():
    functions = [n for n in kg.networks.__all__ if n in kg.networks.NAMES]
    assert sorted(first_column("network")) == sorted(functions)


def test_every_callback_is_made_as_it_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = kg.data.load("gaussian1d", batch_size=9)
    known = {**vars(kg.callbacks), "run_dir": "run", "data": data, "suite": None}
    made = [eval(call, known) for call in first_column("callback")]
    assert sorted(type(one).__name__ for one in made) == sorted(kg.callbacks.__all__)


def test_names_every_metric():
    assert not set(suite.METRICS) - set(first_column("metric"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
class TestEveryPage:
    def test_links_lead_somewhere(self, page):
        for link in re.findall(r"\]\((?!http)([^)]+)\)", TEXTS[page]):
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), link
            if anchor:
                assert anchor in anchors(target.read_text("utf-8")), link

    def test_python_is_valid(self, page):
        for block in code_blocks(TEXTS[page]):
            compile(block, page.name, "exec")

    def test_paths_in_backticks_exist(self, page):
        pattern = r"`((?:keras_gan|scripts|docs|studies|tests|results)/[\w/.]+)`"
        for path in re.findall(pattern, TEXTS[page]):
            assert (ROOT / path).exists(), path


def test_contributing_names_files_that_exist():
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (rows,) = re.findall(r"^\| to add \|.*\n\|[-|]+\n((?:\|.*\n)+)", contributing, re.M)
    for row in rows.splitlines():
        _, _, touched, tested, _ = row.split("|")
        paths = [ROOT / path for path in re.findall(r"`([\w/.]+[/\w])`", tested)]
        for path in re.findall(r"`([\w/]+/|[\w/]+\.py)`", touched):
            inside = ROOT / "keras_gan" / path
            paths.append(ROOT / path if path.startswith("studies") else inside)
        assert paths and not [path for path in paths if not path.exists()], row


def test_names_no_flag_that_does_not_exist():
    known = set(OTHER_FLAGS)
    for name in ("train", "sample", "evaluate", "report", "reproduce", "faults"):
        command = [sys.executable, str(ROOT / "scripts" / f"{name}.py"), "--help"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        known |= {f"--{flag}" for flag in re.findall(r"--(?:\[no\])?(\w+):", done.stdout)}
    assert "--lr" in known and "--train_classifier" in known
    for page, text in TEXTS.items():
        unknown = set(re.findall(r"(?<![\w-])--\w+", text)) - known
        assert not unknown, (page.name, unknown)

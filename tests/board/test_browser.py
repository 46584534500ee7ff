"""The page in a real browser, over a real run: in TensorBoard, and as one file."""

import json
import re
import shutil
import time

import numpy as np
import pytest
from tensorboard import default, program

from keras_gan.board.plugin import GanPlugin
from keras_gan.board.report import Page
from keras_gan.storage.lines import read_lines
from support import trained

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="there is no chromium with its chromedriver"
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with a run, and with a copy that has another option and has collapsed."""
    folder = tmp_path_factory.mktemp("runs")
    images = np.random.default_rng(0).integers(0, 256, (80, 8, 8, 1), dtype="uint8")
    np.savez(folder / "tiny.npz", x_train=images[:64], x_test=images[64:])
    small = ("--generator_units=4", "--discriminator_units=4", "--picture_every=1")
    flags = (*small, "--epochs=3", "--eval_split=test", "--lr=0.002")
    assert trained(folder / "tiny.npz", folder / "logdir" / "a", *flags) == 0
    b = shutil.copytree(folder / "logdir" / "a", folder / "logdir" / "b")
    text = (b / "flags.txt").read_text()
    (b / "flags.txt").write_text(text.replace("--lr=0.002", "--lr=0.5"))
    said = {"symptom": "collapsed", "text": "all alike", "advice": "Raise --r1 or --gp=1"}
    event = {"step": 8, "event": "unhealthy", **said}
    (b / "events.jsonl").write_text(json.dumps(event) + "\n")
    return folder / "logdir"


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in (
        "--headless=new",
        "--no-sandbox",  # Tests may run as root, and look at their own pages only.
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1400,1000",
        # No address but this machine's is ever found.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def board(runs):
    """The address of a TensorBoard at a free port of this machine."""
    server = program.TensorBoard([*default.get_static_plugins(), GanPlugin])
    server.configure(logdir=str(runs), port=0, host="localhost", load_fast="false")
    return server.launch()


class Tab:
    """What a user sees and does on the page."""

    def __init__(self, browser):
        self.browser = browser

    def js(self, code, *arguments):
        return self.browser.execute_script(f"return {code}", *arguments)

    def all(self, selector, what="textContent"):
        found = f"[...document.querySelectorAll({json.dumps(selector)})]"
        return self.js(f"{found}.map((one) => one.{what})")

    def wait(self, code):
        until = time.monotonic() + 60
        while not self.js(f"Boolean({code})"):
            assert time.monotonic() < until, f"not within a minute: {code}"
            time.sleep(0.05)

    def press(self, key):
        event = f"new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}})"
        self.js(f"document.body.dispatchEvent({event})")

    def step(self):
        return int(re.search(r"step ([\d,]+) of", self.all(".step")[0])[1])

    def cursor(self):
        return float(self.js("document.querySelector('.cursor').getAttribute('x1')"))

    def errors(self):
        return [
            log for log in self.browser.get_log("browser") if log["level"] == "SEVERE"
        ]


@pytest.fixture
def tab(browser, board):
    """What TensorBoard puts into its tab, in a window of its own."""
    browser.get("about:blank")
    browser.get(f"{board}data/plugin_entry.html?name=gan")
    tab = Tab(browser)
    tab.wait("document.querySelector('.verdict')")
    browser.get_log("browser")
    yield tab
    assert tab.errors() == []


def choose(tab, *names):
    """Shows these runs, and no others."""
    boxes = "[...document.querySelectorAll('.chooser label')]"
    for name in ("a", "b"):
        box = f"{boxes}.find((one) => one.textContent === '{name}').firstChild"
        if tab.js(f"{box}.checked") != (name in names):
            tab.js(f"{box}.click()")
    heads = "[...document.querySelectorAll('h1')].map((one) => one.textContent)"
    tab.wait(f"String({heads}) === '{','.join(names)}'")


def test_tensorboard_has_the_tab(browser, board):
    browser.get(f"{board}#gan")
    tab = Tab(browser)
    tab.wait(
        "document.querySelector('iframe')?.contentDocument?.querySelector('.verdict')"
    )
    assert "GAN" in [name.strip() for name in tab.all("[role=tab]")]


class TestInTensorBoard:
    def test_the_slider_moves_pictures_values_and_the_cursor(self, tab, runs):
        choose(tab, "a")
        lines, _ = read_lines(runs / "a" / "metrics.jsonl")
        assert tab.step() == 12
        shown = {}
        for key in ("End", "ArrowLeft", "ArrowLeft", "Home"):
            tab.press(key)
            tab.wait("[...document.images].every((one) => one.complete)")
            fake = "document.querySelector('[data-kind=fake] img')"
            address = tab.js(f"{fake}.src")
            assert tab.js(f"{fake}.naturalWidth") > 0
            assert f"file=fake_{tab.step():06d}.png" in address
            assert tab.js(f"{fake}.alt").endswith(f"step {tab.step()}")
            shown[tab.step()] = tab.cursor(), tab.all(".legend .value")[0]
        assert list(shown) == [12, 8, 4, 0]
        cursors = [cursor for cursor, _ in shown.values()]
        assert cursors[0] > cursors[3] > 0
        np.testing.assert_allclose(np.diff(cursors), (cursors[3] - cursors[0]) / 3)
        for line in lines:
            expected = [line["d_loss"], line["val_d_loss"]]
            found = re.findall(r"-?[\d.]+", shown[line["step"]][1])
            np.testing.assert_allclose([float(one) for one in found], expected, rtol=1e-3)
        assert shown[0][1].startswith("not yet known")
        # The latest walk before a step is shown, and there is none of step 4.
        assert "first drawn at step 12" in tab.all("[data-kind=walk] .of-step")

    def test_it_plays(self, tab):
        choose(tab, "a")
        tab.press("Home")
        tab.press(" ")
        tab.wait("document.querySelector('.step').textContent.startsWith('step 12')")
        tab.wait("document.querySelector('.play').ariaLabel === 'Play all steps'")

    def test_curves_zoom_and_go_back(self, tab):
        choose(tab, "a")
        tab.press("Home")
        ticks = tab.all(".chart .tick")
        tab.js("document.querySelector('.zoom button').click()")
        assert tab.all(".chart .tick") != ticks
        chart = "document.querySelector('.chart svg')"
        tab.js(f"{chart}.dispatchEvent(new MouseEvent('dblclick', {{bubbles: true}}))")
        assert tab.all(".chart .tick") == ticks

    def test_two_runs_stand_side_by_side_with_what_differs(self, tab, runs):
        choose(tab, "a", "b")
        rows = tab.all(".flags tbody tr", "innerText")
        assert [row.split() for row in rows] == [["--lr", "0.002", "0.5"]]
        # They are copies: their last numbers are equal, and are those of the file.
        numbers = [row.split() for row in tab.all(".compared tbody tr", "innerText")]
        last = read_lines(runs / "a" / "metrics.jsonl")[0][-1]
        d_loss = next(row for row in numbers if row[0] == "d_loss")
        assert d_loss[1] == d_loss[2]
        assert float(d_loss[1]) == pytest.approx(last["d_loss"], rel=1e-3)
        tab.press("End")
        assert tab.all(".verdict", "dataset.state") == ["early", "trouble"]
        assert "The generator has collapsed" in tab.all(".verdict strong")
        assert "Raise --r1 or --gp=1." in tab.all(".advice")
        # A finished run does not go on, and none of its checkpoints is worth a word.
        assert tab.all(".happened") == [
            "Nothing to report.",
            "! step 8 The generator has collapsed: found three times, and stays."
            "All alike. What to do: Raise --r1 or --gp=1.",
        ]
        tab.press("Home")
        assert tab.all(".verdict", "dataset.state") == ["early", "early"]
        # What happened leads to its step.
        tab.js("document.querySelector('.happened .link').click()")
        assert tab.step() == 8
        assert "trouble" in tab.all(".verdict", "dataset.state")

    def test_pictures_and_marks_of_two_runs_do_not_depend_on_each_other(self, tab):
        choose(tab, "a", "b")
        tab.wait("[...document.images].every((one) => one.complete)")
        tops = tab.all("[data-kind=fake] img", "getBoundingClientRect().top")
        assert len(tops) == 2 and tops[0] == tops[1]
        titles = tab.all(".mark", "title")
        lines = tab.all(".mark", "parentNode.getBoundingClientRect().top")
        line_of = {title[:2]: line for title, line in zip(titles, lines, strict=True)}
        assert line_of["a,"] != line_of["b,"] and len(set(lines)) == 2

    def test_it_follows_the_dark_mode_of_tensorboard(self, tab):
        backs = []
        for mode in ("add", "remove"):
            # TensorBoard's class of the page around the tab, which is here the same.
            tab.js(f"document.body.classList.{mode}('dark-mode')")
            theme = "dark" if mode == "add" else "light"
            tab.wait(f"document.documentElement.dataset.theme === '{theme}'")
            backs.append(tab.js("getComputedStyle(document.body).backgroundColor"))
        assert backs == ["rgb(34, 38, 43)", "rgb(255, 255, 255)"]

    def test_everything_to_press_has_a_name_and_every_picture_a_text(self, tab):
        choose(tab, "a", "b")
        tab.press("End")
        for names in (
            tab.all("button", "ariaLabel || one.textContent"),
            tab.all("input", "ariaLabel || one.labels[0].textContent"),
            tab.all("svg", "ariaLabel"),
            tab.all("img:not([hidden])", "alt"),
        ):
            assert names and all(names)

    def test_on_a_narrow_window_nothing_sticks_out(self, tab, browser):
        choose(tab, "a", "b")
        browser.set_window_size(500, 900)
        wide = tab.js("document.documentElement.scrollWidth - window.innerWidth")
        cells = "[...document.querySelectorAll('.number')]"
        tab.js("window.range = document.createRange()")
        lines = tab.js(
            f"{cells}.map((one) => (range.selectNodeContents(one),"
            " range.getClientRects().length))"
        )
        # A flag is found at each width by some word that does not fit before it.
        flags = tab.all(".flag", "getClientRects().length")
        browser.set_window_size(1400, 1000)
        assert wide <= 0
        assert tab.all(".flag")[:2] == ["--r1", "--gp=1"] and set(flags) == {1}
        assert set(lines) == {1}


class TestReport:
    def test_opens_from_a_file_and_shows_the_same(self, runs, browser, tmp_path):
        path = tmp_path / "four.html"
        others = [shutil.copytree(runs / "a", tmp_path / name) for name in ("a1", "a2")]
        for seed, other in enumerate(others, start=1):
            text = (other / "flags.txt").read_text().replace("--seed=0", f"--seed={seed}")
            (other / "flags.txt").write_text(text)
            kid = {"value": 0.3 + 0.2 * seed, "n": (100, 2_000)[seed - 1]}
            numbers = {"step": 12, "num_real": 30, "results": {"kid": kid}}
            (other / "evaluation.json").write_text(json.dumps(numbers))
        Page(runs / "a", *others, runs / "b").save(path)
        browser.get_log("browser")
        browser.get(path.as_uri())
        tab = Tab(browser)
        tab.wait("document.querySelectorAll('.verdict').length === 2")
        assert tab.errors() == []
        # One of each kind is shown, and what differs is said of all.
        assert tab.all("h1") == ["a", "b"]
        assert tab.all(".chooser legend") == ["2 of 4 runs shown"]
        assert tab.all(".flags tr", "innerText.split(/\\s+/)") == [
            ["", "a", "a1", "a2", "b"],
            ["--lr", "0.002", "0.002", "0.002", "0.5"],
            ["--seed", "0", "1", "2", "0"],
        ]
        # A picture that is decoded later is missing where the page is captured at once.
        assert set(tab.all("img", "decoding")) == {"sync"}
        tab.press("ArrowLeft")
        tab.wait(
            "[...document.images].every((one) => one.hidden || one.naturalWidth > 0)"
        )
        assert tab.step() == 8
        rows = [row.split() for row in tab.all("table tbody tr", "innerText")]
        line = read_lines(runs / "a" / "metrics.jsonl")[0][-1]
        (of_all, d_loss, _) = [row for row in rows if row[0] == "d_loss"]
        assert of_all == ["d_loss", *[d_loss[1]] * 4]  # They are copies.
        kid = next(row for row in rows if row[0] == "kid,")
        assert " ".join(kid) == "kid, evaluated 0.5 (100 samples) 0.7 (2,000 samples)"
        assert float(d_loss[1]) == pytest.approx(line["d_loss"], rel=1e-3)
        assert float(d_loss[3]) == pytest.approx(2 * np.log(2), rel=1e-3)

    def test_a_value_from_before_the_moment_says_its_step(self, browser, tmp_path):
        lines = [
            {"step": 100, "split": "train", "numbers": {"1 losses/d_loss": 1.5}},
            {"step": 300, "split": "train", "numbers": {"1 losses/d_loss": 1.25}},
            {"step": 200, "split": "train", "numbers": {"health/diversity": 0.5}},
            {"step": 250, "split": "train", "numbers": {"1 losses/d_loss": 2.0}},
        ]
        lines.sort(key=lambda line: line["step"])
        (tmp_path / "curves.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
        (tmp_path / "metrics.jsonl").write_text('{"epoch": 1, "step": 300}\n')
        Page(tmp_path).save(tmp_path / "one.html")
        browser.get((tmp_path / "one.html").as_uri())
        tab = Tab(browser)
        tab.wait("document.querySelector('.verdict')")
        assert tab.all(".legend .value") == ["1.25", "0.5 (step 200)"]
        # Nothing was measured: no column says on what.
        assert tab.all("thead th")[-1] == "equilibrium, or real samples"

    def test_cautions_stand_below_the_numbers(self, browser, tmp_path):
        for name, found in (("a", ["19 <b> are few.", "Once:\n  do it"]), ("b", [])):
            (tmp_path / name).mkdir()
            line = {"epoch": 1, "step": 300, "d_loss": 1.0}
            (tmp_path / name / "metrics.jsonl").write_text(json.dumps(line) + "\n")
            measured = json.dumps({"cautions": found})
            (tmp_path / name / "evaluation.json").write_text(measured)
        Page(tmp_path / "a", tmp_path / "b").save(tmp_path / "both.html")
        browser.get_log("browser")
        browser.get((tmp_path / "both.html").as_uri())
        tab = Tab(browser)
        tab.wait("document.querySelectorAll('.verdict').length === 2")
        assert tab.errors() == []
        lines = tab.all(".scrolls + .cautions li", "innerText")
        assert lines == ["19 <b> are few.", "Once:\ndo it"]

    def test_axes_and_levels_say_what_they_are(self, browser, tmp_path):
        numbers = {"d_accuracy": 0.6, "fake_score": 0.4, "real_score": 0.6}
        loss = {"1 losses/d_loss": 1.386, "1 losses/g_loss": 0.693}
        lines = [
            {"step": 5000, "split": "train", "numbers": loss},
            {"step": 5000, "split": "equilibrium", "numbers": loss},
        ]
        (tmp_path / "curves.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
        line = {"epoch": 1, "step": 5000, **numbers}
        (tmp_path / "metrics.jsonl").write_text(json.dumps(line) + "\n")
        Page(tmp_path).save(tmp_path / "one.html")
        browser.get((tmp_path / "one.html").as_uri())
        tab = Tab(browser)
        tab.wait("document.querySelector('.verdict')")
        charts = "[...document.querySelectorAll('.titled')]"
        chart = f"{charts}.find((one) => one.textContent.startsWith('%s'))"
        texts = f"[...{chart}.querySelectorAll('svg %s')].map((one) => one.textContent)"
        levels = [f"equilibrium {level}" for level in (1.386, 0.693, 0.5)]
        assert tab.all(".of-level") == levels
        ticks = tab.js(texts % ("scores", ".tick"))
        assert {"0", "1"} <= set(ticks) and ticks[-1] == "5,000"
        cut = """[...document.querySelectorAll('.chart svg')].some((svg) =>
            [...svg.querySelectorAll('.tick')].some((one) =>
                one.getBoundingClientRect().right > svg.getBoundingClientRect().right))"""
        assert not tab.js(cut)

    def test_a_notebook_shows_it(self, runs, browser, tmp_path):
        (tmp_path / "cell.html").write_text(Page(runs / "a")._repr_html_(), "utf-8")
        browser.get((tmp_path / "cell.html").as_uri())
        inside = "document.querySelector('iframe')?.contentDocument?"
        Tab(browser).wait(f"{inside}.querySelector('.verdict')?.textContent")

    def test_a_run_leaves_one_behind(self, runs):
        assert {"report.html", "README.md"} <= {p.name for p in (runs / "a").iterdir()}

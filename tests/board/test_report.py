"""`report.html` is one file that stays small; the model card keeps what is a user's."""

import html
import json
import os
import re
import shutil

import numpy as np
import pytest

from keras_gan.board.model_card import write_model_card
from keras_gan.board.report import Page
from keras_gan.cli import report
from keras_gan.storage.pictures import save_png
from support import refused

NAME = "</script><b>&"


def noise(side, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype="uint8")


@pytest.fixture
def run_dir(tmp_path):
    folder = tmp_path / "a"
    (folder / "images").mkdir(parents=True)
    lines = [{"epoch": n, "step": 10 * n, "d_loss": 1 / n} for n in (1, 2, 3)]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "metrics.jsonl").write_text(text)
    (folder / "classes.json").write_text(json.dumps({"0": {"name": NAME, "samples": 7}}))
    (folder / "flags.txt").write_text("# Began as --preset=mlp\n--lr=0.1\n--noexact\n")
    measured = {"value": 5.0, "uncertainty": 0.5, "n": 100}
    floor = {"value": 1.0, "uncertainty": 0.25}
    evaluation = {"results": {"kid": measured}, "floor": {"kid": floor}}
    evaluation["cautions"] = ["19 <b> are few.", "Make one, once:\n  do --it=a_b"]
    (folder / "evaluation.json").write_text(json.dumps(evaluation))
    save_png(folder / "images" / "fake_000000.png", noise(8))
    return folder


def read(path):
    """The file, and the data that it holds."""
    text = path.read_text("utf-8")
    (data,) = re.findall(
        r'<script type="application/json" id="runs">(.*?)</script>', text
    )
    return text, json.loads(data)


class TestReport:
    def test_holds_numbers_pictures_and_page_and_asks_nobody(self, run_dir):
        Page(run_dir).save(run_dir / "report.html")
        text, data = read(run_dir / "report.html")
        (run,) = data["runs"]
        assert run["curves"]["d_loss"]["points"]["train"] == [
            [10, 20, 30],
            [1, 1 / 2, 1 / 3],
        ]
        assert run["classes"]["0"]["name"] == NAME
        picture = data["pictures"]["a"]["fake_000000.png"]
        assert picture.startswith("data:image/png;base64,")
        addresses = set(re.findall(r"\b(?:https?:)?//[\w.]+[^\s\"'`]*", text))
        assert {a for a in addresses if "." in a} <= {"http://www.w3.org/2000/svg"}
        assert not re.search(r"^\s*(import|export) ", text, re.M)
        # Without JavaScript it still is the run's numbers.
        assert "<td>kid</td><td>5.0</td><td></td><td>1.0</td>" in text
        assert "<li>19 &lt;b&gt; are few.</li>" in text

    def test_pictures_are_left_out_evenly_until_the_file_is_small(self, run_dir):
        for step in range(64):
            path = run_dir / "images" / f"fake_{step:06d}.png"
            path.write_bytes(bytes(250_000))  # 21 MB of them, as base64
        save_png(run_dir / "images" / "real.png", noise(400))
        Page(run_dir).save(run_dir / "report.html")
        assert (run_dir / "report.html").stat().st_size < 8e6
        _, data = read(run_dir / "report.html")
        fake, real = data["runs"][0]["pictures"]
        assert fake["steps"] == [*range(0, 64, 4), 63]
        assert "47 pictures are left out, to keep this file small." in fake["about"]
        assert set(data["pictures"]["a"]) == {*fake["files"], "real.png"}
        assert real["files"] == ["real.png"]
        assert data["pictures"]["a"]["real.png"].startswith("data:image/jpeg;base64,")

    def test_a_damaged_picture_is_left_out(self, run_dir):
        (run_dir / "images" / "fake_000010.png").write_bytes(b"x" * 400_000)
        Page(run_dir).save(run_dir / "report.html")
        _, data = read(run_dir / "report.html")
        assert data["runs"][0]["pictures"][0]["steps"] == [0]

    def test_of_several_runs_says_which_is_which(self, run_dir, tmp_path):
        other = tmp_path / "more" / "a"
        other.mkdir(parents=True)
        (other / "metrics.jsonl").write_text("")
        Page(run_dir, other).save(tmp_path / "both.html")
        _, data = read(tmp_path / "both.html")
        assert [run["name"] for run in data["runs"]] == [str(run_dir), str(other)]

    def test_another_file_of_that_name_stays(self, run_dir, tmp_path):
        path = tmp_path / "mine.html"
        path.write_text("mine")
        with pytest.raises(ValueError, match="mine.html was not written by keras_gan"):
            Page(run_dir).save(path)
        assert path.read_text() == "mine"

    def test_a_notebook_shows_it_in_a_frame_with_fewer_pictures(self, run_dir):
        for n in range(64):
            save_png(run_dir / "images" / f"fake_{n:06}.png", noise(150, n))
        page = Page(run_dir)
        page.save(run_dir / "report.html")
        saved, _ = read(run_dir / "report.html")
        shown = re.fullmatch(
            r'<iframe srcdoc="([^"<>]*)" .*</iframe>', page._repr_html_()
        )
        document = html.unescape(shown[1])
        assert len(document) < 3_000_000 < len(saved)
        assert document.startswith("<!DOCTYPE html>") and "report.js" not in document
        assert document.count("data:image/png") < saved.count("data:image/png")

    @pytest.mark.parametrize("names, words", [((), "needs"), (("images",), "metrics.js")])
    def test_what_is_no_run_has_no_page(self, run_dir, names, words):
        with pytest.raises(ValueError, match=words):
            Page(*[run_dir / name for name in names])


class TestModelCard:
    def test_says_what_the_run_says(self, run_dir):
        said = {"symptom": "collapsed", "text": "all alike"}
        events = (
            {"step": 10, "event": "unhealthy", **said},
            {"step": 20, "event": "recovered", "symptom": "collapsed"},
        )
        (run_dir / "events.jsonl").write_text("\n".join(map(json.dumps, events)) + "\n")
        write_model_card(run_dir)
        text = (run_dir / "README.md").read_text()
        # Without a folder of its own it would go on with the finished run.
        repeats = f"keras-gan-train --flagfile={run_dir}/flags.txt --run_dir=NEW"
        assert f"`{repeats}` repeats it" in text
        for part in (
            "for 30 generator steps",
            "It began as the preset mlp.",
            "--lr=0.1\n--noexact\n```",
            f"* class 0: {NAME}, 7 samples",
            "\nThe training data is not known.\n",
            # Of epochs of 10 steps: (1 + 1/2 + 1/3) / 3.
            "| d_loss | 0.6111 |  |  |  |",
            "| kid, evaluated | 5.00 ± 0.50 |  | 1.00 ± 0.25 | 100 samples |",
            "training are means of the last stretch, steps 1 to 30;",
            f"`keras-gan-sample --run_dir={run_dir}`",
            "same samples, features and split.\n* Evaluated numbers: 19 <b> are few.\n",
            "\n* Evaluated numbers: Make one, once: `do --it=a_b`\n",
            "* Step 10: The generator has collapsed: all alike; gone since step 20.",
            "## Licence",
        ):
            assert part in text, part
        assert "gan.keras" not in text
        write_model_card(run_dir)  # Its own is written again.
        assert (run_dir / "README.md").read_text() == text

    def test_a_class_that_is_called_by_its_number_is_named_once(self, run_dir):
        classes = {
            "0": {"name": "0", "samples": 7},
            "1": {"name": "0", "samples": 6},
            "2": {"samples": 5},
            "3": {"name": "3"},
        }
        (run_dir / "classes.json").write_text(json.dumps(classes))
        write_model_card(run_dir)
        data = (run_dir / "README.md").read_text().partition("## Data")[2]
        assert [line for line in data.splitlines() if line.startswith("* class")] == [
            "* class 0, 7 samples",
            "* class 1: 0, 6 samples",
            "* class 2, 5 samples",
            "* class 3",
        ]

    def test_names_gan_keras_unless_a_checkpoint_is_newer(self, run_dir):
        def names_it():
            write_model_card(run_dir)
            return "gan.keras" in (run_dir / "README.md").read_text()

        (run_dir / "gan.keras").touch()
        (run_dir / "checkpoints").mkdir()
        checkpoint = run_dir / "checkpoints" / "step-0000000030.json"
        checkpoint.touch()
        os.utime(checkpoint, (1, 1))
        assert names_it()
        os.utime(run_dir / "gan.keras", (0, 0))
        assert not names_it()
        os.utime(run_dir / "gan.keras", (2, 2))
        # Its step is not that of a run that went on, whatever a copy says of its time.
        (run_dir / "flags.txt").write_text("--dataset=mnist\n--steps=40\n")
        assert not names_it()

    def test_keeps_the_card_that_a_user_has_made_theirs(self, run_dir):
        (run_dir / "README.md").write_text("# My model\n")
        assert not write_model_card(run_dir)
        assert (run_dir / "README.md").read_text() == "# My model\n"


class TestCommand:
    def report(self, *arguments):
        own = report.define_flags()
        return report.main(own, *own(["report.py", *map(str, arguments)])[1:])

    def test_writes_into_the_folder_of_the_run(self, run_dir, capsys):
        self.report(run_dir)
        assert {"report.html", "README.md"} <= {path.name for path in run_dir.iterdir()}
        assert capsys.readouterr().out.endswith("report.html and README.md\n")
        (run_dir / "README.md").write_text("mine")
        self.report(run_dir)
        assert capsys.readouterr().out.endswith("README.md is yours, and stays\n")

    def test_or_where_it_is_told(self, run_dir, tmp_path):
        self.report(run_dir, f"{run_dir}/", f"--output={tmp_path}/one.html")
        assert len(read(tmp_path / "one.html")[1]["runs"]) == 1
        assert not (run_dir / "report.html").exists()

    def test_a_pattern_that_no_shell_has_expanded(self, run_dir, tmp_path):
        runs = tmp_path / "runs"
        for name in "ab":
            shutil.copytree(run_dir, runs / name)
        (runs / "notes.txt").touch()
        self.report(runs / "*", runs / "a", f"--output={tmp_path}/both.html")
        assert len(read(tmp_path / "both.html")[1]["runs"]) == 2

    def test_mistakes_are_named(self, run_dir, tmp_path):
        with refused(f"no folder matches {tmp_path}/z*"):
            self.report(tmp_path / "z*")
        with refused("Name the folder of a run"):
            self.report()
        with refused(f"{tmp_path} is not the folder of a run"):
            self.report(tmp_path)
        with pytest.raises(ValueError, match="no metrics.jsonl: train with callbacks="):
            Page(tmp_path)
        (tmp_path / "versions.json").write_text("{}")
        with pytest.raises(ValueError, match="RunLog has begun .* no epoch has ended"):
            Page(tmp_path)
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "metrics.jsonl").write_text("")
        with refused("--output is needed for several runs"):
            self.report(run_dir, tmp_path / "b")

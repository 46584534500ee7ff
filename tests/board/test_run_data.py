"""What the page knows of a run: from whole, growing, damaged and foreign folders."""

import json
import os
import time

import numpy as np
import pytest

from keras_gan.board.run_data import read_run, thinned
from keras_gan.board.runs import find_runs, list_pictures
from keras_gan.logs import TABLE, tag_of


def write(folder, name, *lines):
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / name).write_text(text)


def point(step, split="train", **numbers):
    tags = {TABLE[name].tag: value for name, value in numbers.items()}
    return {"step": step, "split": split, "numbers": tags}


def epoch(step, **numbers):
    return {"epoch": 1, "step": step, **numbers}


class TestCurves:
    def test_points_stand_beside_those_of_unseen_samples_and_equilibrium(self, tmp_path):
        write(
            tmp_path,
            "curves.jsonl",
            point(50, d_loss=1.0),
            point(50, "equilibrium", d_loss=1.386),
            {"step": 50, "split": "train", "numbers": {"other/mine": 7}},
            {"step": 100, "split": "eval", "numbers": {"3 evaluation/kid": 0.5}},
            {"step": 100, "split": "equilibrium", "numbers": {"3 evaluation/kid": 0.1}},
            {"step": 100, "split": "eval", "about": {"3 evaluation/kid": "Distance."}},
            point(100, d_loss=2.0),
            point(100, "eval", d_loss=3.0),
            point(100, diversity=0.9),
        )
        run = read_run(tmp_path)
        curves = run["curves"]
        expected = {"train": [[50, 100], [1.0, 2.0]], "unseen": [[100], [3.0]]}
        assert curves["d_loss"]["points"] == expected
        assert curves["d_loss"]["level"] == 1.386
        assert curves["kid"]["level"] == 0.1 and curves["kid"]["about"] == "Distance."
        assert curves["diversity"]["level"] == 1.0  # What the table of logs says.
        titles = {chart["title"]: chart["curves"] for chart in run["charts"]}
        assert list(titles) == ["losses", "kid", "diversity", "mine"]
        assert run["step"] == 100

    def test_a_folder_of_before_has_its_epochs(self, tmp_path):
        numbers = {"d_loss": 1.0, "val_d_loss": 1.5, "evaluation/kid": 0.2}
        write(tmp_path, "metrics.jsonl", epoch(5, **numbers), epoch(9, d_loss=2.0))
        curves = read_run(tmp_path)["curves"]
        assert curves["d_loss"]["points"] == {
            "train": [[5, 9], [1.0, 2.0]],
            "unseen": [[5], [1.5]],
        }
        assert curves["d_loss"]["about"] == TABLE["d_loss"].description()
        assert curves["kid"]["points"] == {"unseen": [[5], [0.2]]}

    def test_values_that_are_not_finite_are_left_out(self, tmp_path):
        write(tmp_path, "metrics.jsonl", epoch(5, d_loss=None), epoch(9, d_loss=2.0))
        assert read_run(tmp_path)["curves"]["d_loss"]["points"]["train"] == [[9], [2.0]]

    def test_many_points_become_few_that_keep_extremes_and_ends(self):
        values = np.sin(np.arange(100_000) / 700)
        values[[1234, 77_777]] = 50.0, -50.0
        steps, kept = thinned(list(enumerate(values.tolist())), buckets=100)
        assert len(steps) <= 202 and steps == sorted(set(steps))
        assert {0, 1234, 77_777, 99_999} <= set(steps)
        assert all(values[step] == value for step, value in zip(steps, kept, strict=True))


class TestFilesThatAreNotWhole:
    def test_half_a_line_is_being_written(self, tmp_path):
        write(tmp_path, "metrics.jsonl", epoch(5, d_loss=1.0))
        with open(tmp_path / "metrics.jsonl", "a") as file:
            file.write('{"epoch": 2, "st')
        run = read_run(tmp_path)
        assert run["step"] == 5 and run["problems"] == []

    def test_damage_is_a_sentence_and_the_rest_is_shown(self, tmp_path):
        write(tmp_path, "metrics.jsonl", epoch(5, d_loss=1.0), [], {"step": "x"})
        for name in ("classes.json", "density.json", "divergence.json"):
            (tmp_path / name).write_text("{")
        (tmp_path / "evaluation.json").write_text("[1]")
        (tmp_path / "events.jsonl").write_bytes(b"\xff\xfe\n")
        (tmp_path / "flags.txt").write_bytes(b"\xff\xfe--lr=1")
        (tmp_path / "curves.jsonl").mkdir()
        run = read_run(tmp_path)
        assert run["curves"]["d_loss"]["points"]["train"] == [[5], [1.0]]
        damaged = {problem.partition(" ")[0] for problem in run["problems"]}
        assert damaged == {
            "metrics.jsonl",
            "curves.jsonl",
            "events.jsonl",
            "classes.json",
            "density.json",
            "divergence.json",
            "evaluation.json",
            "flags.txt",
        }
        assert len(run["problems"]) == len(damaged)

    def test_content_of_another_shape_does_no_harm(self, tmp_path):
        write(tmp_path, "curves.jsonl", {"step": 1, "numbers": [1], "about": 2})
        write(tmp_path, "events.jsonl", {"step": 1}, {"step": 2, "event": ["x"]})
        write(tmp_path, "evaluation.json", {"results": {"kid": None}, "floor": 3})
        write(tmp_path, "classes.json", {"0": "cat"})
        run = read_run(tmp_path)
        assert run["problems"] == [] and run["curves"] == {} and run["events"] == []

    def test_an_empty_folder_is_a_run_of_no_steps(self, tmp_path):
        write(tmp_path, "curves.jsonl")
        run = read_run(tmp_path)
        assert run["step"] == 0 and run["pictures"] == []
        (verdict,) = run["verdicts"]
        assert (verdict["state"], verdict["title"]) == (
            "early",
            "Too early to say: 0 steps",
        )


SAID = {"text": "the samples are alike", "advice": "Raise R1"}


class TestVerdicts:
    @pytest.fixture
    def said(self, tmp_path):
        """What is said at each step of a run with these events."""

        healthy = [point(400, diversity=0.9)]

        def said(*events, points=healthy, divergence=None, flags="", measured=None):
            (tmp_path / "flags.txt").write_text(flags)
            write(tmp_path, "evaluation.json", measured or {})
            write(tmp_path, "events.jsonl", *events)
            write(tmp_path, "curves.jsonl", *points)
            if divergence:
                write(tmp_path, "divergence.json", divergence)
            verdicts = read_run(tmp_path)["verdicts"]
            return {one["step"]: one for one in verdicts}

        return said

    def test_a_symptom_comes_becomes_trouble_and_goes(self, said):
        found = said(
            {"step": 401, "event": "suspected", "symptom": "collapsed", **SAID},
            {"step": 403, "event": "unhealthy", "symptom": "collapsed", **SAID},
            {"step": 404, "event": "recovered", "symptom": "collapsed"},
        )
        states = {step: one["state"] for step, one in found.items()}
        assert states == {
            0: "early",
            400: "quiet",
            401: "watch",
            403: "trouble",
            404: "quiet",
        }
        assert found[403]["title"] == "The generator has collapsed"
        assert found[403]["advice"] == "Raise R1."
        assert ", since step 401." in found[403]["text"]
        assert found[401]["title"] == "To watch: The generator has collapsed"
        assert "three checks in a row" in found[401]["text"]
        assert found[401]["advice"].endswith("If it stays: raise R1.")
        # One name, also of what is gone, and since when.
        assert found[400]["title"].startswith("No alarm; ")
        assert found[404]["title"].startswith("No alarm now: ")
        assert found[404]["text"].startswith(
            "The generator has collapsed: found at step 401, gone since step 404. "
        )

    def test_early_in_a_run_classes_may_still_come(self, said):
        found = {"event": "unhealthy", "symptom": "one-sided", **SAID}
        early = said({"step": 400, **found}, flags="--steps=5000\n")[400]
        assert early["state"] == "watch"
        assert early["title"] == "To watch: The generator misses classes"
        assert "Early in a run, classes are often still to come." in early["text"]
        assert early["advice"] == "Wait for the next checks. If it stays: raise R1."
        later = said({"step": 400, **found}, flags="--steps=700\n")[400]
        assert later["state"] == "trouble"
        # Nothing else passes by itself.
        other = {**found, "symptom": "collapsed"}
        assert (
            said({"step": 400, **other}, flags="--steps=5000\n")[400]["state"]
            == "trouble"
        )

    def test_what_nobody_checked_is_not_said_to_be_well(self, said):
        scores = {"real_score": 0.97, "fake_score": 0.05}
        levels = point(400, "equilibrium", real_score=0.5, fake_score=0.5)
        points = point(400, **scores), levels
        won = said(points=points)[400]
        assert won["title"] == "The discriminator is far ahead"
        assert won["text"].startswith("G may learn little from here on.")
        checked = point(400, **scores, diversity=0.9), levels
        assert said(points=checked)[400]["text"].startswith(
            "No check has found a symptom"
        )
        open_ended = said(points=points[:1])[400]
        assert open_ended["title"] == "Not checked: judge by the pictures"
        assert "keras_gan.callbacks.Health" in open_ended["text"]

    @pytest.mark.parametrize("n, state", [(10_000, "watch"), (20_000, "quiet")])
    def test_a_floor_of_far_fewer_is_no_yardstick_for_what_changes_with_n(
        self, n, state, said
    ):
        results = {"recall": {"value": 0.02, "n": n}}
        floor = {"recall": {"value": 0.9, "n": 3_000}}
        measured = {"step": 400, "results": results, "floor": floor}
        measured["changes_with_n"] = ["recall"]
        assert said(measured=measured)[400]["state"] == state
        assert said(measured={**measured, "changes_with_n": []})[400]["state"] == "watch"

    def test_of_few_real_samples_nothing_is_green_and_it_says_so(self, said):
        results = {"precision": {"value": 0.8, "n": 500}}
        floor = {"precision": {"value": 0.9, "n": 500}}
        measured = {"step": 400, "results": results, "floor": floor, "num_real": 40}
        assert said(measured=measured)[400]["state"] == "well"
        few = said(measured={**measured, "is_of_few": True})[400]
        assert few["state"] == "quiet"
        assert "against only 40 real ones it is mostly noise" in few["text"]

    def test_of_a_run_that_is_over_no_next_check_is_promised(self, said):
        found = {"step": 400, "event": "suspected", "symptom": "collapsed", **SAID}
        advice = said(found, flags="--steps=400\n")[400]["advice"]
        assert advice == "Train longer, and see. If it stays: raise R1."

    def test_what_comes_again_is_not_gone(self, said, tmp_path):
        of = {"symptom": "of tomorrow"}
        found = said(
            {"step": 401, "event": "suspected", **of, **SAID},
            {"step": 402, "event": "recovered", **of},
            {"step": 403, "event": "suspected", **of, **SAID},
            {"step": 404, "event": "suspected", "symptom": "frozen", **SAID},
            {"step": 405, "event": "recovered", "symptom": "frozen"},
            {"step": 406, "event": "recovered", **of},
            {"step": 407, "event": "suspected", **of, **SAID},
        )
        name = "The samples are alike"  # What is said of a symptom without a name.
        events = [e for e in read_run(tmp_path)["events"] if e["symptom"] != "frozen"]
        assert {event["name"] for event in events} == {name}
        assert [e["gone"] for e in events if "gone" in e] == [402, 406, None]
        assert found[405]["title"] == found[407]["title"] == f"To watch: {name}"
        assert f"{name}: found at step 403, gone since step 406." in found[406]["text"]
        assert "step 401" not in found[406]["text"]

    def test_of_two_symptoms_one_may_stay(self, said):
        found = said(
            {"step": 3, "event": "unhealthy", "symptom": "frozen", **SAID},
            {"step": 3, "event": "unhealthy", "symptom": "saturated", **SAID},
            {"step": 4, "event": "recovered", "symptom": "frozen"},
        )
        assert found[3]["title"] == "The generator stands still"
        assert "Also: the discriminator has won." in found[3]["text"]
        assert found[4]["title"] == "The discriminator has won"

    @pytest.mark.parametrize("recall", [0.1, 0.9])
    def test_a_number_that_is_far_off_counts_beside_a_good_one(self, said, recall):
        good = {"value": 0.5, "uncertainty": 0.1}
        floor = {"kid": {"value": 0.4, "uncertainty": 0.1}, "recall": {"value": 0.98}}
        results = {"kid": good, "recall": {"value": recall, "uncertainty": 0.04}}
        measured = {"step": 400, "results": results, "floor": floor}
        verdict = said(measured=measured)[400]
        if recall == 0.1:
            assert (
                verdict["state"] == "watch"
                and "recall is 0.100 ± 0.040" in verdict["text"]
            )
        else:
            assert verdict["state"] == "well" and "kid is 0.50 ± 0.10" in verdict["text"]

    def test_each_number_that_is_far_off_is_told(self, said):
        names = ("precision", "recall", "coverage", "agreement")
        results = {name: {"value": 0.1, "n": 900} for name in names}
        floor = {name: {"value": 0.9, "n": 300} for name in names}
        measured = {"step": 400, "results": results, "floor": floor}
        text = said(measured=measured)[400]["text"]
        assert text.startswith(
            "precision of 900 samples is 0.1 at step 400, where 300 real"
        )
        assert "recall of" in text and "coverage of" in text
        assert " Far off, too: agreement. " in text

    def test_what_was_measured_twice_counts_once(self, said):
        names = ("precision", "recall", "coverage", "agreement")
        results = {name: {"value": 0.1, "n": 900} for name in names}
        floor = {name: {"value": 0.9, "n": 300} for name in names}
        measured = {"step": 400, "results": results, "floor": floor}
        while_training = [
            {"step": 400, "split": "eval", "numbers": {tag_of("evaluation/recall"): 0.1}},
            {
                "step": 400,
                "split": "equilibrium",
                "numbers": {tag_of("evaluation/recall"): 0.9},
            },
        ]
        points = [point(400, diversity=0.9), *while_training]
        text = said(measured=measured, points=points)[400]["text"]
        assert text.count("recall") == 1 and "Far off, too: agreement." in text

    def test_a_mean_begins_where_logging_began(self, said):
        points = [
            point(200, real_score=0.6, fake_score=0.5),
            point(240, real_score=0.8, fake_score=0.3),
            point(240, split="equilibrium", real_score=0.5, fake_score=0.5),
        ]
        text = said({"step": 160, "event": "continued"}, points=points)[240]["text"]
        assert "0.70 for real samples" in text and "steps 161 to 240" in text

    def test_a_short_run_that_is_done_is_not_called_unfinished(self, said):
        flags = "--steps=150\n"
        points = [point(150, diversity=0.9)]
        assert said(points=points, flags=flags)[150]["title"].endswith(": 150 steps")
        far = {"value": 90.0, "uncertainty": 1.0}
        floor = {"value": 1.0, "uncertainty": 0.5}
        measured = {"step": 150, "results": {"fd": far}, "floor": {"fd": floor}}
        text = said(points=points, flags=flags, measured=measured)[150]["text"]
        assert text.startswith("Only 150 steps are done.")

    def test_divergence_is_named_with_its_step_and_numbers(self, said):
        broken = {"step": 7, "logs": {"d_loss": None, "g_loss": 1.0}}
        found = said(divergence=broken)
        assert found[0]["state"] == "early" and found[7]["state"] == "diverged"
        assert "At step 7 d_loss became NaN or infinite" in found[7]["text"]

    def test_before_the_first_check_it_is_too_early(self, said):
        points = (point(350, d_loss=1.0), point(600, diversity=0.5))
        found = said(points=points)
        assert found[350]["state"] == "early" and "step 600" in found[350]["text"]
        assert found[600]["state"] == "quiet"
        assert "Look at the pictures, or measure" in found[600]["text"]
        assert "between samples is 50 % of that between real" in found[600]["text"]

    @pytest.mark.parametrize(
        "flags, said_at",
        [
            ("", {299: "299 steps", 400: "", 600: ""}),
            ("--steps=1000\n", {299: "299 of 1,000 steps", 400: "400 of 1,000 steps"}),
            ("--steps=800\n", {399: "399 of 800 steps", 400: "", 600: ""}),
            ("--epochs=4\n", {400: "0 of 4 epochs", 500: "1 of 4 epochs", 700: ""}),
        ],
    )
    def test_of_a_run_that_has_just_begun_it_is_too_early(
        self, said, tmp_path, flags, said_at
    ):
        write(tmp_path, "metrics.jsonl", epoch(500), {"epoch": 2, "step": 700})
        points = [point(step, d_loss=1.0, diversity=1.0) for step in said_at]
        found = said(points=points, flags=flags)
        for step, k_of_n in said_at.items():
            title = f"Too early to say: {k_of_n}" if k_of_n else "No alarm; how good"
            assert found[step]["title"].startswith(title)

    @pytest.mark.parametrize(
        "name, value, floor, error, state",
        [
            # Ten times the floor plus its error.
            ("fd_classifier", 1.59, 0.1, 0.06, "well"),
            ("fd_classifier", 1.61, 0.1, 0.06, "watch"),
            ("kid", 0.0101, -0.002, 0.001, "watch"),
            ("kid", 0.0099, -0.002, 0.001, "well"),
            ("recall", 0.44, 0.9, 0.01, "watch"),
            ("recall", 0.46, 0.9, 0.01, "well"),
            ("parzen", -900.0, 225.0, 1.0, "quiet"),  # No scale says what is far.
        ],
    )
    def test_a_measured_number_far_from_its_floor_is_amber(
        self, said, name, value, floor, error, state
    ):
        measured = {
            "step": 400,
            "results": {"density": {"value": 1.0}, name: {"value": value}},
            "floor": {name: {"value": floor, "uncertainty": error}},
        }
        points = [point(step, diversity=1.0) for step in (400, 900)]
        found = said(measured=measured, points=points)
        assert found[400]["state"] == state
        beside = f"{name} is {value:.4g} at step 400, where real samples get "
        assert (beside in found[400]["text"]) == (state != "quiet")
        assert found[900]["state"] == "quiet"  # It says nothing of now.

    @pytest.mark.parametrize(
        "real, fake, level, state, word",
        [
            (0.52, 0.48, 0.5, "quiet", "hardly"),
            (0.79, 0.21, 0.5, "quiet", "somewhat ahead"),
            (0.81, 0.21, 0.5, "watch", "far ahead"),
            (0.79, 0.19, 0.5, "watch", "far ahead"),
            (0.95, 0.05, None, "quiet", ""),  # The loss leaves their level open.
        ],
    )
    def test_scores_say_who_is_ahead(self, said, real, fake, level, state, word):
        scores = {"real_score": real, "fake_score": fake}
        levels = dict.fromkeys(scores, level)
        points = [
            point(400, **scores, diversity=1.0),
            point(402, real_score=0.0, fake_score=1.0),  # A fragment of two steps.
            point(400, "equilibrium", **levels),
        ]
        found = said(points=points)[402]
        assert found["state"] == state and word in found["text"]
        assert ("real samples, " in found["text"]) == bool(word)

    def test_a_metric_says_where_it_came_from_and_where_it_should_go(self, said):
        kid = "3 evaluation/kid"
        points = [
            point(1, diversity=1.0),
            *({"step": s, "split": "eval", "numbers": {kid: 9 / s}} for s in (1, 3)),
            {"step": 3, "split": "equilibrium", "numbers": {kid: 0.1}},
            point(3, d_loss=1.0),
        ]
        assert said(points=points)[3]["text"].startswith(
            "kid is 3 at step 3, where real samples get 0.1. kid was 9 at first."
        )


class TestPictures:
    def test_are_of_steps_or_single_and_never_a_link_out_of_the_folder(self, tmp_path):
        write(tmp_path, "curves.jsonl")
        images = tmp_path / "images"
        images.mkdir()
        names = [f"fake_{step:06d}.png" for step in range(0, 10_000, 10)]
        more = ["walk_000020.png", "real.png", "mine_1000000.png", "losses.svg"]
        for name in (*names, *more, ".writing-1-x.png"):
            (images / name).write_bytes(b"")
        (images / "secret.png").symlink_to("/etc/passwd")
        pictures = {one["kind"]: one for one in read_run(tmp_path)["pictures"]}
        assert list(pictures) == ["fake", "real", "walk", "mine"]
        assert pictures["fake"]["files"] == names
        assert pictures["fake"]["steps"] == list(range(0, 10_000, 10))
        assert pictures["mine"]["steps"] == [1_000_000]
        assert pictures["real"]["steps"] == []
        assert list_pictures(tmp_path)[1] == ["real.png"]


@pytest.mark.parametrize(
    "jsd, title",
    [(0.004, "No alarm"), (0.6, "The samples are far"), (None, "No alarm")],
)
def test_the_divergence_of_known_densities_is_a_measured_number(tmp_path, jsd, title):
    checked = [epoch(step, diversity=0.9) for step in (200, 400)]
    write(tmp_path, "metrics.jsonl", *checked)
    write(tmp_path, "curves.jsonl", *checked)
    write(tmp_path, "density.json", {"step": 400, "jsd": jsd})
    *_, said = read_run(tmp_path)["verdicts"]
    assert said["title"].startswith(title)
    is_told = f"jsd is {jsd} at step 400: how far p_g is from p_data" in said["text"]
    assert is_told is (jsd is not None)
    assert said["state"] == {0.004: "well", 0.6: "watch", None: "quiet"}[jsd]


class TestNumbers:
    def test_are_the_last_ones_and_the_evaluated_ones_with_their_floors(self, tmp_path):
        lines = (epoch(100, d_loss=9.0), epoch(200, d_loss=3.0), epoch(202, d_loss=54.0))
        write(tmp_path, "metrics.jsonl", *lines)
        result = {"value": 5.0, "uncertainty": 0.5, "n": 100}
        result |= {"extractor": "classifier", "extra": {"num_real": 1000}}
        floor = {"value": 1.0, "uncertainty": 0.25, "n": 70}
        measured = {"results": {"kid": result}, "floor": {"kid": floor}}
        write(tmp_path, "evaluation.json", measured)
        write(tmp_path, "density.json", {"step": 2, "jsd": 0.01})
        run = read_run(tmp_path)
        rows = {row["name"]: row for row in run["numbers"]}
        # The last epoch is a fragment of 2 steps: (100 * 3 + 2 * 54) / 102.
        assert rows["d_loss"]["value"] == 4.0 and "steps 101 to 202;" in run["averaged"]
        assert rows["d_loss"]["unseen"] is None
        assert rows["jsd"]["value"] == 0.01 and rows["jsd"]["target"] == 0.0
        kid = rows["kid"]
        assert (kid["value"], kid["uncertainty"]) == (5.0, 0.5)
        assert (kid["target"], kid["target_uncertainty"]) == (1.0, 0.25)
        about = "100 samples, 1,000 real ones, 70 for the floor, extractor classifier"
        assert kid["measured_on"] == about
        assert kid["words"] == {"value": "5.00 ± 0.50", "target": "1.00 ± 0.25"}

    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            (["19 are few.", "Once:\n  a"], ["19 are few.", "Once:\n  a"]),
            (["19 are few.", 3, None], ["19 are few."]),
            ("few", []),
        ],
    )
    def test_cautions_are_those_of_the_evaluation(self, given, shown, tmp_path):
        write(tmp_path, "curves.jsonl")
        assert read_run(tmp_path)["cautions"] == []
        write(tmp_path, "evaluation.json", {"cautions": given})
        assert read_run(tmp_path)["cautions"] == shown

    def test_words_and_table_are_of_one_last_stretch_of_all_points(self, tmp_path):
        # Too many to draw; those that are drawn would have another mean.
        steps = range(50, 100_001, 50)
        scores = {s: 0.9 if s % 500 == 0 else 0.6 for s in steps}
        points = (point(s, real_score=r, fake_score=0.5) for s, r in scores.items())
        levels = point(50, "equilibrium", real_score=0.5, fake_score=0.5)
        write(tmp_path, "curves.jsonl", *points, levels)
        epochs = (epoch(s, real_score=0.6) for s in (87_000, 100_000))
        write(tmp_path, "metrics.jsonl", *epochs)
        run = read_run(tmp_path)
        over = "means of the last stretch, steps 90,001 to 100,000"
        assert over in run["averaged"]
        early, text = (run["verdicts"][i]["text"] for i in (1, -1))
        assert "means of the last stretch, steps 1 to 50)" in early
        assert "0.63 for real samples" in text and over in text  # (9 * 0.6 + 0.9) / 10
        (row,) = [one for one in run["numbers"] if one["name"] == "real_score"]
        np.testing.assert_allclose(row["value"], 0.63)
        assert len(run["curves"]["real_score"]["points"]["train"][0]) < len(steps)

    def test_flags_are_those_that_make_the_run(self, tmp_path):
        write(tmp_path, "curves.jsonl")
        text = "# Began as --preset=mlp\n--augment=\n--lr=0.1\n--nodropout\n--packed\n"
        (tmp_path / "flags.txt").write_text(text + "--resume=auto\n--run_dir=a=b\n")
        assert read_run(tmp_path)["flags"] == {
            "--preset": "mlp",
            "--augment": "",
            "--lr": "0.1",
            "--dropout": False,
            "--packed": True,
        }

    @pytest.mark.parametrize("steps, counts", [("9", "--steps"), ("", "--epochs")])
    def test_of_two_lengths_the_one_that_counts_is_shown(self, tmp_path, steps, counts):
        write(tmp_path, "curves.jsonl")
        (tmp_path / "flags.txt").write_text(f"--epochs=80\n--steps={steps}\n")
        shown = {flag for flag, value in read_run(tmp_path)["flags"].items() if value}
        assert shown == {counts}

    def test_the_verdict_tells_real_samples_that_were_not_trained_on(self, tmp_path):
        scores = {"real_score": 0.6, "fake_score": 0.4, "diversity": 0.9}
        levels = point(400, "equilibrium", real_score=0.5, fake_score=0.5)
        points = [point(s, **scores) for s in (400, 500)]
        write(tmp_path, "curves.jsonl", *points, levels)
        epochs = [epoch(s, **scores, val_real_score=s / 1000) for s in (400, 500)]
        write(tmp_path, "metrics.jsonl", *epochs)
        found = {one["step"]: one["text"] for one in read_run(tmp_path)["verdicts"]}
        assert "0.60 for real samples, 0.40 for real ones not trained on" in found[400]
        assert ", 0.50 for real ones not trained on, 0.40 for fakes" in found[500]

    @pytest.mark.parametrize(
        ("accuracy", "word"), [(0.6, "can hardly tell"), (0.99, "yet tells 99 %")]
    )
    def test_scores_that_are_alike_may_still_tell_apart(self, accuracy, word, tmp_path):
        scores = {"real_score": 0.52, "fake_score": 0.49, "diversity": 0.9}
        levels = point(400, "equilibrium", real_score=0.5, fake_score=0.5)
        trouble = {"step": 400, "event": "unhealthy", "symptom": "collapsed", **SAID}
        write(tmp_path, "curves.jsonl", point(400, **scores), levels)
        write(tmp_path, "metrics.jsonl", epoch(400, **scores, val_d_accuracy=accuracy))
        write(tmp_path, "events.jsonl", trouble)
        text = read_run(tmp_path)["verdicts"][-1]["text"]
        assert word in text
        # What would be a good sign is none beside an alarm.
        assert ("here, that is no success" in text) == ("hardly" in word)


class TestFindRuns:
    def test_from_above_from_the_folder_and_from_its_event_files(self, tmp_path):
        write(tmp_path / "a", "metrics.jsonl")
        write(tmp_path / "deep" / "b", "curves.jsonl")
        (tmp_path / "a" / "tensorboard" / "train").mkdir(parents=True)
        (tmp_path / "neither").mkdir()
        both = {"a": f"{tmp_path}/a", "deep/b": f"{tmp_path}/deep/b"}
        assert find_runs(tmp_path) == both
        assert find_runs(tmp_path / "a") == {"a": f"{tmp_path}/a"}
        assert find_runs(tmp_path / "a" / "tensorboard") == {"a": f"{tmp_path}/a"}
        assert find_runs(tmp_path / "neither") == find_runs(tmp_path / "no") == {}

    def test_twenty_long_runs_take_no_time(self, tmp_path):
        for n in range(20):
            lines = [point(50 * i, d_loss=1.0, g_loss=2.0) for i in range(300)]
            write(tmp_path / f"{n:02d}", "curves.jsonl", *lines)
            os.makedirs(tmp_path / f"{n:02d}" / "images" / "more")
        began = time.process_time()
        assert len(find_runs(tmp_path)) == 20
        read_run(tmp_path / "00")
        assert time.process_time() - began < 1.0

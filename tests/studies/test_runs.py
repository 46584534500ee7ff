"""What long studies stand on: kept runs, equal CPU time, presets in this process."""

import time
import types

import numpy as np
import pytest
import tensorflow as tf

from keras_gan import losses
from keras_gan.callbacks import TrainingCheckpoint
from keras_gan.data import grid
from keras_gan.evaluation import parzen
from keras_gan.networks import get
from keras_gan.recipe import Recipe, building
from keras_gan.recipe import recipe as recipe_file
from studies import (
    conv_race,
    equal_time,
    presets,
    recipes,
    ring_grid,
    table1,
    tutorial_pair,
    zoo,
)
from studies.coverage_curve import CoverageCurve
from studies.equal_time import CpuTime
from studies.likelihood_curve import KINDS, LikelihoodCurve
from studies.outcome import spread
from studies.runs import Runs
from support import parsed, tiny_gan


def kept_runs(tmp_path, max_hours=1.0):
    options = types.SimpleNamespace(
        quick=False, work_dir=str(tmp_path), max_hours=max_hours
    )
    return Runs("study", options)


def test_a_finished_run_is_not_run_again(tmp_path):
    first = kept_runs(tmp_path)("a", {"lr": 0.1}, lambda: {"value": 1})
    again = kept_runs(tmp_path)("a", {"lr": 0.1}, lambda: {"value": 2})
    assert first == again
    assert first["value"] == 1 and first["lr"] == 0.1 and first["seconds"] >= 0


def test_a_new_record_is_what_a_kept_one_will_be_even_with_nan(tmp_path):
    def make():
        return {"kl": float("nan"), "curve": (1.0, np.float32("inf"))}

    first = kept_runs(tmp_path)("a", {"seed": 0}, make)
    assert first["kl"] is None and first["curve"] == [1.0, None]
    assert kept_runs(tmp_path)("a", {"seed": 0}, make) == first


def test_another_setting_is_run_anew(tmp_path):
    kept_runs(tmp_path)("a", {"lr": 0.1}, lambda: {"value": 1})
    assert kept_runs(tmp_path)("a", {"lr": 0.2}, lambda: {"value": 2})["value"] == 2


def test_no_run_begins_when_the_time_is_up(tmp_path):
    kept_runs(tmp_path)("a", {}, lambda: {"value": 1})
    late = kept_runs(tmp_path, max_hours=0.0)
    time.sleep(0.01)
    assert late("a", {}, lambda: {"value": 2})["value"] == 1
    assert late("b", {}, lambda: {"value": 2}) is None
    assert late.left_out == 1


def test_the_first_run_begins_all_the_same(tmp_path):
    late = kept_runs(tmp_path, max_hours=0.0)
    time.sleep(0.01)
    assert late("a", {}, lambda: {"value": 2})["value"] == 2
    assert late("b", {}, lambda: {"value": 2}) is None


def test_a_run_is_named_by_the_command_that_trains_the_same():
    line = recipes.command("paper_mnist", seed=3, simultaneous=True)
    assert line.endswith("train.py --preset=paper_mnist --seed=3 --simultaneous=true")
    named = parsed(*line.split()[2:])
    assert named == Recipe.preset("paper_mnist", seed=3, simultaneous=True)


def test_cpu_time_ends_training_and_goes_on_counting(images, tmp_path):
    def fit(limit):
        gan, clock = tiny_gan(), CpuTime(limit)
        checkpoint = TrainingCheckpoint(tmp_path, every_steps=1)
        gan.fit(images, batch_size=4, epochs=3, verbose=0, callbacks=[clock, checkpoint])
        return int(gan.step.numpy()), clock.seconds

    steps, seconds = fit(1e-3)
    assert steps == 1 and seconds >= 1e-3
    steps, more = fit(None)
    assert steps == 30 and more > seconds


def test_the_curve_is_the_papers_protocol_and_keeps_its_best(images, tmp_path):
    gan = tiny_gan(ema_decay=0.9)
    validation = images / np.float32(255.0)
    watch = LikelihoodCurve(str(tmp_path), validation, num_samples=20, every_epochs=1)
    gan.fit(images, batch_size=8, epochs=2, verbose=0, callbacks=[watch])
    assert [point["step"] for point in watch.curve] == [0, 5, 10]
    assert {point["ema_decay"] for point in watch.curve} == {0.9}
    averaged = parzen(gan.sample(20), validation, validation, fine=False)
    last = watch.curve[-1]["averaged"]
    assert last["validation"] == pytest.approx(averaged.value, rel=1e-6)
    assert last["sigma"] == averaged.extra["sigma"]
    for kind in KINDS:
        found = [point[kind]["validation"] for point in watch.curve]
        assert watch.best(kind)["validation"] == max(found)
        assert watch.kept_off_by(kind) < 1e-6
        assert watch.best_samples(kind, seed=1).shape == (20, 8, 8, 1)
        same = watch.best_samples(kind, seed=1, shrink=0.0)
        np.testing.assert_allclose(same, np.repeat(same[:1], 20, axis=0), rtol=1e-6)


def test_tutorial_pair_is_the_tutorials():
    generator, discriminator = tutorial_pair.build(seed=0)
    assert generator.count_params() == 2_330_944
    assert discriminator.count_params() == 212_865
    assert generator.output_shape == discriminator.input_shape


def test_spread_of_one_seed_has_no_error():
    assert spread([2.0])["standard_error"] is None
    assert spread([1.0, 3.0]) == {
        "mean": 2.0,
        "standard_error": pytest.approx(1.0),
        "min": 1.0,
        "max": 3.0,
    }


def test_a_changed_preset_is_another_run(tmp_path, monkeypatch):
    (tmp_path / "mine.flags").write_text("--lr=0.1\n")
    monkeypatch.setattr(recipe_file, "PRESETS", tmp_path)
    first, again = recipes.settings("mine"), recipes.settings("mine")
    (tmp_path / "mine.flags").write_text("--lr=0.2\n")
    changed = recipes.settings("mine")
    assert first == again and first["command"] == changed["command"]
    assert first["flags_digest"] != changed["flags_digest"]


def test_all_seeds_are_for_the_quickstart_and_its_worst_is_claimed(tmp_path, monkeypatch):
    # Seed 1 is the worst of the quickstart: 3 of the 8 that the other presets have.
    distances = {("quickstart", 0): 1.0, ("quickstart", 1): 3.0, ("quickstart", 2): 2.0}
    trained = []

    def train(name, flags, seconds):
        trained.append((name, flags["seed"]))
        return distances.get(trained[-1], 8.0)

    def score(distance, suite, num):
        numbers = {"fd_classifier": distance, "precision": 0.9, "recall": 0.9, "steps": 1}
        return numbers, np.zeros((num, 8, 8, 1), "uint8")

    real = {"fd_classifier": 0.1, "precision": 0.9, "recall": 0.9}
    floor = {name: types.SimpleNamespace(value=value) for name, value in real.items()}
    suite = types.SimpleNamespace(floor=lambda num: floor)
    monkeypatch.setattr(presets, "NUM_SAMPLES", 36)
    monkeypatch.setattr(equal_time, "train", train)
    monkeypatch.setattr(equal_time, "score", score)
    monkeypatch.setattr(equal_time, "measured_by", lambda *arguments: suite)
    options = types.SimpleNamespace(quick=False, work_dir=str(tmp_path), max_hours=1.0)
    outcome = presets.run([0, 1, 2], options)
    others = [(name, 0) for name in presets.NAMES if name != "quickstart"]
    assert trained == [*distances, *others]
    assert outcome.measured["summary"]["quickstart"]["seeds"] == 3
    claims = {claim.text: claim for claim in outcome.claims}
    worst = claims["fd_classifier of quickstart, worst seed, over that of mlp"]
    assert worst.value == pytest.approx(3 / 8) and worst.limit == 0.5


def test_every_row_and_every_method_is_a_recipe():
    """The quick studies train the first ones alone."""
    methods = [changed for changed, _ in ring_grid.METHODS.values()]
    both = [(shape, changed) for shape in ring_grid.SHAPES for changed in methods]
    for preset, changed in (*table1.ROWS.values(), *both):
        Recipe.preset(preset, **changed)


def test_the_zoo_trains_every_pair_with_flags_that_fit():
    assert set(zoo.LOSSES) <= set(losses.NAMES)
    for penalty in zoo.PENALTIES:
        recipe = Recipe.preset("dcgan", **zoo._flags("hinge", penalty))
        given = building.penalties_of(recipe, (28, 28, 1))
        assert len(given) == {"none": 0, "R1 + R2": 2}.get(penalty, 1)
        building.check_idle(recipe, get("dcgan"))
    assert given[0].interval == 1, "the gradient penalty in every update"


def test_half_of_a_study_is_shown_as_half(tmp_path):
    runs = kept_runs(tmp_path)
    runs.keep_samples("ring-recommended-0", np.zeros((5, 2)))
    record = {"file": "ring-recommended-0", "modes": 8.0, "high_quality": 0.98}
    found = {"ring": {"recommended": [record]}, "grid": {"recommended": []}}
    assert [c.text[:4] for c in ring_grid._claims(found, quick=False)][2:] == ["ring"]
    assert ring_grid._draw(runs, found).ndim == 3
    dcgan = {conv_race.OURS: [{"fd_classifier": 1.0}]}
    (claim,) = conv_race._claims(dcgan, {"fd_classifier": 0.1}, quick=False)
    assert claim.holds


class Still:
    """A model whose generator makes the same points for ever."""

    step = tf.constant(4)

    def __init__(self, points):
        self.points = points

    def sample(self, num, seed):
        return np.resize(self.points, (num, 2))


@pytest.mark.parametrize(
    "points, modes, quality, kl",
    [
        (grid().modes, 25, 1.0, 0.0),
        (grid().modes[:5], 5, 1.0, np.log(5)),
        ([*grid().modes[:1], (9.0, 9.0)], 1, 0.5, np.log(25)),
        ([(9.0, 9.0)], 0, 0.0, np.log(25)),
        ([(np.nan, 0.0)], 0, 0.0, np.log(25)),
    ],
)
def test_a_curve_of_covered_modes(points, modes, quality, kl):
    watch = CoverageCurve(grid(), 2500, every_steps=2)
    watch.set_model(Still(points))
    watch.on_train_begin()
    watch.on_train_end()
    (point,) = watch.curve
    found = [point[key] for key in ("steps", "modes", "high_quality", "reverse_kl")]
    np.testing.assert_allclose(found, (4, modes, quality, kl), atol=1e-9)
    assert point.get("diverged", False) == np.isnan(points).any()
    assert watch.points.shape == (2500, 2)

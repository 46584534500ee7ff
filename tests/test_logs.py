"""The table of logs agrees with what the GAN, the losses and `Health` compute."""

import subprocess
import sys

import numpy as np

import keras_gan as kg
from keras_gan import losses, theory
from keras_gan.callbacks import collapse, health
from keras_gan.logs import TABLE, as_markdown, grouped, tag_of


def named(*sources):
    return [log.name for log in TABLE.values() if log.source in sources]


def test_every_metric_of_the_gan_is_in_the_table_and_nothing_else():
    gan = kg.GAN(*kg.networks.points())
    trained = [metric.name for metric in gan.training_metrics]
    assert named("fit") == trained
    assert sorted(named("fit", "evaluate")) == sorted(m.name for m in gan.metrics)
    assert {log.source for log in TABLE.values()} == {
        "fit",
        "evaluate",
        "RunLog",
        "Health",
        "GameSpectrum",
    }


def test_no_two_logs_share_a_tag():
    assert len({log.tag for log in TABLE.values()}) == len(TABLE)


def test_the_text_has_the_equilibrium_of_each_loss():
    d, g = ({n: v[i] for n, v in theory.AT_EQUILIBRIUM.items()} for i in (1, 2))
    assert set(d) == set(losses.NAMES)
    assert TABLE["d_loss"].equilibrium == (
        f"2 log 2 = {d['non_saturating']:.3f} "
        f"(least squares 1/{1 / d['least_squares']:g}, hinge {d['hinge']:g}, "
        f"Wasserstein {d['wasserstein']:g}, relativistic log 2 = {d['relativistic']:.3f})"
    )
    assert d["minimax"] == d["non_saturating"]
    assert TABLE["g_loss"].equilibrium == (
        f"log 2 = {g['non_saturating']:.3f} (minimax -log 2 = {g['minimax']:.3f}, "
        f"least squares 1/{1 / g['least_squares']:g}, "
        f"relativistic log 2 = {g['relativistic']:.3f}, "
        "hinge and Wasserstein at any level)"
    )
    open_ones = [n for n in losses.NAMES if losses.get(n).equilibrium.g_loss is None]
    assert open_ones == ["hinge", "wasserstein"]


def test_the_other_values_are_the_closed_forms():
    assert TABLE["value"].equilibrium == f"-log 4 = {-np.log(4):.3f}"
    for name in ("real_score", "fake_score", "d_accuracy"):
        assert TABLE[name].equilibrium == "1/2"
    assert theory.AT_EQUILIBRIUM["non_saturating"][0] == 0  # sigmoid(0) = 1/2


def test_the_limits_of_health_are_those_that_it_checks():
    for name, limit in (
        ("diversity", collapse.LEAST_DIVERSITY),
        ("twins", collapse.MARGIN_OF_TWINS),
        ("class_gap", collapse.MARGIN_OF_CLASSES),
        ("memory_gap", health.MEMORY_GAP),
    ):
        assert f"{limit:g} " in TABLE[name].warning


def test_charts_and_panels_group_the_logs_of_both_players():
    charts = {title: [x.name for x in logs] for title, logs in grouped("chart").items()}
    assert charts == {
        "losses": ["d_loss", "g_loss", "d_penalty"],
        "scores": ["real_score", "fake_score"],
        "gradient norms": ["d_grad_norm", "g_grad_norm"],
    }
    panels = {title: [x.name for x in logs] for title, logs in grouped("panel").items()}
    assert panels == {
        "losses": ["d_loss", "g_loss"],
        "scores": ["real_score", "fake_score"],
        "gradient norms": ["d_grad_norm", "g_grad_norm"],
    }


def test_a_description_is_the_meaning_the_equilibrium_and_the_warning():
    assert TABLE["g_grad_norm"].description() == (
        "Norm of G's gradient. At equilibrium small, up to sampling noise; near 0 with "
        "fake_score near 0, G gets no signal."
    )
    assert TABLE["ms_per_step"].description() == (
        "Milliseconds of one generator step, with all that callbacks do meanwhile."
    )


def test_a_description_speaks_of_no_other_loss():
    for name in losses.NAMES:
        levels = losses.levels(losses.get(name))
        d, g = (TABLE[log].description(levels) for log in ("d_loss", "g_loss"))
        level = f"{theory.AT_EQUILIBRIUM[name][1]:.4g}"
        assert d == (
            "Discriminator's loss, real term plus fake term. At equilibrium "
            f"{level}; far below that, D has won and G learns little."
        )
        level = f"{theory.AT_EQUILIBRIUM[name][2]:.4g}"
        known = f" At equilibrium {level}." if "g_loss" in levels else ""
        assert g == f"Generator's loss.{known}"
        score = "0.5" if "non_sat" in name or name == "minimax" else "0.6225"
        known = f" At equilibrium {score}." if "real_score" in levels else ""
        assert TABLE["real_score"].description(levels) == (
            f"Mean D(x) on real samples.{known}"
        )


def test_losses_scores_and_metrics_come_first_in_tensorboard():
    tags = [log.tag for log in TABLE.values()] + [tag_of("evaluation/kid"), tag_of("me")]
    groups = sorted({tag.split("/")[0] for tag in tags} | {"floor", "samples"})
    assert groups[:3] == [
        tag_of(n).split("/")[0] for n in ("g_loss", "real_score", "evaluation/kid")
    ]
    assert tag_of("fake_score").startswith(groups[1])


def test_the_markdown_has_one_row_of_six_cells_per_log():
    head, rule, *rows = as_markdown().splitlines()
    assert len(rows) == len(TABLE)
    for row, log in zip(rows, TABLE.values(), strict=True):
        assert row.startswith(f"| `{log.name}` | {log.source} | `{log.tag}` | ")
        assert row.count("|") == head.count("|") == rule.count("|") == 7


def test_the_table_needs_nothing_heavy():
    script = "import sys, keras_gan.logs; print('numpy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"

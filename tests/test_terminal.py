"""How a line on a terminal is worded, and fitted into its width."""

import pytest

from keras_gan.terminal import counted, duration, fitted


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3599.9, "1 h 0 min"),
        (7384, "2 h 3 min"),
    ],
)
def test_duration_in_words(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    "number, words",
    [(0, "0 steps"), (1, "1 step"), (2, "2 steps"), (3500, "3,500 steps")],
)
def test_counted_in_words(number, words):
    assert counted(number, "step") == words


@pytest.mark.parametrize("share", [None, 0.0, 0.3, 1.0, 1.2])
def test_no_line_is_longer_than_the_terminal(share):
    parts = ["d_loss -1234.56", "g_loss 0.70", "epoch 1,000/1,000", "step 1/2"]
    more = ["real_score 0.50, fake_score 0.25", "7 ms/step"]
    lines = [fitted(parts, more, share, n) for n in range(250)]
    assert all(len(line) <= n for n, line in enumerate(lines))
    # The first part stands as soon as there is room for it, the others in order.
    assert all(line.startswith(parts[0]) for line in lines[len(parts[0]) :])
    assert lines[249].startswith(", ".join([*parts, *more]))
    assert share is None or lines[249].endswith("]")


@pytest.mark.parametrize(
    "share, graphic", [(0, "          "), (0.5, "=====     "), (1, "==========")]
)
def test_the_graphic_is_as_full_as_the_share(share, graphic):
    assert fitted(["x"], [], share, 14) == f"x [{graphic}]"

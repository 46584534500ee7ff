"""Draws a moment of a game in the plane."""

import numpy as np

from keras_gan import pictures
from keras_gan.callbacks._plane_game import NUM_NODES

# Blue and orange, which the colour-blind tell apart; points also differ in shape, and are
# darker than any colour of D.
_D_COLORS = ("#f2a65a", "#f8c896", "#ffffff", "#a9d0f0", "#5fa5dc")
_REAL, _FAKE, _GRID, _DENSITY = "#08306b", "#5e1a00", "#6f6f6f", "#7b3294"
_LEVELS = np.linspace(0, 1, 21)
# The longest arrow, as a share of the picture's side. A gradient that would change G's
# loss by this much, over half the side, has it; larger ones are cut.
_LONGEST, _FULL_PUSH = 0.12, 2.0
# The density's line: two standard deviations from the centre of a Gaussian.
_SHARE_OF_PEAK = np.exp(-2)


def panel(moment, density=None):
    """Draws one moment under a legend.

    Args:
        moment: A `Moment`.
        density: p_data on a grid over the view, (rows, columns), from the lower left
            corner. Defaults to None: not known.

    Returns:
        A uint8 array (height, width, 3).
    """
    return panels([moment], [f"step {moment.step}"], density)


def panels(moments, captions, density=None, columns=None):
    """Draws moments beside each other under one legend.

    Args:
        moments: List of `Moment` with one view.
        captions: List of texts, one above each moment.
        density: As for `panel`. Defaults to None.
        columns: Moments per row. Defaults to None: all.

    Returns:
        A uint8 array (height, width, 3).
    """
    columns = columns or len(moments)
    rows = -(-len(moments) // columns)
    side = 6.0 if len(moments) == 1 else 2.8
    # Beside them there is room for the colours, above them for captions and the legend.
    width, height = side * columns + 1.4, (side + 0.25) * rows + 0.65
    figure, axes = pictures.new_figure(width, height, rows, columns)
    for place, moment, caption in zip(np.ravel(axes), moments, captions, strict=True):
        colors = _draw(place, moment, density)
        place.set_title(caption, fontsize="medium")
        place.label_outer()
    bar = figure.colorbar(colors, ax=axes, fraction=0.04, pad=0.02, ticks=[0, 0.5, 1])
    bar.ax.set_yticklabels(["0\nfake", "1/2", "1\nreal"])
    bar.set_label(_name_of_d(moments[0]))
    handles = _handles(moments[0], density)
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=3 if columns < 3 else len(handles),
        frameon=False,
    )
    return pictures.figure_pixels(figure)


def _draw(axes, moment, density):
    from matplotlib.colors import LinearSegmentedColormap

    view = moment.view
    x, y = np.linspace(*view[:2], NUM_NODES), np.linspace(*view[2:], NUM_NODES)
    map_of_d = LinearSegmentedColormap.from_list("d", _D_COLORS)
    colors = axes.contourf(x, y, moment.d, _LEVELS, cmap=map_of_d)
    if density is not None:
        nodes = [np.linspace(*ends, len(density)) for ends in (view[:2], view[2:])]
        level = [_SHARE_OF_PEAK * density.max()]
        axes.contour(*nodes, density, level, colors=_DENSITY, linewidths=1.6)
    if moment.grid is not None:
        for line in moment.grid:
            axes.plot(*line.T, color=_GRID, linewidth=0.6)
    if moment.d.min() < 0.5 < moment.d.max():
        axes.contour(x, y, moment.d, [0.5], colors="black", linewidths=1.3)
    axes.scatter(*moment.real.T, s=9, color=_REAL, linewidths=0, zorder=2.5)
    axes.scatter(*moment.fake.T, s=16, color=_FAKE, marker="x", linewidths=0.9)
    _arrows(axes, moment)
    axes.set(xlim=view[:2], ylim=view[2:], aspect="equal")
    axes.tick_params(labelsize="small")
    outside = _number_outside(moment)
    if outside:
        text = f"{outside} of {len(moment.fake)} fakes are outside"
        white = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        place = {"transform": axes.transAxes, "fontsize": "small", "bbox": white}
        axes.text(0.02, 0.02, text, zorder=4, **place)
    return colors


def _arrows(axes, moment):
    side = moment.view[1] - moment.view[0]
    starts, push = moment.fake[: len(moment.push)], moment.push
    strength = np.linalg.norm(push, axis=1, keepdims=True)
    # In the units of the picture, so that it does not depend on those of the data.
    share = strength * side / 2 / _FULL_PUSH
    way = push / np.maximum(strength, 1e-30) * np.minimum(share, 1) * _LONGEST * side
    axes.quiver(
        *starts.T,
        *way.T,
        angles="xy",
        scale_units="xy",
        scale=1,
        width=0.0045,
        headwidth=4,
        headlength=5,
        color="black",
        zorder=3,
    )


def _number_outside(moment):
    left, right, bottom, top = moment.view
    x, y = moment.fake.T
    return int(((x < left) | (x > right) | (y < bottom) | (y > top)).sum())


def _name_of_d(moment):
    if moment.is_probability:
        return "D(x)"
    if moment.level == 0:
        return "sigmoid(D(x))"
    return "sigmoid(D(x) - c)"


def _handles(moment, density):
    from matplotlib.lines import Line2D

    def entry(label, color, marker="", line="none", **more):
        return Line2D(
            [], [], color=color, marker=marker, linestyle=line, label=label, **more
        )

    handles = [
        entry("real", _REAL, "o", markersize=4, markeredgewidth=0),
        entry("fake", _FAKE, "x", markersize=5),
        entry("where G's loss falls", "black", r"$\rightarrow$", markersize=12),
        entry(f"{_name_of_d(moment)} = 1/2", "black", line="-"),
    ]
    if moment.grid is not None:
        handles.append(entry("grid of z, mapped by G", _GRID, line="-", linewidth=0.8))
    if density is not None:
        handles.append(entry("p_data", _DENSITY, line="-", linewidth=1.6))
    return handles

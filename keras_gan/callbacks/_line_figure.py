"""Draws moments of a game on the line the way the 2014 paper draws them."""

import numpy as np

from keras_gan import pictures

# Heights of the two lines below the curves.
_X_LINE, _Z_LINE = -0.22, -0.62
_STYLES = {
    "p_data": {"color": "black", "linestyle": ":", "linewidth": 2.2},
    "p_g": {"color": "green", "linestyle": "-", "linewidth": 2.0},
    "d": {"color": "blue", "linestyle": "--", "linewidth": 1.8},
    "d_star": {"color": "0.55", "linestyle": "-", "linewidth": 0.8},
}
_LABELS = {
    "p_data": "p_data",
    "p_g": "p_g",
    "d": "D",
    "d_star": "D* = p_data / (p_data + p_g)",
}


def panels(moments, captions, view):
    """Draws moments side by side under one legend.

    Args:
        moments: List of `Moment`.
        captions: List of texts, one below each moment.
        view: `(low, high)`, the range of x.

    Returns:
        A uint8 array (height, width, 3).
    """
    figure, axes = pictures.new_figure(3.6 * len(moments), 4.2, columns=len(moments))
    for place, moment, caption in zip(np.ravel(axes), moments, captions, strict=True):
        _panel(place, moment, caption, view)
    handles, labels = np.ravel(axes)[0].get_legend_handles_labels()
    # Above one panel there is room for two of them.
    columns = 2 if len(moments) == 1 else 4
    place = {"loc": "outside upper center", "ncols": columns, "frameon": False}
    figure.legend(handles, labels, **place)
    return pictures.figure_pixels(figure)


def _panel(axes, moment, caption, view):
    inside = (moment.x >= view[0]) & (moment.x <= view[1])
    for name, style in _STYLES.items():
        curve = getattr(moment, name)[inside]
        axes.plot(moment.x[inside], curve, label=_LABELS[name], **style)
    # Where D cannot tell: theory says that it ends there.
    axes.plot(view, [0.5, 0.5], color="0.8", linewidth=0.8, zorder=0)
    axes.text(view[0], 0.5, "1/2 ", ha="right", va="center", color="0.4")
    _lines(axes, moment, view)
    axes.set_xlim(view[0] - 0.06 * (view[1] - view[0]), view[1])
    axes.set_ylim(_Z_LINE - 0.05, max(1.05, 1.35 * moment.p_data.max()))
    axes.set_axis_off()
    axes.text(0.5, -0.02, caption, transform=axes.transAxes, ha="center", va="top")


def _lines(axes, moment, view):
    """Draws the line of x, and below it the line of z with the arrows from z to G(z)."""
    for name, height in (("x", _X_LINE), ("z", _Z_LINE)):
        if name == "x" or moment.z is not None:
            axes.plot(view, [height, height], color="black", linewidth=1.2)
            axes.text(
                view[0], height, f"{name} ", ha="right", va="center", style="italic"
            )
    if moment.z is None:
        return
    share = (moment.z - moment.z[0]) / (moment.z[-1] - moment.z[0])
    starts = view[0] + share * (view[1] - view[0])
    for start, end in zip(starts, moment.g_of_z, strict=True):
        if view[0] <= end <= view[1]:
            axes.annotate(
                "",
                xy=(end, _X_LINE),
                xytext=(start, _Z_LINE),
                arrowprops={
                    "arrowstyle": "-|>",
                    "linewidth": 0.9,
                    "color": "black",
                    "shrinkA": 0,
                    "shrinkB": 0,
                    "mutation_scale": 8,
                },
            )

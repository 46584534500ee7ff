"""Every number that a run logs: its name, its tag in TensorBoard, what it means."""

import dataclasses

# TensorBoard sorts its groups by name: losses, scores and metrics come before the rest.
_LOSSES, _SCORES, _EVALUATION = "1 losses", "2 scores", "3 evaluation"


@dataclasses.dataclass(frozen=True)
class Log:
    """One logged number.

    Args:
        name: Its key in the history of `fit`, or its name if it is not there.
        source: Who computes it: "fit" (and `evaluate`, with the prefix `val_`),
            "evaluate" alone, "RunLog", "Health" or "GameSpectrum".
        tag: Where TensorBoard shows it.
        meaning: What it measures; one sentence.
        equilibrium: Its value where p_g = p_data and D is at its best against it, with
            the cross-entropy losses unless it says otherwise. Defaults to "": none.
        warning: When it is a sign of trouble. Defaults to "".
        chart: The chart of TensorBoard's custom scalars that it shares with others.
            Defaults to "": none.
        panel: The panel of `losses.svg` that draws it. Defaults to "": none.
        is_brief: Whether a line of `Progress` shows it. Defaults to False.
        of_loss: Whether its value at equilibrium depends on the loss. Defaults to False.
    """

    name: str
    source: str
    tag: str
    meaning: str
    equilibrium: str = ""
    warning: str = ""
    chart: str = ""
    panel: str = ""
    is_brief: bool = False
    of_loss: bool = False

    def description(self, levels=None):
        """All that is known about it in one run, as TensorBoard shows it at a curve.

        Args:
            levels: What `losses.levels` returns for the run's loss. Defaults to None:
                nothing is known of the loss.
        """
        equilibrium = self.equilibrium
        if self.of_loss:
            level = (levels or {}).get(self.name)
            equilibrium = "" if level is None else f"{level:.4g}"
        if not equilibrium:
            return self.meaning
        warning = f"; {self.warning}" if self.warning else ""
        return f"{self.meaning} At equilibrium {equilibrium}{warning}."


_ALL = (
    Log(
        "d_loss",
        "fit",
        f"{_LOSSES}/d_loss",
        "Discriminator's loss, real term plus fake term.",
        equilibrium="2 log 2 = 1.386 (least squares 1/4, hinge 2, Wasserstein 0, "
        "relativistic log 2 = 0.693)",
        warning="far below that, D has won and G learns little",
        chart="losses",
        panel="losses",
        is_brief=True,
        of_loss=True,
    ),
    Log(
        "g_loss",
        "fit",
        f"{_LOSSES}/g_loss",
        "Generator's loss.",
        equilibrium="log 2 = 0.693 (minimax -log 2 = -0.693, least squares 1/8, "
        "relativistic log 2 = 0.693, hinge and Wasserstein at any level)",
        chart="losses",
        panel="losses",
        is_brief=True,
        of_loss=True,
    ),
    Log(
        "d_penalty",
        "fit",
        f"{_LOSSES}/d_penalty",
        "Weighted penalties, added to d_loss for D's update.",
        equilibrium="0 (GradientPenalty: its weight, if D is flat)",
        chart="losses",
    ),
    Log(
        "value",
        "fit",
        "value/V(D,G)",
        "V(D, G) = mean log D(x) + mean log(1 - D(G(z))).",
        equilibrium="-log 4 = -1.386",
        of_loss=True,
    ),
    Log(
        "real_score",
        "fit",
        f"{_SCORES}/real",
        "Mean D(x) on real samples.",
        equilibrium="1/2",
        chart="scores",
        panel="scores",
        is_brief=True,
        of_loss=True,
    ),
    Log(
        "fake_score",
        "fit",
        f"{_SCORES}/fake",
        "Mean D(G(z)) on fakes.",
        equilibrium="1/2",
        chart="scores",
        panel="scores",
        is_brief=True,
        of_loss=True,
    ),
    Log(
        "d_grad_norm",
        "fit",
        "grad_norm/d",
        "Norm of D's gradient.",
        equilibrium="small, up to sampling noise",
        chart="gradient norms",
        panel="gradient norms",
    ),
    Log(
        "g_grad_norm",
        "fit",
        "grad_norm/g",
        "Norm of G's gradient.",
        equilibrium="small, up to sampling noise",
        warning="near 0 with fake_score near 0, G gets no signal",
        chart="gradient norms",
        panel="gradient norms",
    ),
    Log(
        "d_accuracy",
        "evaluate",
        f"{_SCORES}/d_accuracy",
        "Share of samples, half real and half fake, that D tells apart.",
        equilibrium="1/2",
    ),
    Log(
        "ms_per_step",
        "RunLog",
        "time/ms_per_step",
        "Milliseconds of one generator step, with all that callbacks do meanwhile.",
    ),
    Log(
        "diversity",
        "Health",
        "health/diversity",
        "Mean distance between samples of fixed latents (of one class, if conditional), "
        "relative to real samples.",
        equilibrium="1",
        warning="below 0.1 the generator has collapsed",
    ),
    Log(
        "twins",
        "Health",
        "health/twins",
        "Share of samples with a near copy among the others: 8 times nearer, relative to "
        "the spread of all, than 95 % of real samples have their nearest.",
        equilibrium="near 0, as for real samples",
        warning="0.35 above that, the generator repeats itself",
    ),
    Log(
        "change",
        "Health",
        "health/change",
        "Mean change of the samples of fixed latents since the last check.",
        equilibrium="small",
        warning="at exactly 0 the generator is frozen",
    ),
    Log(
        "class_gap",
        "Health",
        "health/class_gap",
        "How far the classes of the samples are from the data's shares: the share of "
        "samples that would have to change class. A sample's class is that of the "
        "nearest real sample.",
        equilibrium="what real samples have, more if there are many classes",
        warning="0.1 above the most that real samples have, classes are missing",
    ),
    Log(
        "memory_gap",
        "Health",
        "health/memory_gap",
        "real_score minus val_real_score: D on training samples and on unseen ones.",
        equilibrium="0",
        warning="above 0.3 D memorises",
    ),
    Log(
        "spectral_radius",
        "GameSpectrum",
        "spectrum/spectral_radius",
        "Largest absolute eigenvalue of a training step's derivative, on one minibatch.",
        equilibrium="below 1 if training converges to it, 1 if it turns around it",
        warning="above 1 it is left; on the way there, a real one above 1 is usual",
    ),
    Log(
        "rate_limit",
        "GameSpectrum",
        "spectrum/rate_limit",
        "Factor on both learning rates up to which what turns or shrinks stays in the "
        "unit circle.",
        equilibrium="above 1 if training converges to it",
        warning="below 1 the rates are too high, at 0 players turn outwards at any rate",
    ),
    Log(
        "turn",
        "GameSpectrum",
        "spectrum/turn",
        "Steps that one turn of the players around each other takes: 2 pi over the angle "
        "of the largest complex eigenvalue.",
    ),
)

TABLE = {log.name: log for log in _ALL}


def tag_of(name):
    """Where TensorBoard shows a log, also one that is not in the table.

    Example:

    >>> tag_of("d_loss"), tag_of("evaluation/kid"), tag_of("mine")
    ('1 losses/d_loss', '3 evaluation/kid', 'other/mine')
    """
    if name in TABLE:
        return TABLE[name].tag
    if is_evaluation(name):
        return f"{_EVALUATION}/{name.removeprefix('evaluation/')}"
    return f"other/{name}"


def is_evaluation(name):
    """Whether a log is a metric that `Evaluation` measured."""
    return name.startswith("evaluation/")


def grouped(place):
    """The logs that share a chart, or a panel.

    Args:
        place: "chart" or "panel".

    Returns:
        A dict of lists of `Log`, by title, in the order of the table.
    """
    groups = {}
    for log in TABLE.values():
        if title := getattr(log, place):
            groups.setdefault(title, []).append(log)
    return groups


def as_markdown():
    """The table of the documentation."""
    head = ("log", "from", "TensorBoard", "meaning", "at equilibrium", "sign of trouble")
    rows = [
        (f"`{log.name}`", log.source, f"`{log.tag}`")
        + (log.meaning.removesuffix("."), log.equilibrium, log.warning)
        for log in TABLE.values()
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * 6, *rows))

"""Does training go well, and why? In words, step by step.

What counts as a symptom is decided by `Health` while the GAN trains; here its events
become sentences.
"""

# What it is called in a title.
_TITLES = {
    "collapsed": "The generator has collapsed",
    "repeated": "The generator repeats itself",
    "one-sided": "The generator misses classes",
    "frozen": "The generator stands still",
    "starved": "The generator gets no signal",
    "saturated": "The discriminator has won",
    "memorising": "The discriminator memorises",
}
# The number of steps at which something is said, at most.
_MOMENTS = 150
# How far the two scores are apart, of 1 at most.
_NEAR, _FAR = 0.1, 0.7


def verdicts(curves, events):
    """What there is to say of a run, from each step on at which it changes.

    Args:
        curves: As in `run_data.read_run`.
        events: Likewise, in the order of the steps.

    Returns:
        A list of dicts: `step`, `state` ("diverged", "trouble", "watch", "early",
        "unwatched" or "well"), `title`, `text` and `advice`.
    """
    moments = {0, *(event["step"] for event in events if event["event"] in _SAID)}
    for name in ("fake_score", "d_loss", "diversity"):
        steps = [s for line in _points(curves, name) for s in line[0]]
        moments |= set(steps[:: 1 + len(steps) // _MOMENTS]) | set(steps[-1:])
    return [_verdict(curves, events, step) for step in sorted(moments)]


_SAID = ("unhealthy", "suspected", "recovered", "diverged")


def _verdict(curves, events, step):
    now = [event for event in events if event["step"] <= step]
    found = _symptoms(now)
    diverged = [event for event in now if event["event"] == "diverged"]
    advice = ""
    if diverged:
        state, title = "diverged", "Training diverged"
        text = _divergence(diverged[-1])
        advice = "Lower the learning rates, or penalise D's gradient."
    elif trouble := [event for event in found if event["event"] == "unhealthy"]:
        first, *others = trouble
        state, title = "trouble", _title(first)
        text = f"{_sentence(first)}, since step {first['step']:,}."
        if others:
            titles = (_title(event) for event in others)
            text += f" Also: {'; '.join(t[:1].lower() + t[1:] for t in titles)}."
        advice = _closed(first.get("advice"))
    elif found:
        state, title = "watch", "Something to watch"
        text = " ".join(f"{_sentence(event)}." for event in found)
        text += " What three checks in a row find counts as trouble."
    elif not _points(curves, "diversity"):
        state, title = "unwatched", "Not checked yet: judge by the pictures"
        text = "The callback Health has not looked; by default it first does at step 250."
    elif _at(curves, "diversity", step) is None:
        state, title = "early", "Too early to tell"
        first = _points(curves, "diversity")[0][0][0]
        text = f"The first check of the samples came with step {first}."
    elif (_gap(curves, step) or 0.0) >= _FAR:
        state, title = "watch", "The discriminator is far ahead"
        text = "No check has found a symptom, but G may learn little from here on."
        advice = "See whether samples still get better; if not, strengthen R1."
    else:
        state, title = "well", "Training goes well"
        text = "No check has found anything wrong."
    more = [_scores(curves, step), _variety(curves, step), _progress(curves, step)]
    text = " ".join(filter(None, [text, *(more if state != "diverged" else ())]))
    return {"step": step, "state": state, "title": title, "text": text, "advice": advice}


def _symptoms(events):
    """The symptoms that are there after these events, each as its last event."""
    last = {}
    for event in events:
        if "symptom" in event:
            last[event["symptom"]] = event
    return [event for event in last.values() if event["event"] != "recovered"]


def _title(event):
    return _TITLES.get(event.get("symptom"), "Training looks unhealthy")


def _sentence(event):
    text = str(event.get("text") or event.get("symptom"))
    return text[:1].upper() + text[1:]


def _closed(text):
    return f"{text}." if text else ""


def _divergence(event):
    what = ", ".join(event.get("logs") or ()) or "a weight"
    return f"At step {event['step']} {what} became NaN or infinite, and training stopped."


def _gap(curves, step):
    """How much better than fakes D likes real samples; None if scores tell nothing."""
    real, fake = (_at(curves, name, step) for name in ("real_score", "fake_score"))
    levels = [curves.get(n, {}).get("level") for n in ("real_score", "fake_score")]
    if real is None or fake is None or levels != [0.5, 0.5]:
        return None
    return real - fake


def _scores(curves, step):
    gap = _gap(curves, step)
    if gap is None:
        return ""
    real, fake = (_at(curves, name, step) for name in ("real_score", "fake_score"))
    numbers = f"{real:.2f} for real samples, {fake:.2f} for fakes, 0.5 at equilibrium"
    if gap < _NEAR:
        return f"D can hardly tell real from fake ({numbers})."
    ahead = "somewhat ahead, as is usual" if gap < _FAR else "far ahead"
    return f"D is {ahead} ({numbers})."


def _variety(curves, step):
    diversity = _at(curves, "diversity", step)
    if diversity is None:
        return ""
    return f"Samples are {100 * diversity:.0f} % as varied as real ones."


def _progress(curves, step):
    """How the first metric of `Evaluation` has moved."""
    for name, curve in curves.items():
        if curve["group"] == "evaluation" and "unseen" in curve["points"]:
            steps, values = curve["points"]["unseen"]
            seen = [v for s, v in zip(steps, values, strict=True) if s <= step]
            if not seen:
                return ""
            floor = curve["level"]
            ideal = "" if floor is None else f"; real samples get {floor:.3g}"
            began = f"{seen[0]:.3g} at first, now " if len(seen) > 1 else ""
            return f"{name}: {began}{seen[-1]:.3g}{ideal}."
    return ""


def _points(curves, name):
    line = curves.get(name, {}).get("points", {}).get("train")
    return [line] if line else []


def _at(curves, name, step):
    """The last value of a curve up to a step, or None."""
    for steps, values in _points(curves, name):
        seen = [v for s, v in zip(steps, values, strict=True) if s <= step]
        return seen[-1] if seen else None
    return None

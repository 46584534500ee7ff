"""Is anything wrong, and are the samples good? In words, step by step.

What counts as a symptom is decided by `Health` while the GAN trains; here its events
become sentences. Only a measured number says how good samples are.
"""

import bisect

from keras_gan.board.averages import last_mean, starts_of
from keras_gan.board.measured import Measured

# What it is called, on the page and in the model card.
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
# As docs/questions.md has it: scores between these two are a good sign.
_LOW, _HIGH = 0.2, 0.8
# Scores that are no further apart say that D cannot tell, unless it is right more often.
_NEAR, _APART = 0.1, 0.75
# Numbers that are far off, which are told one by one.
_TOLD = 3
# Of fewer steps there is little to say, nor of less than half of those planned.
_FEW = 300


def named(events):
    """Adds to events what a reader needs to know of a symptom.

    Args:
        events: List of dicts, in the order of the steps.

    Returns:
        The events. One of a symptom gets its `name` in words, the same when it is found
        and when it is gone; one that found it also `gone`, the step since which it is
        gone, or None.

    Example:

    >>> found = {"step": 5, "event": "suspected", "symptom": "frozen"}
    >>> gone = {"step": 9, "event": "recovered", "symptom": "frozen"}
    >>> named([found, gone])[0]["name"], named([found, gone])[0]["gone"]
    ('The generator stands still', 9)
    """
    of_symptoms = [event for event in events if isinstance(event.get("symptom"), str)]
    texts = {e["symptom"]: e["text"] for e in of_symptoms if "text" in e}
    gone = {}
    for event in reversed(of_symptoms):
        symptom = event["symptom"]
        event["name"] = _name(symptom, texts.get(symptom))
        if event["event"] == "recovered":
            gone[symptom] = event["step"]
        elif event["event"] in _FOUND:
            event["gone"] = gone.get(symptom)
    return events


def verdicts(curves, events, *, last=0, evaluated=(), done=lambda step: None):
    """What there is to say of a run, from each step on at which it changes.

    Args:
        curves: As in `run_data.read_run`.
        events: Likewise, in the order of the steps.
        last: The last step of the run. Defaults to 0.
        evaluated: The `Measured` after training. Defaults to none.
        done: Gives for a step `(k, n, unit)`: k of the n planned "steps" or "epochs" are
            done; or None. Defaults to None for all steps.

    Returns:
        A list of dicts: `step`, `state` ("diverged", "trouble", "watch", "early",
        "unwatched", "quiet" or "well"), `title`, `text` and `advice`.
    """
    moments = {0, last, *(e["step"] for e in events if e["event"] in _SAID)}
    moments |= {one.step for one in evaluated}
    for name in ("fake_score", "d_loss", "diversity"):
        steps = [s for line in _points(curves, name) for s in line[0]]
        moments |= set(steps[:: 1 + len(steps) // _MOMENTS]) | set(steps[-1:])
    return [
        _verdict(curves, events, step, _measured(curves, evaluated, step), done)
        for step in sorted(moments)
    ]


_FOUND = ("suspected", "unhealthy")
_SAID = (*_FOUND, "recovered", "diverged")


def _verdict(curves, events, step, measured, done):
    so_far = done(step)
    k_of_n, is_early = _how_far(so_far, step)
    now = [event for event in events if event["step"] <= step]
    found, starts = _symptoms(now), starts_of(now)
    diverged = [event for event in now if event["event"] == "diverged"]
    advice = ""
    if diverged:
        state, title = "diverged", "Training diverged"
        text = _divergence(diverged[-1])
        advice = "Lower the learning rates, or penalise D's gradient."
    elif trouble := [event for event in found if _is_trouble(event, is_early)]:
        first, *others = trouble
        state, title = "trouble", first["name"]
        text = f"{_sentence(first)}, since step {_began(now, first):,}."
        if others:
            names = (event["name"] for event in others)
            text += f" Also: {'; '.join(name[:1].lower() + name[1:] for name in names)}."
        advice = _closed(first.get("advice"))
    elif found:
        state, title = "watch", f"To watch: {found[0]['name']}"
        text = " ".join(f"{_sentence(event)}." for event in found)
        is_sure = any(event["event"] == "unhealthy" for event in found)
        text += " Early in a run, classes are often still to come." if is_sure else _SURE
        if advice := _closed(found[0].get("advice")):
            is_over = is_finished(so_far)
            wait = "Train longer, and see" if is_over else "Wait for the next checks"
            advice = f"{wait}. If it stays: {advice[:1].lower()}{advice[1:]}"
    elif any(one.is_far for one in measured):
        state, title = "watch", "The samples are far from real ones"
        text = f"Only {k_of_n} are done." if is_early else ""
        advice = "Look at the pictures; train longer before you change anything."
    elif step >= _FEW and _is_won(curves, step, starts):
        state, title = "watch", "The discriminator is far ahead"
        no_check = (
            "No check has found a symptom, but " if _points(curves, "diversity") else ""
        )
        text = _capital(f"{no_check}G may learn little from here on.")
        advice = "See whether samples still get better; if not, strengthen R1."
    elif is_early:
        state, title = "early", f"Too early to say: {k_of_n}"
        text = ""
    elif not _points(curves, "diversity"):
        state, title = "unwatched", "Not checked: judge by the pictures"
        text = (
            "The callback keras_gan.callbacks.Health, which finds collapse, is not there."
        )
    elif _at(curves, "diversity", step) is None:
        state, title = "early", "Too early to say"
        first = _points(curves, "diversity")[0][0][0]
        text = f"The first check of the samples came with step {first}."
    else:
        is_good = any(one.is_judged and one.few_real is None for one in measured)
        gone = _gone(now)
        state = "well" if is_good else "quiet"
        title = _NO_ALARM_NOW if gone else _NO_ALARM if is_good else _NO_ALARM_ALONE
        text = " ".join(filter(None, [gone, "" if is_good else _NOT_MEASURED]))
    more = [
        *map(str, measured[:_TOLD]),
        _others(measured[_TOLD:]),
        _progress(curves, step),
        _scores(curves, step, found, starts),
        _variety(curves, step),
    ]
    text = " ".join(filter(None, [text, *(more if state != "diverged" else ())]))
    return {"step": step, "state": state, "title": title, "text": text, "advice": advice}


def _is_trouble(event, is_early):
    """Whether a symptom was found in enough checks, and would not pass by itself."""
    may_pass = is_early and event.get("symptom") == "one-sided"
    return event["event"] == "unhealthy" and not may_pass


def _others(measured):
    """Which numbers are far off beside those that are told."""
    names = ", ".join(one.name for one in measured)
    return f"Far off, too: {names}." if names else ""


_SURE = " What three checks in a row find counts as trouble."
_NO_ALARM = "No alarm: no check has found anything wrong"
_NO_ALARM_ALONE = "No alarm; how good the samples are has not been measured"
_NO_ALARM_NOW = "No alarm now: what a check found earlier is gone"
_NOT_MEASURED = (
    "Look at the pictures, or measure with keras-gan-evaluate: losses, scores and "
    "distances do not tell good samples from bad ones."
)


def is_finished(done):
    """Whether all that was planned is done; None if it is not known."""
    return None if done is None else done[0] >= done[1]


def _how_far(done, step):
    """How much of the run is done, in words, and whether that is too little to judge."""
    if done is None:
        return f"{step:,} steps", step < _FEW
    k, n, unit = done
    how_far = f"{k:,} {unit}" if k == n else f"{k:,} of {n:,} {unit}"
    return how_far, step < _FEW or k < n / 2


def _measured(curves, evaluated, step):
    """Of the latest measurement the metrics that are far off, else the first one that
    can be judged, else the first; a list.
    """
    of_training = [
        Measured(name, value, curve["level"], step=at)
        for name, curve in curves.items()
        if curve["group"] == "evaluation"
        for at, value in _up_to(curve["points"].get("unseen"), step)[-1:]
    ]
    # What was measured long ago says little of now.
    found = [o for o in (*evaluated, *of_training) if step / 2 <= o.step <= step]
    newest = max((one.step for one in found), default=None)
    # What `Evaluation` and `keras-gan-evaluate` both measured counts once.
    once = {}
    for one in found:
        if one.step == newest:
            once.setdefault(one.name, one)
    found = [*once.values()]
    far = [one for one in found if one.is_far]
    judged = [one for one in found if one.is_judged]
    return far or judged[:1] or found[:1]


def _symptoms(events):
    """The symptoms that are there after these events, each as its last event."""
    last = {}
    for event in events:
        if "name" in event:
            last[event["name"]] = event
    return [event for event in last.values() if event["event"] != "recovered"]


def _began(events, found):
    """The step at which a symptom was found first, of the checks in a row."""
    of_it = [event for event in events if event.get("name") == found["name"]]
    first = [event["step"] for event in of_it if event["event"] == "suspected"]
    return first[-1] if first else found["step"]


def _gone(events):
    """When symptoms that are all gone were there, each for the last time."""
    began = {}
    for event in events:
        if "gone" in event and event["gone"] != began.get(event["name"], {}).get("gone"):
            began[event["name"]] = event
    return " ".join(
        f"{name}: found at step {event['step']:,}, gone since step {event['gone']:,}."
        for name, event in began.items()
    )


def _name(symptom, text):
    """A symptom in words; one of a later version, by what is said of it."""
    return _TITLES.get(symptom) or _capital(str(text or symptom))


def _sentence(event):
    return _capital(str(event.get("text") or event["name"]))


def _capital(text):
    return text[:1].upper() + text[1:]


def _closed(text):
    return f"{text}." if text else ""


def _divergence(event):
    what = ", ".join(event.get("logs") or ()) or "a weight"
    return f"At step {event['step']} {what} became NaN or infinite, and training stopped."


def _both_scores(curves, step, starts):
    """Means of real and fake scores up to a step; None if their level says nothing."""
    names = ("real_score", "fake_score")
    lines = [line for name in names for line in _points(curves, name)]
    levels = [curves.get(name, {}).get("level") for name in names]
    has_both = len(lines) == 2 and all(steps[0] <= step for steps, _ in lines)
    if levels != [0.5, 0.5] or not has_both:
        return None
    return [last_mean(*line, step, starts) for line in lines]


def _is_won(curves, step, starts):
    """Whether D tells real from fake better than is a good sign."""
    scores = _both_scores(curves, step, starts)
    if scores is None:
        return False
    (real, *_), (fake, *_) = scores
    return real - fake >= _NEAR and (real > _HIGH or fake < _LOW)


def _scores(curves, step, found, starts):
    scores = _both_scores(curves, step, starts)
    if scores is None:
        return ""
    (real, first, last), (fake, *_) = scores
    told = [f"{real:.2f} for real samples"]
    unseen = _at(curves, "real_score", step, "unseen")
    if unseen is not None:
        told.append(f"{unseen:.2f} for real ones not trained on")
    numbers = ", ".join([*told, f"{fake:.2f} for fakes, 0.5 at equilibrium"])
    over = f"means of the last stretch, steps {first:,} to {last:,}"
    accuracy = _at(curves, "d_accuracy", step, "unseen")
    if real - fake < _NEAR and (accuracy or 0.0) > _APART:
        of_all = f"{100 * accuracy:.0f} % of samples"
        who = f"scores real and fake nearly alike, yet tells {of_all} apart"
    elif real - fake < _NEAR:
        who = "can hardly tell real from fake"
        # What is a good sign otherwise.
        over += "; here, that is no success" if found else ""
    elif _is_won(curves, step, starts):
        who = "is far ahead"
    else:
        who = "is somewhat ahead, as is usual"
    return f"D {who} ({numbers}; {over})."


def _variety(curves, step):
    diversity = _at(curves, "diversity", step)
    if diversity is None:
        return ""
    of_real = f"{100 * diversity:.0f} % of that between real ones"
    return f"The distance between samples is {of_real}."


def _progress(curves, step):
    """Where the first metric of `Evaluation` began."""
    for name, curve in curves.items():
        if curve["group"] == "evaluation" and "unseen" in curve["points"]:
            seen = _up_to(curve["points"]["unseen"], step)
            return f"{name} was {seen[0][1]:.4g} at first." if len(seen) > 1 else ""
    return ""


def _points(curves, name, split="train"):
    line = curves.get(name, {}).get("points", {}).get(split)
    return [line] if line else []


def _up_to(line, step):
    """The points `(step, value)` of a curve up to a step."""
    return [(s, v) for s, v in zip(*line, strict=True) if s <= step] if line else []


def _at(curves, name, step, split="train"):
    """The last value of a curve up to a step, or None."""
    for steps, values in _points(curves, name, split):
        number = bisect.bisect_right(steps, step)
        return values[number - 1] if number else None
    return None

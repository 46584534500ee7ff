"""What stands out in a table of results."""

# Below this share of what real samples get, a number says that something is missing.
# Healthy generators of small images are at 0.6 to 0.9 of it.
FAR = 0.5
# Numbers that real samples make high: what it means if they are low.
_IF_LOW = {
    "precision": "most samples lie where no real ones are",
    "recall": "samples cover few of the real ones",
    "coverage": "few real samples have a sample nearby",
    "is": "samples are of few classes, or of none that can be told",
    "modes": "most modes have no sample",
}


def remarks(results, floor):
    """Sentences on results that are far below what real samples get; mostly none.

    Args:
        results: A dict of `Result`s by name.
        floor: A dict of `Result`s of real samples; names may be missing.

    Returns:
        A list of texts.

    Example:

    >>> low, real = (keras_gan.evaluation.Result(x, 0.01, n=100) for x in (0.04, 0.9))
    >>> remarks({"recall": low}, {"recall": real})
    ['recall is low, 0.04 (real samples: 0.9): samples cover few of the real ones.']
    """
    return [
        f"{name} is low, {results[name].value:.2g} (real samples: "
        f"{floor[name].value:.2g}): {meaning}."
        for name, meaning in _IF_LOW.items()
        if name in results and name in floor
        if results[name].value < FAR * floor[name].value
    ]

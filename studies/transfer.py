"""Few images, few steps: does it help to begin from a run on other images?"""

import os

import numpy as np

from keras_gan import data
from keras_gan.data.choice import some_of
from keras_gan.evaluation import Settings, Suite
from keras_gan.recipe import Recipe
from keras_gan.storage.files import published
from studies import contest, equal_time, recipes
from studies.outcome import Claim, Outcome
from studies.runs import Runs

# The older run is on the digits below, the new ones on the others.
FIRST_NEW = 5
NUM_IMAGES = 300
OLDER_STEPS, STEPS = 2_000, 400
NUM_SAMPLES = 4_000
FRESH, BEGUN, HELD = "fresh", "init_from", "init_from, freeze_d=2"
OPTIONS = {FRESH: {}, BEGUN: {}, HELD: {"freeze_d": 2}}
QUICK = {"network": "mlp", "generator_units": (16,), "discriminator_units": (16,)}


def run(seeds, options):
    """Trains on 300 images of the digits 5 to 9, from nothing and from digits 0 to 4.

    Args:
        seeds: list of ints: of the new runs. The older run and the choice of images have
            the first.
        options: `quick`: three steps of small networks on mnist5k; `max_hours`,
            `work_dir`: see `Runs`.

    Returns:
        An `Outcome`.
    """
    num = 200 if options.quick else NUM_SAMPLES
    dataset = "mnist5k" if options.quick else "mnist"
    flags = QUICK if options.quick else {}
    runs = Runs("transfer", options)
    paths = {name: os.path.join(runs.folder, f"{name}.npz") for name in ("many", "few")}
    suite = _prepare(dataset, paths, num, seeds[0])
    older = os.path.join(runs.folder, "older.keras")
    steps = 3 if options.quick else OLDER_STEPS
    _older(runs, {**flags, **_on(paths["many"]), "steps": steps, "seed": seeds[0]}, older)

    def one(name, seed, file):
        changed = {
            **flags,
            **_on(paths["few"]),
            "steps": 3 if options.quick else STEPS,
            "seed": seed,
            **({} if name == FRESH else {"init_from": older}),
            **OPTIONS[name],
        }

        def make():
            gan = equal_time.train("dcgan", changed, None)
            numbers, samples = equal_time.score(gan, suite, num)
            runs.keep_samples(file, samples[:36])
            return numbers

        return recipes.settings("dcgan", **changed), make

    names = (BEGUN,) if options.quick else tuple(OPTIONS)
    found = contest.run_all(runs, names, seeds[:1] if options.quick else seeds, one)
    floor = {name: one.value for name, one in suite.floor(num).items()}
    measured = {
        "samples": num,
        "images": NUM_IMAGES,
        "older_steps": steps,
        "floor": floor,
        "runs_left_out": runs.left_out,
        "summary": contest.summary(found),
        "runs": found,
    }
    text = (
        f"The preset `dcgan` for {STEPS} steps on {NUM_IMAGES} images of the digits 5 to "
        "9: from nothing, from the weights of one run of "
        f"{OLDER_STEPS:,} steps on all digits 0 to 4, and with the first two of D's four "
        f"layers held. {num:,} samples of each against the test digits 5 to 9; means and "
        "standard errors over seeds. The older run is not counted in CPU-seconds.\n\n"
        f"{contest.table('beginning', measured['summary'], floor)}"
    )
    pixels = contest.sheets(runs, found)
    return Outcome(measured, _claims(found, measured["summary"], floor), pixels, text)


def _on(path):
    return {"dataset": f"npz:{path}"}


def _prepare(dataset, paths, num, seed):
    """Writes both sets of images; returns the `Suite` of the new digits."""
    train, test = (
        data.load(dataset, split=split, batch_size=1) for split in ("train", "test")
    )
    new = train.samples[train.classes >= FIRST_NEW]
    images = {
        "many": train.samples[train.classes < FIRST_NEW],
        "few": new[some_of(len(new), NUM_IMAGES, seed)],
    }
    os.makedirs(os.path.dirname(paths["few"]), exist_ok=True)
    for name, path in paths.items():
        with published(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, images=images[name])
    unseen = test.samples[test.classes >= FIRST_NEW]
    unseen = unseen[some_of(len(unseen), num)]
    return Suite(new, unseen, Settings(contest.METRICS, dataset=dataset))


def _older(runs, flags, path):
    """Trains the older run, unless it was kept."""

    def make():
        recipe = Recipe.preset("dcgan", **flags)
        real = recipe.load_data()
        gan = equal_time.train_gan(recipe.build(real), real, None, recipe.steps)
        with published(path) as temporary:
            gan.save(temporary)
        return {"steps": int(gan.step.numpy())}

    runs("older", recipes.settings("dcgan", **flags), make)


def _claims(found, summary, floor):
    distances = [row["fd_classifier"]["mean"] for row in summary.values()]
    claims = [contest.above_floor(distances, floor)]
    if FRESH in found:
        pairs = zip(found[BEGUN], found[FRESH], strict=False)
        ratios = [new["fd_classifier"] / old["fd_classifier"] for new, old in pairs]
        text = f"fd_classifier of {BEGUN} over that of {FRESH}, same seed, worst"
        claims.append(Claim(text, max(ratios), 1.0))
    return claims

"""Measures a trained run, or any images in a .npz or a folder, against real data.

keras-gan-evaluate --run_dir=runs/quickstart
keras-gan-evaluate --run_dirs='runs/dcgan-*' --json=dcgan.json
keras-gan-evaluate --samples=samples.npz --dataset=mnist --metrics=parzen,prdc
keras-gan-evaluate --samples=samples/ --dataset=mnist
keras-gan-evaluate --train_classifier --dataset=fashion_mnist
"""

import dataclasses
import itertools
import os
import shlex
import time

from keras_gan.arguments import ImageSize
from keras_gan.cli import command_line
from keras_gan.cli.command_line import say
from keras_gan.cli.comparison import (
    add_row,
    caption_of,
    check_table,
    extractors_in_words,
    table_with,
)
from keras_gan.cli.flags import define, given
from keras_gan.cli.several_runs import check_one
from keras_gan.recipe import Recipe
from keras_gan.recipe.options import check_options, option, options_of
from keras_gan.recipe.recipe import WithoutLabels
from keras_gan.terminal import wrapped

# Keras and TensorFlow take seconds to import: the functions that need them do it, so
# that --help answers at once.


BY_PIXELS = (
    "There is no classifier for {spec}: compared are pixels, which say little of "
    "shapes.{files}"
)
OTHER_DATA = (
    "{spec} is not what {run_dir} was trained on: its files have changed. What is "
    "measured against may be among its training images."
)
MAKE_ONE = " Make one, once:\n  {command}"
# Keys of a file of numbers; it depends on what stands there.
MEASURED_BY = (
    *("step", "dataset", "image_shape", "split", "train_split", "seed", "num_samples"),
    *("num_real", "num_floor", "num_train", "extractors"),
)
# Characters of a class's name in the line below the table.
LONGEST_NAME = 16
# Classes that are listed.
NUM_LISTED = 10
ONE_SPLIT = (
    "One half of the split {split} is what is measured against, the other half gives the "
    "floor. A run was trained on both: copies of its images score well, and memorization "
    "does not show them. Keep images aside, as a split test."
)


@dataclasses.dataclass(frozen=True)
class Request:
    """What is asked of `evaluate.py`; each field is a flag."""

    run_dir: str | None = option(
        None, "Folder of the run to measure.", is_path=True, section="What is measured"
    )
    run_dirs: tuple[str, ...] | None = option(
        None,
        "Folders of several runs, such as a,b or runs/dcgan-*, to measure each, and the "
        "means over them.",
        is_path=True,
    )
    samples: str | None = option(
        None,
        "A .npz or a folder of images to measure, instead of a run.",
        is_path=True,
    )
    dataset: str | None = option(
        None,
        "Real data, as for keras-gan-train. Default: what the run was trained on.",
        section="Real data",
    )
    split: str | None = option(
        None,
        "Split to measure against. Default: test; for data of one split {train_split}.",
    )
    train_split: str = option(
        "train",
        "Split for the floor, for Parzen's sigma and for memorization. If it is the same "
        "as {split}, that split is cut into two halves.",
    )
    data_dir: str | None = option(
        None, "Folder of prepared tensorflow-datasets.", is_path=True
    )
    image_size: ImageSize | None = option(
        None,
        "Resize real images, and those of a folder of {samples}, to this side, or to "
        "this height x width, such as 96x64.",
    )
    fit: str | None = option(
        None, "As for keras-gan-train.", choices=("crop", "pad", "stretch")
    )
    channels: str | None = option(
        None,
        "As for keras-gan-train; of {samples}, too.",
        choices=("auto", "1", "3", "4"),
    )
    bits: int | None = option(None, "As for keras-gan-train.", choices=(8, 16))
    skip_bad_images: bool | None = option(
        None,
        "Whether the broken files of a folder are left out. Default: as the run did.",
    )
    metrics: tuple[str, ...] | None = option(
        None,
        "parzen, fd_EXTRACTOR, fid, kid, prdc, is, memorization, modes, agreement. "
        "Default: parzen,fd_classifier,kid,prdc,is for images, and agreement for a "
        "conditional run; modes,kid,prdc for points.",
        section="Metrics",
    )
    num: int = option(10_000, "Samples to measure.", at_least=2)
    num_real: int | None = option(
        None,
        "Real samples to measure against, drawn at random; 0: all of the split. "
        "Default: as many as there are samples, if the split has so many.",
        at_least=0,
    )
    seed: int = option(
        0, "Keys latents, the choice of real samples, and k-means.", at_least=0
    )
    extractor: str | None = option(
        None,
        "Features of kid, prdc and is: pixels, classifier, inception or savedmodel:PATH. "
        "Default: classifier for images, pixels for points.",
    )
    classifier: str | None = option(
        None,
        "A classifier file, or mnist: the shipped one. Default: that of {dataset}, "
        "shipped or in the cache.",
        is_path=True,
    )
    inception_path: str | None = option(
        None,
        "classify_image_graph_def.pb of 2015. Default: $KERAS_GAN_INCEPTION.",
        is_path=True,
    )
    parzen_kmeans: bool = option(
        False, "Also show parzen of k-means centres of training images."
    )
    json: str | None = option(
        None,
        "Output file. Default: RUN_DIR/evaluation.json. Of {run_dirs} it holds the means "
        "and all runs.",
        is_path=True,
        section="Output",
    )
    markdown: str | None = option(
        None,
        "File of a table in Markdown, with a row for each method: this command adds one, "
        "of means over {run_dirs} and their standard errors, and makes the file if it "
        "is not there.",
        is_path=True,
    )
    train_classifier: bool = option(
        False,
        "Train {dataset}'s classifier and stop.",
        section="A classifier for data of your own",
    )
    output: str | None = option(
        None,
        "File of {train_classifier}. Default: in ~/.keras/keras_gan.",
        is_path=True,
    )
    epochs: int = option(8, "Epochs of {train_classifier}.", at_least=1)

    def __post_init__(self):
        check_options(self)


def evaluate(request):
    """Measures what is asked for, prints tables, writes JSON; returns 0.

    Raises:
        ValueError: On a user's mistake, in one line, before any work where possible.
    """
    named = [request.run_dir, request.run_dirs, request.samples]
    if sum(one is not None for one in named) != 1:
        raise ValueError("Give either --run_dir, --run_dirs or --samples.")
    if request.run_dir is not None:
        check_one(request.run_dir, "use --run_dirs")
    if request.markdown is not None:
        number = None if request.samples else request.num
        check_table(request.markdown, number)  # Before any work.
    sources = request.run_dirs or [request.run_dir or request.samples]
    begin(f"loading {', '.join(sources)} and real data to measure against")
    if request.run_dirs is not None:
        measure_several(request)
        return 0
    found = measure(request)
    tell(found.legend(), found.remarks(), found.numbers["cautions"])
    write(request, found)
    step = found.numbers["step"]
    steps = [] if step is None else [step]
    add_to_table(request, request.run_dir or request.samples, found, steps)
    return 0


def begin(said):
    """Says what is done, at once, and starts TensorFlow, which takes seconds."""
    say(said)
    command_line.start_tensorflow()


def add_to_table(request, name, found, steps, ones=None):
    """Adds a row to the table of methods, if one is asked for.

    Args:
        request: The `Request`.
        name: What the row is called.
        found: What was `Measured`, or the means of it.
        steps: The updates of G of each run.
        ones: Of means, as for `add_row`. Defaults to None: it is of one run.
    """
    if request.markdown is not None:
        add_row(
            request.markdown,
            name,
            found.results,
            found.floor,
            steps,
            caption_of(found.numbers),
            ones,
        )
        say(f"written: {request.markdown}")


def measure_several(request):
    """Measures each of several runs, and prints and writes their means."""
    from keras_gan.cli.run_folder import training_options
    from keras_gan.cli.several_runs import cautions_on_runs, folders_of, said_once
    from keras_gan.data.load import is_drawn
    from keras_gan.evaluation.over_runs import mean_results, over_runs
    from keras_gan.evaluation.table import means_as_text

    folders = folders_of(request.run_dirs)
    asked = dataclasses.replace(request, run_dirs=None, json=None, markdown=None)
    runs = {folder: dataclasses.replace(asked, run_dir=folder) for folder in folders}
    recipes = [recipe_of(run) for run in runs.values()]
    if len({(one.dataset, *one.reading().values()) for one in recipes}) > 1:
        raise ValueError(
            "--run_dirs: the runs are of different data, and their numbers have no mean: "
            "name what to measure against by --dataset, --image_size, --fit, --channels "
            "and --bits."
        )
    name = ",".join(request.run_dirs)
    # Where each run has real samples of its own, only their mean is the table's floor.
    share_floor = not is_drawn(recipes[0].dataset)
    found, suites = {}, {}
    for folder, run in runs.items():
        found[folder] = one = measure(run, suites)
        # A row is refused at once, before the run's own numbers are replaced.
        if request.markdown is not None and share_floor:
            caption = caption_of(one.numbers)
            table_with(request.markdown, name, one.results, one.floor, [], caption)
        write(run, one)
        say("")
    numbers = {folder: one.numbers for folder, one in found.items()}
    trained = {folder: recipe_of_run(folder) for folder in folders}
    options = {run: of and training_options(of) for run, of in trained.items()}
    steps, seeds = (
        {folder: one[key] for folder, one in numbers.items()}
        for key in ("step", "training_seed")
    )
    cautions = cautions_on_runs(steps, seeds, options)
    cautions += said_once({run: one["cautions"] for run, one in numbers.items()})
    results, floors = (
        [getattr(one, name) for one in found.values()] for name in ("results", "floor")
    )
    say(f"{len(folders)} runs: {', '.join(folders)}\n")
    say(f"{means_as_text(results, floors)}\n")
    legend = [
        f"mean: over the runs; +-: its standard error, deviation / sqrt({len(folders)})",
        "+- of one: of one evaluation; root mean square over the runs",
    ]
    first = found[folders[0]]
    remarks = said_once({run: one.remarks() for run, one in found.items()})
    tell([*legend, *first.legend()], remarks, cautions)
    floor = mean_results(floors, "one_evaluation")  # That of each run, in most cases.
    means = Measured(mean_results(results), floor, first.numbers)
    ones = mean_results(results, "one_evaluation")
    if request.json is not None:
        shared = ("dataset", "split", "seed", "num_samples", "num_real", "num_floor")
        content = {
            "command": command_of(request),
            "means": over_runs(results),
            "floor": over_runs(floors),
            **{name: first.numbers[name] for name in shared},
            "training_seeds": seeds,
            "steps": steps,
            "cautions": cautions,
            "runs": numbers,
        }
        publish(request.json, content)
    add_to_table(request, name, means, list(steps.values()), ones)


@dataclasses.dataclass(frozen=True)
class Measured:
    """What was found of a run or of samples.

    Attributes:
        results: A dict of `Result`s by name.
        floor: The same of real training samples.
        numbers: What the JSON file holds.
    """

    results: dict
    floor: dict
    numbers: dict

    def legend(self):
        """Lines on how to read the table."""
        from keras_gan.evaluation.suite import meaning
        from keras_gan.evaluation.table import details_in_words

        lines = [wrapped(f"  {name}: {meaning(name)[1]}") for name in self.results]
        lines += [wrapped(f"  {line}") for line in details_in_words(self.results)]
        if self.numbers["num_floor"]:
            lines.insert(0, about_floor(self.floor, self.numbers))
        lines += [
            wrapped(f"  {line}")
            for line in extractors_in_words(self.numbers["extractors"])
        ]
        return lines

    def remarks(self):
        """Lines on numbers that are far below those of real samples."""
        from keras_gan.evaluation.remarks import remarks

        return remarks(self.results, self.floor)


def measure(request, suites=None):
    """Measures a run or samples, and prints a table.

    Args:
        request: The `Request`.
        suites: A dict of the suites that other runs of the same request were measured
            by, to which this one's is added: runs with the same data share the floor.
            Defaults to None: it is measured alone.

    Returns:
        What was `Measured`.
    """
    from keras_gan.cli.given_samples import fitted, read_samples
    from keras_gan.cli.measurement import check_num, check_weights
    from keras_gan.cli.run_folder import load_run
    from keras_gan.data.kinds import IMAGES, kind_of
    from keras_gan.data.load import is_drawn
    from keras_gan.evaluation.classifier import command_that_trains, of_files
    from keras_gan.evaluation.suite import EQUALLY_OFTEN, FEW_SAMPLES, changes_with_n

    check_weights(request.metrics or (), request.inception_path, request.extractor)
    gan = load_run(request.run_dir) if request.run_dir else None
    if gan:
        check_num("--num", request.num, gan.sample_shape)
    recipe = recipe_of(request)
    samples = None
    if not gan:
        samples = read_samples(
            request.samples, request.num, reading_of_samples(request, recipe)
        )
    began = time.monotonic()
    condition = gan.condition if gan else None
    number = request.num if gan else len(samples)
    suites = {} if suites is None else suites
    key = what_is_compared(recipe, condition)
    is_new = key not in suites
    if is_new:
        if is_drawn(recipe.dataset):
            suites.clear()  # Each seed has other real samples, which take memory.
        suites[key] = build_suite(request, recipe, number, condition)
    suite = suites[key]
    suite.check_number(number)
    labels = suite.labels_for(condition, number)
    source = request.run_dir or request.samples
    if gan:
        say(f"drawing {number:,} samples of {source}, step {int(gan.step):,}")
        samples = draw(gan, number, request.seed, labels)
    else:
        samples = fitted(samples, suite.test.shape[1:], source)
    samples = suite.check_samples(samples)
    is_image = kind_of(suite.test.shape[1:]) is IMAGES
    by_pixels = is_image and compares_pixels(request, recipe)
    aside = " by their pixels, for want of a classifier" if by_pixels else ""
    say(f"measuring them{aside}: {', '.join(suite.settings.metrics)}")
    results = suite.measure(samples, labels)
    if is_new and set(suite.settings.metrics) != {"memorization"}:
        say(f"measuring {min(number, suite.num_floor):,} training samples: the floor")
    floor = suite.floor(number)
    if request.parzen_kmeans:
        if is_new:
            say("measuring centres of clusters of real training samples")
        results["parzen_kmeans"] = suite.parzen_of_kmeans(number)
    cautions = suite.cautions(samples, results)
    if gan and gan.is_conditional and labels is None:
        cautions.append(f"{EQUALLY_OFTEN}.")
    split = suite.settings.split
    if by_pixels:
        command = command_that_trains(recipe.dataset, flags_of_reading(recipe))
        files = of_files(recipe.dataset)
        text = BY_PIXELS if suite.labels is None else BY_PIXELS + MAKE_ONE
        cautions.append(text.format(spec=recipe.dataset, command=command, files=files))
    if gan and was_other(request, recipe, gan):
        text = OTHER_DATA.format(spec=recipe.dataset, run_dir=request.run_dir)
        cautions.append(text)
    if split == request.train_split:
        cautions.append(ONE_SPLIT.format(split=split))
    say(
        f"\n{number:,} samples of {source}\n"
        f"against {len(suite.test):,} real ones of {recipe.dataset}, split {split}\n"
    )
    report(results, floor, gan and gan.class_names)
    of_training = [one.n for name, one in floor.items() if name != "agreement"]
    numbers = {
        "command": command_of(request),
        "samples": source,
        "step": int(gan.step) if gan else None,
        "averaged": gan.sampler is not gan.generator if gan else None,
        "class_names": gan.class_names if gan else None,
        **how_trained(request.run_dir),
        "dataset": recipe.dataset,
        "image_shape": list(suite.test.shape[1:]),
        "split": split,
        "train_split": request.train_split,
        "seed": request.seed,
        "num_samples": number,
        "num_real": len(suite.test),
        "num_floor": of_training[0] if of_training else None,
        "num_train": len(suite.train),
        "is_of_few": len(suite.test) < FEW_SAMPLES,
        "changes_with_n": list(filter(changes_with_n, results)),
        "results": {name: result.to_dict() for name, result in results.items()},
        "floor": {name: result.to_dict() for name, result in floor.items()},
        "extractors": {one.name: one.about for one in suite.extractors.values()},
        "cautions": cautions,
        "seconds": round(time.monotonic() - began, 1),
    }
    return Measured(results, floor, numbers)


def command_of(request):
    """The line that repeats a measurement."""
    options = options_of(Request)
    values = {name: getattr(request, name) for name in options}
    changed = [
        options[name].flag(value)
        for name, value in values.items()
        if value != options[name].default
    ]
    return shlex.join(["keras-gan-evaluate", *changed])


def how_trained(run_dir):
    """The training seed, the preset and the flags of a run; None if not known."""
    from keras_gan.cli.run_folder import preset_of_run

    recipe = run_dir and recipe_of_run(run_dir)
    return {
        "training_seed": recipe.seed if recipe else None,
        "preset": preset_of_run(run_dir) if recipe else None,
        "flags": recipe.to_flags().splitlines() if recipe else None,
    }


def write(request, found):
    """Writes what was `Measured`, with all it depends on, to the file that is asked for.

    That of a run which was measured otherwise before is kept under another name.
    TensorBoard compares runs by these numbers: it gets them, too, unless they are to go
    elsewhere.
    """
    from keras_gan.callbacks.run_log import show_final
    from keras_gan.cli.report import renew_pages

    numbers, run_dir = found.numbers, request.run_dir
    if request.json is not None:
        publish(request.json, numbers)
    elif run_dir:
        path = os.path.join(run_dir, "evaluation.json")
        kept = keep_former(path, numbers)
        publish(
            path, numbers, kept and f"\nthe former, measured otherwise, is {kept} now"
        )
        show_final(run_dir, numbers["step"], found.results, found.floor)
        if pages := renew_pages(run_dir):
            say(f"with these numbers: {pages}")


def publish(path, numbers, aside=None):
    """Writes numbers to a file, with the versions of what measured them, and says so."""
    from keras_gan.storage.files import publish_json
    from keras_gan.version import versions

    publish_json(path, {**numbers, "versions": versions()})
    say(f"written: {path}{aside or ''}")


def keep_former(path, numbers):
    """Renames a file of numbers, unless the new ones were measured in the same way.

    Args:
        path: The file, such as evaluation.json: it becomes the first of the names
            evaluation_1.json, evaluation_2.json, ... that is free, or whose file was
            measured as it was.
        numbers: What will be written there.

    Returns:
        The new name, without its folder; None if nothing is renamed.
    """
    former = measured_by(path)
    if not os.path.exists(path) or former == how_measured(numbers):
        return None
    stem, suffix = os.path.splitext(path)
    for number in itertools.count(1):
        kept = f"{stem}_{number}{suffix}"
        if not os.path.exists(kept) or (former and measured_by(kept) == former):
            os.replace(path, kept)
            return os.path.basename(kept)


def measured_by(path):
    """`how_measured` of a file; None if it holds no such numbers."""
    import json

    try:
        with open(path, encoding="utf-8") as file:
            return how_measured(json.load(file))
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None


def how_measured(numbers):
    """All that the numbers of a run depend on, and which they are."""
    from keras_gan.storage.files import as_json

    about = {name: numbers.get(name) for name in MEASURED_BY}
    return as_json({**about, "results": sorted(numbers["results"])})


def recipe_of(request):
    """The recipe of the real data: the run's, with what the flags say of the data."""
    of_run = request.run_dir and recipe_of_run(request.run_dir)
    if request.dataset is None and of_run is None:
        raise ValueError("Name the real data to measure against: --dataset=SPEC.")
    recipe = of_run or Recipe()
    names = ("dataset", "data_dir", *recipe.reading())
    named = {name: getattr(request, name) for name in names}
    changed = {name: value for name, value in named.items() if value is not None}
    return dataclasses.replace(recipe, **changed)


def reading_of_samples(request, recipe):
    """How given samples become arrays: in the real images' channels.

    They are resized only if that is asked for, because it changes the numbers.
    """
    from keras_gan.data.sources.reading import Reading

    size = request.image_size
    return Reading(size, recipe.fit if size else "crop", recipe.channels)


def flags_of_reading(recipe):
    """The flags that make images of the data what they are in a recipe."""
    options = options_of(Recipe)
    for name, value in recipe.reading().items():
        if value != options[name].default:
            yield options[name].flag(value)


def recipe_of_run(run_dir):
    """The recipe that a run was trained by, or None if nobody wrote it down."""
    is_there = os.path.exists(os.path.join(run_dir, "flags.txt"))
    return Recipe.of_run(run_dir) if is_there else None


def what_is_compared(recipe, condition):
    """All that decides, for one request, what a run is measured by.

    Args:
        recipe: The recipe of the real data.
        condition: That of a conditional run, or None.
    """
    from keras_gan.data.load import is_drawn

    seed = recipe.seed if is_drawn(recipe.dataset) else None
    classes = condition and (condition.number, condition.names)
    data = (recipe.dataset, recipe.data_dir, *recipe.reading().values())
    return data, seed, classes


def was_other(request, recipe, gan):
    """Whether a run was trained on other data than stands under that name now.

    Args:
        request: The `Request`.
        recipe: The recipe of the real data.
        gan: The run's `GAN`.
    """
    from keras_gan.cli.run_folder import data_of
    from keras_gan.data.inputs import digest
    from keras_gan.data.load import is_of_files

    of_run = recipe_of_run(request.run_dir)
    known = data_of(request.run_dir)
    if of_run is None or not known or not is_of_files(recipe.dataset):
        return False
    names = ("dataset", "data_dir", *recipe.reading())
    if any(getattr(of_run, name) != getattr(recipe, name) for name in names):
        return False  # Other data was asked for.
    trained = dataclasses.replace(recipe, conditional=gan.is_conditional, batch_size=1)
    found = trained.load_data(of_run.split)
    arrays = [found.samples, found.labels] if gan.is_conditional else [found.samples]
    return not known.startswith(digest(arrays))


def build_suite(request, recipe, number, condition=None):
    """The metrics that are asked for, on the recipe's data.

    Args:
        request: The `Request`.
        recipe: The recipe of the real data.
        number: How many samples will be measured.
        condition: That of a conditional run. Defaults to None.
    """
    from keras_gan.cli.measurement import suite_of, usual_metrics
    from keras_gan.data.on_disk import checksum_of

    whole = recipe.load_alone(request.train_split)
    split, train, (test, labels) = load_real(whole, recipe, request, number)
    by_pixels = compares_pixels(request, recipe)
    metrics = request.metrics or usual_metrics(
        recipe.dataset,
        test,
        not by_pixels,
        reads_classes(request, recipe, condition, labels),
    )
    return suite_of(
        train,
        test,
        labels=labels,
        dataset=recipe.dataset,
        metrics=metrics,
        extractor="pixels" if by_pixels else request.extractor,
        classifier=request.classifier,
        inception=request.inception_path,
        split=split,
        seed=request.seed,
        train_checksum=checksum_of(whole.samples),
        reading=tuple(flags_of_reading(recipe)),
    )


def compares_pixels(request, recipe):
    """Whether no features are named, and there is no classifier that makes some."""
    from keras_gan.evaluation import classifier

    named = request.metrics or request.extractor or request.classifier
    return not named and not classifier.is_there(recipe.dataset)


def reads_classes(request, recipe, condition, labels):
    """Whether a classifier reads the classes that a run is asked for, and real ones have.

    Args:
        request: The `Request`.
        recipe: The recipe of the real data.
        condition: That of a conditional run, or None.
        labels: Classes of the real samples, or None.
    """
    from keras_gan.evaluation import classifier

    if condition is None or condition.shares_of(labels) is None:
        return False
    path = request.classifier and classifier.path_of(request.classifier)
    if path is None and classifier.is_there(recipe.dataset):
        path = classifier.find(recipe.dataset)
    # A file that is missing is named where it is loaded.
    if path is None or not os.path.isfile(classifier.record_path(path)):
        return False
    return classifier.knows(classifier.read_record(path), condition)


def load_real(train, recipe, request, number):
    """Training samples, and samples to measure against with their classes, if known.

    Args:
        train: The whole training split, `Batches`.
        recipe: The recipe of the real data.
        request: The `Request`.
        number: How many samples will be measured: measured against are as many, unless
            the request says otherwise.

    Returns:
        `(split, training samples, (samples, classes or None))`; of one split alone, both
        are halves.
    """
    from keras_gan.cli.measurement import taken
    from keras_gan.data.choice import some_of
    from keras_gan.data.on_disk import rows_of

    if request.num_real is not None:
        number = request.num_real or None
    split, test = _other_split(recipe.load_alone, request)
    if test is not None:
        rows = some_of(len(test.samples), number, request.seed)
        return split, train.samples, taken(test, rows)
    kept, others = cut(len(train.samples), 2, request.seed)
    return split, rows_of(train.samples, kept), taken(train, others[:number])


def cut(number, parts, seed):
    """Rows of one of so many equal parts, and those of the others, at random."""
    import numpy as np

    from keras_gan.data.choice import random_order

    return np.split(random_order(number, seed), [-(-number // parts)])


def _other_split(load, request):
    """The split to measure against: its name, and its data; None: the training split's.

    Args:
        load: Function of the name of a split.
        request: The `Request`.
    """
    from keras_gan.data.sources.images import NoSuchSplit

    split = request.split or "test"
    if split == request.train_split:
        return split, None
    try:
        return split, load(split)
    except ValueError as error:
        if not isinstance(error.__cause__, NoSuchSplit):
            raise
        if request.split is None:
            return request.train_split, None
        raise ValueError(
            f"{command_line.in_words(error)} (data of one split only: leave --split out, "
            f"and {request.train_split} is cut into two halves)"
        ) from None


def draw(gan, num, seed, labels=None):
    """Samples of a run, in blocks, as files hold them."""
    from keras_gan.data.value_range import as_stored

    return as_stored(gan.sample(num, seed, labels), gan.value_range)


def report(results, floor, class_names=None):
    """Prints the table.

    Args:
        results: A dict of `Result`s of the samples, by name.
        floor: A dict of `Result`s of real training samples.
        class_names: Name of each class of a conditional run. Defaults to None: not
            known.
    """
    from keras_gan.evaluation.table import as_text

    print(as_text(results, floor), end="\n\n")
    if "agreement" in results:
        print(by_class(results["agreement"], floor["agreement"], class_names))


def tell(legend, remarks, cautions):
    """Prints how to read a table, what stands out, and why it may mislead."""
    print("\n".join(legend))
    for remark in remarks:
        print(wrapped(f"Look: {remark}"))
    if remarks:
        print("What to do about it: docs/questions.md, The numbers are low.")
    for caution in cautions:
        prose, *commands = f"Caution: {caution}".split("\n")
        # A command stays on one line, to be copied.
        print("\n".join([wrapped(prose), *commands]))


def about_floor(floor, numbers):
    """What the floor was measured on, and whether that is as many as the samples."""
    from keras_gan.evaluation.suite import FEW_SAMPLES, changes_with_n

    n, num_train = numbers["num_floor"], numbers["num_train"]
    text = f"floor: the same metrics on {n:,} real training samples."
    if n == numbers["num_samples"]:
        return text
    text = f"floor: the same metrics on {n:,} of {num_train:,} real training samples"
    if "agreement" in floor:
        text += "; of agreement, on real test images"
    if "parzen" in floor:
        text += "; the others are kept to choose Parzen's sigma"
    lines = [wrapped(f"{text}.")]
    names = ", ".join(filter(changes_with_n, floor))
    if names:
        are = "it" if "," not in names else "them"
        said = f"What changes with n: {names}. Compare {are} with the floor at --num={n}."
        if n < FEW_SAMPLES:
            said = f"{said.removesuffix('.')}; so few say little."
        lines.append(wrapped(said))
    return "\n".join(lines)


def by_class(found, real, names):
    """How often each class is read as it was asked for, the least often first."""
    shares, of_real = found.extra["by_class"], real.extra["by_class"]
    asked = [c for c, n in enumerate(found.extra["asked"]) if n]
    asked.sort(key=lambda c: shares[c])  # Stable: equal ones stay in their order.
    lines = ["agreement by class, the lowest first (of so many samples; real images):"]
    for c in asked[:NUM_LISTED]:
        name = str(c) if names is None else " ".join(names[c].split())
        name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        number = found.extra["asked"][c]
        lines.append(
            f"  {100 * shares[c]:5.1f} % of {number:,} ({100 * of_real[c]:.1f} %)  {name}"
        )
    if len(asked) > NUM_LISTED:
        rest = [shares[c] for c in asked[NUM_LISTED:]]
        lines.append(f"  {100 * min(rest):5.1f} % or more for the other {len(rest):,}")
    return "\n".join(lines) + "\n"


def train_classifier(request):
    """Makes the network whose features measure samples; returns 0.

    It trains on the training split, is tested on the other one, or on a fifth of the
    training split that it has not seen, and both are recorded.

    Raises:
        ValueError: On a user's mistake, in one line.
    """
    if request.dataset is None:
        raise ValueError("--train_classifier needs --dataset=SPEC.")
    begin(f"loading {request.dataset}")

    from keras_gan.data.on_disk import checksum_of, rows_of
    from keras_gan.evaluation import classifier
    from keras_gan.evaluation.features import as_uint8

    path = classifier_path(request)
    recipe = dataclasses.replace(recipe_of(request), batch_size=1, conditional=True)
    try:
        train = recipe.load_data(request.train_split)
        test_split, test = _other_split(recipe.load_data, request)
    except WithoutLabels:
        raise ValueError(
            f"--train_classifier needs labels, and --dataset={recipe.dataset} has none: "
            "measure with --extractor=pixels --metrics=kid,prdc."
        ) from None
    images, labels = as_uint8(train.samples, "--dataset"), train.labels
    if test is not None:
        unseen = as_uint8(test.samples, "--dataset"), test.labels
    else:
        held_out, kept = cut(len(images), 5, request.seed)
        unseen = rows_of(images, held_out), labels[held_out]
        images, labels = rows_of(images, kept), labels[kept]
        test_split = f"a fifth of {request.train_split}"
    began = time.monotonic()
    model = classifier.train(
        images,
        labels,
        num_classes=train.num_classes,
        epochs=request.epochs,
        seed=request.seed,
        say=say,
    )
    record = {
        "dataset": request.dataset,
        "train_split": request.train_split,
        "train_checksum": checksum_of(train.samples),
        "num_train": len(images),
        "test_split": test_split,
        "num_test": len(unseen[0]),
        "test_accuracy": classifier.accuracy(model, *unseen),
        "image_shape": list(images.shape[1:]),
        "num_classes": train.num_classes,
        "class_names": train.class_names,
        "epochs": request.epochs,
        "seed": request.seed,
        "seconds": round(time.monotonic() - began, 1),
    }
    record = classifier.save(path, model, record)
    say(f"test accuracy {record['test_accuracy']:.4f}: {path}")
    return 0


def classifier_path(request):
    """Where the classifier goes, once it is known to be worth training."""
    from keras_gan.evaluation import classifier

    if request.split == request.train_split:
        raise ValueError(
            f"--split={request.split} is the training split: an accuracy on it says "
            "nothing; name another."
        )
    path = request.output or classifier.cache_path(request.dataset)
    if not path.endswith(".keras"):
        raise ValueError(f"--output={path} must end in .keras.")
    return path


def main(own):
    """Measures what the flags name, or trains a classifier."""
    request = Request(**given(Request, own))
    return train_classifier(request) if request.train_classifier else evaluate(request)


def run():
    """Entry point of `keras-gan-evaluate`."""
    # Before it starts TensorFlow, it says what it does.
    command_line.run(main, define(Request), needs_tensorflow=False)


if __name__ == "__main__":
    run()

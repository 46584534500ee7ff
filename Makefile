# Both commands set up what they need, once, and then do their work.
PYTHON ?= python3
BIN := .venv/bin

# What `make check` runs: the losses, the theory, the step of training, what is saved, a
# fit of each kind, and one command. Everything else is for `make test`.
CHECKED := tests/test_architecture.py tests/test_public_api.py tests/losses \
	tests/test_penalties.py tests/test_optimizers.py tests/test_randomness.py \
	tests/theory tests/storage tests/data/test_in_memory.py tests/test_gan.py \
	tests/test_gan_options.py::TestEverythingAtOnce \
	tests/test_conditional.py::test_trains_evaluates_and_saves \
	tests/test_serialization.py tests/test_recipe.py tests/test_logs.py \
	tests/cli/test_commands.py::TestTrain::test_succeeds_and_has_nothing_to_complain_about

.PHONY: train check test faults lint docs tutorial clean

## Train a GAN on 4,000 real digits, then draw each digit eight times.
train: export KERAS_GAN_COMMAND = make train
train: .venv/ready
	$(BIN)/python scripts/train.py --preset=quickstart
	$(BIN)/python scripts/sample.py --run_dir=runs/quickstart --num=80 --truncation=1.5

## Run what a change breaks first: about a minute on two cores.
check: .venv/ready-to-test
	$(BIN)/python -m pytest --numprocesses=2 $(CHECKED)

## Run all tests: about 8 minutes on two cores.
test: .venv/ready-to-test
	$(BIN)/python -m pytest

## Inject the faults that need root, a small disk or many kills, in short form.
faults: .venv/ready-to-test
	$(BIN)/python scripts/faults.py --quick --rows=31,33,34 --results=build/faults.json

## Check style and common mistakes.
lint: .venv/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

## Make a site of the docs, build/docs/index.html.
docs: .venv/ready-for-docs
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -c docs . build/docs
	cp build/docs/README.html build/docs/index.html

## Run the tutorial from top to bottom: under five minutes on two cores.
tutorial: .venv/ready-for-docs
	$(BIN)/python scripts/tutorial.py

.venv/ready: setup.py
	@echo "Installing TensorFlow and the others into .venv: a few minutes, once."
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/ready-to-test: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

.venv/ready-for-docs: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	touch $@

clean:
	rm -rf .venv build docs/api *.egg-info

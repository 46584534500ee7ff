# Both commands set up what they need, once, and then do their work.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: train test faults lint clean

## Train the 2014 GAN on 4,000 real digits, then draw 64 samples of it.
train: .venv/ready
	$(BIN)/python scripts/train.py --preset=quickstart
	$(BIN)/python scripts/sample.py --run_dir=runs/quickstart --output=samples.png

## Run all tests.
test: .venv/ready-to-test
	$(BIN)/python -m pytest

## Inject the faults that need root, a small disk or many kills, in short form.
faults: .venv/ready-to-test
	$(BIN)/python scripts/faults.py --quick --rows=31,33,34 --results=build/faults.json

## Check style and common mistakes.
lint: .venv/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.venv/ready: setup.py
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/ready-to-test: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

clean:
	rm -rf .venv build *.egg-info

# Everything runs in an environment of its own: `make demo` and `make test` set up what they need by themselves.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# Otherwise every command that the tests run would compile the sources again.
unexport PYTHONDONTWRITEBYTECODE

# of `make fuzz`
SEED := 1
MUTANTS := 1000000

.PHONY: demo quick test lint slow many fuzz bench checker schema docs clean

demo: $(READY)
	$(BIN)/relucert certify coloring-to-relu-network examples/grotzsch.col -p colors=3 -o $(VENV)/grotzsch-3.cert
	$(BIN)/relucert check $(VENV)/grotzsch-3.cert --source examples/grotzsch.col -p colors=3 --strict
	$(BIN)/relucert certify coloring-to-relu-network examples/grotzsch.col -p colors=4 -o $(VENV)/grotzsch-4.cert
	$(BIN)/relucert check $(VENV)/grotzsch-4.cert --source examples/grotzsch.col -p colors=4 --strict

test: lint
	$(BIN)/python -m pytest -n auto -m "not slow"

quick: $(READY)
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n auto -m "not slow and not thorough"

slow: $(READY)
	$(BIN)/python -m pytest -n auto -m slow

many: $(READY)
	$(BIN)/python -m pytest -n auto --hypothesis-profile=many -m random

fuzz: $(READY)
	$(BIN)/python tests/certificates/fuzz.py --seed $(SEED) --mutants $(MUTANTS)

# The checker as one file that any Python 3.11 runs; needs no environment, and gives the same bytes every time.
checker:
	$(PYTHON) packaging/checker.py relucert-check.pyz

# From the shapes that problems and reductions state; a test compares.
schema: $(READY)
	$(BIN)/python packaging/schema.py > certificates/schema.json.new
	mv certificates/schema.json.new certificates/schema.json

# A site of README.md, docs/ and the docstrings, for any browser, without a network: build/docs/index.html.
docs: $(READY)
	$(BIN)/python packaging/docs/build.py build/docs

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m pip install --quiet -e '.[bench]'
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.decide
	$(BIN)/python -m benchmarks.reduce
	$(BIN)/python -m benchmarks.losses
	$(BIN)/python -m benchmarks.least
	$(BIN)/python -m benchmarks.cells
	$(BIN)/python -m benchmarks.planes
	$(BIN)/python -m benchmarks.planar
	$(BIN)/python -m benchmarks.convex
	$(BIN)/python -m benchmarks.hostile
	$(BIN)/python -m benchmarks.gate
	$(BIN)/python -m benchmarks.kit
	$(BIN)/python -m benchmarks.points
	$(BIN)/python -m benchmarks.groups
	$(BIN)/python -m benchmarks.sweeps
	$(BIN)/python -m benchmarks.optima
	$(BIN)/python -m benchmarks.peers
	$(BIN)/python -m benchmarks.symmetry
	$(BIN)/python -m benchmarks.colorings
	$(BIN)/python -m benchmarks.engines

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info

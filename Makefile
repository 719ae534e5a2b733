# One command each; every target first sets up what it needs, and does so only once.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

# Options of the main job, for example `make train TRAIN_ARGS="--seed 7"`.
TRAIN_ARGS ?=
# Options of pytest, for example `make test PYTEST_ARGS="-x -k quantity"`.
PYTEST_ARGS ?=
# Inputs of the fuzzer, over all doors, and its options, for example `--door manifests --seed 7`.
N ?= 100000
FUZZ_ARGS ?=
# Seed of what the chaos test does to its N jobs.
SEED ?= 0
# Only tables whose command holds this word, for example `make docs-figures FIGURES=online`.
FIGURES ?=
# Test processes side by side; a file's tests run in one of them, which makes what they share once.
WORKERS ?= 2
PYTEST := python -m pytest -n $(WORKERS) --dist loadfile

# Compiled modules are kept, whatever the surroundings say: without them each process that is started
# compiles what it imports again, some three thousand modules where it trains.
unexport PYTHONDONTWRITEBYTECODE

# The environment is complete when this file exists. Its name depends on everything that is
# installed from, so a second call costs nothing and a changed pin installs again.
FINGERPRINT := $(shell cat pyproject.toml constraints.txt | cksum | cut -d' ' -f1)
READY := $(VENV)/.ready-$(FINGERPRINT)

PIP_INSTALL := python -m pip --disable-pip-version-check -qq install # only errors are shown
UV := $(shell grep '^uv==' constraints.txt)

.DEFAULT_GOAL := help
.PHONY: help setup train test test-interpreted floors fuzz chaos coverage lint format types imports bench bench-record docs-figures constraints clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{ printf "  make %-18s %s\n", $$1, $$2 }'

setup: $(READY) ## create .venv and install everything into it

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { \
	  echo "simarena: $(PYTHON) not found; install Python 3.11 or newer, or name it: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "simarena: Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1); name another: make PYTHON=..." >&2; exit 1; }
	@test -x $(BIN)/pip || { echo "creating $(VENV)"; $(PYTHON) -m venv --clear $(VENV); }
	@echo "installing simarena and its dependencies into $(VENV), about a minute"
	@$(BIN)/$(PIP_INSTALL) '$(UV)' || echo "there is no uv for this machine: pip takes longer"
	@$(BIN)/python .ci/install.py -c constraints.txt -e '.[all,dev]'
	@rm -f $(VENV)/.ready-*
	@touch $@

train: $(READY) ## the main job: train, evaluate, report (options: TRAIN_ARGS=...)
	$(BIN)/simarena train $(TRAIN_ARGS)

test: $(READY) ## run the tests (options: PYTEST_ARGS=...)
	$(BIN)/$(PYTEST) $(PYTEST_ARGS)

test-interpreted: $(READY) ## run the tests of cluster and environments with kernels interpreted
	NUMBA_DISABLE_JIT=1 $(BIN)/$(PYTEST) --dist load tests/jit tests/cluster tests/env $(PYTEST_ARGS)

# A test for each library that is declared, and all of what bends Numba: TESTS of .ci/floors.py.
FLOORS := .venv-floors
floors: $(READY) ## install the lowest releases that are declared, and try them
	@mkdir -p build
	@$(BIN)/python .ci/floors.py > build/floors.txt
	@cmp -s build/floors.txt $(FLOORS)/installed.txt || { \
	  echo "installing the lowest declared releases into $(FLOORS), about a minute"; \
	  $(PYTHON) -m venv --clear $(FLOORS) && \
	  { $(FLOORS)/bin/$(PIP_INSTALL) '$(UV)' || true; } && \
	  $(FLOORS)/bin/python .ci/install.py -c build/floors.txt -e '.[all,test]' && \
	  cp build/floors.txt $(FLOORS)/installed.txt; }
	NUMBA_CACHE_DIR=$(FLOORS)/numba $(FLOORS)/bin/$(PYTEST) $$($(BIN)/python .ci/floors.py --tests) $(PYTEST_ARGS)

fuzz: $(READY) ## feed every door with N mutated inputs (more options: FUZZ_ARGS=...)
	$(BIN)/python -m tests.fuzz $(N) $(FUZZ_ARGS)

chaos: N = 20
chaos: $(READY) ## do N jobs and rounds while processes die and the store fails (options: SEED=...)
	$(BIN)/python -m tests.distributed.chaos $(N) $(SEED)

coverage: $(READY) ## measure branch coverage, kernels interpreted
	NUMBA_DISABLE_JIT=1 $(BIN)/$(PYTEST) --cov $(PYTEST_ARGS)

lint: $(READY) ## check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(READY) ## mend formatting, and what of style mends itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(READY) ## check types, strictly
	$(BIN)/mypy

imports: $(READY) ## check that imports point one way
	$(BIN)/lint-imports --no-cache

bench: $(READY) ## measure speed, say what became slower than benchmarks/RESULTS.md
	@mkdir -p .benchmarks
	$(BIN)/python -m pytest benchmarks -q --benchmark-only --benchmark-json=.benchmarks/run.json $(PYTEST_ARGS)
	$(BIN)/python benchmarks/results.py .benchmarks/run.json

bench-record: bench ## measure speed and write benchmarks/RESULTS.md
	$(BIN)/python benchmarks/results.py .benchmarks/run.json --write

docs-figures: $(READY) ## make the tables of figures in docs/ again (some take minutes; options: FIGURES=word)
	$(BIN)/python benchmarks/docs_figures.py $(FIGURES)

# The package is asked for its schema only, here.
SCHEMA := kubernetes-validate==1.37.0
api-types: $(READY) ## write the table of the API's types anew, and docs/fields.md (options: API_TYPES_ARGS=--check)
	$(BIN)/uv run --no-project --with '$(SCHEMA)' python .ci/api_types.py $(API_TYPES_ARGS)
	$(BIN)/python .ci/field_effects.py $(API_TYPES_ARGS)

# PyTorch keeps its pin, which is moved by hand: its newest release may exist only as a GPU build.
constraints: ## choose releases anew (except PyTorch) and write constraints.txt
	rm -rf build/constraints && mkdir -p build
	grep '^torch==' constraints.txt > build/torch.txt
	$(PYTHON) -m venv build/constraints
	build/constraints/bin/$(PIP_INSTALL) -c build/torch.txt -e '.[all,dev]'
	grep '^#' constraints.txt > build/constraints.txt
	build/constraints/bin/python -m pip freeze --exclude-editable | sed 's/+[a-z0-9.]*$$//' >> build/constraints.txt
	mv build/constraints.txt constraints.txt

clean: ## remove everything that can be made again, except runs/
	rm -rf $(VENV) $(FLOORS) build dist .benchmarks .coverage* .hypothesis .import_linter_cache \
	  .mypy_cache .pytest_cache .ruff_cache
	find src tests -type d -name __pycache__ -prune -exec rm -rf {} +

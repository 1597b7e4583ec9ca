# The project's own set-up and its few commands; `make` alone lists them. Nothing here needs root.

PYTHON ?= python3
WORKERS ?= 2
SEEDS ?= 1:9

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
LOCK := build/lock
NODE := build/node_modules/.installed
NPM := $(shell command -v npm)
# The lock files name everything, so nothing is left to resolve: pip before 24 would take the newest release of what is asked
# for with an extra, as coverage[toml], and refuse it for having no hash.
LOCKED := --no-deps --require-hashes

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test soak check bench lock clean

help:
	@echo 'make demo          a gateway on simulated modems, one message of each kind, then it stays up (ONCE=1: ends after the tour)'
	@echo 'make test          every test (ARGS="-k word" picks some, WORKERS=$(WORKERS) at a time)'
	@echo 'make soak          simulated months of trouble, one for each of SEEDS=$(SEEDS); the first is among the tests, too'
	@echo 'make check         ruff, mypy and the import contract'
	@echo 'make bench         the benchmark'
	@echo 'make lock          resolve pyproject.toml anew into requirements*.txt'
	@echo 'make clean         remove what the commands above left behind'
	@echo 'PYTHON=python3.13  with any of them: which Python .venv is made with'

demo: $(RUNTIME)
	@$(BIN)/simgate demo $(if $(filter-out 0 no false,$(ONCE)),--once)

test: $(DEV) $(if $(NPM),$(NODE))
	$(BIN)/python -m pytest -n $(WORKERS) --durations=10 $(ARGS)

soak: $(DEV)
	SIMGATE_SOAK_SEEDS=$(SEEDS) $(BIN)/python -m pytest -n $(WORKERS) -rP tests/system/test_soak.py -k month $(ARGS)

check: $(DEV)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV)
	$(BIN)/python -m bench $(ARGS)

# The folder is asked for `pip`, not for `python`: Debian's python3 without python3-venv leaves a folder behind that has only the latter.
$(RUNTIME): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'SIMgate needs Python 3.11 or newer: install it (apt install python3 python3-venv) or name it: make PYTHON=python3.13' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo '$(PYTHON) cannot make virtual environments: apt install python3-venv' >&2; exit 1; }
	@echo 'Setting up $(VENV): what SIMgate runs on ...'
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install $(LOCKED) -r requirements.txt
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	@echo 'Setting up $(VENV): what its tests and checks need ...'
	@$(PIP) install $(LOCKED) -r requirements-dev.txt
	@touch $@

# Public JavaScript clients, for the tests that run them against a daemon; where there is no npm, those tests skip.
$(NODE): tests/clients/node/package.json tests/clients/node/package-lock.json
	@echo 'Setting up build/node_modules: JavaScript clients that the tests run ...'
	@mkdir -p build && cp $^ build/
	@$(NPM) ci --prefix build --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

# Resolved by the oldest Python that is supported, so that what only this one needs is in the files too.
PIP_COMPILE := CUSTOM_COMPILE_COMMAND='make lock' $(LOCK)/bin/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe \
    --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
DEV_GROUP := import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); \
    print(*p["build-system"]["requires"], *p["dependency-groups"]["dev"], sep="\n")

lock:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	    echo 'Lock with the oldest Python supported: make lock PYTHON=python3.11' >&2; exit 1; }
	@test -x $(LOCK)/bin/pip || $(PYTHON) -m venv --clear $(LOCK)
	@$(LOCK)/bin/pip --disable-pip-version-check --quiet install 'pip-tools>=7.5'
	$(PIP_COMPILE) --build-deps-for=editable --output-file=requirements.txt pyproject.toml
	$(PYTHON) -c '$(DEV_GROUP)' | $(PIP_COMPILE) --constraint=requirements.txt --output-file=requirements-dev.txt pyproject.toml -

clean:
	rm -rf $(VENV) build dist htmlcov *.egg-info .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

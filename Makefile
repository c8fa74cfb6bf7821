# Needs Python 3.10 to 3.13 and make; every target sets up what it uses in .venv. `make help` lists them.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.10; do \
	  $$python -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
PEERS := .venv-peers
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
DEMO := build/demo
BENCHMARKS ?= $(sort $(wildcard benchmarks/bench_*.py))

# Settings of the caller's that would send packages elsewhere than into .venv, or take modules from elsewhere.
export PIP_USER := 0
unexport PIP_TARGET PIP_PREFIX PYTHONHOME PYTHONPATH

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test lint format reference bench bench-plan test-peers lock clean

help:
	@echo 'make demo     curate data_samples/corpus.yaml into $(DEMO) and show its coverage matrix'
	@echo 'make test     run the tests'
	@echo 'make test-peers  let lhotse, WebDataset, mlcroissant and PyTorch read what panvox writes (sets up $(PEERS); up to 7 GB)'
	@echo 'make lint     ruff, and mypy in strict mode'
	@echo 'make format   let ruff fix what it can'
	@echo 'make reference  write docs/reference.md from the definitions in schemas/'
	@echo 'make bench    run the benchmarks (BENCHMARKS="file.py …" for some of them)'
	@echo 'make bench-plan  plan a manifest of a million rows'
	@echo 'make lock     resolve the dependencies anew into requirements*.lock (needs uv)'
	@echo 'make clean    remove .venv, build and caches'
	@echo
	@echo 'Each sets up .venv itself. PYTHON=python3.12 chooses the interpreter: 3.10 to 3.13.'

demo: $(VENV)/.runtime
	@$(BIN)/panvox run data_samples/corpus.yaml --output $(DEMO)
	@$(BIN)/panvox coverage $(DEMO)
	@echo
	@echo 'The whole report, with a clip to listen to in each cell: $(CURDIR)/$(DEMO)/report.html'

test: $(VENV)/.dev
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(PYTEST_ARGS)

test-peers: $(PEERS)/.peers
	@PANVOX_PEERS=1 $(PEERS)/bin/python -m pytest -m peers $(PYTEST_ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

reference: $(VENV)/.runtime
	@$(BIN)/python -m schemas.reference > docs/reference.md

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks $(BENCHMARKS)

bench-plan: $(VENV)/.dev
	@$(BIN)/python -m benchmarks plan

# One resolution for every Python and platform; the runtime lock is the part of the development lock that runs need.
lock:
	@command -v uv >/dev/null || { echo 'make lock needs uv: python3 -m pip install uv, in an environment of its own' >&2; exit 1; }
	@rm -f requirements.lock requirements-dev.lock
	uv pip compile $(LOCK_OPTIONS) --extra dev --output-file requirements-dev.lock pyproject.toml
	uv pip compile $(LOCK_OPTIONS) --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

LOCK_OPTIONS := --quiet --no-config --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command 'make lock'

clean:
	rm -rf $(VENV) $(PEERS) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# --- .venv: a stamp a step, so that set-up runs only when a lock or pyproject.toml changed ---

$(VENV)/.python:
	@test -n '$(PYTHON)' || { echo 'panvox needs Python 3.10 to 3.13 and found none; install one, or name it: make PYTHON=/path/to/python3' >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' || { \
	  echo "panvox needs Python 3.10 to 3.13, but $(PYTHON) is: $$('$(PYTHON)' --version 2>&1); name another: make PYTHON=python3.12" >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@'$(PYTHON)' -m venv --clear $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/.python
	@echo 'Installing what panvox needs into $(VENV) (about a minute, once)'
	@$(PIP) install -r requirements.lock
	@$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/.python
	@echo 'Installing what panvox and its tests need into $(VENV) (a minute or two, once)'
	@$(PIP) install -r requirements-dev.lock
	@$(PIP) install --no-deps -e .
	@touch $@ $(VENV)/.runtime

# --- .venv-peers: the same, and what needs PyTorch. Its builds without CUDA have an index of their own, which not every network reaches. ---

PEERS_PIP := $(PEERS)/bin/python -m pip --quiet --disable-pip-version-check --no-input
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

$(PEERS)/.peers: requirements-dev.lock pyproject.toml | $(VENV)/.python
	@echo 'Installing panvox, its tests and their peers into $(PEERS) (some minutes, once)'
	@'$(PYTHON)' -m venv --clear $(PEERS)
	@$(PEERS_PIP) install -r requirements-dev.lock
	@$(PEERS_PIP) install --retries 0 --timeout 20 --index-url '$(TORCH_INDEX)' torch 2>/dev/null || \
	  echo 'No PyTorch without CUDA at $(TORCH_INDEX); taking the one with it'
	@$(PEERS_PIP) install -e '.[peers]'
	@touch $@

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8080
BENCH_DATA ?= ../shared/data
UV ?= uv
ARGS ?=
CHAOS ?=

VENV := .venv
PY := $(VENV)/bin/python
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r
# A Chromium of this machine; CHROMIUM=/path/to/it names another.
CHROMIUM ?= $(shell for name in chromium chromium-browser google-chrome-stable google-chrome; do \
	command -v $$name && break; done)
LOCK := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

# Modules stay compiled: each worker of the suite, and each process that it starts, would compile them again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test slow browser chaos lint format bench check lock clean

help: ## print these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.runtime ## install what is needed and serve the demo on HOST:PORT (127.0.0.1:8080)
	@$(PY) -m bot serve --demo --host $(HOST) --port $(PORT) $(ARGS)

test: $(VENV)/.dev ## run the suite, on SQLite and on a PostgreSQL that it starts itself (ARGS="-k word" for a part)
	@$(PY) -m pytest -q -n auto --maxprocesses 4 --dist worksteal $(ARGS)
ifeq ($(strip $(CHROMIUM)),)
	@echo "browser tests (make browser) were not run: no Chromium found"
else
	@echo "browser tests are a run of their own: make browser"
endif

slow: $(VENV)/.dev ## run what `make test` leaves out: more examples, and more of it on PostgreSQL
	@$(PY) -m pytest -q -n auto --maxprocesses 4 --dist worksteal -m slow $(ARGS)

browser: $(VENV)/.dev ## run the tests of the web pages in a Chromium
ifeq ($(strip $(CHROMIUM)),)
	@echo "make browser needs a Chromium: install one, or name it with CHROMIUM=/path/to/it" >&2; exit 1
else
	@CHROMIUM="$(CHROMIUM)" $(PY) -m pytest -q -m browser $(ARGS)
endif

chaos: $(VENV)/.dev ## kill processes, cut connections and count what was lost or said twice (minutes; CHAOS=--full)
	@$(PY) -m pytest -q -m chaos $(ARGS) || test $$? -eq 5 # 5: there are none
	@$(PY) -m bench.chaos $(CHAOS)

lint: $(VENV)/.dev ## check style, types and the arrows between the rooms
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

format: $(VENV)/.dev ## put the code in its form
	@$(VENV)/bin/ruff check --fix --quiet . || true
	@$(VENV)/bin/ruff format .

bench: $(VENV)/.dev ## measure (ARGS=--full, or parts); the data lies in BENCH_DATA (../shared/data)
	@BENCH_DATA="$(BENCH_DATA)" $(PY) -m bench $(ARGS)

check: $(VENV)/.runtime ## the doctor: settings, database, catalogue, texts, credentials
	@$(PY) -m bot check $(ARGS)

lock: ## write the lock files anew (needs uv; UV=/path/to/uv)
	@$(UV) $(LOCK) $(ARGS) pyproject.toml -o requirements.lock
	@$(UV) $(LOCK) $(ARGS) --extra dev --constraints requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## remove the environment and the caches; var/ (the data) stays
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || \
		{ echo "Python 3.11 to 3.14 is needed; PYTHON=/path/to/python names one" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: requirements.lock | $(PY)
	@echo "installing requirements.lock ..."
	@$(INSTALL) requirements.lock
	@touch $@

# The second file holds the first, so one installation is enough for both.
$(VENV)/.dev: requirements-dev.lock requirements.lock | $(PY)
	@echo "installing requirements-dev.lock ..."
	@$(INSTALL) requirements-dev.lock
	@touch $(VENV)/.runtime $@

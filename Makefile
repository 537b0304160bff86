# Each target does its own set-up. The environment lives in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Tests run in two processes; a file stays in one, so that what it sets up is set up once. Debugging: make test WORKERS=0
WORKERS ?= 2
# More for pytest (make test ARGS="-k ledger") or for the figures (make figures ARGS="--only attribution").
ARGS ?=

# An editable install compiles nothing. Where Python may not write byte code (a read-only checkout, a setting), each
# start would compile all of it anew: a second of CPU.
COMPILE = $(BIN)/python -m compileall -q newscrawl pipelines spiders

# Two processes read and write the byte code of the tests, whose assertions pytest has rewritten: it is kept whatever
# the environment says, since rewriting all of them is half of what collecting costs (tests/conftest.py).
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

.PHONY: demo test unit lint figures bench setup faults clean

setup: $(READY)

# A new pip, since Debian 12's pip 23 resolves lxml[html_clean] to nothing.
$(READY): requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "newscrawl needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..." >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' || \
		{ echo "Python's venv module is missing (on Debian: apt-get install python3-venv)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25'
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet -r requirements-dev.txt -e .
	@$(COMPILE)
	@touch $(READY)

demo: $(READY)
	@$(BIN)/scrapy demo

# No cache: the right order of imports depends on which modules exist, and ruff's cache does not see one come. CI begins
# with none, and would write one of mypy's for nobody: a sixth of what mypy costs.
lint: $(READY)
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(if $(CI),--cache-dir=/dev/null)

test: lint
	$(PYTEST) $(ARGS)

# What starts no process, no server and no PostgreSQL, and is not about inputs made to be costly (marked slow): about a
# minute, for every change.
unit: $(READY)
	$(PYTEST) -q --unit $(ARGS)

# Measures what the tests do not, and runs the tests that are marked soak; too long for CI.
figures: $(READY)
	$(BIN)/python -m benchmarks.figures $(ARGS)

# What a record costs, beside what one would write instead: several minutes. ARGS="--pages 100 --runs 1" for a look.
bench: $(READY)
	@$(COMPILE)
	$(BIN)/python -m benchmarks.speed $(ARGS)

# 200 kills, every fault of the bench, and a backfill.
faults: $(READY)
	$(BIN)/python -m benchmarks.figures --only faults --only backfill

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache

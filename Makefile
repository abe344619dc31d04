# Needs make and any Python >= 3.12 with venv; everything else goes into .venv from requirements.lock.
SCENARIO ?= spacex_xai
PATHS ?=
SEED ?=
LOCK_FLAGS ?=
NAMES ?=
PYTHON ?=

BIN := .venv/bin
STAMP := .venv/.installed
BENCH_STAMP := .venv/.rivals
# Twice quiet prints errors only. pip compiles one file after another: a minute. COMPILE takes all cores,
# and is there because a process that may not write its bytecode would compile what it imports, 2 s of it.
PIP_INSTALL := $(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check --no-input
COMPILE := $(BIN)/python -m compileall -q -j 0 -x '/tests?/'

# A pyenv shim can be on PATH and still refuse to run, so each candidate is tried by running it.
find_python = \
  for candidate in "$(PYTHON)" python3.12 python3 python3.13 python3.14 python \
      "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do \
    if [ -n "$$candidate" ] && "$$candidate" -c \
        'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; \
    then python="$$candidate"; break; fi; \
  done; \
  if [ -z "$${python:-}" ]; then \
    echo "orbitrisk needs Python 3.12 or newer with the venv module: install it, or name it with 'make PYTHON=/path/to/python3'." >&2; \
    exit 1; \
  fi

.PHONY: report test test-all style lint bench lock clean

report: $(STAMP)
	@$(BIN)/orbitrisk report $(SCENARIO) --out reports \
	  $(if $(PATHS),--paths $(PATHS)) $(if $(SEED),--seed $(SEED))

# pytest runs last and alone prints the closing line. Two at once: most of a test is one compiler.
# Files are begun in the order of tests/conftest.py, the longest first, so that both end together.
# A process that dies ends its part of the run: restarted, it can leave the whole waiting for ever.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0

test: style
	@$(PYTEST) -m "not slow"

# Also what compiles for minutes: rank tests of the fits, the installed wheel, rivals, slopes.
test-all: style
	@$(PYTEST)

style: $(STAMP)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

# The tests ask mypy too: `tests/test_types.py` does.
lint: style
	@$(BIN)/mypy

# `make bench NAMES="rivals --quick"` asks one question, roughly.
bench: $(BENCH_STAMP)
	@$(BIN)/python -m benchmarks $(NAMES)

# The rivals' packages, beside those that are there already and at the same versions.
$(BENCH_STAMP): $(STAMP) requirements-bench.lock
	@$(PIP_INSTALL) --require-hashes -r requirements-bench.lock
	@$(COMPILE) .venv >/dev/null || true
	@touch $@

$(STAMP): requirements.lock pyproject.toml
	@$(find_python); \
	if ! $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then \
	  echo "creating .venv with $$($$python --version) (about a minute)"; \
	  "$$python" -m venv --clear .venv || exit 1; \
	else \
	  echo "updating .venv from requirements.lock"; \
	fi
	@$(PIP_INSTALL) --require-hashes -r requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@$(COMPILE) .venv risk kernels >/dev/null || true
	@touch $@

# Keeps the pins that still fit; `make lock LOCK_FLAGS=--upgrade` takes the newest of everything.
lock:
	@$(find_python); scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
	"$$python" -m venv "$$scratch" && \
	"$$scratch/bin/python" -m pip install -qq --disable-pip-version-check uv && \
	for lock in "requirements.lock" "requirements-bench.lock --extra bench -c requirements.lock"; do \
	  "$$scratch/bin/uv" pip compile pyproject.toml --extra test --extra dev \
	    --universal --python-version 3.12 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header \
	    --quiet $(LOCK_FLAGS) --output-file $$lock || exit 1; \
	done

clean:
	rm -rf .venv reports build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find risk kernels benchmarks tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

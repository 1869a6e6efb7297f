# make run     sets up and starts everything (no token: the demo)
# make test    sets up and passes every test, on SQLite and PostgreSQL, and in a browser where there is one
# make test ARGS=--cov   the same, with coverage by branch (slower: journeys run real processes)
# make check   linters, types, import contracts, catalogues, locks
# make bench   prints the benchmark table
# make prove   runs the long proofs (kills, floods, replicas) in full and writes docs/reliability.md
# make messages [PRUNE=1]   brings the catalogues in step with the code
# make map     draws the conversation's map into docs/conversation.md
# make lock    locks the requirements anew (needs uv; the only target that looks for newer versions)

ifeq ($(filter order-only,$(.FEATURES)),)
$(error Convoca needs GNU make 3.81 or newer, and this is $(or $(MAKE_VERSION),another one))
endif

PYTHON ?= python3
# Four play journeys, which mostly wait for true time (Telegram's pace); the others, one a core, fill the gaps.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(8, 4 + (os.cpu_count() or 1)))' 2>/dev/null || echo 4)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input --quiet
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet
CATALOGUES := $(wildcard locales/*/LC_MESSAGES/convoca.po)
COMPILED := $(CATALOGUES:.po=.mo)

unexport PYTHONDONTWRITEBYTECODE # hundreds of processes load the same modules

.DELETE_ON_ERROR:
.PHONY: run test check bench prove messages map lock clean

run: $(VENV)/run.stamp $(COMPILED)
	@exec $(VENV)/bin/convoca run

test: $(VENV)/test.stamp $(COMPILED)
	@$(PY) -m pytest -n $(WORKERS) --maxprocesses 8 --dist loadgroup $(ARGS)

check: $(VENV)/test.stamp $(COMPILED)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(PY) -m locales.check
	@$(PY) -m pytest -p no:xdist -q --collect-only >$(VENV)/collected.txt || { tail -30 $(VENV)/collected.txt; exit 1; }
	@$(PY) -m pytest -p no:xdist -q tests/house/test_tree.py

bench: $(VENV)/test.stamp $(COMPILED)
	@$(PY) -m tests.bench

prove: $(VENV)/test.stamp $(COMPILED)
	@$(PY) -m tests.proofs

messages: $(VENV)/run.stamp
	@$(PY) -m locales.extraction $(if $(PRUNE),--prune)

map: $(VENV)/test.stamp $(COMPILED)
	@$(PY) -m tests.messages.conversation_map

lock:
	$(COMPILE) pyproject.toml --group build --output-file requirements.txt
	$(COMPILE) pyproject.toml --group build --group dev --constraints requirements.txt --output-file requirements-dev.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f $(COMPILED)

locales/%.mo: locales/%.po hatch_build.py | $(VENV)/run.stamp
	@$(PY) hatch_build.py

# ── Set-up: once, then again when a lock or the package's own description changes ────────────────
$(VENV)/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Convoca needs Python 3.11 or newer; $(PYTHON) is not (make PYTHON=python3.12 picks another)." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Convoca needs Python's venv module (Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@echo "Setting up Convoca in $(VENV) (once; some minutes)…"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: requirements.txt pyproject.toml hatch_build.py | $(VENV)/made.stamp
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test.stamp: requirements-dev.txt $(VENV)/run.stamp
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

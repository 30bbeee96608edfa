# make demo   watch the whole product work, unattended      make demo INTERACTIVE=1   do it yourself
# make test   run every test                                make lint                 what CI checks before it tests
# make trips  how far each call travels through the package  make trips ARGS='--files refresh'   which files, in order
# Needs Python 3.11 or later, make and a package index; everything else is made in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# A strict editable install links each file by name, so a new file needs a new install.
FILES := $(VENV)/.files
SOURCES := find src -name '*.py' -o -name py.typed -o -name '*.schema.json' -o -name '*.pyi' | LC_ALL=C sort

.PHONY: demo test trips coverage mutants lint manual install clean FORCE

demo: $(INSTALLED)
	@$(BIN)/promptvm-auth demo $(if $(INTERACTIVE),--interactive)

test: $(INSTALLED)
	$(BIN)/python -m pytest $(ARGS)

trips: $(INSTALLED)
	@$(BIN)/python benchmarks/trips.py $(ARGS)

# The pure domain decides everything that matters, so no branch of it goes untested.
coverage: $(INSTALLED)
	@rm -f .coverage*
	$(BIN)/python -m coverage run -m pytest -q tests/unit tests/contract
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report --include='*/domain/*' --fail-under=100

# A mutant is a small change to the domain, and some fast test must notice it. All of them take a while:
# `make mutants EVERY=25` takes one in 25, always the same ones, and `PART=1` the next ones; `ONLY=domain.refresh` a module.
mutants: $(INSTALLED)
	$(BIN)/python -m benchmarks.mutants $(if $(EVERY),--every $(EVERY)) $(if $(PART),--part $(PART)) $(if $(ONLY),--only $(ONLY)) $(if $(LEAST),--least $(LEAST))

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests examples benchmarks
	$(BIN)/pyright
	$(BIN)/lint-imports

# The manual page is made from the options and the help; a test says when it is out of date.
manual: $(INSTALLED)
	$(BIN)/promptvm-auth help manual > src/cli/promptvm-auth.1

install: $(INSTALLED)

$(INSTALLED): pyproject.toml $(FILES)
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "promptvm-oauth needs Python 3.11 or later: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) ..."
	@rm -rf build
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[cli,demo,dev]' --config-settings editable_mode=strict
	@touch $@

$(FILES): FORCE
	@mkdir -p $(VENV)
	@$(SOURCES) | cmp -s - $@ || $(SOURCES) > $@

clean:
	rm -rf $(VENV) build dist .coverage* .mypy_cache .pytest_cache .ruff_cache

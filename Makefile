# DefenderDesk. `make run` sets everything up and starts the desktop; `make test` sets
# everything up and passes the tests. Nothing else is needed but python3 and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := build/stamps
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes

.PHONY: run test setup setup-server setup-test lint bench torture words requirements clean
.DEFAULT_GOAL := help

help:
	@echo "make run      set up and start the desktop (without a display: the whole job, headless)"
	@echo "make test     set up and run the tests"
	@echo "make setup-server  what \`defenderdesk serve\` needs as well, for a machine that coordinates"
	@echo "make lint     ruff, mypy --strict, import-linter"
	@echo "make bench    the limits, measured as ratios"
	@echo "make torture  the long crash and fuzz runs, and a traced day at rest"

$(STAMPS)/system-%:
	@mkdir -p $(STAMPS)
	sh packaging/system-packages.sh $*
	@touch $@

$(BIN)/python: | $(STAMPS)/system-run
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/runtime: requirements/runtime.txt requirements/build.txt pyproject.toml | $(BIN)/python
	$(PIP) -r requirements/build.txt
	$(PIP) -r requirements/runtime.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/server: requirements/server.txt $(STAMPS)/runtime
	$(PIP) -r requirements/server.txt
	@touch $@

$(STAMPS)/development: requirements/development.txt $(STAMPS)/runtime
	$(PIP) -r requirements/development.txt
	@touch $@

$(STAMPS)/words: $(wildcard resources/locale/*/LC_MESSAGES/*.po) $(STAMPS)/runtime
	$(BIN)/python -m defenderdesk.catalogs compile
	@touch $@

$(STAMPS)/npm: tests/npm/package-lock.json tests/npm/setup.sh | $(STAMPS)/system-test
	sh tests/npm/setup.sh
	@touch $@

setup: $(STAMPS)/runtime $(STAMPS)/words

setup-server: setup $(STAMPS)/server

setup-test: $(STAMPS)/system-test setup $(STAMPS)/development $(STAMPS)/npm

run: setup
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		exec $(BIN)/defenderdesk; \
	else \
		exec $(BIN)/python -m defenderdesk.demo build; \
	fi

test: setup-test
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile -m "not alone"
	$(BIN)/python -m pytest -m alone

lint: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup-test
	$(BIN)/python -m tests.bench

# Fuzzing is led by coverage where atheris has a wheel, and mutmut makes the mutants; neither is a
# dependency of anything else.
torture: setup-test
	-$(BIN)/python -m pip install --disable-pip-version-check --quiet --only-binary :all: "atheris==3.0.0"
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --only-binary :all: "mutmut==3.8.1"
	$(BIN)/python -m tests.torture

words: setup
	$(BIN)/python -m defenderdesk.catalogs extract
	$(BIN)/python -m defenderdesk.catalogs update
	$(BIN)/python -m defenderdesk.catalogs check

# Pins everything anew, with hashes and without index addresses (needs uv). The build's babel is the
# one that the program runs with.
COMPILE := uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --no-emit-package defenderdesk
requirements:
	$(COMPILE) pyproject.toml -o requirements/runtime.txt
	$(COMPILE) -c requirements/runtime.txt --extra server pyproject.toml -o requirements/server.txt
	$(COMPILE) -c requirements/server.txt --extra dev pyproject.toml -o requirements/development.txt
	printf 'setuptools>=77\nwheel\nbabel\n' | $(COMPILE) -c requirements/runtime.txt - \
		-o requirements/build.txt

clean:
	rm -rf build $(VENV)

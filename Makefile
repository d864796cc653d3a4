# Python 3.11+ with venv is all that `make run` needs beforehand.
PYTHON ?= python3
DATA_DIR ?= var
SANDBOX_PORT ?= 8100
export DATA_DIR SANDBOX_PORT

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes
RUN_STAMP := $(VENV)/requirements.stamp
DEV_STAMP := $(VENV)/requirements-dev.stamp
NODE_STAMP := $(VENV)/node.stamp
SOURCES := backoffice orders providers tests manage.py
LOCALES := --locale zh_Hans --locale ru
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help run web worker dispatcher watcher signer sandbox migrate test lint format messages lock bench clean install

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; \
	do printf '  make %-12s %s\n' "$$name" "$$text"; done

# Recipes that stay in the foreground are exec'ed: a signal to make then reaches the process and not a shell above it.
run: export LOOK_UP_GRACE_SECONDS ?= 10
# The demo's people log in with the one password that is printed.
run: export REQUIRE_TWO_FACTOR ?= false
# The sandbox is the upstreams and the merchants' servers.
run: export PROVIDER_ALLOWED_NETWORKS ?= 127.0.0.1
run: export CALLBACK_ALLOWED_NETWORKS ?= 127.0.0.1
# Without a node of one's own the sandbox's is watched, on a network of its own.
ifndef TRON_NODE_URL
run: export TRON_NODE_URL := http://127.0.0.1:$(SANDBOX_PORT)
run: export TRON_NETWORK ?= sandbox
run: export TRON_REQUESTS_PER_SECOND ?= 0
endif
run: $(RUN_STAMP)  ## everything in one terminal: database, demo data, web, worker, dispatcher, watcher, signer, sandbox
	@exec $(BIN)/python manage.py up

web: $(RUN_STAMP)  ## the web server alone
	@exec $(BIN)/python manage.py web

worker: $(RUN_STAMP)  ## the task worker alone
	@exec $(BIN)/python manage.py work

dispatcher: $(RUN_STAMP)  ## the callback dispatcher alone
	@exec $(BIN)/python manage.py deliver_callbacks

watcher: $(RUN_STAMP)  ## the watcher of the chain alone; needs TRON_NODE_URL
	@exec $(BIN)/python manage.py watch_chain

signer: $(RUN_STAMP)  ## the signer of sweeps alone; needs TRON_NODE_URL and WALLET_KEYS, which nothing else may have
	@exec $(BIN)/python manage.py sign_sweeps

sandbox: $(RUN_STAMP)  ## the stand-in for all upstreams alone
	@exec $(BIN)/python -m providers.sandbox --port $(SANDBOX_PORT) --data-dir $(DATA_DIR)

migrate: $(RUN_STAMP)  ## bring the database up to date
	@$(BIN)/python manage.py migrate

install: $(DEV_STAMP)  ## everything tests and linters need

# Merchants' samples need packages of npm; without npm the closing line of the tests says that they did not run.
$(NODE_STAMP): $(DEV_STAMP) tests/peers/node/package-lock.json
	@if command -v npm >/dev/null; then \
		npm ci --prefix tests/peers/node --ignore-scripts --no-audit --no-fund --loglevel=error; fi
	@touch $@

test: $(DEV_STAMP) $(NODE_STAMP)  ## all tests, on SQLite and on PostgreSQL when TEST_POSTGRES_URL answers
	@exec $(BIN)/python -m tests.run

lint: export DATA_DIR := $(VENV)/lint
lint: export DATABASE_URL :=
lint: $(DEV_STAMP)  ## ruff, format, mypy, missing migrations, deployment checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/python manage.py makemigrations --check --dry-run
	BEHIND_TLS=true DEBUG=false ALLOWED_HOSTS=backoffice.example PUBLIC_URL=https://backoffice.example DEMO_PASSWORD= \
	$(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(DEV_STAMP)  ## let ruff rewrite the sources
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(DEV_STAMP)  ## bring the catalogues up to date with the sources, and compile them; needs GNU gettext
	$(BIN)/python manage.py makemessages $(LOCALES) --no-location --no-obsolete --ignore tests --ignore var
	$(BIN)/python manage.py compilemessages $(LOCALES)

lock: $(DEV_STAMP)  ## resolve the dependencies anew
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --output-file requirements-dev.lock --extra dev --constraint requirements.lock pyproject.toml

bench: $(DEV_STAMP)  ## print benchmark figures
	@exec $(BIN)/python -m tests.bench

clean:  ## remove caches and .venv; kept data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

# A stamp is written only after pip is done, so an interrupted installation is repeated.
$(RUN_STAMP): requirements.lock | $(BIN)/pip
	@echo "Installing $<"
	@$(PIP) --requirement $<
	@touch $@

$(DEV_STAMP): requirements-dev.lock | $(BIN)/pip
	@echo "Installing $<"
	@$(PIP) --requirement $<
	@touch $@

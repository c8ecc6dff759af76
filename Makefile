# The commands of the project; `make demo` and `make test` are all a newcomer needs.
export PAVEMENT_HOME ?= $(CURDIR)/.pavement
PYTHON := .venv/bin/python
COMPILE := .tools/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q

.PHONY: env demo test nightly check real docs lock bench clean

env: ## prepare the environment (.venv)
	@scripts/environment.sh

demo: env ## make the sample freeway, ingest, train, forecast, plan and serve on 127.0.0.1:8050
	@$(PYTHON) -m dashboard demo

test: ## every test but the nightly ones, those in a browser too
	@scripts/environment.sh browser
	@$(PYTHON) -m pytest -n 2 --dist loadgroup -q -m "not nightly"

nightly: ## the few tests that take long, and every example of the property tests
	@scripts/environment.sh browser
	@EVERY_EXAMPLE=1 $(PYTHON) -m pytest -n 2 --dist loadgroup -q -m "nightly or hypothesis"

check: env ## style and types
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m mypy

real: env ## real survey frames and real histories (needs ../shared) through the same path
	@$(PYTHON) -m benchmarks.real

bench: env ## every benchmark
	@for name in measures overlay traffic imagery imagery_speed cost confidence deterioration initiation planning projects third_works plan_histories ageing; do echo "== $$name"; $(PYTHON) -m benchmarks.$$name || exit 1; done

docs: env ## the pages made from tables: settings and data dictionary
	@$(PYTHON) docs/make_reference.py

lock: env ## pin the newest versions that fit pyproject.toml, with hashes and no addresses
	@$(COMPILE) --extra dev --upgrade -o requirements.lock
	@$(COMPILE) --all-extras -c requirements.lock -o requirements-extras.lock

clean: ## remove the environment and the demo's state
	@rm -rf .venv .tools .pavement .mypy_cache .ruff_cache

# Everything starts here. `make run` and `make test` do all the set-up they need.
PYTHON ?= python3
VENV := .venv/bin

.PHONY: setup run test bench format clean

setup:            ## virtual environment, pinned dependencies, front-end assets
	@$(PYTHON) .ci/setup.py run

run: setup        ## load the catalogue and serve it; the last line is the address to open
	@$(VENV)/ozg-registry init
	@$(VENV)/ozg-registry serve

test:             ## every check: format, lint, types, imports, tests on SQLite and PostgreSQL, browser
	@$(PYTHON) .ci/setup.py test
	@$(VENV)/python .ci/check.py

bench:            ## benchmarks; their tables stand in docs/performance.md
	@$(PYTHON) .ci/setup.py bench
	@$(VENV)/python benchmarks/run.py

format:           ## bring code into the agreed form
	@$(PYTHON) .ci/setup.py test
	@$(VENV)/ruff format .
	@$(VENV)/ruff check --fix .

clean:            ## remove what set-up and runs have made
	rm -rf .venv node_modules static/vendor build dist registry.db registry.db-* .secret-key
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find index -mindepth 1 ! -name README.md -delete
	find static -name '*.br' -delete -o -name '*.gz' -delete

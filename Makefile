# One command runs it, one command tests it. Nothing here needs more than Python 3.11 with venv, make and git.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$python; break; fi; done)
BIN := .venv/bin

.PHONY: run test check chaos lint types unit browser assets install lock requirements coverage scores documents wheel format clean help .environment .testing

help:            ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: .environment assets  ## everything from a fresh machine to the served sample company (PORT=N to choose)
	@exec $(BIN)/throughline serve --demo $(if $(PORT),--port $(PORT))

install: .environment assets  ## what `make run` does before it starts

test: .testing assets     ## everything that CI runs
	@$(BIN)/python tools/checks.py

check: .testing           ## the quick part of `make test`: no database, no browser
	@$(BIN)/python tools/checks.py --quick

format: .testing          ## let the formatters do their work
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

assets: .environment
	@$(BIN)/python tools/assets.py

chaos: .testing assets    ## kill -9 at random, and see that nothing is lost (CASES=3000 MINUTES=5 SEED=N)
	@$(BIN)/python -m tests.chaos --outages $(if $(CASES),--cases $(CASES)) $(if $(MINUTES),--minutes $(MINUTES)) \
		$(if $(SEED),--seed $(SEED))

requirements: .testing    ## each numbered requirement with its tests
	@$(BIN)/python tools/requirements.py

coverage: .testing        ## the kernel's own tests, and which of its lines and branches none of them reaches
	@$(BIN)/python tools/kernel.py

scores: .testing          ## put the kernel to the public suites, write docs/scores.json and the pages that show it
	@$(BIN)/python tools/scores.py; status=$$?; $(BIN)/python tools/documents.py; exit $$status

documents: .testing       ## the pages that are made from the code: docs/bpmn-support.md, docs/dmn.md, docs/feel.md
	@$(BIN)/python tools/documents.py

wheel: .testing assets    ## the installable package, in dist/
	@rm -rf dist && $(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist . && ls dist

lock:            ## compile requirements/*.in to *.txt (needs uv)
	@cd requirements && for list in run build node test; do uv pip compile --quiet --universal --generate-hashes \
		--no-emit-index-url --python-version 3.11 --no-header $$list.in -o $$list.txt; done

clean:           ## remove what was made here; the data folder of the user stays
	@rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache test-results \
		src/throughline/web/static/built src/throughline/web/frontend/node_modules

.environment:
	$(if $(PYTHON),,$(error There is no Python 3.11 or newer. Install one, or say PYTHON=/path/to/python))
	@$(PYTHON) tools/environment.py run

.testing:
	$(if $(PYTHON),,$(error There is no Python 3.11 or newer. Install one, or say PYTHON=/path/to/python))
	@$(PYTHON) tools/environment.py test

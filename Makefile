# Every target makes its own environment: `make demo` on a fresh machine is all it takes.
PYTHON ?= python3
BIN := .venv/bin
JOBS ?= 2
.PHONY: demo test faults docs bench sweep env hooks screenshots readme pages wheels clean

demo: .venv/.ready   ## LASIUM from images without labels to accuracies, in minutes; report in demo/
	$(BIN)/gssl demo --out demo

test: .venv/.ready   ## everything CI runs: the notebooks, then tests/; ARGS='-k cli' narrows it
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --durations 15 tests $(ARGS)

faults: .venv/.ready ## thirty kills -9 at random moments, each compared with a run left alone, bit for bit
	$(BIN)/python tools/faults.py $(ARGS)

docs: .venv/.ready   ## the site, from the outputs stored in the notebooks: _docs/_build/html/index.html
	$(BIN)/python tools/book.py _docs

screenshots: docs    ## ten pages at two widths as pictures, to be looked at before a release: _docs/screenshots/
	$(BIN)/python tools/screenshots.py _docs/_build/html _docs/screenshots $(ARGS)

bench: .venv/.ready   ## our meta-learners against their peers, in one run: prints ratios, writes benchmarks/latest.json
	$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python benchmarks/bench.py --out benchmarks/latest.json $(ARGS)

sweep: .venv/.ready  ## forty cells on every executor and a sweep killed three times: identical, and at which price
	$(BIN)/python tools/sweep.py $(ARGS)

wheels: .venv/.ready ## the wheel with the oldest and the newest PyTorch and fastcore, on every Python that is there
	$(BIN)/python tools/wheels.py $(ARGS)

readme: .venv/.ready ## README.md from nbs/index.ipynb
	$(BIN)/python tools/readme.py

pages: .venv/.ready  ## the list of notebooks, in _quarto.yml and nbs/_toc.yml
	$(BIN)/python tools/pages.py

hooks: .venv/.ready  ## git merges notebooks cell by cell, Jupyter saves them clean (writes to ~/.jupyter and .git)
	PATH="$(CURDIR)/$(BIN):$$PATH" nbdev_install_hooks

env: .venv/.ready    ## the environment alone
.venv/.ready: settings.ini setup.py pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info<(3,10) and "gssl needs Python 3.10 or newer, not "+sys.version.split()[0]+": try make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; echo 'No virtual environment: on Debian, apt-get install python3-venv'; exit 1; }
	$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf _docs demo build dist .pytest_cache

# make book: the rendered book.   make test: all that must hold.   make help: the smaller steps.

PYTHON    ?= python3
JOBS      ?= 2
NOTEBOOKS ?= notebooks
VENV      := .venv
BIN       := $(VENV)/bin
STAMP     := $(VENV)/installed
HTML      := _build/html
PRINT     := _build/print
PIP       := $(BIN)/python -m pip --disable-pip-version-check install --no-compile -c constraints.txt
EXECUTE   := $(BIN)/python book/_ext/execute.py --jobs $(JOBS)
RENDER    := rm -rf $(HTML) && $(BIN)/jupyter-book build . --all --warningiserror --keep-going
KERNELS   ?= $$($(BIN)/cdmer portable --list)  # all that this processor can run
THREADS   ?= 1 2
PACKAGES  := "setuptools>=69" -e ".[book,test]"
LOWEST    := $(VENV)/lowest

# Prints each "name>=version" of pyproject.toml as "name==version"; of the extras those of PACKAGES.
define BOUNDS
import re, tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
extras = (project["optional-dependencies"][name] for name in ("book", "test", "dask"))
for wanted in sum(extras, project["dependencies"]):
    if bound := re.match(r"([\w-]+)>=([\d.]+)", wanted):
        print(*bound.groups(), sep="==")
endef
export BOUNDS

# One thread a process: JOBS processes share the cores, and sums come out alike everywhere.
export OMP_NUM_THREADS      := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS      := 1

.NOTPARALLEL:
.PHONY: book test help setup execute render pdf lint pairs unit nbval locale lowest portable bench clean

# A page that fails is marked in the book and named in the last lines; the others are as ever.
book: $(STAMP)  ## execute the notebooks that can be, and render the book
	@echo "== execute the notebooks"
	$(EXECUTE) --keep-going
	@echo "== render the book"
	$(RENDER); rendered=$$?; \
	  if [ -f $(HTML)/index.html ]; then echo "The book: $(abspath $(HTML))/index.html"; fi; \
	  $(EXECUTE) --report && exit $$rendered

test: lint pairs render unit nbval  ## everything: lint, pairs, rendering, tests, stored outputs
	@echo "All tests passed."

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

setup: $(STAMP)  ## a virtual environment with all packages, made again when their list changes

# The first try takes only what is installed already, so that no network is needed when nothing is
# missing. All is compiled here, once: where PYTHONDONTWRITEBYTECODE is set, as in containers, each
# of the processes to come would compile what it imports again, and throw it away.
$(STAMP): pyproject.toml constraints.txt
	@echo "== set-up: packages into $(VENV) (minutes the first time)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --quiet --no-index --no-build-isolation $(PACKAGES) 2>/dev/null || $(PIP) $(PACKAGES)
	$(BIN)/python -m compileall -q -j 0 -x '/tests/' $(VENV)/lib || true
	touch $@

execute: $(STAMP)  ## make the notebooks from book/*.md and execute them
	@echo "== execute the notebooks"
	$(EXECUTE)

render: $(STAMP)  ## render the book from the stored outputs; a warning is an error
	@echo "== render the book"
	$(RENDER)

# Without Chromium the last step says so and fails.
pdf: $(STAMP)  ## the whole book as one PDF, from the stored outputs: _build/book.pdf
	@echo "== the whole book as one page"
	rm -rf $(PRINT) && $(BIN)/jupyter-book build . --all --builder custom \
	  --custom-builder singlehtml --path-output $(PRINT)
	@echo "== on paper"
	$(BIN)/python book/_ext/pdf.py $(PRINT)/_build/singlehtml _build/book.pdf

lint: $(STAMP)  ## ruff, and the direction of imports
	@echo "== lint"
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo --no-cache

pairs: $(STAMP)  ## text halves and notebooks in step
	@echo "== pairs in step"
	$(BIN)/python book/_ext/execute.py --check

unit: $(STAMP)  ## unit, property and golden tests
	@echo "== tests"
	$(BIN)/python -m pytest -n $(JOBS) --book $(HTML)

locale: $(STAMP)  ## the tests where the locale has ASCII only
	@echo "== tests in the locale C"
	LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 $(BIN)/python -m pytest -n $(JOBS)

# Left out: two tests of how far rounding moves a picture, as the pinned matplotlib draws it.
lowest: $(LOWEST)/installed  ## the tests with the lowest versions that pyproject.toml declares
	@echo "== tests with the lowest versions"
	$(LOWEST)/bin/python -m pytest -n $(JOBS) -k "not rounding_moved and not only_rounding_differs"

# PYTHON is to be the lowest that is declared too, 3.11: some of these packages know no newer one.
$(LOWEST)/installed: pyproject.toml
	@echo "== set-up: the lowest versions into $(LOWEST) (minutes the first time)"
	test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -c "$$BOUNDS" > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip --disable-pip-version-check install -c $(LOWEST)/constraints.txt $(PACKAGES)
	touch $@

nbval: $(STAMP)  ## execute the notebooks again and compare with the stored outputs
	@echo "== stored outputs"
	$(BIN)/python -m pytest --nbval --nbval-current-env -n $(JOBS) --dist loadfile $(NOTEBOOKS)

portable: $(STAMP)  ## published cells and a sample of the store under other linear-algebra kernels
	@for kernel in $(KERNELS); do \
	  echo "== published cells, by the kernel $$kernel"; \
	  OPENBLAS_CORETYPE=$$kernel $(BIN)/python -m pytest -q -n $(JOBS) tests/test_golden_*.py || exit 1; \
	done
	@echo "== a sample of the stored points, under each kernel"
	$(BIN)/cdmer portable --kernels $(KERNELS) --threads $(THREADS)

bench: $(STAMP)  ## timings: ours, the printed form, other libraries; OUT=FILE stores the rows
	$(BIN)/python benchmarks/bench_all.py $(if $(OUT),--out $(OUT))

clean:  ## remove what make book and make test make; packages stay
	rm -rf _build .pytest_cache .ruff_cache .hypothesis

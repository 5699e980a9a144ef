# make run    start the bot (Telegram if TELEGRAM_BOT_TOKEN is set, else a chat in this terminal)
# make test   run every test, the linters and the type checker
# make quick  the same without whatever takes long: true processes, real models, browsers, types
# make check  look for mistakes in config.yaml and the FAQ files, and for what would make them better
# make lock   write the requirements*.lock files anew, after a change of a requirements*.txt file
# make sbom   list all that is installed in sbom.json (CycloneDX), with licences
# make audit  change lines that matter, one at a time: do the tests notice? some minutes
# make fuzz   look for inputs that break a rule, for about ten minutes; longer: EXAMPLES=50000

PYTHON ?= python3
TORCH := $(shell sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements.txt)
# Only Linux: there the default build of torch brings several GB of CUDA along.
TORCH_INDEX := https://download.pytorch.org/whl/cpu

EXAMPLES ?= 5000
WORKERS ?= 2
# The tests of a file share what is dear to make: a running bot, a browser, a trained model.
# Hundreds of them start the bot: its bytecode is kept, whatever the environment says.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
LOCKED := install --quiet --no-deps --require-hashes -r
RUN_READY := $(VENV)/ready-to-run
TEST_READY := $(VENV)/ready-to-test
TOOLS := $(VENV)/tools
TOOLS_READY := $(TOOLS)/ready

.DEFAULT_GOAL := run
.PHONY: run test quick lint fuzz audit check clean browser lock sbom

run: $(RUN_READY)
	@exec $(BIN)/python -m bot

check: $(RUN_READY)
	@exec $(BIN)/python -m bot check

test: $(TEST_READY) browser lint
	@$(BIN)/mypy & types=$$!; $(PYTEST) --durations=30; tests=$$?; wait $$types && exit $$tests

quick: $(TEST_READY) lint
	@$(PYTEST) -m "not slow and not e2e"

lint: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The report of `tune` is tested in a real browser.
browser:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
	echo "The tests need the commands chromium and chromedriver. On Debian, as root:" \
	    "apt-get install chromium chromium-driver fonts-dejavu-core" >&2; exit 2; }

fuzz: $(TEST_READY)
	FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest --hypothesis-profile=fuzz tests/fuzz

# One for each file, of all platforms. torch is left out: its build without CUDA is served by an index
# of its own, and has other hashes there. UPGRADE=--upgrade takes newer releases of what is not pinned.
lock: $(TOOLS_READY)
	@for name in requirements requirements-import requirements-http requirements-postgres requirements-studio requirements-dev requirements-tools; do \
	    $(TOOLS)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	        --no-header --no-annotate --no-emit-package torch $(UPGRADE) \
	        $$name.txt --output-file $$name.lock || exit; \
	done

sbom: $(RUN_READY) $(TOOLS_READY)
	@$(TOOLS)/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml \
	    --mc-type application --output-reproducible --output-file sbom.json

audit: $(TEST_READY)
	$(BIN)/python -m bench.audit

clean:
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The stamps are written last, so an interrupted installation is taken up again. What pip had half
# written by then cannot be told from what it had finished, so the environment is made anew; pip's
# own cache keeps that cheap. All but torch is held to the hashes of the lock files. Everything is printed to standard error: standard output belongs to
# the bot's replies.
$(RUN_READY): requirements.txt requirements.lock
	@{ set -e; \
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 run"; exit 2; }; \
	if [ ! -d $(VENV) ] || [ -e $(VENV)/unfinished ]; then \
	    rm -rf $(VENV); mkdir $(VENV); touch $(VENV)/unfinished; \
	    echo "Making $(VENV) ..."; \
	    "$(PYTHON)" -m venv $(VENV) || \
	        { echo "No virtual environment could be made. On Debian or Ubuntu: apt install python3-venv"; exit 2; }; \
	fi; \
	touch $(VENV)/unfinished; \
	echo "Installing the packages of requirements.lock: once, some minutes ..."; \
	if [ "$$(uname -s)" = Linux ]; then \
	    $(PIP) install --quiet --no-deps --retries 1 --timeout 15 --index-url $(TORCH_INDEX) "$(TORCH)" 2>/dev/null || \
	        echo "PyTorch's CPU index cannot be reached; going on with the default index."; \
	fi; \
	$(PIP) $(LOCKED) requirements.lock; \
	$(PIP) install --quiet "$(TORCH)"; \
	rm $(VENV)/unfinished; touch $@; } >&2

$(TEST_READY): $(RUN_READY) requirements-dev.lock
	@{ set -e; touch $(VENV)/unfinished; \
	$(PIP) $(LOCKED) requirements-dev.lock; \
	rm $(VENV)/unfinished; touch $@; } >&2

$(TOOLS_READY): $(RUN_READY) requirements-tools.lock
	@{ set -e; \
	"$(PYTHON)" -m venv --clear $(TOOLS); \
	$(TOOLS)/bin/python -m pip --disable-pip-version-check --no-input $(LOCKED) requirements-tools.lock; \
	touch $@; } >&2

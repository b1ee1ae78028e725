# The verbs of the house. `make demo` and `make test` set up all they need, on a machine with Python 3.11, git and make.
PYTHON ?= python3.11
ARGS ?=
NAME ?=
UV := .cache/uv/bin/uv
VIVA := .venv/bin/viva

.PHONY: demo test setup web models lint bench load lock clean

demo: setup web models ## run a whole interview and leave the server up (ARGS=--once exits instead)
	$(VIVA) demo $(ARGS)

test: ## install what the tests need, then run every check and every test
	@deploy/test.sh

setup: .venv/.base ## the environment, from the lock
web: web_client/dist/.built ## the web client
models: var/models/face/model.json ## the face models (the speech model is chosen when it is needed)

$(UV):
	@echo "==> uv, which reads the lock"
	@$(PYTHON) -m venv .cache/uv
	@.cache/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@.cache/uv/bin/python -m pip uninstall --quiet --yes setuptools pip

.venv/.base: $(UV) uv.lock pyproject.toml
	@echo "==> the environment (.venv), from uv.lock"
	@$(UV) sync --frozen --inexact --python $(PYTHON)
	@touch $@

web_client/dist/.built: .venv/.base web_client/package-lock.json $(shell find web_client/src web_client/*.html web_client/*.ts -type f 2>/dev/null)
	@deploy/web.sh
	@touch $@

var/models/face/model.json: .venv/.base
	@echo "==> the face models, out of mediapipe's wheel"
	@$(VIVA) models pull face || echo "    Going on without them: faces are not analysed."

lint: ## what the machine can say about style and types
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

bench: setup ## make bench NAME=media [QUICK=1] [JSON=file]
	.venv/bin/python -m bench.$(NAME) $(if $(QUICK),--quick) $(if $(JSON),--json $(JSON))

load: setup ## make load ARGS="--url http://127.0.0.1:8080 --interviews 5"
	$(VIVA) load $(ARGS)

lock: $(UV) ## resolve the dependencies anew
	$(UV) lock --upgrade

clean: ## everything that can be made again
	rm -rf .venv .cache web_client/dist web_client/node_modules

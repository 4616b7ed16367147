# lingraft's front door. `make help` lists what it can do.

CONFIG  ?= config/config.yaml
PROFILE ?= default
CORES   ?= all
ARGS    ?=
RETRAIN ?= no
SCALE   ?= no
VENV    := .venv
PATH    := $(CURDIR)/$(VENV)/bin:$(PATH)
export PATH
# A value in quotes of the shell, whatever is in it: a space in a name, a quote in ARGS.
quote = '$(subst ','\'',$(1))'
CHOSEN = --config $(call quote,$(CONFIG)) --profile $(call quote,$(PROFILE))
OPTIONS = --arguments=$(call quote,$(ARGS))
RUN = python scripts/run_workflow.py $(CHOSEN) --cores $(call quote,$(CORES)) \
      --retrain $(if $(filter yes,$(RETRAIN)),true,false) $(OPTIONS)
RUN_ENV   = $(VENV)/.run
DEV_ENV   = $(VENV)/.dev
ifeq ($(SCALE),yes)
ORIGINAL := $(CONFIG)
override CONFIG := state/scaled/$(lastword $(subst /, ,$(CONFIG)))
SCALED := scaled
endif
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  CONFIG=config/tiny.yaml   another configuration (now: $(CONFIG))"
	@echo "  PROFILE=slurm             another profile from profiles/ (now: $(PROFILE))"
	@echo "  CORES=8                   how many cores to use (now: $(CORES))"
	@echo "  SCALE=yes                 the same graph in small: made-up data, minutes on two cores"
	@echo "  ARGS='--until report'     more options for Snakemake"
	@echo "  RETRAIN=yes               repeat finished trainings whose settings have changed"

$(RUN_ENV): pyproject.toml envs/constraints.txt envs/install.sh
	@envs/install.sh run
	@touch $@

$(DEV_ENV): pyproject.toml envs/constraints.txt envs/install.sh
	@envs/install.sh dev
	@touch $@ $(RUN_ENV)

ifdef SCALED
.PHONY: $(SCALED)
$(SCALED): $(RUN_ENV)
	@python scripts/scale_config.py --config $(call quote,$(ORIGINAL)) --output $(call quote,$(CONFIG))
endif

.PHONY: setup
setup: $(DEV_ENV) ## make .venv with everything, for development

.PHONY: run
run: $(RUN_ENV) $(SCALED) ## run the workflow to the finished report; after a kill, it continues
	@$(RUN)
	@python scripts/summarize.py $(CHOSEN) $(OPTIONS)

.PHONY: download
download: $(RUN_ENV) ## fetch all that comes from the network; afterwards `make run` needs none
	@$(RUN) --target download

.PHONY: status
status: $(RUN_ENV) ## what is done, running, failed (and how to repair it) and still to do
	@python scripts/show_status.py $(CHOSEN)

.PHONY: plan
plan: $(RUN_ENV) $(SCALED) ## show what a run would do, download and compute, without doing it
	@python scripts/show_plan.py $(CHOSEN)

.PHONY: advise
advise: $(RUN_ENV) $(SCALED) ## does another vocabulary pay: keep, extend, prune or replace?
	@python scripts/advise.py --config $(call quote,$(CONFIG))

.PHONY: report
report: $(RUN_ENV) $(SCALED) ## write the report of what is finished so far
	@python scripts/write_report.py --config $(call quote,$(CONFIG))

.PHONY: unlock
unlock: $(RUN_ENV) ## after a crash: take away Snakemake's lock (when no run is alive)
	@snakemake --configfile $(call quote,$(CONFIG)) --workflow-profile none --cores 1 --unlock

.PHONY: check
check: $(DEV_ENV) ## style, types, workflow lint: what CI checks before the tests
	@ruff check . && ruff format --check .
	@snakefmt --check Snakefile workflow
	@mypy
	@python tests/lint_workflow.py

.PHONY: test
test: $(DEV_ENV) ## all tests but the long matrices
	@pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder -m "not slow and not gpu and not slurm"

.PHONY: test-all
test-all: $(DEV_ENV) ## the long matrices of faults, parity and statistics too
	@pytest -m "not gpu and not slurm"

.PHONY: test-slurm
test-slurm: $(DEV_ENV) ## a real Slurm on this machine (root, Debian's packages) and the graph on it
	@tests/slurm/setup.sh
	@pytest -m slurm tests/slurm

.PHONY: test-faults
test-faults: $(DEV_ENV) ## every fault in tests/faults, kills by the fifty: about half an hour
	@pytest tests/faults

.PHONY: bench
bench: $(DEV_ENV) ## ours against what a user would run instead: an hour or two; ARGS="--preset brief": 20 minutes, tiny: two
	@python benchmarks $(ARGS)

.PHONY: docs
docs: $(DEV_ENV) ## write the key reference, the schema and the picture of the house from the code
	@python -m lingraft.experiment.reference
	@python -m tests.house.picture

.PHONY: clean
clean: ## remove what running made: results, state, logs (the environment stays)
	@rm -rf results state logs .snakemake

# Commands of this project; `make` alone lists them. Everything they install goes into .tools and node_modules.

# What `make demo`, `make bench` ... hand on to the program, for instance ARGS="--count 1000".
ARGS :=
# Which settings of samconfig.toml `make deploy` takes: dev or prod.
ENV := dev
# How long `make fuzz` takes for each of its targets; none is all of them.
FUZZ_SECONDS := 20
TARGETS :=
# The event of `make invoke-sensor-ingest` and so on, unless EVENT is given.
invoke-sensor-ingest: EVENT = events/sensor-ingest-basic.json
invoke-sales-aggregator: EVENT = events/sales-aggregator-kinesis-first.json
invoke-order-enrichment: EVENT = events/order-enrichment-insert.json
invoke-opt-in-updater: EVENT = events/opt-in-updater-walkthrough-nine-users.json

CARGO ?= cargo
PYTHON ?= python3
CARGO_DENY_VERSION := 0.20.2
CARGO_TARPAULIN_VERSION := 0.37.5

FUNCTIONS := $(notdir $(wildcard functions/*))
TOOLS := .tools
SAM := $(TOOLS)/sam/bin/sam
# cargo-lambda and the Python that has ziglang are both looked up on the PATH.
WITH_STACK := PATH="$(CURDIR)/$(TOOLS)/stack/bin:$$PATH"
SLUICEGATE := $(CARGO) run --quiet --package sluicegate --
DENY := $(TOOLS)/bin/.cargo-deny-$(CARGO_DENY_VERSION)
TARPAULIN := $(TOOLS)/bin/.cargo-tarpaulin-$(CARGO_TARPAULIN_VERSION)
NODE_MODULES := bench/node/node_modules/.stamp
NODE_BUNDLES := bench/node/dist/.stamp
INTEROP_NODE := shared/records/tests/interop/node
WITH_INTEROP := PATH="$(CURDIR)/$(TOOLS)/interop/bin:$$PATH"

export SAM_CLI_TELEMETRY := 0
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' 'BEGIN { print "Usage: make COMMAND" } \
	  /^##@ / { print "\n" substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  %-24s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

##@ Tools

.PHONY: setup setup-stack setup-sam setup-lint setup-bench setup-deny setup-coverage setup-interop
setup: setup-stack setup-sam setup-lint setup-bench setup-deny setup-coverage setup-interop ## Install all tools, pinned, into this folder
	@echo "All tools are in $(TOOLS)."

setup-stack: $(TOOLS)/stack/.stamp
setup-sam: $(TOOLS)/sam/.stamp
setup-lint: $(TOOLS)/lint/.stamp
setup-bench: $(TOOLS)/bench/.stamp $(NODE_BUNDLES)
setup-deny: $(DENY)
setup-coverage: $(TARPAULIN)
setup-interop: $(TOOLS)/interop/.stamp $(INTEROP_NODE)/node_modules/.stamp

# A Python environment from its list of pinned packages. The stamp comes last: a broken-off installation starts again.
$(TOOLS)/%/.stamp: tools/setup/%.txt
	@echo "Installing $(TOOLS)/$* ..."
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later is needed, this is " + sys.version)'
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --no-input --disable-pip-version-check --requirement $<
	@touch $@

$(TOOLS)/bench/.stamp: bench/python/requirements.txt

$(NODE_MODULES): bench/node/package-lock.json
	@if command -v npm > /dev/null; then \
	  echo "Installing bench/node/node_modules ..."; npm --prefix bench/node ci --silent && touch $@; \
	else \
	  echo "There is no npm: the benchmark leaves Node out."; \
	fi

$(NODE_BUNDLES): $(NODE_MODULES) $(wildcard bench/node/*.mjs) bench/node/package.json
	@if command -v npm > /dev/null; then npm --prefix bench/node run --silent bundle && touch $@; fi

$(INTEROP_NODE)/node_modules/.stamp: $(INTEROP_NODE)/package-lock.json
	@if command -v npm > /dev/null; then \
	  echo "Installing $(@D) ..."; npm --prefix $(INTEROP_NODE) ci --silent && touch $@; \
	else \
	  echo "There is no npm: the Node originals are left out, and \`make interop\` will fail without them."; \
	fi

$(DENY):
	@echo "Compiling cargo-deny $(CARGO_DENY_VERSION) (some minutes) ..."
	@$(CARGO) install --quiet --locked --version $(CARGO_DENY_VERSION) --root $(TOOLS) cargo-deny
	@touch $@

# Unoptimised it works as fast and compiles in half the time.
$(TARPAULIN):
	@echo "Compiling cargo-tarpaulin $(CARGO_TARPAULIN_VERSION) (some minutes) ..."
	@$(CARGO) install --quiet --locked --debug --no-default-features --version $(CARGO_TARPAULIN_VERSION) --root $(TOOLS) cargo-tarpaulin
	@touch $@

##@ Development

.PHONY: build build-arm64
build: $(TOOLS)/stack/.stamp ## Build the functions for this machine, as `sam build` does
	$(WITH_STACK) $(CARGO) lambda build --release $(FUNCTIONS:%=--package %)

# Both builds end up in target/lambda: the last one wins.
build-arm64: $(TOOLS)/stack/.stamp .arm64-target ## Build the functions for arm64, what AWS runs by default
	$(WITH_STACK) $(CARGO) lambda build --release --arm64 $(FUNCTIONS:%=--package %)

.PHONY: .arm64-target
.arm64-target:
	@test -d "$$(rustc --print sysroot)/lib/rustlib/aarch64-unknown-linux-gnu" || \
	  { echo "The Rust target is missing: rustup target add aarch64-unknown-linux-gnu" >&2; exit 1; }

.PHONY: test
test: ## Run all tests; needs Rust, Python 3 and a C compiler
	@if $(CARGO) nextest --version > /dev/null 2>&1; then \
	  set -x; $(CARGO) nextest run --workspace && $(CARGO) test --workspace --doc; \
	else \
	  set -x; $(CARGO) test --workspace; \
	fi

.PHONY: test-stack
# Of the whole workspace, so that what `make test` has compiled is used.
test-stack: setup-stack setup-sam ## Test the whole local stack under kills, resharding and failures; some minutes
	$(CARGO) test --workspace --test stack -- --ignored --test-threads 1

.PHONY: interop
interop: setup-interop ## Hold the record decoder against the original implementations in Python and Node
	$(WITH_INTEROP) $(CARGO) test --package records --all-features --test interop -- --ignored

.PHONY: fuzz
fuzz: ## Fuzz the record decoders on stable Rust; FUZZ_SECONDS=20 TARGETS="kpl layers"
	FUZZ_SECONDS=$(FUZZ_SECONDS) fuzz/run.sh $(TARGETS)

# Counted by the compiler (llvm) and read by tarpaulin itself: no LLVM tools are needed. Lines of tests do not count.
.PHONY: coverage
coverage: $(TARPAULIN) ## Check that tests reach at least 95 % of the lines of tools/mapping
	$(TOOLS)/bin/cargo-tarpaulin tarpaulin --engine llvm --package mapping --include-files 'tools/mapping/src/*' \
	  --fail-under 95 --timeout 300 --skip-clean --target-dir target/coverage -- --quiet

.PHONY: fmt
fmt: ## Format the code
	$(CARGO) fmt --all

.PHONY: lint lint-code lint-dependencies lint-template
lint: lint-code lint-dependencies lint-template ## Check format, code, dependencies and template

lint-code:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features -- --deny warnings

lint-dependencies: $(DENY)
	$(TOOLS)/bin/cargo-deny check --hide-inclusion-graph bans licenses sources
	@if $(TOOLS)/bin/cargo-deny fetch db > /dev/null 2>&1; then \
	  set -x; $(TOOLS)/bin/cargo-deny check --disable-fetch advisories; \
	else \
	  echo "NOT CHECKED: security advisories, their database cannot be fetched from here."; \
	fi

lint-template: $(TOOLS)/sam/.stamp $(TOOLS)/lint/.stamp
	$(SAM) validate --lint --region us-east-1
	$(TOOLS)/lint/bin/cfn-lint --append-rules cfn_lint_serverless.rules

.PHONY: bench bench-mapping bench-records
bench: setup-bench build ## Measure the release binaries beside Node and Python; ARGS="--quick --function sales"
	$(CARGO) build --release --package bench --features plain-rust
	$(CARGO) run --quiet --release --package bench -- $(ARGS)

bench-mapping: ## Measure the mapping machine: records a second on one core, and that memory stays flat
	$(CARGO) bench --quiet --package mapping --bench shard -- --quiet $(ARGS)

# All that is compiled at the same level: functions are, the AWS crate is not unless it is said.
bench-records: setup-interop ## Measure the record decoder beside the AWS crate, Python and Node
	$(WITH_INTEROP) $(CARGO) bench --quiet --package records --all-features --bench peers --config 'profile.bench.opt-level=3'

.PHONY: ci
ci: ## Run what CI runs
	.ci/run

.PHONY: clean
clean: ## Remove what was built; tools and a running stack stay
	$(CARGO) clean
	rm -rf .aws-sam

##@ On this machine

.PHONY: demo demo-sales demo-orders demo-consent up down status
.PHONY: invoke-sensor-ingest invoke-sales-aggregator invoke-order-enrichment invoke-opt-in-updater
demo: setup-stack setup-sam ## Send 10,000 readings through the whole stack; ARGS="--count 1000"
	@$(CARGO) build --package sluicegate
	@$(SLUICEGATE) demo $(ARGS)

demo-sales: setup-stack setup-sam ## Sum 20,000 sales up in windows; ARGS="--crash 3"
	@$(CARGO) build --package sluicegate
	@$(SLUICEGATE) demo sales $(ARGS)

demo-orders: setup-stack setup-sam ## Join a database's orders from its changes; ARGS="--crash 3"
	@$(CARGO) build --package sluicegate
	@$(SLUICEGATE) demo orders $(ARGS)

demo-consent: setup-stack setup-sam ## Keep consent in step with an SMS opt-out list; ARGS="--crash 3"
	@$(CARGO) build --package sluicegate
	@$(SLUICEGATE) demo consent $(ARGS)

.PHONY: database database-stop
database: ## Start a MariaDB server of its own with 15 orders, for the walk-through; MariaDB has to be installed
	@tools/sluicegate/walkthrough/database.sh start

database-stop: ## Stop it and remove its data
	@tools/sluicegate/walkthrough/database.sh remove

up: setup-stack setup-sam ## Start the local stack; ARGS="--parameter SensorBatchSize=10"
	@$(CARGO) build --package sluicegate
	@$(SLUICEGATE) local up $(ARGS)

down: ## Stop the local stack
	@$(SLUICEGATE) local down $(ARGS)

status: ## Say where the local stack is
	@$(SLUICEGATE) local status $(ARGS)

invoke-sensor-ingest: invoke-SensorIngestFunction ## Hand one event to the function in the local stack; EVENT=events/...json
invoke-sales-aggregator: invoke-SalesAggregatorFunction ## Hand one to this function; EVENT=events/...json
invoke-order-enrichment: invoke-OrderEnrichmentFunction ## Hand one to this function; EVENT=events/...json
invoke-opt-in-updater: invoke-OptInUpdaterFunction ## Hand one to this function; EVENT=events/...json

invoke-%Function: setup-sam
	@endpoint=$$($(SLUICEGATE) local status --json | $(PYTHON) -c 'import json, sys; print(json.load(sys.stdin)["endpoint"])' 2> /dev/null) || \
	  { echo "No local stack runs: make up" >&2; exit 1; }; \
	AWS_ENDPOINT_URL=$$endpoint AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_EC2_METADATA_DISABLED=true \
	  $(SAM) remote invoke $*Function --stack-name sluicegate --region us-east-1 --event-file $(EVENT); \
	echo

##@ On AWS

.PHONY: deploy
deploy: .known-env setup-stack setup-sam .arm64-target ## Build and deploy to your AWS account; ENV=dev or prod
	$(WITH_STACK) $(SAM) build --config-env $(CONFIG_ENV)
	$(SAM) deploy --config-env $(CONFIG_ENV) $(ARGS)

.PHONY: .known-env
.known-env:
	@case "$(ENV)" in dev | prod) ;; *) echo "ENV is '$(ENV)': expected dev or prod" >&2; exit 1 ;; esac

CONFIG_ENV = $(if $(filter prod,$(ENV)),prod,default)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Where `make run` keeps its store, and where it listens.
MARTLET_DATA ?= .martlet/data
HOST ?= 127.0.0.1
PORT ?= 8080

# Data beside the project that definitions and some tests read.
MARTLET_SHARED ?= ../shared

martlet := .build/release/martlet
scripts := bin/setup .ci/run

# Each runs against a server of its own.
client_scripts := fhirpy_day fhirclient_day smart_launch authlib_day bulk_export metrics_scrape schemathesis_run
clients_python := .deps/clients/bin/python3

# Hot code over unsafe buffers is some twenty times slower in debug, so tests run as release. Without testable
# imports (nothing uses them) the tests compile with the very flags of `make build` and share its objects.
swift_build := swift build -c release
# One after another: tests of servers and time-outs would starve beside those that use both cores.
swift_test := swift test -c release --disable-testable-imports --disable-xctest --no-parallel

.PHONY: help setup build run test test-clients lint bench definitions clean

help: ## list these targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do \
		printf '%-20s %s\n' "$$target" "$$text"; done

setup: ## install the libraries that are missing (apt)
	@bin/setup

build: setup ## build the release program, .build/release/martlet
	@$(swift_build)

# The mark beside the data folder stands while the first patients are being read in: a run that was interrupted
# there is taken up again, and a store that holds anything else is never touched.
run: build ## serve on http://127.0.0.1:8080 (PORT=, MARTLET_DATA=); an empty store gets 100 synthetic patients
	@data="$(MARTLET_DATA)"; mark="$${data%/}.first-patients"; patients=.martlet/synthetic.zip; \
	mkdir -p .martlet "$$(dirname "$$data")"; \
	if [[ -e "$$mark" || -z "$$(ls -A "$$data" 2>/dev/null)" ]]; then \
		echo "Filling $$data with 100 synthetic patients."; \
		touch "$$mark"; \
		$(martlet) synth --patients 100 --seed 1 --out "$$patients"; \
		$(martlet) ingest "$$patients" --data "$$data"; \
		rm -f "$$mark"; \
	fi; \
	exec $(martlet) serve --data "$$data" --listen "$(HOST):$(PORT)"

# What failed is told once more at the end, for a run is long and its end is what is kept of it.
test: setup ## run every test (FILTER=VaultTests for some)
	@mkdir -p .build; log=.build/test.log; \
	$(swift_test) $(if $(FILTER),--filter "$(FILTER)") 2>&1 | tee "$$log" \
		|| { echo "What failed:"; grep -aA 3 -E '^✘|error:|Fatal error' "$$log" | tail -n 60; exit 1; }

test-clients: ## run the tests that need outside clients, which are fetched for them
	@bin/setup clients
	@$(swift_test) --filter "OutsideClientTests"
	@$(swift_build) --product martlet
	@for script in $(client_scripts); do echo "Tests/Clients/$$script.py"; \
		$(clients_python) -B "Tests/Clients/$$script.py"; done

lint: ## check format, scripts and white space
	@swift format lint --strict --parallel --recursive Sources Tests Package.swift
	@for script in $(scripts); do bash -n "$$script"; done
	@if grep -rnIE '[[:blank:]]+$$' Makefile Package.swift README.md $(scripts) docs Sources Tests --exclude-dir=Generated \
		--include='*.swift' --include='*.h' --include='*.c' --include='*.cpp' --include='*.py' --include='*.md' \
		--include=Makefile --include=setup --include=run; then \
		echo "lint: trailing white space" >&2; exit 1; fi

bench: ## measure against the floor (ARGS=ingest for one part)
	@bin/setup bench
	@$(swift_build)
	@$(martlet) bench $(ARGS)

definitions: ## make the tables of FHIR facts and terminology anew from the R4 definitions
	@python3 tools/definitions.py "$(MARTLET_SHARED)/data/fhir-r4/definitions.zip"
	@python3 tools/terminology.py "$(MARTLET_SHARED)/data/fhir-r4/definitions.zip"

clean: ## remove what was built; the store of `make run` stays
	@rm -rf .build

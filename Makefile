# Everything works with a bare installation of Go: the tools are Go modules,
# pinned here or in go.mod.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

GOLANGCI_LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
ACTIONLINT := go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

ENV ?= local
OUT ?= out
FUZZTIME ?= 10s
SOAK ?= 500
ATTACKERS ?= 1000
MUTATIONS ?= 3000
PAIRS ?= 2000
EDITS ?= 0
SEED ?= $(shell date +%s)
# Some shells read the file that a variable of this name names.
unexport ENV

# Runbook links lead to the version that ran, where CI names it.
SOURCE := $(if $(GITHUB_SHA),-source $(GITHUB_SERVER_URL)/$(GITHUB_REPOSITORY)/blob/$(GITHUB_SHA)/)

.PHONY: help
help: ## Show what there is to make
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

# "go tool" would hand on the interrupt that gotestsum gets anyway, and two of them kill it.
bin/gotestsum: go.mod
	@go build -o bin/ gotest.tools/gotestsum

# Only ./validation knows -env, so nothing else may be named beside it. The
# events are kept nowhere: unlike the reports, they are as the tests wrote them.
# An interrupt ends the tests, not this recipe: a stopped run is reported.
.PHONY: validate
validate: bin/gotestsum ## Check a deployment: ENV, RUN=pattern or failed, COMPARE=old/report.json, ARGS=flags such as -strict
	@go build -o bin/ ./validation/report
	@run='$(value RUN)'; if [[ $$run == failed ]]; then run=$$(bin/report -failed '$(OUT)/report.json'); fi; \
	trap : INT TERM HUP; codes=(0 0); \
	bin/gotestsum --format standard-json --hide-summary all -- \
		./validation -count=1 -env='$(value ENV)' $${run:+-run="$$run"} $(ARGS) | \
		bin/report -live -out '$(OUT)' $(SOURCE) $(if $(COMPARE),-compare '$(value COMPARE)') || codes=("$${PIPESTATUS[@]}"); \
	exit $$(( codes[0] ? codes[0] : codes[1] ))

# scripts/verify exits with the verdict's 0, 1 or 2; make turns the 1 into a 2.
.PHONY: verify
verify: ## Wait until Argo CD is done, then check: ENV, RUN, ARGS=flags such as -wait=20m
	@OUT='$(OUT)' SOURCE='$(SOURCE)' scripts/verify '$(value ENV)' $(if $(RUN),-test.run='$(value RUN)') $(ARGS)

# MUSTER_SLOW=1 runs what go test ./... leaves out (fixtures/lanes). A slow machine
# needs more than the ten minutes that go test gives a package.
.PHONY: test
test: bin/gotestsum ## Run all tests, those of the image tool in its own module included
	@MUSTER_SLOW=1 bin/gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg -- -count=1 -timeout 40m ./...
	go -C scripts/tools test -count=1 -timeout 40m ./...

.PHONY: race
race: bin/gotestsum ## Run all tests with the race detector
	@MUSTER_SLOW=1 bin/gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg -- -race -count=1 -timeout 40m ./...
	go -C scripts/tools test -race -count=1 -timeout 40m ./...

.PHONY: lint
lint: ## Check formatting, go.mod, Go code, workflows and scripts
	go vet ./...
	go -C scripts/tools vet ./...
	$(GOLANGCI_LINT) run
	go mod tidy -diff
	go -C scripts/tools mod tidy -diff
	$(ACTIONLINT)
	@if command -v shellcheck >/dev/null; then \
		git ls-files .ci scripts | xargs -r grep -lE '^#!.*sh' | xargs -r shellcheck; \
	else echo "shellcheck is not installed: scripts are not checked"; fi

.PHONY: bench
bench: ## Run the benchmarks
	go test -run '^$$' -bench . -benchmem $$(git grep -l '^func Benchmark' -- '*_test.go' | xargs -n1 dirname | sort -u | sed 's|^|./|')

# An hour or more. A red run is shown at once, and the others go on.
.PHONY: soak
soak: ## Seed all faults, run the suite SOAK=500 times, against MUTATIONS=3000 mutations, PAIRS=2000 pairs of faults and all edits of Ingresses and GafaelfawrIngresses, by SEED
	MUSTER_SLOW=1 go test ./validation/proof -run '^Test(FaultTable|Faults|Cluster)$$' -count=1 -timeout 0
	go test ./validation/proof -run '^TestSoak$$' -count=1 -v -timeout 0 -soak=$(SOAK) -seed=$(SEED) | grep --line-buffered -vE '^=== |^ *--- PASS'
	go test ./validation/proof -run '^TestMutations$$' -count=1 -v -timeout 0 -mutations=$(MUTATIONS) -seed=$(SEED) | grep --line-buffered -vE '^=== |^ *--- PASS'
	MUSTER_SLOW=1 go test ./validation/proof -run '^TestEvery(IngressEdit|Alteration)$$' -count=1 -v -timeout 0 -edits=$(EDITS) -seed=$(SEED) | grep --line-buffered -vE '^=== |^ *--- PASS'
	MUSTER_SLOW=1 go test ./validation/proof -run '^TestPairs$$' -count=1 -v -timeout 0 -pairs=$(PAIRS) -seed=$(SEED) | grep --line-buffered -vE '^=== |^ *--- PASS'

# A quarter of an hour of building the first time; KUBEBUILDER_ASSETS has the API server.
.PHONY: controllers
controllers: ## Hold the suite to what real controllers write: cert-manager with Pebble, Argo CD
	@MUSTER_CONTROLLERS=$$(scripts/controllers) && export MUSTER_CONTROLLERS && \
		go test ./fixtures/recordings -run '^TestReal' -count=1 -v -timeout 30m

.PHONY: attack
attack: ## Attack the server with ATTACKERS=1000 connections, and show its memory
	go test ./muster -run '^TestAttacks$$' -count=1 -v -attackers=$(ATTACKERS)

.PHONY: fuzz
fuzz: ## Run every fuzz test for FUZZTIME=10s
	@git grep -E '^func Fuzz' -- '*_test.go' | sed -E 's|^(.*)/[^/]*:func (Fuzz[A-Za-z0-9_]+).*|\1 \2|' | \
	while read -r dir name; do \
		echo "== $$dir $$name"; go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "./$$dir"; \
	done

.PHONY: image
image: ## Build the container image, without a container engine
	scripts/image build

.PHONY: build
build: ## Build the server, the runner and the suite into bin
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w $(if $(VERSION),-X main.version=$(VERSION))' -o bin/ \
		./muster/cmd/muster ./validation/runner/cmd/muster-runner
	go test -c -o bin/validation ./validation

# Everything that one does with Seaworthy's code. `make help` says what there is.

# The versions of all tools that are not in go.mod, here and nowhere else.
BUF_VERSION         := v1.75.0
STATICCHECK_VERSION := v0.8.2
# The release of gitleaks whose rules are in reader/leak.
GITLEAKS_VERSION    := v8.30.1

GO ?= go
# How long each fuzz target runs in `make fuzz`.
FUZZTIME ?= 5s
# Flags and folders for eval/bench: `make bench BENCHFLAGS='-runs 5 path/to/manifests'`.
BENCHFLAGS ?=
# Flags for eval/accuracy: `make accuracy ACCURACYFLAGS='-v -checkouts ../repositories'`.
ACCURACYFLAGS ?=
# How long all tests of one package may take.
TESTTIMEOUT ?= 20m
# What the API must stay compatible with. Empty takes origin/main, else main.
BREAKING_AGAINST ?=

TOOLS       := $(CURDIR)/bin/tools
BUF         := $(TOOLS)/buf-$(BUF_VERSION)
STATICCHECK := $(TOOLS)/staticcheck-$(STATICCHECK_VERSION)
# What is generated and committed; `make fresh` compares it. The pages in docs/ and
# checks/ are held by tests.
GENERATED := gen ent server/openapi

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

## help: what can be made
.PHONY: help
help:
	@echo "make …"
	@sed -n 's/^## \([a-z-]*\): \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do printf '  %-13s %s\n' "$$target" "$$text"; done

## run: scan the example shop, then serve it on localhost:8080 (REST) and :9090 (gRPC)
.PHONY: run
run: build
	@bin/seaworthy scan example --id shop
	@echo
	@echo "Now the server: http://localhost:8080/v1/services and gRPC on localhost:9090; data in .seaworthy. Ctrl-C ends it."
	@exec bin/seaworthy serve --config example/seaworthy.yaml

## build: the program, into bin/
.PHONY: build
build:
	CGO_ENABLED=0 $(GO) build -ldflags='-s -w' -o bin/seaworthy ./cmd/seaworthy

## test: every test, with the race detector, in random order
.PHONY: test
test:
	$(GO) test -race -shuffle=on -timeout $(TESTTIMEOUT) ./...
	cd eval/kubescore && $(GO) test -shuffle=on ./...

## check: all that CI does
.PHONY: check
check: lint proto fresh test

## lint: format, vet, staticcheck
.PHONY: lint
lint: $(STATICCHECK)
	@unformatted=$$(git ls-files -z --cached --others --exclude-standard -- '*.go' | xargs -0 gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -w mends it):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(STATICCHECK) ./...
	cd example/storefront && $(GO) vet ./...
	cd eval/kubescore && $(GO) vet ./...

## proto: lint the API's contract, and hold it to what the main branch promises
.PHONY: proto
proto: $(BUF) third_party
	$(BUF) format --diff --exit-code proto
	$(BUF) lint
	BUF=$(BUF) AGAINST=$(BREAKING_AGAINST) ./.ci/breaking

# The protos of others that ours import, printed from the Go packages in go.mod.
.PHONY: third_party
third_party:
	@$(GO) run ./proto/imports third_party/proto

## generate: gen/, the OpenAPI document, ent/ and the pages that list things
.PHONY: generate
generate: generate-code generate-docs

.PHONY: generate-code
generate-code: $(BUF) third_party
	$(BUF) generate
	@# The plugin makes its own singular of "repositories"; no option changes it.
	sed -i.bak -e "s/{repositorie}/{repository}/" -e "s/\"repositorie\"/\"repository\"/" server/openapi/seaworthy.swagger.json && rm server/openapi/seaworthy.swagger.json.bak
	$(GO) generate ./ent

## generate-apis: the table of Kubernetes' APIs, from all its releases on the module proxy
.PHONY: generate-apis
generate-apis:
	$(GO) generate ./reader/kube/lifecycle

## generate-rules: gitleaks' rules, from its release; the sample keys that it allows are cut short
.PHONY: generate-rules
generate-rules:
	dir=$$($(GO) mod download -json github.com/zricethezav/gitleaks/v8@$(GITLEAKS_VERSION) | sed -n 's/^.*"Dir": "\(.*\)".*$$/\1/p'); \
	sed -E "s/^( *)'''(AIza[A-Za-z0-9_-]{12})[A-Za-z0-9_-]+'''/\1'''^\2'''/" "$$dir/config/gitleaks.toml" > reader/leak/gitleaks.toml; \
	cp "$$dir/LICENSE" reader/leak/gitleaks.LICENSE; chmod 644 reader/leak/gitleaks.*

.PHONY: generate-docs
generate-docs:
	$(GO) test ./checks -run '^TestCatalogueIsFresh$$' -count=1 -args -update
	$(GO) test ./cmd/seaworthy -run '^TestPagesFresh$$' -count=1 -args -update

## fresh: generate the code again and fail when it is not what is committed
.PHONY: fresh
fresh:
	@kept=$$(mktemp -d); trap 'rm -rf "$$kept"' EXIT; \
	tar -cf "$$kept/before.tar" $(GENERATED); \
	$(MAKE) --no-print-directory generate-code; \
	mkdir "$$kept/before"; tar -xf "$$kept/before.tar" -C "$$kept/before"; \
	stale=0; for f in $(GENERATED); do diff -ru "$$kept/before/$$f" "$$f" || stale=1; done; \
	if [ $$stale = 1 ]; then echo "generated code was stale; it is fresh now: commit it"; exit 1; fi; \
	echo "generated code is fresh"

## bench: every benchmark, with allocations; then Seaworthy on generated fleets and a large repository, beside kube-score
.PHONY: bench
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...
	$(GO) run ./eval/bench $(BENCHFLAGS)

## agreement: compare Seaworthy with kube-score on public manifests, and write docs/agreement.md
.PHONY: agreement
agreement: build
	cd eval/kubescore && $(GO) run . -update

## accuracy: compare Seaworthy's answers with labels made by hand, and write docs/accuracy.md
.PHONY: accuracy
accuracy: build
	$(GO) run ./eval/accuracy -update $(ACCURACYFLAGS)

## fuzz: every fuzz target for FUZZTIME (5s), but that of cmd/, which would instrument all dependencies
.PHONY: fuzz
fuzz:
	@grep -rlE --include='*_test.go' --exclude-dir=third_party --exclude-dir=checkouts --exclude-dir=.checkouts '^func Fuzz' . | xargs -n1 dirname | sort -u | grep -v '^./cmd/' | while read -r pkg; do \
		for target in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$$pkg"/*_test.go | awk '{print $$2}' | sort); do \
			echo "fuzz $$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x "$$pkg" || exit 1; \
		done; \
	done

## clean: remove what was built and fetched, and the server's data of `make run`
.PHONY: clean
clean:
	rm -rf bin third_party .seaworthy

# Tools are built once for each version, apart from our go.mod.
$(BUF):
	@echo "building buf $(BUF_VERSION) (once, a few minutes)"
	@mkdir -p $(TOOLS)
	@GOBIN=$(TOOLS) GOFLAGS= $(GO) install github.com/bufbuild/buf/cmd/buf@$(BUF_VERSION)
	@mv $(TOOLS)/buf $@

$(STATICCHECK):
	@echo "building staticcheck $(STATICCHECK_VERSION) (once)"
	@mkdir -p $(TOOLS)
	@GOBIN=$(TOOLS) GOFLAGS= $(GO) install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)
	@mv $(TOOLS)/staticcheck $@

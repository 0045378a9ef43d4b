# `make run` and `make test` do all the set-up themselves.
PREFIX ?= /usr/local
BUILD = swift build -c release --static-swift-stdlib --product gateway
SHARE = $(DESTDIR)$(PREFIX)/share
BINARY = .build/release/gateway

.PHONY: run test lint build install install-files deb deb-test setup setup-test setup-torture torture edits simulate
.PHONY: bench bench-parts coverage fuzz sanitize

run: build  ## builds and runs the demo on rules.yaml; RULES=my.yaml runs your own
	$(if $(RULES),$(BINARY) run --rules $(RULES),$(BINARY) run --demo)

build: setup  ## the release binary
	$(BUILD)

test: setup-test lint  ## the set-up, the linter and every test; the end-to-end tests run the release binary
	$(BUILD)
	GATEWAY_BINARY=$(CURDIR)/$(BINARY) scripts/test

lint:
	swift format lint --strict --parallel --recursive Package.swift Sources Tests Benchmarks

install: build install-files  ## the stripped binary, its manual page and completions below $(PREFIX)

install-files:
	install -d $(DESTDIR)$(PREFIX)/bin
	install -s -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/gateway
	install -d $(SHARE)/man/man1 $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions \
		$(SHARE)/fish/vendor_completions.d
	$(BINARY) man >$(SHARE)/man/man1/gateway.1
	$(BINARY) completion bash >$(SHARE)/bash-completion/completions/gateway
	$(BINARY) completion zsh >$(SHARE)/zsh/site-functions/_gateway
	$(BINARY) completion fish >$(SHARE)/fish/vendor_completions.d/gateway.fish

deb: build  ## a Debian package in packages/
	packaging/deb

deb-test: deb  ## installs, starts, upgrades and purges it in a Debian tree of its own; for root
	packaging/deb-test

torture: setup-torture  ## every fault that we know of, long; the table of docs/reliability.md (as root: all of it)
	$(BUILD)
	GATEWAY_BINARY=$(CURDIR)/$(BINARY) scripts/torture

edits: setup-test  ## rules.yaml edited 200 times under load, a third of them broken; nothing lost, no pause over 50 ms
	$(BUILD)
	EDITS=200 GATEWAY_BINARY=$(CURDIR)/$(BINARY) swift test --filter EditTests

simulate: setup-test  ## SEEDS=100000 simulated lives from FIRST=1 on, optimised; SEED=42 lives one and prints its trace
	$(if $(SEED),SEED=$(SEED) $(if $(MUTANT),MUTANT=$(MUTANT)),SIMULATE=1 SEEDS=$(or $(SEEDS),100000) FIRST=$(or $(FIRST),1)) \
	swift test $(if $(SEED),,-c release -Xswiftc -enable-testing --scratch-path .build/simulate) \
	--filter 'SimulationTests/(nothingIsLost|oneLife)'

fuzz: setup  ## hostile inputs for the four doors, SECONDS_EACH=60; DOOR=api that one alone
	scripts/fuzz $(DOOR)

sanitize: setup-test  ## the tests under the Thread, Address and Leak Sanitizers
	scripts/sanitize

coverage: setup-test  ## which lines of each module the tests run, and which not
	scripts/coverage

setup:
	@scripts/setup

setup-test:
	@scripts/setup test

setup-torture:
	@scripts/setup torture

bench:  ## beside Prometheus and Alertmanager; writes docs/benchmarks.md and docs/growth.png; QUICK=1 for a short run
	@scripts/setup bench
	$(BUILD)
	swift build -c release --static-swift-stdlib --product Benchmarks
	scripts/bench $(if $(QUICK),--quick)

bench-parts:  ## times of the engine and the store alone, and of the API on a year of history
	$(BUILD)
	swift build -c release --static-swift-stdlib --product Benchmarks
	.build/release/Benchmarks

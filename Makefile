# `make run` and `make test` do all the set-up themselves.
PREFIX ?= /usr/local
BUILD = swift build -c release --static-swift-stdlib --product gateway
BINARY = .build/release/gateway

.PHONY: run test lint build install setup setup-test torture edits bench bench-parts

run: build  ## builds and runs the demo on rules.yaml; RULES=my.yaml runs your own
	$(if $(RULES),$(BINARY) run --rules $(RULES),$(BINARY) run --demo)

build: setup  ## the release binary
	$(BUILD)

test: setup-test lint  ## the set-up, the linter and every test; the end-to-end tests run the release binary
	$(BUILD)
	GATEWAY_BINARY=$(CURDIR)/$(BINARY) scripts/test

lint:
	swift format lint --strict --parallel --recursive Package.swift Sources Tests Benchmarks

install: build  ## the stripped binary into $(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/bin
	install -s -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/gateway

torture: setup-test  ## kill -9 at 200 random instants under load; nothing lost, nothing doubled
	$(BUILD)
	TORTURE_ROUNDS=200 GATEWAY_BINARY=$(CURDIR)/$(BINARY) swift test --filter KillTests

edits: setup-test  ## rules.yaml edited 200 times under load, a third of them broken; nothing lost, no pause over 50 ms
	$(BUILD)
	EDITS=200 GATEWAY_BINARY=$(CURDIR)/$(BINARY) swift test --filter EditTests

setup:
	@scripts/setup

setup-test:
	@scripts/setup test

bench:  ## beside Prometheus and Alertmanager; writes docs/benchmarks.md and docs/growth.png; QUICK=1 for a short run
	@scripts/setup bench
	$(BUILD)
	swift build -c release --static-swift-stdlib --product Benchmarks
	scripts/bench $(if $(QUICK),--quick)

bench-parts:  ## times of the engine and the store alone
	swift build -c release --product Benchmarks
	.build/release/Benchmarks

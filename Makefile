# `make run` and `make test` do all the set-up themselves.
PREFIX ?= /usr/local
BUILD = swift build -c release --static-swift-stdlib --product gateway
BINARY = .build/release/gateway

.PHONY: run test lint build install setup setup-test setup-torture torture bench-parts

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

torture: setup-torture  ## every fault that we know of, long; the table of docs/reliability.md (as root: all of it)
	$(BUILD)
	GATEWAY_BINARY=$(CURDIR)/$(BINARY) scripts/torture

setup:
	@scripts/setup

setup-test:
	@scripts/setup test

setup-torture:
	@scripts/setup torture

bench-parts:  ## times of the engine and the store alone
	swift build -c release --product Benchmarks
	.build/release/Benchmarks

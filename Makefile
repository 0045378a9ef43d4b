.PHONY: test lint setup

test: setup lint  ## the set-up, the linter and every test
	swift test --explicit-target-dependency-import-check error

lint:
	swift format lint --strict --parallel --recursive Package.swift Sources Tests

setup:
	@scripts/setup

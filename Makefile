# Everything that is done with this checkout. `make help` lists it.

SWIFT ?= swift
CHECKED := --explicit-target-dependency-import-check error
PREFIX ?= /usr/local
# Many tests start servers and children, or block a thread: more at once would only make them wait for each other.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 4
RELEASE := .build/release/penstock

.PHONY: help setup build release test interop test-units soak lint format demo bench bench-profile fuzz install clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## install what is needed from Debian's packages; does nothing when all is there
	@scripts/setup

build: setup ## build everything, tests too, for debugging
	$(SWIFT) build --build-tests $(CHECKED)

release: setup ## build the optimised program
	$(SWIFT) build -c release --product penstock $(CHECKED)

test: build ## run all tests, but those with clients that only `make interop` installs
	$(SWIFT) test --skip-build

interop: build ## drive az, rclone, adlfs, barman, pgBackRest and the storage SDK against penstock serve
	@SWIFT=$(SWIFT) scripts/interop

test-units: build ## run the tests that need neither servers nor children
	$(SWIFT) test --skip-build --skip '^Scenarios\.' --skip '^Interop\.'

soak: release build ## repeat the crash and fault tests for long; SOAK_ROUNDS sets how often (default 20)
	PENSTOCK_SOAK=$${SOAK_ROUNDS:-20} PENSTOCK_BINARY=$(CURDIR)/$(RELEASE) $(SWIFT) test --skip-build --filter 'Soak|DirectoryStoreTests.CrashTests'

fuzz: setup ## invent input for the server; FUZZ_SECONDS for each target (default 300), FUZZ_TARGETS, FUZZ_JOBS
	@SWIFT=$(SWIFT) scripts/fuzz

lint: setup ## check the format, the rules of the house and the scripts
	@scripts/lint

format: ## format all Swift files
	$(SWIFT) format -i -r Sources Tests Package.swift

demo: release ## dump one PostgreSQL cluster into the embedded store and restore it into another
	@scripts/demo $(RELEASE)

bench: release ## measure against named peers; PARTS="upload tls" names parts, `scripts/bench --help` lists them
	$(SWIFT) build -c release --product IndexPass $(CHECKED)
	@BENCH_PENSTOCK=$(RELEASE) scripts/bench $(PARTS)

bench-profile: release ## show where upload and download spend their CPU time, with perf
	@BENCH_PENSTOCK=$(RELEASE) scripts/bench profile

install: release ## install program, manual and completions under PREFIX
	install -D -m 755 $(RELEASE) $(DESTDIR)$(PREFIX)/bin/penstock
	$(RELEASE) manual | install -D -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/share/man/man1/penstock.1
	$(RELEASE) completions bash | install -D -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/share/bash-completion/completions/penstock
	$(RELEASE) completions zsh | install -D -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_penstock
	$(RELEASE) completions fish | install -D -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/penstock.fish

clean: ## remove what was built
	$(SWIFT) package clean
	rm -rf .build

# Sleutelbos: what can be made here. `make` alone lists it.
#
# Two builds come out of one source: the desktop app needs cgo and the system's
# graphics libraries, the static command needs neither. The rest is tested
# without a display: with the tag "ci" Fyne draws in memory, so only the tests
# that drive the real window need the real driver.

SHELL := /bin/sh
.SHELLFLAGS := -ec
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

GO ?= go
FAST ?=
LONG ?=
FUZZTIME ?= 1m
BENCHTIME ?= 1s
BENCHFLAGS ?=

release_tags := migrated_fynedo
# X11 with OpenGL ES only: a third of the time to compile, the same window.
fast_tags    := x11,gles,migrated_fynedo
# Fyne in memory, without OpenGL and without a display.
test_tags    := ci,migrated_fynedo

desktop_tags := $(if $(FAST),$(fast_tags),$(release_tags))
strip        := -trimpath -ldflags "-s -w"
# Functions that begin every 16 bytes and not every 32: a hundredth of the size.
compact      := -trimpath -ldflags "-s -w -funcalign=16"
tool         := $(GO) tool -modfile=lint.mod

# For the tests of one package. The race detector makes the embedded database
# several times slower, and a busy machine all of it.
timeout := 60m

# Reading pictures is nothing but computing on one goroutine; the race detector
# would make it ten times slower and find nothing.
raceless := ./enroll/scan

long := $(filter-out 0,$(LONG))
export LONG

.PHONY: help run code build bin/sleutelbos bin/sleutelbos-static bin/test/sleutelbos \
	deb image test fuzz bench check lint fmt icon clean

help: ## this list
	@awk -F ' *## *' '/^[a-z]+:.*## / { sub(/:.*/, "", $$1); printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: ## the whole path on this machine: server, demo person, app (FRESH=1: from nothing)
	@scripts/run

code: ## the next code of make run's administrator
	@bin/sleutelbos-static --vault .run/bbeheer --passphrase-file .run/passphrase code bbeheer

build: bin/sleutelbos bin/sleutelbos-static ## bin/sleutelbos (desktop; FAST=1: X11 only, builds sooner) and bin/sleutelbos-static

bin/sleutelbos:
	@scripts/packages build
	CGO_ENABLED=1 $(GO) build $(strip) -tags $(desktop_tags) -o $@ .

bin/sleutelbos-static:
	@scripts/packages static
	CGO_ENABLED=0 $(GO) build $(compact) -o $@ .

# The desktop build that the tests drive. It has a place of its own, so that
# testing never leaves a binary of the fast kind where a release is expected.
bin/test/sleutelbos:
	@scripts/packages build
	CGO_ENABLED=1 $(GO) build -trimpath -tags $(fast_tags) -o $@ .

# The version stands once, where the program says it.
version = $(shell sed -n 's/^var version = "\(.*\)"/\1/p' main.go)

deb: bin/sleutelbos-static ## bin/sleutelbos_VERSION_ARCH.deb: the server as a service
	@scripts/deb $(version)

image: bin/sleutelbos-static ## the container image sleutelbos (podman, docker or buildah)
	@scripts/image sleutelbos:$(version)

test: ## everything that must hold (LONG=1: also staticcheck, and each fuzz target for a minute)
	@scripts/packages test
	@$(MAKE) --no-print-directory bin/sleutelbos-static bin/test/sleutelbos
	@$(MAKE) --no-print-directory $(if $(long),lint,check)
	CGO_ENABLED=1 \
	SLEUTELBOS_TEST_DESKTOP=$(CURDIR)/bin/test/sleutelbos \
	SLEUTELBOS_TEST_STATIC=$(CURDIR)/bin/sleutelbos-static \
	$(GO) test -race -count=1 -shuffle=on -timeout $(timeout) -tags $(test_tags) \
		$$($(GO) list -tags $(test_tags) ./... | grep -vx 'sleutelbos/enroll/scan')
	CGO_ENABLED=0 $(GO) test -count=1 -shuffle=on -timeout $(timeout) -tags $(test_tags) $(raceless)
	@$(if $(long),$(MAKE) --no-print-directory fuzz)

# One target at a time, because that is all that go test takes. Making each
# interesting input smaller would otherwise eat the whole minute. What it finds
# it leaves in the package's testdata/fuzz, to be kept as a test.
fuzz: ## each fuzz target for FUZZTIME (1m)
	@mkdir -p bin
	@CGO_ENABLED=0 $(GO) test -list '^Fuzz' -tags $(test_tags) ./... >bin/fuzz.txt
	@awk '/^Fuzz/ { name[++n] = $$1 } /^ok/ { for (i = 1; i <= n; i++) print $$2, name[i]; n = 0 }' bin/fuzz.txt | \
	while read -r package target; do \
		echo "fuzz $$package $$target"; \
		CGO_ENABLED=0 $(GO) test -tags $(test_tags) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$package" </dev/null; \
	done

# The last table stands beside a ceiling, and beside any other server that
# BENCHFLAGS names; see bin/bench --help.
bench: bin/sleutelbos-static ## the benchmarks; kept in bin/bench.txt (LONG=1: also a million people)
	@scripts/packages bench
	@packages=$$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -r -n 1 dirname | sort -u); \
	if [ -z "$$packages" ]; then echo "There are no benchmarks."; exit 0; fi; \
	CGO_ENABLED=0 SLEUTELBOS_TEST_STATIC=$(CURDIR)/bin/sleutelbos-static \
	$(GO) test -tags $(test_tags) -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) -timeout 1h $$packages >bin/bench.txt || \
	{ cat bin/bench.txt; exit 1; }; \
	cat bin/bench.txt
	@CGO_ENABLED=0 $(GO) build -o bin/bench ./server/bench
	@bin/bench $(BENCHFLAGS) | tee -a bin/bench.txt

# Vet shares what the builds have compiled. Staticcheck compiles and analyses
# all that is imported, which takes minutes on a fresh machine; so make test
# leaves it to LONG=1.
check: ## gofumpt and go vet, for both builds
	@untidy=$$($(tool) gofumpt -l .); \
	if [ -n "$$untidy" ]; then echo "Not formatted (make fmt does it):"; echo "$$untidy"; exit 1; fi
	CGO_ENABLED=0 $(GO) vet ./...
	CGO_ENABLED=1 $(GO) vet -tags $(test_tags) ./...

lint: check ## the same, staticcheck, and vet of the app for Windows and macOS
	CGO_ENABLED=0 $(tool) staticcheck ./...
	CGO_ENABLED=1 $(tool) staticcheck -tags $(test_tags) ./...
	@for system in windows darwin; do \
		echo "vet for $$system"; \
		GOOS=$$system CGO_ENABLED=0 $(GO) vet -tags $(test_tags) ./app/... ./vault/... ./enroll/... || exit 1; \
	done

fmt: ## gofumpt over the whole tree
	$(tool) gofumpt -w .

sizes := 16 32 48 64 128 256 512

icon: ## assets/icon/*.png out of their SVG source (rsvg-convert)
	@for size in $(sizes); do \
		source=assets/icon/sleutelbos.svg; \
		if [ $$size -le 16 ]; then source=assets/icon/sleutelbos-small.svg; fi; \
		rsvg-convert -w $$size -h $$size "$$source" -o assets/icon/sleutelbos-$$size.png; \
	done

clean: ## remove bin/ and artefacts/ (not .run/, where make run keeps its demo)
	rm -rf bin artefacts

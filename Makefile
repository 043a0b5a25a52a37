# SPDX-License-Identifier: Apache-2.0
# Short commands for people. CMake and the scripts in .ci do the work. `make help` is made from the comments with two signs.

AGENT := $(CURDIR)/build/native/gup-agent

.PHONY: all help demo test unit asan aarch64 armhf armv6 test-arm smoke-arm dist deb wheel test-package test-package-native release release-files check-reproducible power-cuts torture faults hostile fuzz mutants nightly docs reference picture online peers bench format tidy clean packages native

all: native
	@echo "The program is build/native/gup-agent. Next: make unit, make test, make demo; make help has all targets."

## Start
help: ## this list
	@awk -f .ci/make-help Makefile

demo: ## try the agent on a small gateway with real servers; installs what the build and the demo need
	@.ci/install-packages build demo
	@cmake --preset demo --log-level=WARNING
	@cmake --build --preset demo
	@tests/demo/run build/demo-program/gup-agent build/demo

native: packages ## build the program and its tests for this machine, in build/native
	@cmake --preset native --log-level=WARNING
	@cmake --build --preset native

packages: ## install the Debian packages that build and tests need
	@.ci/install-packages build unit test

clean: ## remove build/ and dist/
	@rm -rf build dist

## Test
unit: ## the fast unit tests; builds only these
	@.ci/install-packages build unit
	@cmake --preset native --log-level=WARNING
	@cmake --build --preset native --target gup-unit-tests
	@ctest --preset native -L unit -LE slow

# The last line of output is ctest's result.
test: native ## all tests
	@ctest --preset native

asan: packages ## all tests with AddressSanitizer and UndefinedBehaviorSanitizer
	@cmake --preset asan --log-level=WARNING
	@cmake --build --preset asan
	@ctest --preset asan $(CTEST_OPTIONS)

online: native ## the tests that need the public package index
	@GUP_E2E_NETWORK=1 ctest --preset native -L network

peers: native ## compare the agent with git, pip, uv, and pypa/packaging
	@GUP_E2E_NETWORK=1 ctest --preset native -L peers

# On their own file system (needs root), and by SIGKILL.
power-cuts: native ## N=200 updates interrupted by a power cut; needs root
	@GUP_AGENT=$(AGENT) tests/endurance/power_cuts --cuts $(or $(N),200)

torture: native ## N=300 updates killed at random moments
	@GUP_AGENT=$(AGENT) tests/endurance/torture --tries $(or $(N),300)

# Each system call of an update that changes something fails once, in each possible way. Prints the number of failures.
faults: native ## an update in which each system call fails once
	@GUP_AGENT=$(AGENT) GUP_EVERY_STEP=1 /usr/bin/python3 -m pytest -q -s -p no:cacheprovider tests/e2e/crash/test_faults.py tests/e2e/crash/test_faults_of_others.py

# Each file below an owner's folder, each kind of hostile thing, each command. Prints their number.
hostile: native ## every hostile file that an owner can make, with every command
	@GUP_AGENT=$(AGENT) GUP_EVERY_STEP=1 /usr/bin/python3 -m pytest -q -s -p no:cacheprovider tests/e2e/owners/test_hostile_matrix.py

# With limits on memory and time.
fuzz: ## random inputs for every reader of foreign bytes; SECONDS=10 for each, SEED=1 for the same inputs, TARGET=zip for one
	@.ci/install-packages build unit fuzz
	@cmake --preset fuzz --log-level=WARNING
	@cmake --build --preset fuzz
	@tests/fuzz/run --seconds $(or $(SECONDS),10) $(if $(SEED),--seed $(SEED)) $(TARGET)

# In core, python and doctor's findings. Each takes some seconds. SEED=… repeats the same ones, AT_LEAST=… fails below that
# percentage, JOBS=… runs several at once.
mutants: packages ## N=40 random changes of the program; reports how many the unit tests notice
	@tests/mutants/run -n $(or $(N),40) $(if $(SEED),--seed $(SEED)) --jobs $(or $(JOBS),1) --at-least $(or $(AT_LEAST),0)

bench: native ## compare the cost of a night with other ways to do it (bench/README.md); needs a quiet machine
	@.ci/install-packages bench
	@GUP_AGENT=$(AGENT) /usr/bin/python3 bench/run

## Check
format: ## clang-format the sources
	@.ci/install-packages lint
	@find agent tests/unit tests/fuzz -name '*.[hc]pp' -exec clang-format -i {} +

tidy: ## clang-tidy; CHANGED=yes for what the last day changed
	@.ci/install-packages build unit lint
	@cmake --preset tidy --log-level=WARNING
	@.ci/tidy $(if $(CHANGED),--changed) build/tidy

nightly: ## the checks that .ci/run omits
	@.ci/nightly

check-reproducible: ## compare two builds in two folders byte for byte
	@.ci/check-reproducible

## Documents
docs: ## the documentation site, in build/docs/site, by Zensical from the package index; fails for a broken link
	@.ci/install-packages deb
	@packaging/site

reference: native ## the pages that the program knows best: references, the output in getting-started.md
	@GUP_AGENT=$(AGENT) .ci/reference --write
	@GUP_AGENT=$(AGENT) /usr/bin/python3 tests/e2e/support/walkthrough.py docs/getting-started.md

picture: native ## the picture of the README, from the demo
	@/usr/bin/python3 tests/demo/picture $(AGENT) docs/pictures/demo.svg

## ARM
aarch64 armhf armv6: ## cross-compile, to build/aarch64, build/armhf, build/armv6
	@.ci/install-packages build unit arm
	@cmake --preset $@ --log-level=WARNING
	@cmake --build --preset $@

test-arm: aarch64 armhf armv6 packages ## the end-to-end tests of these binaries under qemu-user
	@.ci/test-arm $(filter-out packages,$^)

smoke-arm: aarch64 armhf packages ## the part of it that CI runs
	@.ci/smoke-arm $(filter-out packages,$^)

## Release
dist: ## the four binaries, each with its SBOM, in dist/
	@packaging/dist

deb: ## the Debian packages of the binaries in dist/
	@.ci/install-packages deb
	@packaging/deb/build

wheel: ## wheels with the binaries in dist/, for laptops and CI (docs/editors.md)
	@packaging/wheel/build

# All of it from one clean checkout; see docs/releasing.md.
release-files: ## all that a release publishes, in dist/release-files; KEY=minisign.key APT_KEY=… URL=… sign it
	@packaging/release-files $(if $(ONLY),--only "$(ONLY)") $(if $(KEY),--key "$(KEY)") $(if $(APT_KEY),--apt-key "$(APT_KEY)") $(if $(URL),--url "$(URL)")

# From the files in dist/: make release KEY=minisign.key [DIST=dist] [OUT=release] [VERSION=…] [SERIAL=…] [EXPIRES_DAYS=90].
release: ## a signed folder for the self-update of agents; KEY=minisign.key (docs/self-update.md)
	@test -n "$(KEY)" || { echo "usage: make release KEY=minisign.key (docs/self-update.md)" >&2; exit 2; }
	@.ci/install-packages release
	@packaging/release --key "$(KEY)" --dist "$(or $(DIST),dist)" --out "$(or $(OUT),release)" \
		--expires-days "$(or $(EXPIRES_DAYS),90)" $(if $(VERSION),--version "$(VERSION)") $(if $(SERIAL),--serial "$(SERIAL)")

# lintian, man pages, completions; install, upgrade and purge in Debian roots of all architectures; a booted container. Takes 15
# minutes, and longer the first time.
test-package: deb ## tests of the packages of all architectures; needs root
	@.ci/install-packages test-package release
	@/usr/bin/python3 -m pytest -p no:cacheprovider -rs tests/package

# With the binary in build/native. Takes a few minutes; CI runs it.
test-package-native: native ## the same for this machine's package alone
	@.ci/test-package-native

# SPDX-License-Identifier: Apache-2.0
# Short commands for people. CMake and the scripts in .ci do the work.

AGENT := $(CURDIR)/build/native/gup-agent

.PHONY: all demo test unit asan aarch64 armhf armv6 test-arm smoke-arm dist deb wheel test-package test-package-native release check-reproducible power-cuts torture faults hostile fuzz mutants nightly docs reference picture online peers bench format tidy clean packages native

all: native

packages:
	@.ci/install-packages build test

native: packages
	@cmake --preset native --log-level=WARNING
	@cmake --build --preset native

demo: native
	@tests/demo/run $(AGENT) build/demo

# The last line of output is ctest's result.
test: native
	@ctest --preset native

unit: packages
	@cmake --preset native --log-level=WARNING
	@cmake --build --preset native --target gup-unit-tests
	@ctest --preset native -L unit -LE slow

asan: packages
	@cmake --preset asan --log-level=WARNING
	@cmake --build --preset asan
	@ctest --preset asan $(CTEST_OPTIONS)

aarch64 armhf armv6:
	@.ci/install-packages build arm
	@cmake --preset $@ --log-level=WARNING
	@cmake --build --preset $@

# The end-to-end suite with the foreign binaries under qemu-user, and the part of it that CI runs each time.
test-arm: aarch64 armhf armv6 packages
	@.ci/test-arm $(filter-out packages,$^)

smoke-arm: aarch64 armhf packages
	@.ci/smoke-arm $(filter-out packages,$^)

# The binaries of a release, each with its SBOM, in dist/.
dist:
	@packaging/dist

# A signed release for the self-update of agents, from the files in dist/:
# make release KEY=minisign.key [DIST=dist] [OUT=release] [VERSION=…] [SERIAL=…] [EXPIRES_DAYS=90]; see docs/self-update.md.
release:
	@test -n "$(KEY)" || { echo "usage: make release KEY=minisign.key (docs/self-update.md)" >&2; exit 2; }
	@.ci/install-packages release
	@packaging/release --key "$(KEY)" --dist "$(or $(DIST),dist)" --out "$(or $(OUT),release)" \
		--expires-days "$(or $(EXPIRES_DAYS),90)" $(if $(VERSION),--version "$(VERSION)") $(if $(SERIAL),--serial "$(SERIAL)")

# The Debian packages of the binaries in dist/.
deb:
	@.ci/install-packages deb
	@packaging/deb/build

# Wheels with the binaries in dist/, for laptops and CI: docs/editors.md.
wheel:
	@packaging/wheel/build

# The documentation site in build/docs/site, by Zensical from the package index. Fails for a broken link.
docs:
	@.ci/install-packages deb
	@packaging/site

# The pages that the program knows best: references, the output in getting-started, the picture of the README.
reference: native
	@GUP_AGENT=$(AGENT) .ci/reference --write
	@GUP_AGENT=$(AGENT) /usr/bin/python3 tests/e2e/support/walkthrough.py docs/getting-started.md

picture: native
	@/usr/bin/python3 tests/demo/picture $(AGENT) docs/pictures/demo.svg

# Tests of the packages: lintian, man pages, completions; install, upgrade and purge in Debian roots of all architectures; a
# booted container. Needs root. Takes 15 minutes, and longer the first time.
test-package: deb
	@.ci/install-packages test-package
	@/usr/bin/python3 -m pytest -p no:cacheprovider -rs tests/package

# The same for this machine's package alone, with the binary in build/native. Takes a few minutes; CI runs it.
test-package-native: native
	@.ci/test-package-native

# Compares two builds in two folders byte for byte.
check-reproducible:
	@.ci/check-reproducible

# Interrupted updates: by power cuts on their own file system (needs root), and by SIGKILL. N=… sets the number.
power-cuts: native
	@GUP_AGENT=$(AGENT) tests/endurance/power_cuts --cuts $(or $(N),200)

torture: native
	@GUP_AGENT=$(AGENT) tests/endurance/torture --tries $(or $(N),300)

# Each system call of an update that changes something fails once, in each possible way. Prints the number of failures.
faults: native
	@GUP_AGENT=$(AGENT) GUP_EVERY_STEP=1 /usr/bin/python3 -m pytest -q -s -p no:cacheprovider tests/e2e/crash/test_faults.py tests/e2e/crash/test_faults_of_others.py

# Random inputs for every reader of foreign bytes, with limits on memory and time. SECONDS=… for each target; TARGET=… for one.
fuzz:
	@.ci/install-packages build fuzz
	@cmake --preset fuzz --log-level=WARNING
	@cmake --build --preset fuzz
	@tests/fuzz/run --seconds $(or $(SECONDS),10) $(TARGET)

# The hostile-owner matrix: each file below an owner's folder, each kind of hostile thing, each command. Prints their number.
hostile: native
	@GUP_AGENT=$(AGENT) GUP_EVERY_STEP=1 /usr/bin/python3 -m pytest -q -s -p no:cacheprovider tests/e2e/owners/test_hostile_matrix.py

# The checks that .ci/run omits.
nightly:
	@.ci/nightly

# Makes random changes (mutants) in core, python and doctor's findings, and reports how many the unit tests notice. Each mutant
# takes some seconds. N=… sets their number, SEED=… repeats the same ones, AT_LEAST=… fails below that percentage, JOBS=… runs
# several at once.
mutants: packages
	@tests/mutants/run -n $(or $(N),40) $(if $(SEED),--seed $(SEED)) --jobs $(or $(JOBS),1) --at-least $(or $(AT_LEAST),0)

# The tests that need the public package index.
online: native
	@GUP_E2E_NETWORK=1 ctest --preset native -L network

# Compares the agent with the programs that it must agree with: git, pip, uv, and pypa/packaging from the package index.
peers: native
	@GUP_E2E_NETWORK=1 ctest --preset native -L peers

# Compares the cost of a night with other ways to do it: bench/README.md. Writes bench/results.md; needs a quiet machine.
bench: native
	@.ci/install-packages bench
	@GUP_AGENT=$(AGENT) /usr/bin/python3 bench/run

format:
	@.ci/install-packages lint
	@find agent tests/unit tests/fuzz -name '*.[hc]pp' -exec clang-format -i {} +

tidy:
	@.ci/install-packages build lint
	@cmake --preset tidy --log-level=WARNING
	@.ci/tidy $(if $(CHANGED),--changed) build/tidy

clean:
	@rm -rf build dist

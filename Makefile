# A thin front: what a person types. CMake and the scripts in .ci do the work.

AGENT := $(CURDIR)/build/native/gup-agent

.PHONY: all demo test unit asan aarch64 armhf armv6 test-arm smoke-arm dist deb test-package test-package-native release check-reproducible power-cuts torture faults mutants nightly online bench format tidy clean packages native

all: native

packages:
	@.ci/install-packages build test

native: packages
	@cmake --preset native --log-level=WARNING
	@cmake --build --preset native

demo: native
	@tests/demo/run $(AGENT) build/demo

# ctest's closing line is the last one that is printed.
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

# What agents update themselves from, made of dist/ and signed: make release KEY=minisign.key [DIST=dist] [OUT=release]
# [VERSION=…] [SERIAL=…] [EXPIRES_DAYS=90]; see docs/self-update.md.
release:
	@test -n "$(KEY)" || { echo "usage: make release KEY=minisign.key (docs/self-update.md)" >&2; exit 2; }
	@.ci/install-packages release
	@packaging/release --key "$(KEY)" --dist "$(or $(DIST),dist)" --out "$(or $(OUT),release)" \
		--expires-days "$(or $(EXPIRES_DAYS),90)" $(if $(VERSION),--version "$(VERSION)") $(if $(SERIAL),--serial "$(SERIAL)")

# The Debian packages of the binaries in dist/.
deb:
	@.ci/install-packages deb
	@packaging/deb/build

# The packages: lintian, man pages, completions; installed, upgraded and purged in Debian roots of all architectures; in a
# booted container. Needs root; a quarter of an hour, and more the first time.
test-package: deb
	@.ci/install-packages test-package
	@/usr/bin/python3 -m pytest -p no:cacheprovider -rs tests/package

# The same for this machine's own package alone, made of the binary in build/native: a few minutes. CI runs it.
test-package-native: native
	@.ci/test-package-native

# Two builds in two folders, byte for byte.
check-reproducible:
	@.ci/check-reproducible

# Updates that are interrupted: by power cuts on a file system of its own (needs root), and by SIGKILL. N=… for more or fewer.
power-cuts: native
	@GUP_AGENT=$(AGENT) tests/endurance/power_cuts --cuts $(or $(N),200)

torture: native
	@GUP_AGENT=$(AGENT) tests/endurance/torture --tries $(or $(N),300)

# Each system call of an update that changes something fails once, in each way that it can; prints how many that were.
faults: native
	@GUP_AGENT=$(AGENT) GUP_EVERY_STEP=1 /usr/bin/python3 -m pytest -q -s -p no:cacheprovider tests/e2e/crash/test_faults.py tests/e2e/crash/test_faults_of_others.py

# What .ci/run leaves out, whole.
nightly:
	@.ci/nightly

# How many random changes of what computes (core, python, doctor's findings) a unit test notices. A mutant takes some seconds.
# N=… for more or fewer, SEED=… for the same ones again, AT_LEAST=… for an error below that percentage, JOBS=… for several at a time.
mutants: packages
	@tests/mutants/run -n $(or $(N),40) $(if $(SEED),--seed $(SEED)) --jobs $(or $(JOBS),1) --at-least $(or $(AT_LEAST),0)

# The tests that need the public package index.
online: native
	@GUP_E2E_NETWORK=1 ctest --preset native -L network

# What a night costs, beside other ways to do it: bench/README.md. Writes bench/results.md; wants a quiet machine.
bench: native
	@.ci/install-packages bench
	@GUP_AGENT=$(AGENT) /usr/bin/python3 bench/run

format:
	@.ci/install-packages lint
	@find agent tests/unit -name '*.[hc]pp' -exec clang-format -i {} +

tidy:
	@.ci/install-packages build lint
	@cmake --preset tidy --log-level=WARNING
	@.ci/tidy $(if $(CHANGED),--changed) build/tidy

clean:
	@rm -rf build dist

# A thin front: what a person types. CMake and the scripts in .ci do the work.

AGENT := $(CURDIR)/build/native/gup-agent

.PHONY: all demo test asan aarch64 armhf online format tidy clean packages native

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

asan: packages
	@cmake --preset asan --log-level=WARNING
	@cmake --build --preset asan
	@ctest --preset asan

aarch64 armhf:
	@.ci/install-packages build arm
	@cmake --preset $@ --log-level=WARNING
	@cmake --build --preset $@

# The tests that need the public package index.
online: native
	@GUP_AGENT=$(AGENT) /usr/bin/python3 -m pytest -q -m online tests/e2e

format:
	@.ci/install-packages lint
	@find agent tests/unit -name '*.[hc]pp' -exec clang-format -i {} +

tidy:
	@.ci/install-packages build lint
	@cmake --preset native --log-level=WARNING
	@.ci/tidy build/native

clean:
	@rm -rf build

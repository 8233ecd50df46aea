# SPDX-License-Identifier: GPL-2.0-only
#
# Thin names for the commands behind them: each target shows what it runs.

JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60

install := tools/install-dependencies.sh
ctest := ctest --output-on-failure -j $(JOBS)

.PHONY: help demo test check bench bench-packets kernel-table fidelity-table format tidy fuzz clean

help:
	@echo 'make demo    build the command and show what portlab is for'
	@echo 'make test    every test: sanitized, and the statistical ones at full speed (15 minutes)'
	@echo 'make check   make test, then format, newer C++ standards and a minute of fuzzing'
	@echo 'make bench   measure'
	@echo 'make bench-packets  measure TCP of packets beside ns-3 itself'
	@echo 'make fidelity-table  play the same workloads by connections and packets, and write doc/fidelity.md'
	@echo 'make kernel-table  ask this Linux kernel, as root, and write doc/linux-kernel.md'
	@echo 'make fuzz    FUZZ_SECONDS=$(FUZZ_SECONDS) of fuzzing'
	@echo 'make format  format every C++ file in place'
	@echo 'make tidy    look for likely mistakes with clang-tidy'
	@echo 'make clean   remove build/'
	@echo
	@echo 'JOBS=$(JOBS) runs as many compilers and tests at a time.'
	@echo 'Missing Debian packages are installed first; see $(install).'

demo:
	$(install) demo
	cmake --preset release
	cmake --build --preset release -j $(JOBS) --target portlab-command
	tools/demo.sh

# The second run of ctest is not skipped when the first one fails; the larger one comes last.
test:
	$(install) test
	cmake --preset debug
	cmake --build --preset debug -j $(JOBS)
	cmake --preset release -DPORTLAB_TESTS=ON
	cmake --build --preset release -j $(JOBS) --target statistics
	status=0; \
	$(ctest) --test-dir build/release -L '^statistics$$' || status=1; \
	$(ctest) --test-dir build/debug -LE '^statistics$$' || status=1; \
	exit $$status

check: test
	$(MAKE) check-beyond-test

# What `make check` adds to `make test`.
.PHONY: check-beyond-test
check-beyond-test:
	$(install) check
	cmake --build --preset debug --target format-check
	cmake --build --preset debug -j $(JOBS) --target core-standards
	$(MAKE) fuzz

bench:
	$(install) bench
	cmake --preset release
	cmake --build --preset release -j $(JOBS) --target bench

bench-packets:
	$(install) bench
	cmake --preset release
	cmake --build --preset release -j $(JOBS) --target bench-packets

kernel-table:
	$(install) test
	cmake --preset release -DPORTLAB_TESTS=ON
	cmake --build --preset release -j $(JOBS) --target kernel-table

fidelity-table:
	$(install) test
	cmake --preset release -DPORTLAB_TESTS=ON
	cmake --build --preset release -j $(JOBS) --target fidelity-table

fuzz:
	$(install) check
	cmake --preset fuzz -DPORTLAB_FUZZ_SECONDS=$(FUZZ_SECONDS)
	cmake --build --preset fuzz -j $(JOBS) --target fuzzers
	$(ctest) --test-dir build/fuzz -L '^fuzz$$'

format:
	$(install) check
	cmake --preset debug
	cmake --build --preset debug --target format

# In the one configuration that clang compiles: it would not know all of GCC's flags.
tidy:
	$(install) tidy
	cmake --preset fuzz
	cmake --build --preset fuzz --target tidy

clean:
	rm -rf build

# What people type. `make` alone explains.
.DEFAULT_GOAL := help
.PHONY: help run build check test test-unit test-kernel test-vm test-wide scenarios compatibility bench fuzz lint clean
ISSUE ?=
ARGS ?=
BENCH_ARGS ?=
CLANG_FORMAT ?= $(shell command -v clang-format-19 || echo clang-format)

help:
	@echo 'sonde finds the root cause of a problem on a live Linux host, with kernel evidence.'
	@echo
	@echo '  make run ISSUE="my app cannot connect to its database on 127.0.0.1:5999"'
	@echo '                    build what is missing and diagnose that on this host (root needed for kernel'
	@echo '                    evidence); ARGS="--json" and the like are passed on'
	@echo '  make build        dist/sonde, one static executable; installs what the build needs when root'
	@echo '  make check        name what this machine lacks for building and testing, install nothing'
	@echo '  make test         build, run the tests, end with "N passed, N failed, N skipped"'
	@echo '  make test-unit    tests without privileges'
	@echo '  make test-kernel  tests against the kernel of this machine (root)'
	@echo '  make test-vm      tests in QEMU guests with five kernels, 5.10 to 7.x (fetched once into .cache/)'
	@echo '  make test-wide    every tracepoint and 300 functions attached on each of them (an hour and more)'
	@echo '  make scenarios    faults made for real, diagnosed without a model: a table of what was found (root)'
	@echo '  make compatibility  measure docs/compatibility.md anew, by those two'
	@echo '                    TEST_ARGS="-method *connect*" narrows any of them'
	@echo '  make bench        what observing costs, beside bpftrace, perf and plain C (root, two CPUs, a quiet machine);'
	@echo '                    installs those peers; BENCH_ARGS="--rounds 7 cost" narrows it'
	@echo '  make fuzz         a million mutated replies of a model to the reader; FUZZ_REPLIES=N for another number'
	@echo '  make lint         format of the C and the C# sources'
	@echo '  make clean        remove what was built (not the fetched kernels)'

# The issue goes through the environment: quotes and dollars in it stay as they were typed.
run: override export ISSUE := $(value ISSUE)
run: build
	@./dist/sonde diagnose $(ARGS) $${ISSUE:+-- "$$ISSUE"}

build:
	@./build.sh

check:
	@./build.sh --check --with-tests

test:
	@./build.sh --with-tests
	@tests/run.sh

test-unit: build
	@tests/run.sh Agent.Tests

test-kernel: build
	@tests/run.sh Agent.KernelTests

test-vm:
	@./build.sh --with-tests
	@tests/run.sh Agent.VmTests

test-wide:
	@./build.sh --with-tests
	@SONDE_WIDE=1 SONDE_VM_TIMEOUT=3600 TEST_TIMEOUT=18000 TEST_ARGS='-class *BreadthTests' tests/run.sh Agent.KernelTests Agent.VmTests

bench: build
	@tests/Agent.Benchmarks/run.sh $(BENCH_ARGS)

FUZZ_REPLIES ?= 1000000
fuzz:
	@dotnet build tests/Agent.Tests -c Release -v quiet
	@SONDE_FUZZ_REPLIES=$(FUZZ_REPLIES) artifacts/bin/Agent.Tests/release/Agent.Tests -noLogo -noColor -diagnostics -class '*ModelReplyFuzzTests'

scenarios:
	@./build.sh --with-tests
	@SONDE_SCENARIOS="$${SONDE_SCENARIOS:-*}" tests/run.sh Agent.ScenarioTests; code=$$?; cat artifacts/scenarios/table; exit $$code

compatibility:
	@./build.sh --with-tests
	@SONDE_UPDATE_PAGES=yes TEST_ARGS='-class *TableTests -class *KernelMatrixTests' tests/run.sh Agent.KernelTests Agent.VmTests

lint:
	@command -v $(CLANG_FORMAT) >/dev/null || { echo 'lint: needs clang-format-19 (package clang-format-19)'; exit 1; }
	$(CLANG_FORMAT) --dry-run -Werror $$(find bpf native tests -name '*.[ch]' -not -name 'vmlinux*.h')
	dotnet format style Agent.csproj --verify-no-changes
	dotnet format whitespace Agent.csproj --verify-no-changes

clean:
	rm -rf artifacts dist

# Generalprobe: the dress rehearsal of a mailbox migration day. `make help` lists what can be made.
#
# One rule builds every object of a configuration into build/<configuration>/; configurations
# differ in compiler and flags only (CONFIG=default asan ubsan cover …).

MAKEFLAGS += --jobs=$(shell nproc) --no-print-directory

CONFIG    ?= default
OPTIMISE  ?= -O2
B         := build/$(CONFIG)

PACKAGES  := gcc libetpan-dev libcurl4-gnutls-dev libsqlite3-dev libxml2-dev libfyaml-dev \
             libcmocka-dev libxxhash-dev libjansson-dev nettle-dev pkg-config

WARNINGS  := -Wall -Wextra -Wpedantic -Wshadow -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
             -Wswitch-enum -Wvla -Wcast-qual -Wwrite-strings $(if $(CI),-Werror)
CFLAGS    += -std=c11 -D_GNU_SOURCE $(OPTIMISE) -g $(WARNINGS) -isystem /usr/include/libxml2 $(EXTRA)
LDLIBS    := -letpan -lcurl -lsqlite3 -lxml2 -ljansson -lfyaml -lxxhash -lnettle -lpthread
LDFLAGS   += -Wl,-z,now $(EXTRA)

# ---- what there is: found, not listed --------------------------------------------------------
sources    = $(sort $(shell find $(1) -name '*.c' -not -path '*/tests/*' -not -path '*/fuzz/*'))
objects    = $(patsubst %.c,$(B)/%.o,$(1))

MAINS      := engine/main.c sim/main.c
BASE       := $(call sources,engine/base)
ENGINE     := $(filter-out $(MAINS),$(call sources,engine))
FIXTURES   := $(call sources,fixtures)
REPORTS    := $(call sources,reports)
SIM        := $(filter-out $(MAINS),$(call sources,sim))
TESTS      := $(sort $(shell find engine sim fixtures reports -path '*/tests/*_test.c'))
BENCHES    := $(sort $(shell find engine sim fixtures reports -path '*/tests/*_bench.c'))
TEST_HELP  := $(sort $(shell find engine sim fixtures reports -path '*/tests/*.c' -not -name '*_test.c' \
                -not -name '*_bench.c') engine/base/fuzz/exact.c)

# A test sees what the folder it tests may see, and no more than it needs.
PARTY                      = $(BASE) $(FIXTURES) $(REPORTS) $(sort $(wildcard sim/party/*.c)) \
                             $(sort $(wildcard sim/kernel/*.c))
NEEDS_engine/base          = $(BASE)
NEEDS_engine/adapter       = $(BASE) $(call sources,engine/adapter)
NEEDS_engine               = $(ENGINE)
NEEDS_fixtures             = $(BASE) $(FIXTURES)
NEEDS_reports              = $(BASE) $(REPORTS)
NEEDS_sim/kernel           = $(BASE) $(call sources,sim/kernel)
NEEDS_sim/party            = $(PARTY)
NEEDS_sim/party/exchange   = $(PARTY) $(call sources,sim/party/exchange)
NEEDS_sim/party/openxchange = $(PARTY) $(call sources,sim/party/openxchange)
NEEDS_sim/party/gateway    = $(PARTY) $(call sources,sim/party/gateway)
NEEDS_sim/party/directory  = $(PARTY) $(call sources,sim/party/directory)
NEEDS_sim                  = $(sort $(BASE) $(FIXTURES) $(REPORTS) $(ENGINE) $(SIM))
folder_of = $(patsubst %/tests/,%,$(dir $(1)))
needs = $(or $(NEEDS_$(call folder_of,$(1))),$(NEEDS_$(firstword $(subst /, ,$(1)))))
help_of = $(filter engine/base/fuzz/% $(dir $(1))% $(if $(filter sim/party/%,$(1)),$(PARTY_HELP)),$(TEST_HELP))
PARTY_HELP = sim/party/tests/hostile.c sim/party/tests/people.c

.PHONY: all build deps check rehearse full torture lint twice asan ubsan valgrind cover bench measures mutants \
        format fuzz fuzz-programs help clean
all: build

## build: the two programs, umzug and generalprobe
build: deps $(if $(wildcard engine/main.c),$(B)/umzug) $(if $(wildcard sim/main.c),$(B)/generalprobe)

# V=1 shows whole commands. Nothing is compiled before what is missing is installed.
quietly = $(if $(V),,@echo "$(1)" &&) 

$(B)/%.o: %.c | deps
	@mkdir -p $(@D)
	$(call quietly,cc $<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/umzug: $(call objects,$(ENGINE) engine/main.c)
	$(call quietly,link $@)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(B)/generalprobe: $(call objects,$(BASE) $(FIXTURES) $(REPORTS) $(ENGINE) $(SIM) sim/main.c)
	$(call quietly,link $@)$(CC) $(LDFLAGS) $^ $(LDLIBS) -rdynamic -o $@

define test_rule
$(B)/$(1:.c=): $(call objects,$(sort $(call needs,$(1)) $(call help_of,$(1)))) $(B)/$(1:.c=.o)
	$$(call quietly,link $$@)$$(CC) $$(LDFLAGS) $$^ $$(LDLIBS) -lcmocka -o $$@
endef
$(foreach test,$(TESTS) $(BENCHES),$(eval $(call test_rule,$(test))))
TEST_PROGRAMS := $(patsubst %.c,$(B)/%,$(TESTS))

# A target replaces what it brings a double of; the seam would answer the fuzzer's own questions, and
# what is in an archive is taken only where it is missing. Without a fuzzer, each target is a test of its
# seeds (engine/base/fuzz/run_seeds.c).
FUZZ_TARGETS := $(sort $(shell find engine sim fixtures reports -path '*/fuzz/*_fuzz.c'))
fuzz_folder   = $(patsubst %/fuzz/,%,$(dir $(1)))
FUZZ_sim      = $(BASE) sim/yaml.c $(sort $(wildcard sim/scenario*.c))
FUZZ_sim/command = $(BASE) $(FIXTURES) $(ENGINE) $(sort $(wildcard sim/command/exports*.c))
FUZZ_sim/rehearsal = $(BASE) $(FIXTURES) $(REPORTS) sim/rehearsal/claims_reader.c
fuzz_needs    = $(or $(FUZZ_$(call fuzz_folder,$(1))),$(NEEDS_$(call fuzz_folder,$(1))), \
                $(NEEDS_$(firstword $(subst /, ,$(1)))))
FUZZ_HELP    := $(sort $(shell find engine sim fixtures reports -path '*/fuzz/*.c' -not -name '*_fuzz.c' \
                  -not -name stop.c -not -name run_seeds.c))
fuzz_help     = $(filter $(call fuzz_folder,$(1))/tests/% $(call fuzz_folder,$(1))/fuzz/% \
                  engine/base/fuzz/% $(if $(filter sim/%,$(1)),$(PARTY_HELP)),$(TEST_HELP) $(FUZZ_HELP))
define fuzz_rule
$(B)/$(1:.c=).a: $(call objects,$(filter-out sim/kernel/seam%,$(sort $(call fuzz_needs,$(1)))) \
                   $(call fuzz_help,$(1)))
	@rm -f $$@ && ar rcs $$@ $$^
$(B)/$(1:.c=): $(B)/$(1:.c=.o) $(B)/engine/base/fuzz/stop.o $(B)/$(1:.c=).a
	$$(call quietly,link $$@)$$(CC) $$(LDFLAGS) -fsanitize=fuzzer $$^ $$(LDLIBS) -lcmocka -o $$@
$(B)/$(1:.c=_test): $(B)/$(1:.c=.o) $(B)/engine/base/fuzz/run_seeds.o $(B)/$(1:.c=).a
	$$(call quietly,link $$@)$$(CC) $$(LDFLAGS) $$^ $$(LDLIBS) -lcmocka -o $$@
endef
$(foreach target,$(FUZZ_TARGETS),$(eval $(call fuzz_rule,$(target))))
SEED_PROGRAMS := $(FUZZ_TARGETS:%.c=$(B)/%_test)

## check: every test, ending in "N passed, N failed"
check: deps build $(TEST_PROGRAMS) $(SEED_PROGRAMS)
	@sh reports/tests/run-tests.sh $(TEST_PROGRAMS) $(SEED_PROGRAMS)

## deps: installs what is missing, naming it
deps:
	@sh engine/base/tests/install-missing.sh $(PACKAGES)

## rehearse: plays all scenarios but those of full size, a table at the end
rehearse: build
	$(B)/generalprobe run $(filter-out scenarios/full,$(wildcard scenarios/*)) --jobs $(shell nproc)

## full: a day of two million messages, and gigabytes byte for byte; minutes and 1.5 GB of memory
full: build
	$(B)/generalprobe run scenarios/full --jobs $(shell nproc)

## torture: kills the engine at some of its durable steps, also while it undoes; EVERY=1 at each
TORTURE_DAYS := smoke/small-day drills/small-rolled-back drills/small-undone
torture: build
	@set -e; for day in $(TORTURE_DAYS); do \
	    $(B)/generalprobe torture $$day --jobs $(shell nproc) --every $(or $(EVERY),97); done

## lint: who includes whom, the seam, scenarios, formatting
lint: build
	@sh reports/tests/include-lint.sh
	@sh sim/kernel/tests/seam-lint.sh $(B)/generalprobe
	@$(B)/generalprobe lint
	@sh reports/tests/format-lint.sh

## twice: clean day and the incident at a tenth give equal digests: compilers, -O0 and -O2, zones
twice: deps
	@sh engine/base/tests/install-missing.sh clang
	+@sh reports/tests/twice.sh

## asan, ubsan: all tests and a small day under the sanitizers
asan:
	$(MAKE) CONFIG=asan EXTRA="-fsanitize=address -fno-omit-frame-pointer -DEND_BY_EXIT" OPTIMISE=-O1 check
	build/asan/generalprobe run scenarios/smoke/
ubsan:
	$(MAKE) CONFIG=ubsan EXTRA="-fsanitize=undefined -fno-sanitize-recover=all" check
	build/ubsan/generalprobe run scenarios/smoke/

## valgrind: the tests and a small day under valgrind
valgrind: build $(TEST_PROGRAMS)
	@sh engine/base/tests/install-missing.sh valgrind
	@RUN_UNDER="valgrind -q --error-exitcode=9 --leak-check=full" sh reports/tests/run-tests.sh $(TEST_PROGRAMS)
	valgrind -q --error-exitcode=9 $(B)/generalprobe run scenarios/smoke/clean-day.yaml --size 1/8

## cover: lines covered by tests and rehearsals, by folder (gcov)
cover:
	@sh reports/tests/cover.sh

## bench: where the time of a message goes, and how it grows
bench: build
	@sh reports/tests/bench.sh $(B)/generalprobe

## measures: the founding incident with each measure alone: which one would have stopped it
measures: build
	@sh reports/tests/measures.sh $(B)/generalprobe $(B)/umzug

## mutants: bugs planted in the engine, one by one, each caught
mutants: build
	@sh engine/tests/mutants/run.sh

## fuzz: every fuzz target for FUZZ_SECONDS (60), with a table of executions and coverage
fuzz: deps
	@sh engine/base/tests/install-missing.sh clang libclang-rt-14-dev
	$(MAKE) CONFIG=fuzz CC=clang OPTIMISE=-O1 fuzz-programs \
	    EXTRA="-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all"
	@FUZZ_SECONDS=$(FUZZ_SECONDS) sh reports/tests/fuzz.sh $(FUZZ_TARGETS:%.c=build/fuzz/%)

fuzz-programs: $(FUZZ_TARGETS:%.c=$(B)/%)

## format: clang-format over all sources
format:
	clang-format -i $(shell find engine sim fixtures reports -name '*.[ch]')

## clean: removes build/
clean:
	rm -rf build

## help: this list
help:
	@sed -n 's/^## /  make /p' Makefile

-include $(shell find $(B) -name '*.d' 2>/dev/null)

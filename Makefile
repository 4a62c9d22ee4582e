# SPDX-License-Identifier: ISC
# make [all check lint fuzz bench soak demo install uninstall dist clean]
# SAN=1 builds with ASan and UBSan into build-san.

VERSION = 0.1
PREFIX ?= /usr/local
BINDIR = $(PREFIX)/bin
DATADIR = $(PREFIX)/share/fe
MANDIR = $(PREFIX)/share/man
BUILD ?= $(if $(SAN),build-san,build)

CC ?= cc
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
	-Wformat=2 -Wformat-truncation=0 -Wwrite-strings -Werror
HARDEN = $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2) \
	-fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-fPIE
ifdef FUZZ # by test/fuzz/run: clang, into build-fuzz
SAN = 1
BUILD = build-fuzz
CC = clang
COVER = -fsanitize=fuzzer-no-link -w # gcc does the warning
endif
ifdef SAN
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer -DFE_SANITIZE
endif
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DFE_VERSION='"$(VERSION)"' \
	-DFE_DATADIR='"$(DATADIR)"' -Ilib -I$(BUILD)/gen $(WARNINGS) $(HARDEN) $(SANITIZE) \
	$(COVER) $(CFLAGS) $(CPPFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed \
	$(SANITIZE) $(LDFLAGS)
# --as-needed: a program loads only the libraries whose code it pulls out of
# libfe.a.
LIBS = -lssl -lcrypto -lsodium -lsqlite3 -lunbound -lpsl -lidn2 \
	-lpcre2-8 -lpthread -lm

COMMANDS = $(patsubst cmd/%.c,%,$(wildcard cmd/*.c))
PROGRAMS = $(COMMANDS:%=$(BUILD)/bin/%)
LIB_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*/*.c))
UNIT_TESTS = $(patsubst test/unit/%.c,$(BUILD)/unit/%,\
	$(wildcard test/unit/*/*_test.c))
REPLAYS = $(patsubst test/fuzz/%.c,$(BUILD)/replay/%,\
	$(wildcard test/fuzz/*_fuzz.c))
FUZZERS = $(patsubst test/fuzz/%.c,$(BUILD)/fuzz/%,\
	$(wildcard test/fuzz/*_fuzz.c))
BENCHES = $(patsubst test/bench/%.c,$(BUILD)/bench/%,\
	$(wildcard test/bench/*.c))
MANUALS = $(wildcard man/*.[1578])

# Other flags than last time (PREFIX is one of them): everything is old.
FLAGS := $(CC) $(ALL_CFLAGS)
ifneq ($(filter-out clean dist print-bindir,$(or $(MAKECMDGOALS),all)),)
ifneq ($(FLAGS),$(file <$(BUILD)/flags))
$(shell mkdir -p $(BUILD))
$(file >$(BUILD)/flags,$(FLAGS))
endif
endif

all: deps
	@$(MAKE) --no-print-directory programs completions

deps deps-test deps-fuzz deps-bench:
	@sh share/install-deps $(patsubst deps-%,%,$(@:deps=build))

# The second opinion's libraries parse hostile octets: only their own program
# has them.
$(BUILD)/bin/fe-opinion $(BUILD)/bench/dkim_bench: LIBS += -lspf2 -lopendkim

# The programs alone, for whoever has the libraries.
programs: $(PROGRAMS)
units: $(UNIT_TESTS)
replays: $(REPLAYS)
completions: $(BUILD)/completions/done
fuzzers: $(FUZZERS)
benches: $(BENCHES)

$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(BUILD)/libfe.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(BUILD)/libfe.a $(LIBS)

$(BUILD)/libfe.a: $(LIB_OBJECTS)
	@rm -f $@
	ar rcs $@ $^

# The seccomp filters, made once here by libseccomp.
$(BUILD)/lib/base/sandbox.o: $(BUILD)/gen/sandbox_filters.h
$(BUILD)/gen/sandbox_filters.h: lib/base/make/sandbox_filters.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(if $(SAN),-DFE_SANITIZE) -Ilib $(WARNINGS) \
		$(if $(FUZZ),-w) \
		-o $(@:.h=) $< -lseccomp
	$(@:.h=) >$@.new && mv $@.new $@

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: test/unit/%.c $(BUILD)/libfe.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itest $(ALL_LDFLAGS) -MMD -MP -o $@ $< \
		$(BUILD)/libfe.a $(LIBS) -lseccomp -ljansson

# Each fuzz target with a main of ours, to run its seeds without clang.
$(BUILD)/replay/%: test/fuzz/%.c test/fuzz/replay.c $(BUILD)/libfe.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -MF $@.d -o $@ $< \
		test/fuzz/replay.c $(BUILD)/libfe.a $(LIBS)

$(BUILD)/fuzz/%: test/fuzz/%.c $(BUILD)/libfe.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -MMD -MP \
		-MF $@.d -o $@ $< \
		$(BUILD)/libfe.a $(LIBS)

$(BUILD)/bench/%: test/bench/%.c $(BUILD)/libfe.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(BUILD)/libfe.a $(LIBS)

$(BUILD)/completions/done: $(PROGRAMS) completions/generate share/commands
	@mkdir -p $(@D)
	sh completions/generate $(BUILD)/bin $(@D)
	@touch $@

check lint soak demo: deps-test
fuzz: deps-fuzz
bench: deps-bench
check lint fuzz bench soak demo:
	@MAKE='$(MAKE)' BUILD='$(BUILD)' SAN='$(SAN)' KEEP='$(KEEP)' \
		sh test/run $@

install: programs completions
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' BUILD='$(BUILD)' \
		sh share/install-files install

uninstall:
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' BUILD='$(BUILD)' \
		sh share/install-files uninstall

print-bindir:
	@echo $(BINDIR)

dist:
	git archive --prefix=fe-$(VERSION)/ -o fe-$(VERSION).tar.gz HEAD

clean:
	rm -rf build build-san build-fuzz

-include $(LIB_OBJECTS:.o=.d) $(COMMANDS:%=$(BUILD)/cmd/%.d) \
	$(UNIT_TESTS:=.d) $(REPLAYS:=.d) $(FUZZERS:=.d) $(BENCHES:=.d)

.PHONY: all deps deps-test deps-fuzz deps-bench programs units replays fuzzers \
	benches completions check lint fuzz \
	bench soak demo install uninstall print-bindir dist clean
.SECONDARY:

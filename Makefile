# SPDX-License-Identifier: ISC
# make [all check lint fuzz bench soak demo install uninstall dist clean]
# SAN=1 builds with ASan and UBSan into build-san; STATIC=1 links static
# programs into build/static.

VERSION = 0.1
PREFIX ?= /usr/local
BINDIR = $(PREFIX)/bin
DATADIR = $(PREFIX)/share/fe
MANDIR = $(PREFIX)/share/man
BUILD ?= $(if $(SAN),build-san,build)

CC ?= cc
CFLAGS ?= $(if $(SAN),-O1 -g1,-O2 -g)
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
	-L$(BUILD)/load $(SANITIZE) $(LDFLAGS)
# --as-needed: a program loads only the libraries whose code it pulls out of
# libfe.a.
LIBS = -lssl -lcrypto -lsodium -lsqlite3 -lunbound -lpsl -lidn2 \
	-lpcre2-8 -lz -lzstd -lpthread -lm

# STATIC=1: without the loader, which is most of a filter's start, and at a
# fixed address, so that nothing is relocated (-static-pie costs it again).
# Not so what looks up users, which is the C library's affair at run time, and
# what has a library of which there is no archive.
UNSTATIC = fe-audit fe-backup fe-init fe-listen fe-opinion fe-pool fe-restore fe-unpack \
	fe-ban fe-rotate-keys fe-watch
STATIC_LDFLAGS = -static -no-pie \
	-Wl,-z,relro,-z,now,-z,noexecstack,--no-warnings $(LDFLAGS)
STATIC_LIBS = -L$(BUILD)/static -Wl,--start-group $(LIBS) -lunistring \
	-levent -lhogweed -lnettle -lgmp -Wl,--end-group

COMMANDS = $(patsubst cmd/%.c,%,$(wildcard cmd/*.c))
BIN = $(BUILD)/$(if $(STATIC),static,bin)
PROGRAMS = $(COMMANDS:%=$(BIN)/%)
LIB_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*/*.c))
UNIT_TESTS = $(patsubst test/unit/%.c,$(BUILD)/unit/%,\
	$(wildcard test/unit/*/*_test.c))
REPLAYS = $(patsubst test/fuzz/%.c,$(BUILD)/replay/%,\
	$(wildcard test/fuzz/*_fuzz.c))
FUZZERS = $(patsubst test/fuzz/%.c,$(BUILD)/fuzz/%,\
	$(wildcard test/fuzz/*_fuzz.c))
BENCHES = $(patsubst test/bench/%.c,$(BUILD)/bench/%,\
	$(filter-out %/slow_fsync.c,$(wildcard test/bench/*.c))) \
	$(BUILD)/bench/slow_fsync.so
MANUALS = $(wildcard man/*.[1578])

# Other flags than last time (PREFIX is one of them): everything is old.
# However the folder is spelt: tests name it by its whole path.
FLAGS := $(CC) $(subst $(BUILD)/,build/,$(ALL_CFLAGS))
ifneq ($(filter-out clean dist print-bindir,$(or $(MAKECMDGOALS),all)),)
ifneq ($(FLAGS),$(file <$(BUILD)/flags))
$(shell mkdir -p $(BUILD))
$(file >$(BUILD)/flags,$(FLAGS))
endif
endif

all: deps
	@$(MAKE) --no-print-directory programs completions

deps deps-test deps-fuzz deps-bench:
	@sh share/install-deps $(patsubst deps-%,%,$(@:deps=build)) \
		$(if $(STATIC),static)

# The mail stacks and filters that `make bench' sets us against, under
# BUILD/peers: nothing of them is installed.
bench-deps: deps-bench
	@BUILD='$(BUILD)' test/bench/stack get
	@BUILD='$(BUILD)' test/bench/scan get

# The second opinion's libraries parse hostile octets: only their own program
# has them.
$(BUILD)/bin/fe-opinion $(BUILD)/bench/dkim_bench: LIBS += -lspf2 -lopendkim

# So have archives, with a library that is large to start besides.
$(BUILD)/bin/fe-unpack $(BUILD)/unit/scan/unpack_test \
	$(BUILD)/replay/unpack_fuzz $(BUILD)/fuzz/unpack_fuzz: LIBS += -larchive

# What backups need: compression, archives, transfers.
BACKUP_LIBS = -larchive -lcurl
$(BUILD)/bin/fe-backup $(BUILD)/bin/fe-restore \
	$(BUILD)/bin/fe-rotate-keys: LIBS += $(BACKUP_LIBS)
$(BUILD)/unit/ops/%: LIBS += $(BACKUP_LIBS)
$(BUILD)/replay/backup_fuzz $(BUILD)/fuzz/backup_fuzz: LIBS += $(BACKUP_LIBS)

# What reads and writes whole mailboxes encrypts with OpenSSL
# (lib/store/page_engine.h); so does fe-store where nothing is loaded.
PAGE_ENGINE = -Wl,-u,page_openssl
$(BUILD)/static/fe-store $(BUILD)/static/fe-mailbox: \
	STATIC_LDFLAGS += $(PAGE_ENGINE)
$(BUILD)/bin/fe-mailbox $(BUILD)/bin/fe-restore $(BUILD)/bin/fe-rotate-keys \
	$(BUILD)/unit/store/% $(BUILD)/bench/%: ALL_LDFLAGS += $(PAGE_ENGINE)

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

# --no-warnings is for what OpenSSL and libunbound could ask of the name
# service and dlopen(3), and do not when we use them: test/static.bats.
$(BUILD)/static/%: $(BUILD)/cmd/%.o $(BUILD)/libfe.a $(BUILD)/static/libunbound.a
	$(CC) $(ALL_CFLAGS) $(STATIC_LDFLAGS) -o $@ $< $(BUILD)/libfe.a \
		$(STATIC_LIBS)

$(UNSTATIC:%=$(BUILD)/static/%): $(BUILD)/static/%: $(BUILD)/bin/%
	@mkdir -p $(@D)
	cp $< $@

# Its names are not all its own: only ub_* is left of them.
$(BUILD)/static/libunbound.a: $(BUILD)/libfe.a
	@mkdir -p $(@D)
	ld -r -o $(@:.a=.o) $$(nm $< 2>/dev/null | \
		sed -n 's/.* U \(ub_.*\)/-u \1/p' | sort -u) \
		"$$($(CC) -print-file-name=libunbound.a)"
	objcopy --wildcard --keep-global-symbol='ub_*' $(@:.a=.o)
	@rm -f $@
	ar rcs $@ $(@:.a=.o)

$(BUILD)/libfe.a: $(LIB_OBJECTS) $(BUILD)/load/libunbound.a
	@rm -f $@
	ar rcs $@ $(LIB_OBJECTS)

# In the place of the library: it is loaded by who asks DNS.
$(BUILD)/load/libunbound.a: $(BUILD)/lib/net/load/unbound.o
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

# The seccomp filters, made once here by libseccomp.
$(BUILD)/lib/base/sandbox.o: $(BUILD)/gen/sandbox_filters.h
$(BUILD)/gen/sandbox_filters.h: lib/base/make/sandbox_filters.c \
		lib/base/make/shorter_filter.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(if $(SAN),-DFE_SANITIZE) -Ilib $(WARNINGS) \
		$(if $(FUZZ),-w) \
		-o $(@:.h=) $(filter %.c,$^) -lseccomp
	$(@:.h=) >$@.new && mv $@.new $@

# What the charsets of mail hold, as the C library of this host has it.
$(BUILD)/lib/mail/charset_table.o: $(BUILD)/gen/charset_tables.h
$(BUILD)/gen/charset_tables.h: lib/mail/make/charset_tables.c \
		lib/mail/charset_table.h $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -Ilib $(WARNINGS) $(if $(FUZZ),-w) \
		-o $(@:.h=) $<
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

$(BUILD)/bench/%.so: test/bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O2 -fPIC -shared -o $@ $<

$(BUILD)/completions/done: $(PROGRAMS) completions/generate share/commands
	@mkdir -p $(@D)
	sh completions/generate $(BIN) $(@D)
	@touch $@

check lint soak demo: deps-test
fuzz: deps-fuzz
bench: deps-bench
check lint fuzz bench soak demo:
	@MAKE='$(MAKE)' BUILD='$(BUILD)' SAN='$(SAN)' KEEP='$(KEEP)' \
		sh test/run $@

install: programs completions
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' BUILD='$(BUILD)' BIN='$(BIN)' \
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

-include $(LIB_OBJECTS:.o=.d) $(BUILD)/lib/net/load/unbound.d \
	$(COMMANDS:%=$(BUILD)/cmd/%.d) $(UNIT_TESTS:=.d) $(REPLAYS:=.d) \
	$(FUZZERS:=.d) $(BENCHES:=.d)

.PHONY: all deps deps-test deps-fuzz deps-bench bench-deps programs units \
	replays fuzzers benches completions check lint fuzz \
	bench soak demo install uninstall print-bindir dist clean
.SECONDARY:

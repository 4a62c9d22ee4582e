/* SPDX-License-Identifier: ISC */
/*
 * What fe-audit reads of others, told apart by the first octet: programs (e),
 * Debian's security data (v), dpkg's list and versions (d), its own history
 * (c), security.txt (s), tables of sockets (n), registers (p), clamd (k).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "ops/hash_chain.h"
#include "ops/clamd_client.h"
#include "ops/elf_marks.h"
#include "ops/practice.h"
#include "ops/providers.h"
#include "ops/security_txt.h"
#include "ops/socket_table.h"
#include "ops/vulnerability.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_holes(struct slice input)
{
	static const char status[] = "Package: a\nStatus: install ok "
	    "installed\nVersion: 1.0-1\n";
	struct vulnerabilities *v = mem_zalloc(sizeof(*v));
	struct debian_sources sources;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	debian_sources_parse(&sources, slice_text(status));
	if (fd < 0 || io_write(fd, input.p, input.n) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		abort();
	(void)vulnerabilities_parse(v, fd, "fuzz", &sources, "b", NULL);
	close(fd);
	debian_sources_free(&sources);
	vulnerabilities_free(v);
}

/* An order is one: the other way round it is the other way round. */
static void
read_debian(struct slice input)
{
	struct debian_sources sources;
	struct slice rest = input, first = slice_line(&rest);
	struct slice second = slice_line(&rest);
	int there = debian_version_compare(first, second);
	int back = debian_version_compare(second, first);

	if ((there < 0) != (back > 0) || (there == 0) != (back == 0) ||
	    debian_version_compare(first, first) != 0)
		abort();
	debian_sources_parse(&sources, input);
	debian_sources_free(&sources);
}

static void
read_chain(struct slice input)
{
	struct hash_chain chain;

	hash_chain_parse(&chain, HASH_CHAIN_SEALED, input);
	for (size_t i = 0; i < chain.n; i++)
		if (json_type(hash_chain_line(&chain, i)) != JSON_OBJECT)
			abort();
	hash_chain_close(&chain);
}

static void
read_sockets(struct slice input)
{
	struct socket_entry entry;

	while (input.p != NULL)
		if (socket_entry_parse(slice_line(&input), false, &entry))
			(void)socket_entry_is_open(&entry);
}

static void
read_registers(struct slice input)
{
	struct practices practices;
	struct providers providers;

	if (practices_parse(&practices, input, "fuzz", NULL) == 0)
		practices_free(&practices);
	(void)providers_parse(&providers, input, "fuzz", NULL);
	providers_free(&providers);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data + 1, size > 0 ? size - 1 : 0);
	struct security_txt_facts facts;
	struct elf_marks marks;
	char *text;

	switch (size > 0 ? data[0] : 0) {
	case 'e':
		(void)elf_marks_parse(&marks, input, "fuzz", NULL);
		break;
	case 'v':
		read_holes(input);
		break;
	case 'd':
		read_debian(input);
		break;
	case 'c':
		read_chain(input);
		break;
	case 's':
		security_txt_check(input, &facts);
		break;
	case 'n':
		read_sockets(input);
		break;
	case 'p':
		read_registers(input);
		break;
	case 'k':
		text = mem_dup(input.p, input.n);
		(void)clamd_version_time(text);
		free(text);
		break;
	default:
		break;
	}
	return 0;
}

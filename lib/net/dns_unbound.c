/* SPDX-License-Identifier: ISC */
/*
 * What we ask of libunbound.  Its results are hostile: rdata lengths and names
 * within them are checked here again.
 */
#include "net/dns_unbound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unbound.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/dns_name.h"
#include "net/dns_wire.h"

/* No validation, none of the built-in zones (unblock-lan-zones covers the
 * private reverse ones), and caches as small as one run needs. */
static const char server_config[] =
    "server:\n"
    " module-config: \"iterator\"\n"
    " qname-minimisation: no\n"
    " unblock-lan-zones: yes\n"
    " insecure-lan-zones: yes\n"
    " msg-cache-slabs: 1\n"
    " rrset-cache-slabs: 1\n"
    " infra-cache-slabs: 1\n"
    " key-cache-slabs: 1\n"
    " local-zone: \"localhost.\" nodefault\n"
    " local-zone: \"127.in-addr.arpa.\" nodefault\n"
    " local-zone: \"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
    ".0.0.0.ip6.arpa.\" nodefault\n"
    " local-zone: \"home.arpa.\" nodefault\n"
    " local-zone: \"onion.\" nodefault\n"
    " local-zone: \"test.\" nodefault\n"
    " local-zone: \"invalid.\" nodefault\n"
    " do-not-query-localhost: no\n";

/* Everything from the zone: no name server of its own to ask, and so none of
 * the tables of 64 Ki ports to ask from, which are most of the start. */
static const char zone_config[] =
    " do-ip6: no\n"
    " outgoing-port-avoid: \"0-65534\"\n"
    "auth-zone:\n"
    " name: \".\"\n"
    " zonefile: \"/proc/self/fd/%d\"\n"
    " for-downstream: no\n"
    " for-upstream: yes\n"
    " fallback-enabled: no\n";

static int
memory_file(const char *name, struct slice content, struct err *err)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		return err_errno(err, "cannot make a memory file");
	if (io_write(fd, content.p, content.n) < 0) {
		err_errno(err, "cannot write a memory file");
		close(fd);
		return -1;
	}
	return fd;
}

/* The servers as authorities of their zone, whatever stands above it. */
static void
write_servers(const struct dns_servers *servers, struct buf *config)
{
	char text[IP_TEXT_SIZE];

	buf_format(config, "stub-zone:\n name: \"%s.\"\n", servers->zone);
	for (size_t i = 0; i < servers->n; i++)
		buf_format(config, " stub-addr: %s@%u\n",
		    ip_text(&servers->list[i].ip, text),
		    servers->list[i].port);
}

int
dns_unbound_files_make(struct dns_unbound_files *files,
    const struct dns_zone *zone, const struct dns_servers *servers,
    bool local_zones_asked, struct err *err)
{
	struct buf config = BUF_INIT;

	*files = (struct dns_unbound_files){-1, -1, zone == NULL &&
	    (servers == NULL || servers->zone[0] != '\0')};
	if (zone == NULL && servers == NULL && !local_zones_asked)
		return 0;
	buf_append_text(&config, server_config);
	if (zone != NULL) {
		files->zone = memory_file("zone", buf_slice(&zone->text), err);
		if (files->zone < 0) {
			buf_free(&config);
			return -1;
		}
		buf_format(&config, zone_config, files->zone);
	} else if (servers != NULL) {
		write_servers(servers, &config);
	}
	files->config = memory_file("config", buf_slice(&config), err);
	buf_free(&config);
	return files->config < 0 ? -1 : 0;
}

/* libunbound's own log, line by line, into ours. */
static ssize_t
log_write(void *cookie, const char *p, size_t n)
{
	struct slice text = {p, n};

	(void)cookie;
	while (text.p != NULL && text.n > 0) {
		struct slice line = slice_line(&text);

		if (line.n > 0)
			log_debug("resolver: %.*s", SLICE_ARG(line));
	}
	return (ssize_t)n;
}

static void
set_log(struct ub_ctx *ctx)
{
	cookie_io_functions_t functions = {.write = log_write};
	FILE *log = fopencookie(NULL, "w", functions);

	if (log == NULL)
		return;
	setvbuf(log, NULL, _IOLBF, 1024);
	ub_ctx_debugout(ctx, log);
}

static int
set_live(struct ub_ctx *ctx, bool validate)
{
	int failed = ub_ctx_resolvconf(ctx, DNS_RESOLV_CONF);

	/* No resolv.conf: it asks from the root on by itself. */
	if (failed == UB_READFILE)
		failed = 0;
	if (failed == 0 && validate)
		failed = ub_ctx_add_ta_file(ctx, DNS_ROOT_KEY);
	if (failed == 0 && !validate)
		failed = ub_ctx_set_option(ctx, "module-config:", "iterator");
	return failed;
}

struct ub_ctx *
dns_unbound_open(const struct dns_unbound_files *files, bool validate,
    struct err *err)
{
	char path[32];
	struct ub_ctx *ctx;
	int failed = 0;

	ctx = ub_ctx_create();
	if (ctx == NULL) {
		err_set(err, ERR_SYSTEM, "libunbound cannot make a context");
		return NULL;
	}
	set_log(ctx);
	/* A process reads its own /proc/self/fd even when it is not dumpable,
	 * and Landlock lets memory files pass. */
	if (files->config >= 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", files->config);
		failed = ub_ctx_config(ctx, path);
	}
	if (failed == 0 && files->live)
		failed = set_live(ctx, validate);
	if (failed == 0)
		failed = ub_ctx_async(ctx, 1);
	if (failed != 0) {
		err_set(err, ERR_SYSTEM, "libunbound: %s", ub_strerror(failed));
		ub_ctx_delete(ctx);
		return NULL;
	}
	return ctx;
}

/* The data of one record appended to out; -1 if it is malformed. */
static int
append_data(enum dns_type type, const unsigned char *p, size_t n,
    struct buf *out)
{
	size_t at = 0;

	switch (type) {
	case DNS_A:
		return n == 4 ? buf_append(out, p, n) : -1;
	case DNS_AAAA:
		return n == 16 ? buf_append(out, p, n) : -1;
	case DNS_MX:
		if (n < 3)
			return -1;
		return dns_name_from_wire(p + 2, n - 2, out) ==
		    (int)n - 2 ? 0 : -1;
	case DNS_NS:
	case DNS_PTR:
	case DNS_CNAME:
		return dns_name_from_wire(p, n, out) == (int)n ? 0 : -1;
	case DNS_TXT:
		while (at < n) {
			size_t string = p[at++];

			if (string > n - at ||
			    buf_append(out, p + at, string) < 0)
				return -1;
			at += string;
		}
		return 0;
	default:
		return buf_append(out, p, n);
	}
}

static int
compare_records(const void *a, const void *b)
{
	const struct dns_record *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return slice_compare(x->data, y->data);
}

/* The records as slices into one buffer, sorted; -1 when one is malformed or
 * they are too many. */
static int
read_records(const struct ub_result *result, enum dns_type type,
    struct dns_answer *answer)
{
	struct buf octets = BUF_LIMITED(DNS_ANSWER_MAX);
	struct dns_record *records;
	size_t n = 0, table;

	while (result->data[n] != NULL)
		n++;
	if (n > DNS_RECORDS_MAX)
		return -1;
	table = n * sizeof(*records);
	octets.max += table;
	if (buf_reserve(&octets, DNS_ANSWER_MAX + table) < 0)
		return -1;
	records = (struct dns_record *)(void *)octets.p;
	octets.n = table;
	for (size_t i = 0; i < n; i++) {
		const unsigned char *p = (unsigned char *)result->data[i];
		size_t start = octets.n;

		if (append_data(type, p, (size_t)result->len[i], &octets) < 0) {
			buf_free(&octets);
			return -1;
		}
		records[i] = (struct dns_record){
		    .data = slice_of(octets.p + start, octets.n - start)};
		if (type == DNS_MX)
			records[i].preference = (uint16_t)(p[0] << 8 | p[1]);
	}
	qsort(records, n, sizeof(*records), compare_records);
	answer->n = n;
	answer->records = records;
	answer->owned = octets.p;
	return 0;
}

void
dns_unbound_answer(int error, const struct ub_result *result,
    enum dns_type type, struct dns_answer *answer)
{
	*answer = (struct dns_answer){.status = DNS_TEMPERROR};
	if (error != 0 || result == NULL)
		return;
	answer->secure = result->secure;
	answer->bogus = result->bogus;
	answer->ttl = result->ttl < 0 ? 0 : (uint32_t)result->ttl;
	if (result->bogus)
		return;
	if (result->havedata && result->data != NULL &&
	    result->data[0] != NULL) {
		if (read_records(result, type, answer) == 0)
			answer->status = DNS_FOUND;
	} else if (result->nxdomain) {
		answer->status = DNS_NXDOMAIN;
	} else if (result->rcode == 0) {
		answer->status = DNS_NODATA;
	}
}

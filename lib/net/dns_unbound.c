/* SPDX-License-Identifier: ISC */
/* What we ask of libunbound. */
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
#include "net/dns_records.h"

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

static int
memory_file(struct slice content, struct err *err)
{
	int fd = memfd_create("unbound.conf", MFD_CLOEXEC);

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
dns_unbound_config_make(struct dns_unbound_config *made,
    const struct dns_servers *servers, bool local_zones_asked, struct err *err)
{
	struct buf config = BUF_INIT;

	*made = (struct dns_unbound_config){-1,
	    servers == NULL || servers->zone[0] != '\0'};
	if (servers == NULL && !local_zones_asked)
		return 0;
	buf_append_text(&config, server_config);
	if (servers != NULL)
		write_servers(servers, &config);
	made->fd = memory_file(buf_slice(&config), err);
	buf_free(&config);
	return made->fd < 0 ? -1 : 0;
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
dns_unbound_open(const struct dns_unbound_config *config, bool validate,
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
	if (config->fd >= 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", config->fd);
		failed = ub_ctx_config(ctx, path);
	}
	if (failed == 0 && config->live)
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

static int
read_records(const struct ub_result *result, enum dns_type type,
    struct dns_answer *answer)
{
	struct slice *data;
	size_t n = 0;
	int failed;

	while (result->data[n] != NULL)
		n++;
	data = mem_array(NULL, n, sizeof(*data));
	for (size_t i = 0; i < n; i++)
		data[i] = slice_of(result->data[i], (size_t)result->len[i]);
	failed = dns_records_read(type, data, n, answer);
	free(data);
	return failed;
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

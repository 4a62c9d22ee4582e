/* SPDX-License-Identifier: ISC */
/*
 * libunbound, loaded when a resolver starts: with what it brings along it is
 * half of what the loader had to do for fe-scan, which mostly asks no DNS.
 * The functions have the library's names, so that whoever calls them does not
 * know; with STATIC=1 the library itself is in the place of this.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <unbound.h>

#include "net/dns_unbound.h"

#define LIBRARY "libunbound.so.8"

static void *library;

int
dns_unbound_load(struct err *err)
{
	if (library == NULL)
		library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return err_set(err, ERR_SYSTEM, "%s", dlerror());
	return 0;
}

/* One that is not there is of a library that we do not know. */
static void *
function(const char *name)
{
	void *p = library == NULL ? NULL : dlsym(library, name);

	if (p == NULL)
		abort();
	return p;
}

#define CALL(name) (*(__typeof__(name) *)function(#name))

struct ub_ctx *
ub_ctx_create(void)
{
	return CALL(ub_ctx_create)();
}

void
ub_ctx_delete(struct ub_ctx *ctx)
{
	CALL(ub_ctx_delete)(ctx);
}

int
ub_ctx_set_option(struct ub_ctx *ctx, const char *option, const char *value)
{
	return CALL(ub_ctx_set_option)(ctx, option, value);
}

int
ub_ctx_config(struct ub_ctx *ctx, const char *path)
{
	return CALL(ub_ctx_config)(ctx, path);
}

int
ub_ctx_resolvconf(struct ub_ctx *ctx, const char *path)
{
	return CALL(ub_ctx_resolvconf)(ctx, path);
}

int
ub_ctx_add_ta_file(struct ub_ctx *ctx, const char *path)
{
	return CALL(ub_ctx_add_ta_file)(ctx, path);
}

int
ub_ctx_debugout(struct ub_ctx *ctx, void *file)
{
	return CALL(ub_ctx_debugout)(ctx, file);
}

int
ub_ctx_async(struct ub_ctx *ctx, int threads)
{
	return CALL(ub_ctx_async)(ctx, threads);
}

int
ub_resolve_async(struct ub_ctx *ctx, const char *name, int type, int class,
    void *data, ub_callback_type callback, int *id)
{
	return CALL(ub_resolve_async)(
	    ctx, name, type, class, data, callback, id);
}

int
ub_cancel(struct ub_ctx *ctx, int id)
{
	return CALL(ub_cancel)(ctx, id);
}

int
ub_fd(struct ub_ctx *ctx)
{
	return CALL(ub_fd)(ctx);
}

int
ub_process(struct ub_ctx *ctx)
{
	return CALL(ub_process)(ctx);
}

void
ub_resolve_free(struct ub_result *result)
{
	CALL(ub_resolve_free)(result);
}

const char *
ub_strerror(int error)
{
	return CALL(ub_strerror)(error);
}

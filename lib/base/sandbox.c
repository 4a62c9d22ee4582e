/* SPDX-License-Identifier: ISC */
/*
 * The levels of sandbox.h: seccomp says which calls, by filters that were made
 * when the program was built (at run time libseccomp takes up to a millisecond
 * for one), and Landlock which files.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox_filters.h"

/* Newer than Debian 12's headers. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

/* Array and length of a level's filter (sandbox_filters.h, made by the build
 * from make/sandbox_filters.c). */
#define FILTER(name) {sizeof(name) / sizeof(*(name)), name}

/* SESSION in a child of PARENT: the rest of it, which takes half the time. */
enum { SESSION_OF_PARENT = SANDBOX_PARENT + 1 };

static const struct {
	unsigned short n;
	const struct sock_filter *p;
} filters[] = {
    [SANDBOX_STDIO] = FILTER(filter_stdio),
    [SANDBOX_SESSION] = FILTER(filter_session),
    [SANDBOX_PARSE] = FILTER(filter_parse),
    [SANDBOX_STORE] = FILTER(filter_store),
    [SANDBOX_NET] = FILTER(filter_net),
    [SANDBOX_PARENT] = FILTER(filter_parent),
    [SESSION_OF_PARENT] = FILTER(filter_session_of_parent)};

static bool is_parent; /* or a child of one: its filter is there already */

static int
enter_seccomp(enum sandbox_level level, struct err *err)
{
	int filter = level == SANDBOX_SESSION && is_parent ?
	    SESSION_OF_PARENT : (int)level;
	struct sock_fprog program = {.len = filters[filter].n,
	    .filter = (struct sock_filter *)(uintptr_t)filters[filter].p};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return err_errno(err, "cannot load the seccomp filter");
	is_parent |= level == SANDBOX_PARENT;
	return 0;
}

static int
landlock_version(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
}

bool
sandbox_has_landlock(void)
{
	return landlock_version() >= 1;
}

static uint64_t
all_access(int version)
{
	uint64_t access = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	if (version >= 2)
		access |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		access |= LANDLOCK_ACCESS_FS_TRUNCATE;
	return access;
}

static int
allow_path(int ruleset, uint64_t handled, const struct sandbox_path *path,
    struct err *err)
{
	const uint64_t for_files = LANDLOCK_ACCESS_FS_READ_FILE |
	    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
	struct landlock_path_beneath_attr rule = {0};
	struct stat status;
	int result = 0;

	rule.parent_fd = open(path->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0) {
		if (errno == ENOENT)
			return 0;
		return err_errno(err, "cannot open '%s'", path->path);
	}
	if (path->access & SANDBOX_READ)
		rule.allowed_access |=
		    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	if (path->access & SANDBOX_LIST)
		rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
	if (path->access & SANDBOX_WRITE)
		rule.allowed_access |= handled & ~(uint64_t)(
		    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
		    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |
		    LANDLOCK_ACCESS_FS_MAKE_BLOCK);
	if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
		rule.allowed_access &= for_files;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) < 0)
		result = err_errno(err, "cannot allow '%s'", path->path);
	close(rule.parent_fd);
	return result;
}

static int
enter_landlock(const struct sandbox_path *paths, size_t n,
    bool require_landlock, struct err *err)
{
	struct landlock_ruleset_attr attr = {0};
	int version = landlock_version();
	int ruleset, result = 0;

	if (version < 1) {
		if (require_landlock)
			return err_set(err, ERR_SYSTEM,
			    "this kernel has no Landlock (sandbox = require)");
		return 0;
	}
	attr.handled_access_fs = all_access(version);
	ruleset = (int)syscall(
	    SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return err_errno(err, "cannot make a Landlock ruleset");
	for (size_t i = 0; i < n && result == 0; i++)
		result = allow_path(
		    ruleset, attr.handled_access_fs, &paths[i], err);
#ifdef FE_SANITIZE
	if (result == 0)
		result = allow_path(ruleset, attr.handled_access_fs,
		    &(struct sandbox_path){"/proc", SANDBOX_READ}, err);
#endif
	if (result == 0 &&
	    syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		result = err_errno(err, "cannot enter the Landlock ruleset");
	close(ruleset);
	return result;
}

int
sandbox_enter(enum sandbox_level level, const struct sandbox_path *paths,
    size_t n, bool require_landlock, struct err *err)
{
	struct rlimit no_core = {0, 0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &no_core) < 0)
		return err_errno(err, "cannot give up privileges");
	if (level == SANDBOX_LAUNCH)
		return 0;
	if (level != SANDBOX_PARENT &&
	    enter_landlock(paths, n, require_landlock, err) < 0)
		return -1;
	return enter_seccomp(level, err);
}

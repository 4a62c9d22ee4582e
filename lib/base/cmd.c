/* SPDX-License-Identifier: ISC */
/*
 * How every program starts, fails and finishes.
 */
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "home.h"
#include "slice.h"

static const char *program = "fe"; /* set once by cmd_start */
static bool delivery;		   /* what a failure exits with */
static int output_errno;	   /* of the first cmd_put that failed */

static const char *const kept_variables[] = {"PATH", "TZ", "LANG", "FE_HOME",
    "NO_COLOR", "TERM", "PROTO", "GNUPGHOME",
#ifdef FE_SANITIZE
    "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS",
#endif
    NULL};

static bool
is_kept(const char *variable)
{
	struct slice rest = slice_text(variable);
	struct slice name = slice_cut(&rest, '=');

	if (slice_starts(name, "TCP") || slice_starts(name, "LISTEN_"))
		return true;
	for (size_t i = 0; kept_variables[i] != NULL; i++)
		if (slice_is(name, kept_variables[i]))
			return true;
	return false;
}

static void
clean_environment(void)
{
	extern char **environ;
	size_t kept = 0;

	for (size_t i = 0; environ != NULL && environ[i] != NULL; i++)
		if (is_kept(environ[i]))
			environ[kept++] = environ[i];
	if (environ != NULL)
		environ[kept] = NULL;
	/* without one nothing can be started by name */
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 0);
}

/* What is closed must not become some file of ours.  Nobody can write to the
 * standard output that is made here: what was asked for and gets nowhere is
 * no success. */
static void
open_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == STDOUT_FILENO ?
			    O_RDONLY : O_RDWR);
}

#ifndef FE_SANITIZE
/* The last of what runs at exit(3), but for the destructors of libraries, for
 * which the loader copies a dozen pages that are then thrown away. */
static void
end_at_once(int code, void *cookie)
{
	(void)cookie;
	fflush(NULL);
	_exit(code);
}
#endif

void
cmd_start(const struct cmd *cmd)
{
	struct rlimit no_core = {0, 0};

	program = cmd->name;
	open_standard_descriptors();
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_CORE, &no_core);
#ifndef FE_SANITIZE
	/* the leak checker attaches to its own process */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	on_exit(end_at_once, NULL);
#endif
	clean_environment();
}

const char *
cmd_name(void)
{
	return program;
}

void
cmd_set_delivery(bool on)
{
	delivery = on;
}

bool
cmd_is_delivery(void)
{
	return delivery;
}

static int
exit_code(const struct err *err)
{
	if (delivery)
		return EXIT_RETRY;
	if (err->kind == ERR_USAGE)
		return EXIT_USAGE;
	if (err->kind == ERR_MESSAGE)
		return EXIT_BAD_MESSAGE;
	return EXIT_RETRY;
}

/* Whoever mistyped FE_HOME is told of some file in it otherwise. */
static void
hint_at_home(const struct err *err)
{
	if (strstr(err->text, home_path()) != NULL && isatty(STDERR_FILENO) &&
	    access(home_path(), F_OK) < 0 && errno == ENOENT)
		fprintf(stderr, "hint: there is no home '%s': fe-init makes "
		    "one, FE_HOME or --home names another\n", home_path());
}

int
cmd_fail(const struct err *err)
{
	fprintf(stderr, "%s%s: %s\n", delivery ? "4.3.0 " : "", program,
	    err->text);
	if (err->kind != ERR_USAGE && !delivery)
		hint_at_home(err);
	return exit_code(err);
}

int
cmd_usage(const struct err *err)
{
	int code = cmd_fail(err);

	if (err->kind == ERR_USAGE && isatty(STDERR_FILENO))
		fprintf(stderr, "hint: %s --help\n", program);
	return code;
}

int
cmd_put_octets(struct slice octets, struct err *err)
{
	if (octets.n == 0 || fwrite(octets.p, 1, octets.n, stdout) == octets.n)
		return 0;
	if (output_errno == 0)
		output_errno = errno;
	return errno == EPIPE ? 0 :
	    err_errno(err, "cannot write standard output");
}

int
cmd_put(struct buf *out, struct err *err)
{
	int result = cmd_put_octets(buf_slice(out), err);

	buf_truncate(out, 0);
	return result;
}

int
cmd_finish(struct err *err)
{
	if (fflush(stdout) == 0 && !ferror(stdout) && fclose(stdout) == 0) {
		/* SQLite takes no descriptor below 3 for a folder that it has
		 * to sync, and does not say so: this one stays taken. */
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
		return EXIT_DONE;
	}
	/* nothing may have been left to flush, and then errno is old */
	if (output_errno != 0)
		errno = output_errno;
	if (errno == EPIPE)
		return delivery ? EXIT_RETRY : EXIT_DONE;
	err_errno(err, "cannot write standard output");
	return cmd_fail(err);
}

void
cmd_usage_exit(const char *format, ...)
{
	struct err err = {.kind = ERR_USAGE};
	va_list args;

	va_start(args, format);
	vsnprintf(err.text, sizeof(err.text), format, args);
	va_end(args);
	exit(cmd_usage(&err));
}

/* SPDX-License-Identifier: ISC */
/*
 * Runs a program of the host.  Its input and output are files in memory: no
 * pipe can fill, and nothing touches a disk.
 */
#include "ops/tool.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/process.h"

#define WORDS_MAX 15

char *
tool_find(const char *name)
{
	static const char sbin[] = "/usr/local/sbin:/usr/sbin:/sbin";
	const char *path = getenv("PATH");
	struct buf where = BUF_INIT;
	struct slice lists[2] = {slice_text(path), SLICE(sbin)};

	if (strchr(name, '/') != NULL)
		return access(name, X_OK) == 0 ? mem_text(name) : NULL;
	for (size_t i = 0; i < 2; i++)
		while (lists[i].p != NULL) {
			struct slice folder = slice_cut(&lists[i], ':');

			if (folder.n == 0 || folder.p[0] != '/')
				continue;
			buf_truncate(&where, 0);
			buf_append_slice(&where, folder);
			buf_format(&where, "/%s", name);
			if (access(where.p, X_OK) == 0)
				return buf_take(&where, NULL);
		}
	buf_free(&where);
	return NULL;
}

static int
wait_for(pid_t pid, const char *name, int seconds, struct err *err)
{
	char why[64];
	int status;

	if (process_wait(pid, (int64_t)seconds * 1000, &status) == 0) {
		process_kill(pid, SIGKILL);
		process_wait(pid, -1, &status);
		return err_set(err, ERR_SYSTEM,
		    "'%s' was not done in %d seconds", name, seconds);
	}
	if (!WIFEXITED(status))
		return err_set(err, ERR_SYSTEM, "'%s' ended with %s", name,
		    process_status_text(status, why));
	return WEXITSTATUS(status);
}

static int
run(char *argv[], const char *name, int seconds, struct slice input,
    struct buf *out, struct err *err)
{
	int in = memfd_create("input", MFD_CLOEXEC);
	int answer = memfd_create("answer", MFD_CLOEXEC);
	struct process_fd fds[3] = {{in, 0}, {answer, 1}, {answer, 2}};
	pid_t pid;
	int result = -1;

	if (in < 0 || answer < 0 || io_write(in, input.p, input.n) < 0 ||
	    lseek(in, 0, SEEK_SET) < 0)
		err_errno(err, "cannot make a file in memory");
	else if ((pid = process_start(argv, fds, 3, err)) > 0)
		result = wait_for(pid, name, seconds, err);
	if (result >= 0 && out != NULL && (lseek(answer, 0, SEEK_SET) < 0 ||
		io_read_all(answer, name, out, err) < 0))
		result = -1;
	if (in >= 0)
		close(in);
	if (answer >= 0)
		close(answer);
	return result;
}

int
tool_run(const char *const argv[], struct slice input, struct buf *out,
    struct err *err)
{
	return tool_run_for(argv, TOOL_SECONDS, input, out, err);
}

int
tool_run_for(const char *const argv[], int seconds, struct slice input,
    struct buf *out, struct err *err)
{
	char *words[WORDS_MAX + 1] = {tool_find(argv[0])};
	int result;

	if (words[0] == NULL)
		return err_set(err, ERR_CONFIG, "there is no '%s' on this "
		    "host", argv[0]);
	for (size_t i = 1; i < WORDS_MAX && argv[i] != NULL; i++)
		words[i] = (char *)(uintptr_t)argv[i];
	result = run(words, argv[0], seconds, input, out, err);
	free(words[0]);
	return result;
}

int
tool_do(const char *const argv[], struct slice input, enum err_kind kind,
    const char *lead, struct err *err)
{
	struct buf said = BUF_INIT;
	int status = tool_run(argv, input, &said, err);
	struct slice rest = buf_slice(&said), line = slice_line(&rest);

	if (status > 0)
		status = err_set(err, kind, "%s: %.*s", lead, SLICE_ARG(line));
	buf_free(&said);
	return status;
}

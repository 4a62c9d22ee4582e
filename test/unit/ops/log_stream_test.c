/* SPDX-License-Identifier: ISC */
/* The loop of fe-log where the next day begins and no key can be made. */
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/home.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/secret.h"
#include "ops/log_stream.h"
#include "unit.h"

#define DAY_MS 86400000
#define FIRST_DAY 20783 /* 2026-11-26 */

static char home[] = "/tmp/fe-log-stream-test.XXXXXX";
static struct buf folder = BUF_INIT, keys = BUF_INIT, away = BUF_INIT,
		  stale = BUF_INIT;

/* A file where the keys were: root is refused, too. */
static int
take_keys_away(void)
{
	return rename(keys.p, away.p) < 0 ? -1
	    : symlink("/dev/null", keys.p);
}

static int
put_keys_back(void)
{
	return unlink(keys.p) < 0 ? -1 : rename(away.p, keys.p);
}

/* A key of a day that is over, and cannot be opened for writing. */
static int
keep_an_old_key(void)
{
	return mkdir(stale.p, 0700);
}

/* A stream that was opened the day before and runs now. */
static int
run_after_midnight(int in, int ready, int (*spoil)(void))
{
	struct log_stream_conf conf = {
	    .folder = {.path = folder.p, .file_size = 1 << 20,
		.total_size = 1 << 24, .keep_s = 100 * 86400},
	    .keep_keys_s = 30 * 86400, .sync_s = 1};
	struct log_stream s;
	struct err err = ERR_INIT;
	int signals = interrupt_open(0, &err), result;

	clock_fix_ms((int64_t)FIRST_DAY * DAY_MS);
	if (signals < 0 || log_stream_open(&s, &conf, &err) < 0)
		return 2;
	clock_fix_ms((int64_t)(FIRST_DAY + 1) * DAY_MS);
	if (spoil() < 0 || io_write(ready, "r", 1) < 0)
		return 3;
	result = log_stream_run(&s, in, signals, &err);
	log_stream_close(&s, NULL);
	close(signals);
	return result < 0;
}

static pid_t
start(int *to, int (*spoil)(void))
{
	int in[2], ready[2];
	char octet;
	pid_t pid;

	if (pipe(in) < 0 || pipe(ready) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(in[1]);
		close(ready[0]);
		_exit(run_after_midnight(in[0], ready[1], spoil));
	}
	close(in[0]);
	close(ready[1]);
	EXPECT(io_read(ready[0], &octet, 1) == 1);
	close(ready[0]);
	*to = in[1];
	return pid;
}

static bool
runs_on(pid_t pid)
{
	clock_sleep_ms(300);
	return waitpid(pid, NULL, WNOHANG) == 0;
}

static int
status_of(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status)
	    ? WEXITSTATUS(status)
	    : -1;
}

static void
waits_for_the_key_of_the_day_and_loses_no_line(void)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct err err = ERR_INIT;
	int to;
	pid_t pid = start(&to, take_keys_away);

	EXPECT(runs_on(pid));
	EXPECT(io_write(to, "after midnight\n", 15) == 0);
	EXPECT(runs_on(pid));
	EXPECT(put_keys_back() == 0);
	close(to);
	EXPECT_NUMBER("status", 0, status_of(pid));
	buf_format(&path, "%s/2026-11-27.0001.log", folder.p);
	EXPECT(io_read_file(path.p, &text, &err) == 0);
	EXPECT_SLICE("lines", SLICE("after midnight\n"), buf_slice(&text));
	buf_free(&path);
	buf_free(&text);
}

static void
ends_when_it_is_told_to_while_it_waits(void)
{
	int to;
	pid_t pid = start(&to, take_keys_away);

	EXPECT(runs_on(pid));
	EXPECT(kill(pid, SIGTERM) == 0);
	EXPECT_NUMBER("status", 1, status_of(pid));
	close(to);
	EXPECT(put_keys_back() == 0);
}

static void
an_old_key_that_stays_keeps_no_line(void)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct err err = ERR_INIT;
	int to;
	pid_t pid = start(&to, keep_an_old_key);

	EXPECT(io_write(to, "more\n", 5) == 0);
	close(to);
	EXPECT_NUMBER("status", 0, status_of(pid));
	EXPECT(rmdir(stale.p) == 0);
	buf_format(&path, "%s/current", folder.p);
	EXPECT(io_read_file(path.p, &text, &err) == 0);
	EXPECT(slice_ends(buf_slice(&text), "more\n"));
	buf_free(&path);
	buf_free(&text);
}

int
main(void)
{
	struct err err = ERR_INIT;
	char command[64];

	if (sodium_init() < 0 || secret_open(1 << 16, &err) < 0 ||
	    mkdtemp(home) == NULL)
		return 1;
	home_set(home);
	buf_format(&keys, "%s/keys/log", home);
	buf_format(&away, "%s/away", home);
	buf_format(&folder, "%s/out", home);
	buf_format(&stale, "%s/2026-01-01.key", keys.p);
	UNIT_RUN(waits_for_the_key_of_the_day_and_loses_no_line);
	UNIT_RUN(an_old_key_that_stays_keeps_no_line);
	UNIT_RUN(ends_when_it_is_told_to_while_it_waits);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	EXPECT(system(command) == 0);
	buf_free(&keys);
	buf_free(&away);
	buf_free(&folder);
	buf_free(&stale);
	return UNIT_RESULT;
}

/* SPDX-License-Identifier: ISC */
/*
 * The locked arena: one mapping between two guard pages, blocks in a row,
 * first fit.  Few and small secrets, so simple beats fast.
 */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "io.h"

#define SECRET_DEFAULT_SIZE ((size_t)256 << 10)
#define SECRET_LINE_MAX 1023
#define UNIT 16

struct block {
	size_t n; /* octets behind this head, a multiple of UNIT */
	size_t used;
};

static struct {
	char *p; /* behind the first guard page */
	size_t n;
	char *end; /* of what was ever handed out */
	size_t page;
} arena; /* one for the process: that is its point */
/* Of the blocks: several threads may take and give back. */
static pthread_mutex_t blocks = PTHREAD_MUTEX_INITIALIZER;

/* The limit counts the whole arena from now on, but only pages that are used
 * come into being: most programs hold one key or two. */
int
secret_lock(struct err *err)
{
	if (arena.p == NULL)
		return 0;
	if (mlock2(arena.p, arena.n, MLOCK_ONFAULT) < 0)
		return err_errno(err, "cannot lock %zu KiB of memory for keys "
		    "(raise LimitMEMLOCK, ulimit -l)", arena.n >> 10);
	return 0;
}

int
secret_open(size_t size, struct err *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct block *first;
	char *p;

	if (arena.p != NULL)
		return 0;
	size = (size + page - 1) / page * page;
	p = mmap(NULL, size + 2 * page, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return err_errno(err, "cannot map memory for keys");
	if (mprotect(p + page, size, PROT_READ | PROT_WRITE) < 0 ||
	    madvise(p + page, size, MADV_DONTDUMP) < 0) {
		err_errno(err, "cannot prepare memory for keys");
		munmap(p, size + 2 * page);
		return -1;
	}
	arena.p = arena.end = p + page;
	arena.n = size;
	arena.page = page;
	if (secret_lock(err) < 0) {
		secret_drop_all();
		return -1;
	}
	first = (struct block *)(void *)arena.p;
	first->n = size - sizeof(*first);
	first->used = 0;
	return 0;
}

static struct block *
next_block(struct block *b)
{
	char *next = (char *)(b + 1) + b->n;

	return next >= arena.p + arena.n ? NULL : (struct block *)(void *)next;
}

static void
split_block(struct block *b, size_t n)
{
	struct block *rest;

	if (b->n < n + sizeof(*b) + UNIT)
		return;
	rest = (struct block *)(void *)((char *)(b + 1) + n);
	rest->n = b->n - n - sizeof(*rest);
	rest->used = 0;
	b->n = n;
}

/* NULL: it is full. */
static void *
take_block(size_t n)
{
	n = n == 0 ? UNIT : (n + UNIT - 1) / UNIT * UNIT;
	for (struct block *b = (struct block *)(void *)arena.p; b != NULL;
	     b = next_block(b)) {
		struct block *after;

		if (b->used)
			continue;
		while ((after = next_block(b)) != NULL && !after->used)
			b->n += sizeof(*after) + after->n;
		if (b->n < n)
			continue;
		split_block(b, n);
		b->used = 1;
		if ((char *)(b + 1) + b->n > arena.end)
			arena.end = (char *)(b + 1) + b->n;
		memset(b + 1, 0, b->n);
		return b + 1;
	}
	return NULL;
}

void *
secret_alloc(size_t n)
{
	struct err err = ERR_INIT;
	void *p = NULL;

	pthread_mutex_lock(&blocks);
	if (arena.p == NULL && secret_open(SECRET_DEFAULT_SIZE, &err) < 0) {
		fprintf(stderr, "4.3.0 %s\n", err.text);
		_exit(75);
	}
	p = take_block(n);
	pthread_mutex_unlock(&blocks);
	if (p != NULL)
		return p;
	fprintf(stderr, "4.3.0 the %zu KiB for keys are full\n", arena.n >> 10);
	_exit(75);
}

void
secret_free(void *p)
{
	struct block *b = p;

	if (p == NULL)
		return;
	b--;
	pthread_mutex_lock(&blocks);
	explicit_bzero(b + 1, b->n);
	b->used = 0;
	pthread_mutex_unlock(&blocks);
}

void
secret_drop_all(void)
{
	if (arena.p == NULL)
		return;
	explicit_bzero(arena.p, (size_t)(arena.end - arena.p));
	munmap(arena.p - arena.page, arena.n + 2 * arena.page);
	arena.p = NULL;
	arena.n = 0;
}

int
secret_read_fd(int fd, const char *path, size_t n, unsigned char **out,
    struct err *err)
{
	unsigned char *key = NULL;
	struct stat status;
	size_t got = 0;
	int result = -1;

	if (fstat(fd, &status) < 0) {
		err_errno(err, "cannot look at '%s'", path);
		goto out;
	}
	if (!S_ISREG(status.st_mode) || (size_t)status.st_size != n) {
		err_set(err, ERR_CONFIG, "'%s' is no key of %zu octets", path,
		    n);
		goto out;
	}
	if (status.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) {
		err_set(err, ERR_CONFIG,
		    "'%s' can be read or changed by others: chmod 0400", path);
		goto out;
	}
	key = secret_alloc(n);
	while (got < n) {
		ssize_t more = io_read(fd, key + got, n - got);

		if (more <= 0) {
			err_errno(err, "cannot read '%s'", path);
			goto out;
		}
		got += (size_t)more;
	}
	*out = key;
	key = NULL;
	result = 0;
out:
	secret_free(key);
	close(fd);
	return result;
}

int
secret_read_file(
    const char *path, size_t n, unsigned char **out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	return secret_read_fd(fd, path, n, out, err);
}

static int
read_line(int fd, char stop, char **out, struct err *err)
{
	char *line = secret_alloc(SECRET_LINE_MAX + 1);
	size_t n = 0;

	/* an octet at a time: what follows the line is not ours to read */
	for (;;) {
		char c;
		ssize_t got = io_read(fd, &c, 1);

		if (got < 0) {
			err_errno(err, "cannot read the password");
			break;
		}
		if (got == 1 && c == stop && stop != '\n') {
			err_set(err, ERR_SYSTEM, "interrupted");
			break;
		}
		if (got == 0 || c == '\n') {
			if (n > 0 && line[n - 1] == '\r')
				line[--n] = '\0';
			if (n > 0) {
				*out = line;
				return 0;
			}
			err_set(err, ERR_USAGE, "the password is empty");
			break;
		}
		if (n == SECRET_LINE_MAX || c == '\0') {
			err_set(err, ERR_USAGE,
			    "a password has at most %d octets and no NUL",
			    SECRET_LINE_MAX);
			break;
		}
		line[n++] = c;
	}
	secret_free(line);
	return -1;
}

int
secret_read_line(int fd, char **out, struct err *err)
{
	return read_line(fd, '\n', out, err);
}

/* `stop' is what the interrupt key sends, which is the end of a line here. */
static int
ask_once(int fd, const char *prompt, char stop, char **out, struct err *err)
{
	int result;

	if (io_write(fd, prompt, strlen(prompt)) < 0)
		return err_errno(err, "cannot write to the terminal");
	result = read_line(fd, stop, out, err);
	(void)!write(fd, "\n", 1);
	return result;
}

/* No echo, and no signal that would end us before it is back. */
static struct termios
quieten(const struct termios *before)
{
	struct termios quiet = *before;

	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	quiet.c_cc[VEOL] = before->c_cc[VINTR];
	return quiet;
}

int
secret_ask(const char *prompt, bool again, char **out, struct err *err)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios before, quiet;
	char *second = NULL, stop;
	int result;

	*out = NULL;
	if (fd < 0)
		return err_errno(err, "cannot open the terminal");
	if (tcgetattr(fd, &before) < 0) {
		close(fd);
		return err_errno(err, "cannot ask without echo");
	}
	quiet = quieten(&before);
	tcsetattr(fd, TCSAFLUSH, &quiet);
	stop = before.c_cc[VINTR] != _POSIX_VDISABLE ? (char)before.c_cc[VINTR]
						     : '\n';
	result = ask_once(fd, prompt, stop, out, err);
	if (result == 0 && again)
		result = ask_once(fd, "again: ", stop, &second, err);
	if (result == 0 && again && strcmp(*out, second) != 0)
		result = err_set(err, ERR_USAGE, "the two are not the same");
	tcsetattr(fd, TCSAFLUSH, &before);
	close(fd);
	secret_free(second);
	if (result < 0) {
		secret_free(*out);
		*out = NULL;
	}
	return result;
}

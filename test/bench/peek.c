/* SPDX-License-Identifier: ISC */
/*
 * Looks into the memory of other processes, for tests that prove what is not
 * there.
 *
 *	peek PID...
 *
 * reads octets from standard input (the needle: at least 8) and says for each
 * process `PID here' or `PID not here'.  Exit 1 if it was found in any, 75 if
 * a process cannot be read.  Needs the right to trace them (root).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"

#define PIECE ((size_t)1 << 20)

/* Pieces overlap by the needle's length. */
static bool
area_has(int memory, unsigned long from, unsigned long to,
    const struct buf *needle, char *piece)
{
	while (from < to) {
		size_t n = to - from < PIECE ? to - from : PIECE;
		ssize_t got = pread(memory, piece, n, (off_t)from);

		if (got <= 0)
			return false;
		if (memmem(piece, (size_t)got, needle->p, needle->n) != NULL)
			return true;
		if ((size_t)got < n || n < PIECE)
			return false;
		from += n - needle->n;
	}
	return false;
}

static int
process_has(const char *pid, const struct buf *needle, char *piece)
{
	char path[64], line[512];
	bool found = false;
	long areas = 0;
	FILE *maps;
	int memory;

	snprintf(path, sizeof(path), "/proc/%.20s/mem", pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%.20s/maps", pid);
	maps = fopen(path, "re");
	if (memory < 0 || maps == NULL)
		return -1;
	while (!found && fgets(line, sizeof(line), maps) != NULL) {
		char *end;
		unsigned long from = strtoul(line, &end, 16);
		unsigned long to = strtoul(end + 1, &end, 16);

		if (end[1] != 'r' || strstr(line, "[v") != NULL)
			continue;
		areas++;
		found = area_has(memory, from, to, needle, piece);
	}
	fclose(maps);
	close(memory);
	if (areas == 0)
		return -1;
	printf("%s %s\n", pid, found ? "here" : "not here");
	return found;
}

int
main(int argc, char *argv[])
{
	struct buf needle = BUF_LIMITED(4096);
	char *piece = malloc(PIECE);
	int result = 0;

	if (piece == NULL ||
	    io_read_all(0, "the needle", &needle, NULL) < 0 || needle.n < 8)
		return 64;
	for (int i = 1; i < argc; i++) {
		int found = process_has(argv[i], &needle, piece);

		if (found < 0)
			return 75;
		result |= found;
	}
	return result;
}

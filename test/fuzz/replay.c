/* SPDX-License-Identifier: ISC */
/*
 * Runs a fuzz target over the files named on the command line: how the seeds
 * are checked where there is no clang.
 */
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		struct buf input = BUF_INIT;
		struct err err = ERR_INIT;

		if (io_read_file(argv[i], &input, &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			buf_free(&input);
			return 1;
		}
		LLVMFuzzerTestOneInput(
		    (const uint8_t *)buf_text(&input), input.n);
		buf_free(&input);
	}
	printf("%d inputs\n", argc - 1);
	return 0;
}

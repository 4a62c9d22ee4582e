/* SPDX-License-Identifier: ISC */
#include "net/caa.h"

int
caa_parse(struct caa *caa, struct slice rdata)
{
	size_t n;

	if (rdata.n < 2)
		return -1;
	n = (unsigned char)rdata.p[1];
	if (n < 1 || n > rdata.n - 2)
		return -1;
	caa->flags = (uint8_t)rdata.p[0];
	caa->tag = slice_part(rdata, 2, 2 + n);
	caa->value = slice_part(rdata, 2 + n, rdata.n);
	for (size_t i = 0; i < n; i++)
		if (!ascii_is_alnum(caa->tag.p[i]))
			return -1;
	return 0;
}

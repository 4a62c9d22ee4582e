/* SPDX-License-Identifier: ISC */
/*
 * Zone files: what was read is one record a line and reads the same again; an
 * error names a line.
 */
#include <stdint.h>
#include <stdlib.h>

#include "net/dns_zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_zone zone, again;
	struct err err = ERR_INIT;

	if (dns_zone_parse(&zone, "z", slice_of(data, size), &err) < 0) {
		if (err.kind != ERR_CONFIG ||
		    !slice_starts(slice_text(err.text), "z:"))
			abort();
		return 0;
	}
	if (dns_zone_parse(&again, "z", buf_slice(&zone.text), &err) < 0 ||
	    !slice_equal(buf_slice(&zone.text), buf_slice(&again.text)))
		abort();
	for (size_t i = 0; i < zone.specials_n; i++)
		if (dns_zone_special(&zone,
		    slice_text(zone.specials[i].name)) == NULL)
			abort();
	dns_zone_free(&zone);
	dns_zone_free(&again);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_TNEF_H
#define FE_SCAN_TNEF_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * The files in winmail.dat, in which older Outlooks wrap what they attach
 * ([MS-OXTNEF]).  Nothing is decoded: data are slices of it.
 */
#define TNEF_NAME_MAX 255

struct tnef {
	struct slice rest;
	bool damaged; /* it ends within an attribute */
};
struct tnef_file {
	struct buf name; /* the long one where there are two; UTF-8 or raw */
	struct slice data;
};

/* -1: no such file. */
int tnef_open(struct tnef *t, struct slice octets);
/* The next file, whose name the caller frees; false: no more. */
bool tnef_next(struct tnef *t, struct tnef_file *file);

#endif

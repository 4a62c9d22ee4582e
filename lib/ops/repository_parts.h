/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_REPOSITORY_PARTS_H
#define FE_OPS_REPOSITORY_PARTS_H

#include "ops/repository.h"

/* The halves of a repository: the one that writes is made at first need. */
void repository_writer_free(struct repository_writer *w); /* accepts NULL */
struct repository_reader *repository_reader_new(void);
void repository_reader_free(struct repository_reader *reader);

#endif

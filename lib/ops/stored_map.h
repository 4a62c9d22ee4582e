/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_STORED_MAP_H
#define FE_OPS_STORED_MAP_H

#include "ops/file_entry.h"
#include "ops/file_map.h"
#include "ops/repository.h"

/* The map of a file, read from the blocks that its entry names, and their
 * bases.  Begins the map; free it in any case. */
int stored_map_read(struct repository *r, const struct file_entry *e,
    struct file_map *map, struct err *err);
/* Stores the blocks of a map and names them in the entry. */
int stored_map_write(struct repository *r, const struct file_map *map,
    struct file_entry *e, struct err *err);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HOST_PROCESS_H
#define FE_OPS_HOST_PROCESS_H

#include <stdint.h>

#include "ops/tree.h"

/*
 * The running processes of a host whose name begins with `fe', by /proc, but
 * for this one: who they are, as whom they run, what confines them, what they
 * hold open.
 */
struct host_process {
	int64_t pid;
	char name[32]; /* comm */
	int64_t uid;
	int seccomp; /* 0 none, 1 strict, 2 filter; -1: not told */
	bool no_new_privs;
	uint64_t *sockets; /* inodes */
	size_t sockets_n;
	char **files; /* paths that are open, standard descriptors left out */
	size_t files_n;
};
struct host_processes {
	struct host_process *items;
	size_t n;
	bool readable; /* /proc was there */
	bool closed;   /* what some of them hold open is not ours to see */
};
#define HOST_PROCESS_FILES_MAX 4096 /* of one process */

void host_processes_read(struct host_processes *processes,
    const struct tree *tree);
void host_processes_free(struct host_processes *processes);
/* The first of that name; NULL. */
const struct host_process *host_processes_find(
    const struct host_processes *processes, const char *name);
/* Whose socket it is; NULL: of none of ours. */
const struct host_process *host_processes_owner(
    const struct host_processes *processes, uint64_t inode);

#endif

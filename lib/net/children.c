/* SPDX-License-Identifier: ISC */
/*
 * Slots for sessions, and two hash tables over them.
 */
#include "children.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

void
children_init(struct children *c, size_t max)
{
	size_t items = max * sizeof(*c->items);
	size_t vacant = max * sizeof(*c->vacant);
	size_t pids = chains_size(2 * max);
	char *p;

	*c = (struct children){
	    .max = max, .size = items + vacant + pids + chains_size(max)};
	randombytes_buf(c->key, sizeof(c->key));
	/* what is written for each session, which has no use for it */
	p = mem_own(c->size);
	c->items = (struct child *)(void *)p;
	c->vacant = (size_t *)(void *)(p + items);
	chains_place(&c->pids, 2 * max, p + items + vacant);
	chains_place(&c->clients, max, p + items + vacant + pids);
}

void
children_free(struct children *c)
{
	mem_own_free(c->items, c->size);
	*c = (struct children){.max = 0};
}

/* Keyed: nobody shall choose addresses that share a chain. */
static uint64_t
client_hash(const struct children *c, const struct ip *client)
{
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t number;

	crypto_shorthash(hash, client->octets, client->size, c->key);
	memcpy(&number, hash, sizeof(number));
	return number;
}

size_t
children_next_slot(const struct children *c)
{
	return c->vacant_n > 0 ? c->vacant[c->vacant_n - 1] : c->top;
}

size_t
children_slot(const struct children *c, const struct child *child)
{
	return (size_t)(child - c->items);
}

struct child *
children_add(struct children *c, pid_t pid, const struct ip *client)
{
	size_t slot = children_next_slot(c);
	struct child *child = &c->items[slot];

	if (slot == c->top)
		c->top++;
	else
		c->vacant_n--;
	*child = (struct child){.pid = pid, .fd = -1, .client = *client};
	c->n++;
	chains_add(&c->pids, (uint64_t)pid, slot);
	chains_add(&c->clients, client_hash(c, client), slot);
	return child;
}

void
children_remove(struct children *c, struct child *child)
{
	size_t slot = children_slot(c, child);

	children_set_pipeline(c, child, 0);
	chains_remove(&c->pids, (uint64_t)child->pid, slot);
	chains_remove(&c->clients, client_hash(c, &child->client), slot);
	child_hang_up(child);
	*child = (struct child){.fd = -1};
	c->vacant[c->vacant_n++] = slot;
	c->n--;
}

struct child *
children_find(const struct children *c, pid_t pid, bool pipeline)
{
	ptrdiff_t max = (ptrdiff_t)c->max;

	for (ptrdiff_t i = chains_first(&c->pids, (uint64_t)pid); i >= 0;
	     i = chains_next(&c->pids, i)) {
		struct child *child = &c->items[i % max];

		if ((i >= max) == pipeline &&
		    (pipeline ? child->pipeline : child->pid) == pid)
			return child;
	}
	return NULL;
}

size_t
children_of(const struct children *c, const struct ip *client)
{
	size_t count = 0;

	for (ptrdiff_t i = chains_first(&c->clients, client_hash(c, client));
	     i >= 0; i = chains_next(&c->clients, i))
		count += ip_equal(&c->items[i].client, client);
	return count;
}

void
children_set_pipeline(struct children *c, struct child *child, pid_t pid)
{
	size_t entry = children_slot(c, child) + c->max;

	if (child->pipeline != 0)
		chains_remove(&c->pids, (uint64_t)child->pipeline, entry);
	child->pipeline = pid;
	if (pid != 0)
		chains_add(&c->pids, (uint64_t)pid, entry);
}

void
child_hang_up(struct child *child)
{
	if (child->fd >= 0)
		close(child->fd);
	child->fd = -1;
}

void
children_signal(const struct children *c, int number, bool all)
{
	for (size_t i = 0; i < c->top; i++)
		if (c->items[i].pid > 0 && (all || c->items[i].told))
			kill(c->items[i].pid, number);
}

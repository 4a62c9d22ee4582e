/* SPDX-License-Identifier: ISC */
/* The register of practices. */
#include "ops/practice.h"

#include <stdlib.h>
#include <string.h>

#include "base/document.h"
#include "base/installation.h"
#include "base/io.h"
#include "base/mem.h"

#define REGISTER "practices.json"
#define WHAT "register of practices"

/* The text of a member; NULL where it is missing or empty. */
static char *
take_text(struct slice object, const char *name)
{
	struct buf text = BUF_INIT;

	if (json_string(json_get(object, name), &text) == 0 && text.n > 0)
		return buf_take(&text, NULL);
	buf_free(&text);
	return NULL;
}

static int
add_practice(struct practices *p, struct slice item, const char *name,
    struct err *err)
{
	const char *const members[] = {
	    "id", "section", "what", "by", "probe", "do"};
	struct practice *one;
	struct slice required = json_get(item, "required");

	if (p->n == PRACTICES_MAX)
		return document_fault(name, WHAT, "it is too long", err);
	p->items = mem_array(p->items, p->n + 1, sizeof(*p->items));
	one = &p->items[p->n];
	*one = (struct practice){.required = json_is_true(required)};
	p->n++;
	char **const places[] = {&one->id, &one->section, &one->what,
	    &one->by, &one->probe, &one->todo};

	for (size_t i = 0; i < 6; i++) {
		*places[i] = take_text(item, members[i]);
		if (*places[i] == NULL)
			return err_set(err, ERR_CONFIG, "'%s': practice %zu "
			    "has no '%s'", name, p->n, members[i]);
	}
	if (json_type(required) != JSON_TRUE &&
	    json_type(required) != JSON_FALSE)
		return err_set(err, ERR_CONFIG, "'%s': '%s' does not say "
		    "whether it is required", name, one->id);
	if (practices_find(p, one->id) != one)
		return err_set(err, ERR_CONFIG, "'%s': '%s' is there twice",
		    name, one->id);
	return 0;
}

static int
add_section(struct practices *p, struct slice item, const char *name,
    struct err *err)
{
	struct practice_section *one;

	if (p->sections_n == PRACTICES_MAX)
		return document_fault(name, WHAT, "it is too long", err);
	p->sections = mem_array(
	    p->sections, p->sections_n + 1, sizeof(*p->sections));
	one = &p->sections[p->sections_n++];
	one->id = take_text(item, "id");
	one->title = take_text(item, "title");
	if (one->id == NULL || one->title == NULL)
		return document_fault(
		    name, WHAT, "a section lacks 'id' or 'title'", err);
	return 0;
}

static bool
has_section(const struct practices *p, const char *id)
{
	for (size_t i = 0; i < p->sections_n; i++)
		if (strcmp(p->sections[i].id, id) == 0)
			return true;
	return false;
}

static int
parse(struct practices *p, struct slice text, const char *name,
    struct err *err)
{
	struct json_walk walk;
	struct slice item;

	if (document_check(text, name, WHAT, err) < 0)
		return -1;
	text = slice_trim(text);
	walk = json_walk(json_get(text, "sections"));
	while (json_next(&walk, NULL, &item))
		if (add_section(p, item, name, err) < 0)
			return -1;
	walk = json_walk(json_get(text, "practices"));
	while (json_next(&walk, NULL, &item)) {
		if (add_practice(p, item, name, err) < 0)
			return -1;
		if (!has_section(p, p->items[p->n - 1].section))
			return err_set(err, ERR_CONFIG, "'%s': there is no "
			    "section '%s'", name, p->items[p->n - 1].section);
	}
	return p->n > 0 ? 0
			: document_fault(name, WHAT, "it is empty", err);
}

int
practices_parse(struct practices *practices, struct slice text,
    const char *name, struct err *err)
{
	*practices = (struct practices){.n = 0};
	if (parse(practices, text, name, err) == 0)
		return 0;
	practices_free(practices);
	return -1;
}

int
practices_read(struct practices *practices, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED((size_t)1 << 20);
	int result = -1;

	*practices = (struct practices){.n = 0};
	if (installation_share(&path, REGISTER, err) == 0 &&
	    io_read_file(path.p, &text, err) == 0)
		result = practices_parse(
		    practices, buf_slice(&text), path.p, err);
	buf_free(&path);
	buf_free(&text);
	return result;
}

void
practices_free(struct practices *practices)
{
	for (size_t i = 0; i < practices->n; i++) {
		struct practice *one = &practices->items[i];

		free(one->id);
		free(one->section);
		free(one->what);
		free(one->by);
		free(one->probe);
		free(one->todo);
	}
	for (size_t i = 0; i < practices->sections_n; i++) {
		free(practices->sections[i].id);
		free(practices->sections[i].title);
	}
	free(practices->items);
	free(practices->sections);
	*practices = (struct practices){.n = 0};
}

const struct practice *
practices_find(const struct practices *practices, const char *id)
{
	for (size_t i = 0; i < practices->n; i++)
		if (practices->items[i].id != NULL &&
		    strcmp(practices->items[i].id, id) == 0)
			return &practices->items[i];
	return NULL;
}

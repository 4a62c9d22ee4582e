/* SPDX-License-Identifier: ISC */
/*
 * Attributes one after the other: level, kind, size, data, check sum.  One of
 * a certain kind begins an attachment; its long name, and a message that is
 * one, are among the MAPI properties in another.
 */
#include "tnef.h"

#include <stdint.h>

#include "base/utf8.h"

#define SIGNATURE "\x78\x9f\x3e\x22"
#define HEAD_SIZE 6 /* signature and key */
#define GUID_SIZE 16

enum { ATTRIBUTE_TITLE = 0x8010, ATTRIBUTE_DATA = 0x800f,
	ATTRIBUTE_BEGIN = 0x9002, ATTRIBUTE_PROPERTIES = 0x9005 };
enum { PROPERTY_DATA = 0x3701, PROPERTY_LONG_NAME = 0x3707 };
enum { TYPE_OBJECT = 0x0d, TYPE_STRING = 0x1e, TYPE_UNICODE = 0x1f,
	TYPE_BINARY = 0x102, TYPE_MANY = 0x1000 };

static uint32_t
take_number(struct slice *s, size_t size)
{
	uint32_t value = 0;

	for (size_t i = 0; i < size && i < s->n; i++)
		value |= (uint32_t)(unsigned char)s->p[i] << (8 * i);
	*s = slice_part(*s, size, s->n);
	return value;
}

static struct slice
take_octets(struct slice *s, uint32_t n)
{
	struct slice taken = slice_part(*s, 0, n);

	*s = slice_part(*s, n, s->n);
	return taken;
}

static struct slice
take_padded(struct slice *s, uint32_t n)
{
	struct slice taken = take_octets(s, n);

	take_octets(s, -n & 3);
	return taken;
}

/* Of the properties, a GUID and a number or a text stand for those that have
 * no number of their own. */
static void
skip_name(struct slice *s)
{
	take_octets(s, GUID_SIZE);
	if (take_number(s, 4) == 0)
		take_number(s, 4);
	else
		take_padded(s, take_number(s, 4));
}

/* In octets, with what fills it up to four; 0: the value says it. */
static uint32_t
size_of(uint32_t type)
{
	switch (type) {
	case 0x05: case 0x06: case 0x07: case 0x14: case 0x40:
		return 8;
	case 0x48:
		return GUID_SIZE;
	case TYPE_OBJECT: case TYPE_STRING: case TYPE_UNICODE: case TYPE_BINARY:
		return 0;
	default:
		return 4;
	}
}

static void
set_name(struct tnef_file *file, struct slice raw, bool wide)
{
	buf_reset(&file->name);
	for (size_t i = 0; i < raw.n; i += wide ? 2 : 1) {
		uint32_t c = (unsigned char)raw.p[i];

		if (wide && i + 1 < raw.n)
			c |= (uint32_t)(unsigned char)raw.p[i + 1] << 8;
		if (c == 0)
			break;
		if (wide)
			utf8_append(&file->name, c);
		else
			buf_append_char(&file->name, (char)c);
	}
}

static void
read_value(struct tnef_file *file, uint32_t type, uint32_t id,
    struct slice value)
{
	if (id == PROPERTY_LONG_NAME &&
	    (type == TYPE_STRING || type == TYPE_UNICODE))
		set_name(file, value, type == TYPE_UNICODE);
	if (id == PROPERTY_DATA && type == TYPE_OBJECT)
		value = slice_part(value, GUID_SIZE, value.n);
	if (id == PROPERTY_DATA && file->data.n == 0)
		file->data = value;
}

static void
read_properties(struct tnef_file *file, struct slice s)
{
	uint32_t properties = take_number(&s, 4);

	while (properties-- > 0 && s.n > 0) {
		uint32_t type = take_number(&s, 2), id = take_number(&s, 2);
		uint32_t size = size_of(type & ~(uint32_t)TYPE_MANY);
		uint32_t values = 1;

		if (id >= 0x8000)
			skip_name(&s);
		if (size == 0 || (type & TYPE_MANY) != 0)
			values = take_number(&s, 4);
		while (values-- > 0 && s.n > 0) {
			uint32_t n = size > 0 ? size : take_number(&s, 4);

			read_value(file, type, id, take_padded(&s, n));
		}
	}
}

int
tnef_open(struct tnef *t, struct slice octets)
{
	*t = (struct tnef){slice_part(octets, HEAD_SIZE, octets.n), false};
	return slice_starts(octets, SIGNATURE) ? 0 : -1;
}

/* Its low half tells the kind; 0 at the end. */
static uint32_t
take_attribute(struct slice *rest, struct slice *data, bool *damaged)
{
	uint32_t kind, size;

	if (rest->n == 0)
		return 0;
	take_number(rest, 1);
	kind = take_number(rest, 4) & 0xffff;
	size = take_number(rest, 4);
	*damaged = *damaged || size > rest->n;
	*data = take_octets(rest, size);
	take_number(rest, 2);
	return kind;
}

bool
tnef_next(struct tnef *t, struct tnef_file *file)
{
	struct slice data = SLICE_NONE, next;
	uint32_t kind;

	*file = (struct tnef_file){BUF_LIMITED(TNEF_NAME_MAX), SLICE_NONE};
	while (t->rest.n > 0 && take_attribute(&t->rest, &data,
	    &t->damaged) != ATTRIBUTE_BEGIN)
		;
	if (t->rest.n == 0)
		return false;
	while (next = t->rest, (kind = take_attribute(&next, &data,
	    &t->damaged)) != 0 && kind != ATTRIBUTE_BEGIN) {
		if (kind == ATTRIBUTE_TITLE && file->name.n == 0)
			set_name(file, data, false);
		else if (kind == ATTRIBUTE_DATA)
			file->data = data;
		else if (kind == ATTRIBUTE_PROPERTIES)
			read_properties(file, data);
		t->rest = next;
	}
	return true;
}

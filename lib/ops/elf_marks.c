/* SPDX-License-Identifier: ISC */
/*
 * Reads ELF files, which may hold anything: every offset is checked against
 * the file before it is used.
 */
#include "ops/elf_marks.h"

#include <elf.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"

#define HEADERS_MAX 256 /* program headers or sections that are looked at */
#define TABLES_MAX 2	/* of symbols */
#define SYMBOLS_MAX 100000
#define SYMBOL_MAX 64 /* octets of a name */
#define LANDING_PADS 8 /* fewer may be chance */

/* Copies n octets at an offset; false: beyond the file. */
static bool
get(struct slice file, uint64_t offset, void *out, size_t n)
{
	if (offset > file.n || file.n - offset < n)
		return false;
	memcpy(out, file.p + offset, n);
	return true;
}

static struct slice
part(struct slice file, uint64_t offset, uint64_t n)
{
	if (offset > file.n || file.n - offset < n)
		return SLICE_NONE;
	return slice_of(file.p + offset, (size_t)n);
}

static void
read_dynamic(struct elf_marks *marks, struct slice text)
{
	Elf64_Dyn entry;

	for (size_t at = 0; get(text, at, &entry, sizeof(entry)) &&
	     entry.d_tag != DT_NULL;
	     at += sizeof(entry))
		marks->bind_now |= entry.d_tag == DT_BIND_NOW ||
		    (entry.d_tag == DT_FLAGS &&
			(entry.d_un.d_val & DF_BIND_NOW)) ||
		    (entry.d_tag == DT_FLAGS_1 &&
			(entry.d_un.d_val & DF_1_NOW));
}

static uint64_t
aligned(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

/* Properties: type, size, value, each to 8 octets. */
static void
read_properties(struct elf_marks *marks, struct slice text)
{
	uint32_t head[2], value;

	while (get(text, 0, head, sizeof(head))) {
		uint64_t step = 8 + aligned(head[1], 8);

		if (head[0] == GNU_PROPERTY_X86_FEATURE_1_AND &&
		    get(text, 8, &value, sizeof(value))) {
			marks->branch_tracking =
			    value & GNU_PROPERTY_X86_FEATURE_1_IBT;
			marks->shadow_stack =
			    value & GNU_PROPERTY_X86_FEATURE_1_SHSTK;
		}
		if (step >= text.n)
			return;
		text = slice_part(text, (size_t)step, text.n);
	}
}

static void
read_notes(struct elf_marks *marks, struct slice text)
{
	Elf64_Nhdr note;

	while (get(text, 0, &note, sizeof(note))) {
		uint64_t name = sizeof(note);
		uint64_t value = name + aligned(note.n_namesz, 4);
		uint64_t next = value + aligned(note.n_descsz, 8);

		if (note.n_type == NT_GNU_PROPERTY_TYPE_0 &&
		    slice_equal(part(text, name, note.n_namesz),
			slice_of("GNU", 4)))
			read_properties(
			    marks, part(text, value, note.n_descsz));
		if (next >= text.n)
			return;
		text = slice_part(text, (size_t)next, text.n);
	}
}

/* endbr64, which stands at the head of most functions, or of none. */
static bool
has_landing_pads(struct slice code)
{
	static const char endbr64[] = {'\xf3', '\x0f', '\x1e', '\xfa'};

	for (unsigned n = 0; n < LANDING_PADS; n++) {
		const char *p = code.n == 0 ? NULL
		    : memmem(code.p, code.n, endbr64, sizeof(endbr64));

		if (p == NULL)
			return false;
		code = slice_part(
		    code, (size_t)(p - code.p) + sizeof(endbr64), code.n);
	}
	return true;
}

static void
read_segments(struct elf_marks *marks, struct slice file,
    const Elf64_Ehdr *head)
{
	for (unsigned i = 0; i < head->e_phnum && i < HEADERS_MAX; i++) {
		Elf64_Phdr segment;
		struct slice text;

		if (head->e_phentsize < sizeof(segment) ||
		    !get(file, head->e_phoff +
			(uint64_t)i * head->e_phentsize, &segment,
			sizeof(segment)))
			return;
		text = part(file, segment.p_offset, segment.p_filesz);
		if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X))
			marks->has_landing_pads |= has_landing_pads(text);
		if (segment.p_type == PT_DYNAMIC) {
			marks->is_static = false;
			read_dynamic(marks, text);
		} else if (segment.p_type == PT_GNU_RELRO)
			marks->relro = true;
		else if (segment.p_type == PT_GNU_STACK)
			marks->stack_not_executable =
			    !(segment.p_flags & PF_X);
		else if (segment.p_type == PT_NOTE &&
		    segment.p_align == 8)
			read_notes(marks, text);
	}
}

/* `__stack_chk_fail', `__memcpy_chk'. */
static void
see_symbol(struct elf_marks *marks, struct slice names, uint32_t offset)
{
	struct slice name = slice_part(
	    names, offset, (size_t)offset + SYMBOL_MAX);

	name = slice_part(name, 0, slice_find(name, '\0'));
	marks->stack_protector |= slice_is(name, "__stack_chk_fail");
	marks->fortified |= slice_starts(name, "__") &&
	    slice_ends(name, "_chk");
}

static void
read_symbols(struct elf_marks *marks, struct slice file,
    const Elf64_Ehdr *head, const Elf64_Shdr *section)
{
	struct slice text = part(file, section->sh_offset, section->sh_size);
	struct slice names;
	Elf64_Shdr strings;
	Elf64_Sym symbol;

	if (!get(file, head->e_shoff + (uint64_t)section->sh_link *
		head->e_shentsize, &strings, sizeof(strings)))
		return;
	names = part(file, strings.sh_offset, strings.sh_size);
	if (names.p == NULL || text.p == NULL)
		return;
	marks->has_symbols = true;
	for (size_t i = 0; i < SYMBOLS_MAX &&
	     get(text, i * sizeof(symbol), &symbol, sizeof(symbol));
	     i++)
		see_symbol(marks, names, symbol.st_name);
}

static void
read_sections(struct elf_marks *marks, struct slice file,
    const Elf64_Ehdr *head)
{
	unsigned tables = 0;

	for (unsigned i = 0; i < head->e_shnum && i < HEADERS_MAX &&
	     tables < TABLES_MAX; i++) {
		Elf64_Shdr section;

		if (head->e_shentsize < sizeof(section) ||
		    !get(file, head->e_shoff +
			(uint64_t)i * head->e_shentsize, &section,
			sizeof(section)))
			return;
		if (section.sh_type == SHT_DYNSYM ||
		    section.sh_type == SHT_SYMTAB) {
			read_symbols(marks, file, head, &section);
			tables++;
		}
	}
}

int
elf_marks_parse(struct elf_marks *marks, struct slice file, const char *name,
    struct err *err)
{
	Elf64_Ehdr head;

	*marks = (struct elf_marks){.is_static = true};
	if (!get(file, 0, &head, sizeof(head)) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_ident[EI_DATA] != ELFDATA2LSB ||
	    (head.e_type != ET_EXEC && head.e_type != ET_DYN))
		return err_set(err, ERR_CONFIG,
		    "'%s' is no program of 64 bits", name);
	marks->pie = head.e_type == ET_DYN;
	marks->x86 = head.e_machine == EM_X86_64;
	read_segments(marks, file, &head);
	read_sections(marks, file, &head);
	return 0;
}

int
elf_marks_read(struct elf_marks *marks, const char *path, struct err *err)
{
	struct buf text = BUF_LIMITED(ELF_FILE_MAX);
	int result = io_read_file(path, &text, err);

	/* not mapped: who truncates a mapped file kills its readers */
	if (result == 0)
		result = elf_marks_parse(marks, buf_slice(&text), path, err);
	buf_free(&text);
	return result;
}

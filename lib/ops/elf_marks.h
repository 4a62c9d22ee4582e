/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_ELF_MARKS_H
#define FE_OPS_ELF_MARKS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * The marks that compiler and linker leave in a program (ELF of 64 bits,
 * least significant octet first; System V ABI, and its supplement for
 * x86-64): how hard it makes it for who found a mistake in it.
 */
struct elf_marks {
	bool is_static; /* no loader, no dynamic section */
	bool pie;       /* its address is drawn by lot at each start */
	bool relro;     /* tables of the loader are read-only afterwards */
	bool bind_now;  /* ... all of them */
	bool stack_not_executable;
	bool stack_protector; /* by its symbols; false where there are none */
	bool fortified;	      /* the same */
	bool has_symbols;
	bool x86;	      /* then, of CET: */
	bool has_landing_pads; /* the compiler marked where branches land */
	bool branch_tracking, shadow_stack; /* and the whole, with all that
	                                     * was linked in, says so */
};
#define ELF_FILE_MAX ((size_t)64 << 20)

/* ERR_CONFIG where the file is no such program. */
int elf_marks_parse(struct elf_marks *marks, struct slice file,
    const char *name, struct err *err);
/* The same from a file. */
int elf_marks_read(struct elf_marks *marks, const char *path,
    struct err *err);

#endif

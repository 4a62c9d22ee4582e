#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# test/lint on a small tree that keeps every rule, and on the same tree with
# one of them broken.
load helper

setup() {
	R=$T/tree
	mkdir -p "$R"/{cmd,man,share,completions,build/bin,test/fuzz} \
		"$R"/test/data/fuzz/word "$R"/lib/{base,mail,net,record}
	echo '# SPDX-License-Identifier: ISC' >"$R/Makefile"
	for noun in base/word base/line mail/header net/dns record/meta; do
		c "lib/$noun.h" "int ${noun##*/}_do(void);"
		c "lib/$noun.c" "#include \"${noun##*/}.h\""
	done
	c cmd/fe-x.c '#include "record/meta.h"' '#include "mail/header.h"'
	echo '# SPDX-License-Identifier: ISC' >"$R/test/fe-x.bats"
	printf 'fe-x\ttool\tdoes x\n' >"$R/share/commands"
	printf '%s\n' '#!/bin/sh' '# SPDX-License-Identifier: ISC' \
		'mkdir -p "$2"; cd "$2" || exit' \
		'mkdir bash zsh fish' \
		'for f in bash/fe-x zsh/_fe-x fish/fe-x.fish; do' \
		'echo --depth --help >$f; done' >"$R/completions/generate"
	printf '#!/bin/sh\necho "  -h, --help  x"; echo "      --depth N  y"\n' \
		>"$R/build/bin/fe-x"
	chmod +x "$R/build/bin/fe-x"
	c test/fuzz/word_fuzz.c 'int x;'
	echo seed >"$R/test/data/fuzz/word/plain"
	page >"$R/man/fe-x.1"
}

# c FILE LINE...: a source file with its licence.
c() {
	{ echo '/* SPDX-License-Identifier: ISC */'; printf '%s\n' "${@:2}"; } \
		>"$R/$1"
}

page() {
	cat <<-'PAGE'
	.\" SPDX-License-Identifier: ISC
	.Dd November 22, 2026
	.Dt FE-X 1
	.Os
	.Sh NAME
	.Nm fe-x
	.Nd do x
	.Sh SYNOPSIS
	.Nm
	.Sh DESCRIPTION
	Does x.
	.Bl -tag -width Ds
	.It Fl h , Fl -help
	Help.
	.It Fl -depth Ar N
	How deep.
	.El
	.Sh EXIT STATUS
	None.
	.Sh EXAMPLES
	None.
	.Sh SEE ALSO
	.Xr mandoc 1
	.Sh SECURITY
	None.
	PAGE
}

lint() { LINT_ROOT=$R BUILD=$R/build run sh "$HERE/lint" "$@"; }

# breaks RULE TEXT: lint fails, in this rule, and says so.
breaks() {
	lint "$1"
	[ "$status" = 1 ]
	[[ $output == *"not ok lint $1"* ]]
	[[ $output == *"$2"* ]]
}

@test "a tree that keeps every rule passes" {
	lint
	echo "$output"
	[ "$status" = 0 ]
	[[ $output != *"not ok"* ]]
}

@test "an include from a lower floor to a higher one is found" {
	c lib/base/word.c '#include "record/meta.h"'
	breaks floors "lib/base/word.c:2: 'record/meta.h' is on a higher floor"
}

@test "an include of a neighbour on the same floor is found" {
	c lib/mail/header.c '#  include "net/dns.h"'
	breaks floors "lib/mail/header.c:2: 'net/dns.h' is a neighbour's"
}

@test "an include of a command's folder from the library is found" {
	c lib/mail/header.c '#include "cmd/x.h"'
	breaks floors "higher floor"
}

@test "a folder that is on no floor is found" {
	mkdir "$R/lib/utils"
	c lib/utils/utils.c
	breaks floors "'utils' is on no floor"
}

@test "a circle of two nouns in a folder is found" {
	c lib/base/word.h '#include "line.h"'
	c lib/base/line.c '#include "base/word.h"'
	breaks circles "base/word needs base/line in a circle"
}

@test "a circle through a third noun is found, a chain beside it is not" {
	c lib/base/word.h '#include "line.h"'
	c lib/base/line.h '#include "page.h"'
	c lib/base/page.h '#include "word.h"'
	c lib/base/book.h '#include "page.h"'
	breaks circles "base/page needs base/word"
	[[ $output != *"base/book"* ]]
}

@test "a noun and the files that it was split into are no circle" {
	c lib/base/word.c '#include "word_list.h"'
	c lib/base/word_list.h '#include "word.h"'
	lint circles
	[ "$status" = 0 ]
	c lib/base/word_list.h '#include "line.h"'
	c lib/base/line.c '#include "word.h"'
	breaks circles "base/word needs base/line"
}

@test "a command without a page is found" {
	rm "$R/man/fe-x.1"
	breaks commands "no man/fe-x.1"
}

@test "a command without a test is found" {
	rm "$R/test/fe-x.bats"
	breaks commands "no test/fe-x.bats"
}

@test "a command without a line in share/commands is found" {
	printf 'fe-xy\ttool\tdoes xy\n' >"$R/share/commands"
	breaks commands "no line in share/commands"
	[[ $output == *"'fe-xy' is not in cmd/"* ]]
}

@test "a command without a completion is found" {
	sed -i 's/_fe-x/_fe-y/' "$R/completions/generate"
	breaks completions "fe-x: no completion zsh/_fe-x"
}

@test "an option that the completions lack is found" {
	sed -i 's/--depth//' "$R/completions/generate"
	breaks completions "--depth is not in the completion bash/fe-x"
}

@test "an option of --help that is not in the page is found" {
	sed -i 's/Fl -depth/Fl -depths/' "$R/man/fe-x.1"
	breaks options "man/fe-x.1: no .Fl -depth"
}

@test "what mandoc warns of is found" {
	echo '.Bl -tag' >>"$R/man/fe-x.1"
	breaks manuals "fe-x.1"
}

@test "a page that names one of ours which is not there is found" {
	sed -i 's/^.Xr mandoc 1/.Xr fe-nothing 7 ,/' "$R/man/fe-x.1"
	breaks manuals "man/fe-x.1: no page fe-nothing.7"
}

@test "a page without a section that each page has is found" {
	sed -i '/^.Sh SECURITY/d' "$R/man/fe-x.1"
	breaks manuals "no section SECURITY"
}

@test "a forbidden call is found, its name in a comment or text is not" {
	c lib/base/word.c '/* strcpy(a, b) */' '/* sprintf(' ' atoi(x) */' \
		'x = "system(1)";' 'my_strtok(x);'
	lint calls
	[ "$status" = 0 ]
	c lib/base/word.c 'n = strtol (text, 0, 10);' '/* x */ strcpy(a, b);'
	breaks calls "lib/base/word.c:2: strtol()"
	[[ $output == *"word.c:3: strcpy()"* ]]
}

@test "numbers are parsed in number.c" {
	c lib/base/number.c 'n = strtol(text, 0, 10);'
	lint calls
	[ "$status" = 0 ]
}

@test "a file without the licence line is found" {
	sed -i 1d "$R/lib/base/word.h"
	breaks licence "lib/base/word.h: no licence line"
}

@test "a line over 80 columns is found, with tabs of eight" {
	c lib/base/word.c "$(printf '\t%072d' 0)"
	lint width
	[ "$status" = 0 ]
	c lib/base/word.c "$(printf '\t%073d' 0)"
	breaks width "lib/base/word.c:2: 81 columns"
}

@test "a space at the end of a line is found" {
	c lib/base/word.c 'int x; '
	breaks space "lib/base/word.c:2:"
}

@test "a negation that fails no test is found" {
	printf '@test "x" {\n\t! false\n\t! true\n}\n' >>"$R/test/fe-x.bats"
	breaks negations "test/fe-x.bats:3: fails nothing"
	[[ $output != *fe-x.bats:4:* ]]
}

@test "a fuzz target without seeds is found" {
	rm "$R/test/data/fuzz/word/plain"
	breaks seeds "no seeds in test/data/fuzz/word"
}

@test "what shellcheck finds in a script is found" {
	need shellcheck
	printf '#!/bin/sh\n# SPDX-License-Identifier: ISC\ncd $1; rm $x/*\n' \
		>"$R/share/x"
	breaks shellcheck "share/x"
}

@test "a rule whose tool is missing is skipped in sight" {
	mkdir "$T/bin"
	for tool in sh rm mktemp dirname sed; do
		ln -s "$(command -v $tool)" "$T/bin/$tool"
	done
	PATH=$T/bin lint cppcheck
	[ "$status" = 0 ]
	[[ $output == *"ok lint cppcheck # skip cppcheck is not installed"* ]]
}

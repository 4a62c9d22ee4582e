#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What surrounds the programs: packages, flags, installation, the runner.
load helper

# fake NAME LINE...: a command of that name, first in PATH, that notes its
# words in $T/NAME.log.
fake() {
	mkdir -p "$T/bin"
	{
		echo '#!/bin/bash'
		echo "echo \"\$*\" >>'$T/$1.log'"
		printf '%s\n' "${@:2}"
	} >"$T/bin/$1"
	chmod +x "$T/bin/$1"
}

# A host where libpsl-dev is missing until apt-get has installed it.
fake_host() {
	fake dpkg-query "shift 3; for p; do [ \$p = libpsl-dev ] &&" \
		"[ ! -e '$T/installed' ] && continue; echo \"ii \$p:amd64\"; done"
	fake id 'echo 0'
	fake apt-get "case \"\$*\" in *update*) touch '$T/updated' ;;" \
		"*install*) touch '$T/installed' ;; esac"
}

deps() { PATH=$T/bin:$PATH run "$TOP/share/install-deps" "$@"; }

@test "install-deps says nothing and asks nobody when nothing is missing" {
	fake dpkg-query 'shift 3; for p; do echo "ii $p:amd64"; done'
	fake apt-get 'exit 1'
	fake sudo 'exit 1'
	deps build test fuzz bench
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ ! -e "$T/apt-get.log" ]
	[ ! -e "$T/sudo.log" ]
	[ "$(wc -l <"$T/dpkg-query.log")" = 1 ]
}

@test "install-deps prints the one apt line first, then installs as root" {
	fake_host
	deps build
	[ "$status" = 0 ]
	[ "${lines[0]}" = "apt-get install -y --no-install-recommends --no-remove libpsl-dev" ]
	[ -e "$T/installed" ]
	[ ! -e "$T/updated" ]
}

@test "install-deps stops with 75 where NO_INSTALL is set" {
	fake_host
	NO_INSTALL=1 deps build
	[ "$status" = 75 ]
	[[ ${lines[0]} == "apt-get install "*" libpsl-dev" ]]
	[ ! -e "$T/apt-get.log" ]
}

@test "install-deps stops with 75 where it is not root and sudo asks" {
	fake_host
	fake id 'echo 1000'
	fake sudo 'exit 1'
	deps build
	[ "$status" = 75 ]
	[[ ${lines[0]} == "sudo apt-get install "* ]]
	[ ! -e "$T/apt-get.log" ]
}

@test "install-deps goes through sudo -n where it is not root" {
	fake_host
	fake id 'echo 1000'
	fake sudo 'shift; "$@"'
	deps build
	[ "$status" = 0 ]
	[ -e "$T/installed" ]
	grep -q '^-n ' "$T/sudo.log"
}

@test "install-deps fetches lists that are absent or stale and tries again" {
	fake_host
	fake apt-get "case \"\$*\" in *update*) touch '$T/updated' ;;" \
		"*) [ -e '$T/updated' ] || exit 100; touch '$T/installed' ;; esac"
	deps build
	[ "$status" = 0 ]
	[ -e "$T/installed" ]
}

@test "install-deps says the line again and exits 75 when apt-get fails" {
	fake_host
	fake apt-get 'exit 100'
	deps build
	[ "$status" = 75 ]
	[[ ${lines[-1]} == *"apt-get install"*"libpsl-dev'" ]]
}

@test "install-deps refuses words that it does not know" {
	deps everything
	[ "$status" = 64 ]
	deps --help
	[ "$status" = 64 ]
}

@test "install-deps names no server or daemon" {
	fake dpkg-query 'exit 1'
	mkdir -p "$T/none"
	for tool in sh sed tr id; do
		ln -s "$(command -v $tool)" "$T/none/$tool"
	done
	ln -s "$T/bin/dpkg-query" "$T/none/dpkg-query"
	PATH=$T/none NO_INSTALL=1 run "$T/none/sh" "$TOP/share/install-deps" \
		build test fuzz bench
	[ "$status" = 75 ]
	[[ ${lines[0]} == *" libssl-dev "* ]]
	[[ ! ${lines[0]} =~ postfix|exim|opensmtpd|dovecot|inetd|rspamd|clamav ]]
}

@test "each program is PIE with full RELRO, canary, FORTIFY and CET" {
	[ -z "$SAN" ] || skip 'the sanitized build has no FORTIFY'
	for program in "$BIN"/*; do
		readelf -h "$program" | grep -q 'Type:.*DYN'
		readelf -lW "$program" | grep -q GNU_RELRO
		readelf -dW "$program" | grep -q 'FLAGS_1.*NOW.*PIE'
		# Debian's own start-up objects have no CET mark, ours have.
		readelf -nW "$BUILD/cmd/${program##*/}.o" |
			grep -q 'IBT, SHSTK'
		readelf -lW "$program" | grep 'GNU_STACK' | grep -qv 'RWE'
		readelf -sW --dyn-syms "$program" | grep -q '__stack_chk_fail'
		readelf -sW --dyn-syms "$program" | grep -Eq '__[a-z]*_chk(@|$)'
	done
}

@test "make install puts every program, page and completion in its place" {
	[ -z "$SAN" ] || skip 'one build is enough'
	export DESTDIR=$T/root PREFIX=/usr BUILD
	"$TOP/share/install-files" install
	for file in "$TOP"/cmd/*.c; do
		name=${file##*/}
		name=${name%.c}
		"$T/root/usr/bin/$name" --version
		ls "$T"/root/usr/share/man/man[18]/"$name".[18]
		[ -f "$T/root/usr/share/bash-completion/completions/$name" ]
	done
	[ -f "$T/root/usr/share/fe/commands" ]
	[ -f "$T/root/usr/share/man/man7/fe.7" ]
	[ -z "$(find "$T/root" -perm /022 -type f)" ]
	"$TOP/share/install-files" uninstall
	[ -z "$(find "$T/root" -type f)" ]
	[ ! -e "$T/root/usr/share/fe" ]
}

@test "make print-bindir says where programs go" {
	run make -s -C "$TOP" --no-print-directory PREFIX=/opt/fe print-bindir
	[ "$output" = /opt/fe/bin ]
}

# A small tree with the runner of this one.
small_tree() {
	R=$T/tree
	mkdir -p "$R"/test/{unit/base,fuzz} "$R/build/unit/base"
	cp "$HERE/run" "$HERE/one" "$R/test/"
	printf 'echo "ok lint x"\n' >"$R/test/lint"
	printf 'programs units replays benches completions:\n\t@:\n' >"$R/Makefile"
	printf '@test "%s" { %s; }\n' "$@" >"$R/test/x.bats"
}

# Without what bats has told its own children.
check() {
	run env -i PATH=/usr/local/bin:/usr/bin:/bin BUILD=build SAN=1 "$@" \
		sh "$R/test/run" check
	echo "$output"
}

@test "make check counts what passed, failed and was skipped, on one line" {
	small_tree one true two true three 'skip "no reason"'
	check
	[ "$status" = 0 ]
	[ "${lines[-1]}" = '3 passed, 0 failed, 1 skipped' ]
	[[ $output == *"no reason"* ]]
}

@test "make check fails and shows the output of a test that fails" {
	small_tree one true two 'echo "seen by the reader"; false'
	check
	[ "$status" != 0 ]
	[ "${lines[-1]}" = '2 passed, 1 failed' ]
	[[ $output == *"seen by the reader"* ]]
}

@test "make check fails where no test ran" {
	small_tree one true
	rm "$R/test/x.bats"
	echo 'echo "ok lint x # skip no tool"' >"$R/test/lint"
	check
	[ "$status" != 0 ]
	[ "${lines[-1]}" = '0 passed, 0 failed, 1 skipped' ]
}

@test "make check counts a unit test that crashes as failed" {
	small_tree one true
	touch "$R/test/unit/base/x_test.c"
	printf '#!/bin/sh\necho ok first\nkill -SEGV $$\n' \
		>"$R/build/unit/base/x_test"
	chmod +x "$R/build/unit/base/x_test"
	check
	[ "$status" != 0 ]
	[ "${lines[-1]}" = '3 passed, 1 failed' ]
}

@test "make check fails where the build fails" {
	small_tree one true
	printf 'programs units replays benches completions:\n\t@false\n' >"$R/Makefile"
	check
	[ "$status" != 0 ]
	[ "${lines[-1]}" = '0 passed, 1 failed' ]
}

@test "make check skips in sight what the time does not suffice for" {
	small_tree one true two true
	check CHECK_SECONDS=0
	[ "${lines[-1]}" = '1 passed, 0 failed, 2 skipped' ]
	[[ $output == *"x.bats: no time left"* ]]
}

@test "no two tests are given one port" {
	local n pids=()
	for n in 1 2; do
		(for _ in {1..150}; do TMPDIR=$T free_port; done >"$T/ports.$n") &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(sort "$T"/ports.? | uniq | wc -l)" = 300 ]
}

@test "what a test started goes with it; who has its number by then stays" {
	setsid sleep 60 3>&- 4>&- &
	local other=$!
	(
		T=$T/inner
		mkdir "$T"
		start "$T/log" sh -c 'sleep 61 & echo $! >"$0"; exit 0' "$T/child"
		wait_for 10 test -s "$T/child"
		cp "$T/child" "$T/../child"
		echo "$other 1" >>"$T/pids"
		helper_teardown
	)
	kill -0 "$other"
	kill -KILL "$other"
	wait_for 10 bash -c "! kill -0 $(cat "$T/child")"
}

@test "a replay of what is no file says so, and leaks nothing" {
	local replay=$BUILD/replay/json_fuzz
	[ -x "$replay" ] || skip 'the replays are not built'
	run -1 "$replay" "$T"
	[ "$output" = "cannot read '$T': Is a directory" ]
	printf '{}' >"$T/input"
	run -0 "$replay" "$T/input"
	[ "$output" = '1 inputs' ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# `make STATIC=1': programs without a loader, of the same objects.

load helper

setup_file() {
	[ -z "$SAN" ] || return 0
	make -s -C "$TOP" BUILD="$BUILD" STATIC=1 "$BUILD/static/fe-verify" \
		"$BUILD/static/fe-store" "$BUILD/static/fe-pool" >&2
	make_home "$BATS_FILE_TMPDIR/home" alice@example.org
}

setup() {
	[ -z "$SAN" ] || skip "sanitizers are shared libraries"
	FE_HOME=$BATS_FILE_TMPDIR/home
	export FE_HOME
}

# verify FOLDER: the signed message of share/demo.
verify() {
	sed 's/$/\r/' "$TOP/share/demo/signed.eml" | "$1/fe-verify" -i mail \
		-o json --dns-zone "$TOP/share/demo/zone" \
		--client-ip 192.0.2.10 --mail-from bob@example.com \
		--helo client.example.com --now 2026-11-26T12:00:00Z |
		jq -S 'del(.id, .timing, .received)'
}

@test "no loader, no relocation, and the verdicts are the same" {
	[ "$(readelf -l "$BUILD/static/fe-verify" | grep -c INTERP)" = 0 ]
	readelf -h "$BUILD/static/fe-verify" | grep -q 'Type: *EXEC'
	readelf -l "$BUILD/static/fe-pool" | grep -q INTERP
	verify "$BUILD/static" >"$T/static"
	verify "$BIN" >"$T/dynamic"
	grep -q '"result": "pass"' "$T/static"
	diff "$T/dynamic" "$T/static"
}

@test "neither the name service nor a shared object is asked for" {
	need strace
	sed 's/$/\r/' "$TOP/share/demo/signed.eml" >"$T/mail"
	"$BUILD/static/fe-verify" -i mail -o record \
		--dns-zone "$TOP/share/demo/zone" <"$T/mail" >"$T/record"
	run -0 strace -f -e trace=open,openat,connect "$BUILD/static/fe-verify" \
		-i mail -o json --dns-zone "$TOP/share/demo/zone" <"$T/mail"
	[[ $output == *'"dkim"'* ]]
	[[ ! $output =~ nsswitch|libnss|\.so[.0-9]*\"|gconv|openssl\.cnf ]]
}

@test "a message is stored by the one and read by the other" {
	printf 'Subject: =?shift_jis?B?gqA=?=\r\n\r\nx\r\n' >"$T/x.eml"
	fe-cat --rcpt alice@example.org "$T/x.eml" |
		"$BUILD/static/fe-store" -q -o record >"$T/receipt"
	grep -q '"status":"stored"' "$T/receipt"
	run -0 fe-mailbox search alice@example.org 'subject:あ'
	[ "${#lines[@]}" = 1 ]
}

@test "make STATIC=1 install puts static programs in their places" {
	# Not with a PREFIX of its own: other flags would compile everything
	# again, under the feet of the tests beside this one.
	local bin
	make -s -C "$TOP" BUILD="$BUILD" STATIC=1 DESTDIR="$T/root" install
	bin=$T/root$(make -s -C "$TOP" --no-print-directory print-bindir)
	for name in fe-verify fe-store fe-scan; do
		"$bin/$name" --version
		[ "$(readelf -l "$bin/$name" | grep -c INTERP)" = 0 ]
	done
	"$bin/fe-pool" --version
	[ -f "$bin/../share/man/man1/fe-verify.1" ] ||
		[ -f "$bin/../share/man/man8/fe-verify.8" ]
}

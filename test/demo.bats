#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
load helper

@test "the demo runs, tells what it should and leaves nothing behind" {
	mkdir "$T/tmp"
	chmod 755 "$T"
	TMPDIR=$T/tmp BIN=$BIN run timeout 240 "$TOP/share/demo/run"
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$(ls "$T/tmp")" ]
	[[ $output == *"pass	pass	pass"* ]]
	[[ $output == *"fail"*"fail"* ]]
	[ "${#lines[@]}" -le 40 ]
}

@test "the demo's home and server are kept where that is wanted" {
	mkdir "$T/tmp"
	chmod 755 "$T"
	# without the corpus: a copy of the tree's share alone
	mkdir "$T/tree"
	cp -r "$TOP/share" "$T/tree/"
	# not by `run': it would wait for the server, too
	KEEP=1 TMPDIR=$T/tmp BIN=$BIN timeout 60 "$T/tree/share/demo/run" \
		>"$T/said" 2>&1 3>&-
	cat "$T/said"
	pid=$(sed -n 's/.*the server is process //p' "$T/said")
	kill "$pid"
	[ -f "$T"/tmp/*/home/mail/example.org/alice.sqlite ]
}

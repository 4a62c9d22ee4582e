#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What lynis finds on this host, against fe-harden: a part of its tests, the
# quick ones.  `test/peers/lynis' compares them all, in a minute.

load helper

@test "what lynis says of the kernel and of USB, ours know, too" {
	need_peer lynis lynis
	fe-init --home "$T/home" --domain example.org --host mx.example.org \
		>/dev/null
	FE_HOME=$T/home BUILD=${BUILD#"$TOP/"} "$HERE/peers/lynis" \
		--groups 'usb kernel_hardening' >"$T/out"
	cat "$T/out"
	# nothing that nobody has thought of, and something that both find
	[[ $(tail -n 1 "$T/out") == *', 0 new, '* ]]
	grep -q '^both    KRNL-6000 .* | host-kernel\.' "$T/out"
	grep -Eq '^(both|differ)    ?USB-1000 .*host-usb\.storage' "$T/out"
	# what is unknown to the table is told, and fails
	printf 'warning[]=XXXX-0001|Nobody knows this|-|-|\n' >"$T/report"
	FE_HOME=$T/home BUILD=${BUILD#"$TOP/"} run -1 "$HERE/peers/lynis" \
		--report "$T/report"
	[[ ${lines[0]} == 'new     XXXX-0001 Nobody knows this | ?' ]]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Without a firewall; that one is in test/watch-host.bats.
load helper

setup() {
	export FE_HOME=$T/home
	mkdir -p "$FE_HOME/run" "$FE_HOME/state"
}

# ban [OPTION]...: as a host without nftables.
ban() { fe-ban --firewall off "$@"; }

# event NAME SEVERITY ADDRESS [MEMBER]: one of now, or of --now.
event() {
	printf '{"event":"%s","time":"%s","severity":"%s","source":"t","address":"%s"%s}\n' \
		"$1" "${NOW:-$(date -u +%FT%TZ)}" "$2" "$3" "${4:-}"
}

@test "help, version, wrong usage, closed output, closed and no input" {
	run -0 fe-ban --help
	[[ $output == *--unproven-max* ]]
	run -0 fe-ban --version
	run -64 fe-ban --nonsense
	run -64 fe-ban forgive 203.0.113.1
	[[ $output == *'none of list, add, remove, flush'* ]]
	run -64 fe-ban add
	run -64 ban add 203.0.113.0/24
	[[ $output == *"'203.0.113.0/24' is no address"* ]]
	# before it looks for a firewall
	run -64 fe-ban add nonsense
	[ "${#lines[@]}" = 1 ]
	run -64 fe-ban remove 203.0.113.1 nonsense
	run -64 fe-ban list nonsense
	run -64 fe-ban list --for 1h
	run -0 ban </dev/null
	run -0 bash -c 'fe-ban --firewall off <&-'
	run -75 bash -c 'fe-ban --firewall off add 203.0.113.1 >/dev/full'
	run -75 fe-ban --home /nowhere list
}

@test "events with an address from warning on ban; others, old and bad ones do not" {
	{
		event password-guessing alert 203.0.113.1
		event rate-ban warning 2001:db8::77
		event new-place notice 203.0.113.2
		event password-guessing alert nonsense
		echo '{"event":"account-under-attack","time":"2026-11-27T10:00:00Z","severity":"alert","account":"ann"}'
		NOW=2020-01-01T00:00:00Z event password-guessing alert 203.0.113.3
		echo 'junk'
		head -c 200000 /dev/zero | tr '\0' x
		echo
		event password-guessing alert 127.0.0.1
		event password-guessing alert 203.0.113.1
		event boring alert 203.0.113.9
		printf '%s' "$(event port-scan alert 203.0.113.4 ',"unproven":true')"
	} >"$T/in"
	run -0 --separate-stderr ban -o json --ignore boring <"$T/in"
	[ "$(jq -c '[.event,.address,.network,.object,.count,.window_s]' <<<"$output")" = \
		"$(printf '%s\n' \
			'["ban","203.0.113.1",null,"password-guessing",1,600]' \
			'["ban",null,"2001:db8::/64","rate-ban",1,600]' \
			'["ban","203.0.113.4",null,"port-scan",1,600]')" ]
	run -0 ban list
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[0]} == $'203.0.113.1\tuntil '* ]]
	run -0 ban list 2001:db8::1
	[[ $output == 2001:db8::/64* ]]
	run -1 ban list 203.0.113.2
	[ "$(stat -c %a "$FE_HOME/state/bans")" = 640 ]
}

@test "bans grow to a maximum, quiet forgets them, forged addresses are soon forgiven" {
	local at expected
	while read -r at expected; do
		NOW=$(date -u -d "@$((1790000000 + at))" +%FT%TZ)
		run -0 ban -o json --now "$NOW" --time 10m --grow 4 --time-max 5h \
			--forget 10d < <(event x alert 203.0.113.1)
		echo "at $at: $output"
		[ "$(jq -r .window_s <<<"$output")" = "${expected#-}" ]
	done <<-'END'
		0	600
		599	-
		600	2400
		3001	9600
		100000	18000
		200000	18000
		2000000	600
	END
	for at in 0 4000 8000; do
		NOW=$(date -u -d "@$((1790000000 + at))" +%FT%TZ)
		run -0 ban -o json --now "$NOW" --time 30m --unproven-max 1h \
			< <(event x alert 203.0.113.5 ',"unproven":true')
		[ "$(jq -r '[.window_s,.unproven]|@tsv' <<<"$output")" = \
			"$((at == 0 ? 1800 : 3600))	true" ]
	done
	# a proof counts, even while the other ban lasts
	NOW=$(date -u -d "@1790008001" +%FT%TZ)
	run -0 ban -o json --now "$NOW" --time 30m < <(event y alert 203.0.113.5)
	[ "$(jq -r '[.window_s,.count]|@tsv' <<<"$output")" = "115200	4" ]
}

@test "who is allowed is never banned, not by hand either, and is forgiven" {
	run -0 ban add -q --for 1d 203.0.113.7 198.51.100.1
	run -0 --separate-stderr ban -v --allow 203.0.113.0/24 --allow 2001:db8::5 < <(
		event x alert 203.0.113.8
		event x alert 2001:db8::99)
	# he was banned before he was allowed
	[[ $output == *' unban '*address=203.0.113.7* ]]
	[[ $output != *' ban '* ]]
	[[ $stderr == *"'203.0.113.8' is allowed"* ]]
	[ "$(ban list | wc -l)" = 1 ]
	run -64 ban add --allow 203.0.113.0/24 203.0.113.9
	[[ $output == *'is allowed'* ]]
	run -64 ban add --allow 2001:db8::5 2001:db8::1
	run -64 ban add 127.0.0.1
	run -64 ban add ::1
	printf '[fe]\ntrusted-network = 203.0.113.0/24\n' >"$FE_HOME/fe.conf"
	run -64 ban add 203.0.113.9
}

@test "add, list, remove, flush, dry run" {
	run -0 ban add --for 2h 203.0.113.1 2001:db8:1:2::9
	run -0 ban list -o json
	[ "$(jq -r '[.client,.event,.strikes]|@tsv' <<<"$output")" = \
		"$(printf '203.0.113.1\tby-hand\t1\n2001:db8:1:2::/64\tby-hand\t1')" ]
	cp "$FE_HOME/state/bans" "$T/before"
	run -0 ban -n add 203.0.113.2
	[[ $output == *'dry run'* ]]
	run -0 ban -n flush
	run -0 ban -n < <(event x alert 203.0.113.3)
	[[ $output == *' ban '*'address=203.0.113.3'* ]]
	cmp "$T/before" "$FE_HOME/state/bans"
	run -0 ban remove 2001:db8:1:2::1
	run -1 ban remove 203.0.113.9
	[ "$(ban list | cut -f 1)" = 203.0.113.1 ]
	run -0 ban flush
	[ -z "$(ban list)" ]
}

@test "list asks no firewall, makes no lock and reads no more than there may be" {
	run -0 --separate-stderr fe-ban list
	[ -z "$output$stderr" ]
	[ -z "$(ls "$FE_HOME/state")" ]
	awk 'BEGIN { for (i = 0; i < 65535; i++) printf "9.8.%d.%d %s %s proven x\n",
		i / 256, i % 256, "2999-01-01T00:00:00Z 1", "2026-01-01T00:00:00Z" }' \
		>"$FE_HOME/state/bans"
	[ "$(fe-ban list | wc -l)" = 65535 ]
	echo '9.9.9.9 2999-01-01T00:00:00Z 1 2026-01-01T00:00:00Z proven x' \
		>>"$FE_HOME/state/bans"
	run -75 fe-ban list
	[[ $output == *'line 65536 of the list of bans is none'* ]]
}

@test "one list for many processes; a broken one is not written over" {
	local i pids=()
	for i in {1..12}; do
		ban -q add "203.0.113.$i" 3>&- 4>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(ban list | wc -l)" = 12 ]
	: >"$T/in"
	start "$T/daemon.log" bash -c "tail -n +1 -f '$T/in' | fe-ban --firewall off"
	ban -q remove 203.0.113.5
	event x alert 198.51.100.5 >>"$T/in"
	wait_for 10 ban list 198.51.100.5
	[ "$(ban list | wc -l)" = 12 ]
	run -1 ban list 203.0.113.5

	echo '203.0.113.1 soon' >>"$FE_HOME/state/bans"
	cp "$FE_HOME/state/bans" "$T/broken"
	run -75 ban add 203.0.113.99
	[[ $output == *"'$FE_HOME/state/bans': line 14 of the list of bans is none"* ]]
	cmp "$T/broken" "$FE_HOME/state/bans"
}

# hello ADDRESS PORT: does one hear something?
hello() {
	python3 -I -S -c '
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
sys.exit(not s.recv(100))' "$1" "$2"
}

# list UNTIL ADDRESS...: as fe-ban writes it, who never bans this host.
list() {
	local until=$1 address
	shift
	for address; do
		echo "$address $until 1 2026-01-01T00:00:00.000Z proven by-hand"
	done >"$T/new"
	mv "$T/new" "$FE_HOME/state/bans"
}

@test "fe-listen closes the connections of who is banned, as soon as he is" {
	port=$(free_port)
	start "$T/log" fe-listen --log json "${AS[@]}" 127.0.0.1 "$port" echo hello
	wait_for 10 hello 127.0.0.1 "$port"
	list 2999-01-01T00:00:00Z 127.0.0.1
	run ! hello 127.0.0.1 "$port"
	grep -q '"event":"banned","client":"127.0.0.0/24"' "$T/log"
	list 2020-01-01T00:00:00Z 127.0.0.1 # over
	hello 127.0.0.1 "$port"
	list 2999-01-01T00:00:00Z 127.0.0.1 127.0.0.2
	run ! hello 127.0.0.1 "$port"
	# what cannot be read changes nothing
	echo nonsense >"$FE_HOME/state/bans"
	run ! hello 127.0.0.1 "$port"
	grep -q 'bans not read again' "$T/log"
	rm "$FE_HOME/state/bans"
	hello 127.0.0.1 "$port"
}

@test "fe-receive that accepts for itself does so, too" {
	make_home "$T/h" alice@example.org
	export FE_HOME=$T/h
	port=$(free_port)
	start "$T/log" fe-listen --log json "${AS[@]}" --wait 127.0.0.1 "$port" \
		fe-receive --log json -- "$FE_HOME/deliver"
	wait_for 10 hello 127.0.0.1 "$port"
	list 2999-01-01T00:00:00Z 127.0.0.1
	run ! hello 127.0.0.1 "$port"
	grep -q '"event":"banned"' "$T/log"
	list 2999-01-01T00:00:00Z 127.0.0.2
	hello 127.0.0.1 "$port"
}

@test "the service of a home: a watcher without root, a list that its user can read" {
	[ "$(id -u)" = 0 ] || skip 'only root becomes another user'
	chmod 755 "$T" "$(dirname "$T")" # the home's user has to come in
	fe-init --home "$T/h" --domain example.org --host mx.example.org \
		--user nobody >/dev/null
	mkdir "$T/fake"
	cat >"$T/fake/journalctl" <<-'END'
		#!/bin/sh
		for i in 1 2 3 4 5 6; do
			echo '{"SYSLOG_IDENTIFIER":"sshd","_UID":"0","MESSAGE":"Failed password for root from 203.0.113.66 port 5 ssh2"}'
		done
		exec sleep 300
	END
	chmod 755 "$T/fake/journalctl"
	PATH=$T/fake:$PATH start "$T/log" "$T/h/service/s6/fe-watch/run"
	wait_for 10 env FE_HOME="$T/h" fe-ban --firewall off list 203.0.113.66
	[ "$(stat -c '%a %U %G' "$T/h/state/bans")" = "640 root $(id -gn nobody)" ]
	[ "$(stat -c '%a %G' "$T/h/run/events")" = "660 $(id -gn nobody)" ]
	[ "$(ps -o user= -g "$STARTED" -C fe-watch | sort -u | grep -c nobody)" = 1 ]
	# that user's programs are heard, and fe-listen as that user turns away
	cat >"$T/send" <<-'END'
		import os, socket, sys, time
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		os.setgid(int(sys.argv[3]))
		os.setuid(int(sys.argv[2]))
		s.connect(sys.argv[1])
		s.send(b'{"event":"rate-ban","time":"%s","severity":"warning","address":"203.0.113.67"}' %
		    time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()).encode())
	END
	python3 -I -S "$T/send" "$T/h/run/events" "$(id -u nobody)" "$(id -g nobody)"
	wait_for 10 env FE_HOME="$T/h" fe-ban --firewall off list 203.0.113.67
	kill -- "-$STARTED"
	wait_for 10 bash -c "! pgrep -g $STARTED >/dev/null"
	echo '127.0.0.1 2999-01-01T00:00:00Z 1 2026-01-01T00:00:00Z proven by-hand' \
		>>"$T/h/state/bans"
	port=$(free_port)
	FE_HOME=$T/h start "$T/listen.log" fe-listen --log json -u nobody \
		127.0.0.1 "$port" echo hello
	wait_for_port "$port"
	run ! hello 127.0.0.1 "$port"
	grep -q '"banned"' "$T/listen.log"
}

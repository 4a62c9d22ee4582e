#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The whole chain, fe-listen to fe-store, under load and under attack.
load helper

setup() {
	LOAD=$BUILD/bench/smtp_load
	[ -x "$LOAD" ] || LOAD=$TOP/build/bench/smtp_load
	[ -x "$LOAD" ] || make -s -C "$TOP" SAN= \
		BUILD="$TOP/build" "$TOP/build/bench/smtp_load"
	chmod 755 "$T"
}

# serve [COMMAND]: the chain on $PORT into $H; COMMAND is the pipeline.
# shellcheck disable=SC2120
serve() {
	H=$T/home
	export FE_HOME=$H
	make_home "$H" alice@example.org bob@example.org
	printf '#!/bin/sh\n%s\n' "${1:-fe-verify --no-dns | fe-store}" \
		>"$T/deliver"
	chmod 755 "$T/deliver"
	PORT=$(free_port)
	start "$T/server.log" fe-listen "${AS[@]}" --max-per-address 100 \
		127.0.0.1 "$PORT" fe-receive -- "$T/deliver"
	wait_for_port "$PORT"
}

# The names of the processes below fe-listen, all kinds that a message needs.
below() {
	local next=$STARTED
	while [ -n "$next" ]; do
		next=$(pgrep -d, -P "$next")
		[ -z "$next" ] || echo "$next" | tr , '\n'
	done
}

@test "each 250 is stored once, whatever is killed, and a retry adds none" {
	chmod 755 "$T"
	PORT=$(free_port) BIN=$BIN LOAD=$LOAD PER_ROUND=20 run timeout 300 \
		"$HERE/soak/kill" "${KILLS:-30}" "$T/kill"
	echo "$output"
	[ "$status" = 0 ]
	half=$(((${KILLS:-30} + 1) / 2))
	[[ $output == *"each: $half kills ("*"each once"* ]]
	[[ ${lines[-1]} == "pool: $half kills ("*"each once" ]]
	# under load, and not only what is there at every moment
	[[ $output == *fe-store* && $output == *fe-receive* ]]
}

# What a process of the chain holds open of files that have no name any more.
deleted_files() {
	for pid in $(below); do
		find "/proc/$pid/fd" -lname '*(deleted)' ! -lname '/memfd:*' \
			2>/dev/null
	done
}

@test "what is written meanwhile holds no plain text, in any file" {
	# The marker is put together here, so that no file of ours holds it.
	half=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
	marker="mark-$half-mark"
	coded=$(printf '%s' "$marker$marker" | base64 -w0)
	serve
	touch "$T/scan" "$T/begin"
	(
		while [ -e "$T/scan" ]; do
			find "$H" /tmp /var/tmp /dev/shm -xdev -type f \
				-newer "$T/begin" -size -64M \
				-exec grep -laF -e "$marker" \
				-e "${coded:4:20}" {} + 2>/dev/null
			deleted_files | while read -r fd; do
				grep -qaF "$marker" "$fd" 2>/dev/null &&
					readlink "$fd"
			done
		done >"$BATS_RUN_TMPDIR/found.$$"
	) 3>&- &
	scanner=$!
	for number in $(seq 20); do
		swaks --silent 3 -s 127.0.0.1 -p "$PORT" -tls \
			-f sender@example.net -t alice@example.org \
			--header "Subject: $marker $number" \
			--header "Message-ID: <$number.$marker@example.net>" \
			--body "text $marker text" \
			--attach-type text/plain --attach-body "$marker$marker"
	done
	rm "$T/scan"
	wait "$scanner" || true
	[ "$(fe-mailbox search alice@example.org "subject:$marker" | wc -l)" = 20 ]
	run cat "$BATS_RUN_TMPDIR/found.$$"
	echo "$output"
	[ -z "$output" ]
}

@test "a process of the chain that crashes leaves no core file" {
	ulimit -c unlimited
	mkdir "$T/cwd"
	chmod 777 "$T/cwd"
	cd "$T/cwd"
	serve
	(
		exec 4<>"/dev/tcp/127.0.0.1/$PORT"
		read -r _ <&4
		printf 'EHLO x\r\nMAIL FROM:<a@example.net>\r\n' >&4
		printf 'RCPT TO:<alice@example.org>\r\nDATA\r\n' >&4
		sleep 20
	) 3>&- &
	client=$!
	stores() { ps -o comm= -p "$(below | paste -sd ,)" | grep -x fe-store; }
	wait_for 10 stores
	seen=0
	for pid in $(below); do
		for signal in SEGV ABRT; do
			kill -"$signal" "$pid" 2>/dev/null || true
		done
		seen=$((seen + 1))
	done
	kill -ABRT "$STARTED"
	kill "$client" || true
	[ "$seen" -ge 4 ]
	sleep 0.3
	run find "$T" -name 'core*' -o -name '*.core'
	[ -z "$output" ]
}


#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-log: nobody in the lines, small files that go in time, keys that go, too.
# peers: postfix master, dovecot-core dovecot, dovecot-imapd imap
# peers: dovecot-lmtpd lmtp, nginx nginx
load helper

setup() {
	export FE_HOME=$T/home
	mkdir "$FE_HOME"
}

# lines N: N lines with an address in each.
lines() { seq -f 'line %g of alice@example.org at 192.0.2.77' "$1"; }

# no_secrets FILE...: none of the names of the corpus is left.
no_secrets() {
	run ! grep -iFf "$DATA/log-secrets" "$@"
}

@test "--help and --version; what is wrong is said" {
	run -0 fe-log --help
	[[ $output == *--keep-keys* ]]
	run -0 fe-log --version
	run -64 fe-log --nonsense
	run -64 fe-log a b
	run -64 fe-log find
	run -64 fe-log --file-size 1K
	run -64 fe-log --file-size 1M --total-size 1M
	run -64 fe-log find --date 2999-01-01 alice@example.org
	run -64 fe-log -o json <<<x
	[[ $output == *'goes with audit and find'* ]]
	run -64 fe-log --date 2026-01-01 <<<x
	[[ $output == *'goes with find and cat'* ]]
	run -64 fe-log audit --date 2026-01-01
	run -64 fe-log cat -o json
}

@test "names nobody in what Postfix, Dovecot and nginx really write" {
	[ -z "$SAN" ] || skip 'once is enough'
	[ "$(id -u)" = 0 ] || skip 'the daemons are started by root'
	run "$HERE/peers/log-corpus" "$T/corpus"
	[ "$status" != 75 ] || skip "$output"
	[ "$status" = 0 ]
	# the names are there, each of them
	while read -r name; do
		grep -qiF "$name" "$T"/corpus/*.log || { echo "$name"; false; }
	done <"$DATA/log-secrets"
	for name in postfix dovecot nginx-access nginx-error; do
		[ "$(wc -l <"$T/corpus/$name.log")" -ge 5 ]
		fe-log <"$T/corpus/$name.log" >"$T/$name.out"
		[ "$(wc -l <"$T/$name.out")" = "$(wc -l <"$T/corpus/$name.log")" ]
		run -1 fe-log audit -q "$T/corpus/$name.log"
	done
	no_secrets "$T"/*.out
	run -0 fe-log audit "$T"/*.out
	# what an administrator looks for is still there
	alice=$(fe-log find alice@example.org)
	grep -q "postfix/lmtp.* to=<$alice>.*dsn=2.0.0, status=sent (250 2.0.0" \
		"$T/postfix.out"
	grep -q "reject: RCPT from .*454 4.7.1 .*Relay access denied" \
		"$T/postfix.out"
	grep -q "imap-login.*Login: user=<$alice>.*rip=192.0.2.0/24" \
		"$T/dovecot.out"
	grep -q "user=<$(fe-log find carol)>" "$T/dovecot.out"
	grep -q '"GET /closed HTTP/1.1" 401' "$T/nginx-access.out"
}

@test "names nobody in what our own programs write, and joins them" {
	rmdir "$FE_HOME"
	make_home "$FE_HOME" alice@example.org
	printf '%s\r\n' 'EHLO alices-laptop' 'MAIL FROM:<bob@example.net>' \
		'RCPT TO:<alice@example.org>' DATA 'Subject: Secret plans' '' \
		hello . QUIT >"$T/in"
	printf '#!/bin/sh\n%s | %s\n' 'fe-sieve --log json -v' \
		'fe-store --log json -v' >"$T/deliver"
	chmod +x "$T/deliver"
	for personal in '' --log-personal; do
		PROTO=TCP TCPREMOTEIP=192.0.2.77 TCPLOCALIP=192.0.2.1 \
			fe-receive --log json $personal -v -- "$T/deliver" \
			<"$T/in" 2>>"$T/log" >"$T/replies"
	done
	grep -q '^250 2.6.0\|^250 2.0.0' "$T/replies"
	grep -q bob@example.net "$T/log"
	fe-log <"$T/log" >"$T/out"
	no_secrets "$T/out"
	run -0 fe-log audit "$T/out"
	jq -es 'length > 1' "$T/out"
	# the same in both: the key is the same
	grep -q "$(fe-log find bob@example.net)" "$T/log"
	[ "$(grep -c "$(fe-log find bob@example.net)" "$T/out")" -ge 2 ]
}

@test "leaves nothing of random addresses in many shapes" {
	run -0 python3 - "$T/in" "$T/secrets" <<-'END'
		import random, sys, ipaddress, urllib.parse
		random.seed(20261127)
		pool = "abcdefghijklmnopqrstuvwxyz0123456789"
		def word(n=8): return "q" + "".join(random.choices(pool, k=n))
		def local():
		    k = random.randrange(9)
		    w, v = word(), word()
		    secrets.extend([w])
		    if k < 3: return w
		    secrets.append(v)
		    if k == 3: return w + "." + v
		    if k == 4: return w + "+" + v
		    if k == 5: return '"' + w + ' ' + v + '"'
		    if k == 6: return '"' + w + '\\"' + v + '"'
		    if k == 7: return "é" + w + "ü" + v
		    return w + random.choice("!#$%&*-_^~{|}`'?=") + v
		def domain():
		    w = word(); secrets.append(w)
		    k = random.randrange(5)
		    if k == 0: return w + ".example.org"
		    if k == 1: return "xn--" + w + ".example"
		    if k == 2: return "ö" + w + ".example"
		    if k == 3: return "[" + ip() + "]"
		    return w.upper() + ".EXAMPLE."[:8]
		def ip():
		    if random.random() < .4:
		        a = "203.0.113.%d" % random.randrange(100, 255)
		        secrets.append(a); return a
		    a = ipaddress.IPv6Address(0x20010db8 << 96 | random.getrandbits(80))
		    k = random.randrange(4)
		    t = [a.compressed, a.exploded, a.exploded.upper(),
		        "::ffff:198.51.100.%d" % random.randrange(100, 255)][k]
		    secrets.append(t if k == 3 else ":".join(a.exploded.split(":")[4:]))
		    secrets.append(t)
		    return t
		def shape(a):
		    q = urllib.parse.quote
		    return random.choice([lambda: "<%s>" % a, lambda: a if '"' not in a and "{" not in a else "<%s>" % a,
		        lambda: "<%s>" % a.replace("@", "%40"), lambda: q(a, safe=""), lambda: "%s" % q(q(a, safe=""), safe=""),
		        lambda: "<%s>" % a.replace("@", "\\u0040"), lambda: "from=<%s>" % a, lambda: "<@hub.example:%s>" % a,
		        lambda: 'Some Body <%s>' % a, lambda: "mailto:" + q(a), lambda: "https://example.com/x?m=" + q(a)])()
		with open(sys.argv[1], "w") as out, open(sys.argv[2], "w") as s:
		    for i in range(4000):
		        secrets = []
		        what = shape(local() + "@" + domain())
		        i = ip()
		        out.write(random.choice(["mx postfix/smtpd[1]: reject: %s: x; helo=<y> client=z[%s]",
		            "a %s, b [IPv6:%s]:25 c", '{"x":"%s","y":"%s"}', "to=%s rip=%s,", "%s\t(%s)",
		            '192.0.2.1 - - [27/Nov/2026:10:11:12 +0000] "GET /%s HTTP/1.1" 200 5 "-" "%s"'])
		            % (what, i) + "\n")
		        s.write("\n".join(x for x in secrets) + "\n")
	END
	[ "$(wc -l <"$T/in")" = 4000 ]
	fe-log <"$T/in" >"$T/out"
	[ "$(wc -l <"$T/out")" = 4000 ]
	sort -u "$T/secrets" | grep . >"$T/sorted"
	[ "$(wc -l <"$T/sorted")" -gt 8000 ]
	run -1 grep -niFf "$T/sorted" "$T/out"
	run -0 fe-log audit "$T/out"
	run -1 fe-log audit -q --max 0 "$T/in"
}

@test "gives one name one pseudonym a day, and another the next" {
	one=$(fe-log --now 2026-11-27T10:00:00Z find alice@example.org 2>/dev/null || :)
	[ -z "$one" ] # no key yet
	echo 'to=<Alice@Example.org>' |
		fe-log --now 2026-11-27T10:00:00Z >"$T/1"
	echo 'from=<alice%40example.org>' |
		fe-log --now 2026-11-27T23:00:00Z >"$T/2"
	echo 'alice@example.org' | fe-log --now 2026-11-28T00:00:00Z >"$T/3"
	one=$(fe-log --now 2026-11-28T12:00:00Z find --date 2026-11-27 alice@example.org)
	[ "$(cat "$T/1")" = "to=<$one>" ]
	[ "$(cat "$T/2")" = "from=<$one>" ]
	[ "$(cat "$T/3")" != "$one" ]
	[ "$(fe-log --now 2026-11-28T12:00:00Z find alice@example.org)" = \
		"$(cat "$T/3")" ]
	[ "$(ls "$FE_HOME/keys/log")" = $'2026-11-27.key\n2026-11-28.key' ]
	[ "$(stat -c %a "$FE_HOME/keys/log/2026-11-28.key")" = 640 ]
	run -0 fe-log --now 2026-11-28T12:00:00Z find -o json 192.0.2.77
	[ "$(jq -r .pseudonym <<<"$output")" = 192.0.2.0/24 ]
	printf 'alice@example.org\n\nbob@example.net\n' >"$T/names"
	run -0 fe-log --now 2026-11-28T12:00:00Z find - <"$T/names"
	[ "${#lines[@]}" = 2 ]
}

@test "a line of 23:59:59 that is read after midnight is of its own day" {
	fe-log --now 2026-11-27T12:00:00Z <<<x >/dev/null
	before=$(fe-log find --date 2026-11-27 --now 2026-11-27T12:00:00Z \
		alice@example.org)
	cat >"$T/late" <<-'END'
		Nov 27 23:59:59 mx postfix/qmgr[1]: from=<alice@example.org>
		2026-11-27T23:59:59.9+00:00 mx postfix/qmgr[1]: from=<alice@example.org>
		{"__REALTIME_TIMESTAMP":"1795823999900000","SYSLOG_IDENTIFIER":"postfix/qmgr","MESSAGE":"from=<alice@example.org>"}
		{"time":"2026-11-27T23:59:59.900Z","level":"info","program":"fe-x","event":"y","from":"alice@example.org"}
		Nov 28 00:00:00 mx postfix/qmgr[1]: from=<alice@example.org>
		Nov 26 23:59:59 mx postfix/qmgr[1]: from=<alice@example.org>
		from=<alice@example.org>
	END
	fe-log --now 2026-11-28T00:00:01Z <"$T/late" >"$T/out"
	after=$(fe-log find --now 2026-11-28T00:00:01Z alice@example.org)
	[ "$before" != "$after" ]
	for n in 1 2 3 4; do
		[[ $(sed -n "${n}p" "$T/out") == *"$before"* ]]
	done
	for n in 5 6 7; do
		[[ $(sed -n "${n}p" "$T/out") == *"$after"* ]]
	done
	# long after midnight it is a backlog, and without old keys all is today's
	fe-log --now 2026-11-28T00:10:00Z <"$T/late" >"$T/out"
	[ "$(grep -c "$after" "$T/out")" = 7 ]
	fe-log --now 2026-11-28T00:00:01Z --keep-keys 0s <"$T/late" >"$T/out"
	[ "$(grep -c "$after" "$T/out")" = 7 ]
}

@test "destroys keys and files in time; then no one can tell who it was" {
	for day in 25 26 27; do
		echo alice@example.org |
			fe-log --now "2026-11-${day}T10:00:00Z" "$T/log"
	done
	old=$(fe-log cat --date 2026-11-25 "$T/log")
	[ "$(fe-log --now 2026-11-27 find --date 2026-11-25 alice@example.org)" = "$old" ]
	[ "$(ls "$T/log" | grep -c 'log$')" = 3 ]
	# the 25th is over for a day at the end of the 26th
	run -0 fe-log --now 2026-11-26T23:59:59Z --keep-keys 1d --keep 1d expire "$T/log"
	[ "$output" = '0 files removed, 0 keys destroyed' ]
	run -0 fe-log --now 2026-11-27T00:00:00Z --keep-keys 1d --keep 1d expire "$T/log"
	[ "$output" = '1 files removed, 1 keys destroyed' ]
	run -75 fe-log --now 2026-11-27 find --date 2026-11-25 alice@example.org
	[[ $output == *'no log key of 2026-11-25'* ]]
	# a run does the same by itself, and the key of today is made first
	echo alice@example.org |
		fe-log --now 2027-02-01T10:00:00Z --keep 1d "$T/log"
	[ "$(ls "$FE_HOME/keys/log")" = 2027-02-01.key ]
	[ "$(ls "$T/log")" = $'2027-02-01.0001.log\ncurrent\nlock' ]
}

@test "a key that cannot be destroyed keeps no other" {
	keys=$FE_HOME/keys/log
	mkdir -p "$keys" && umask 027
	for i in 1 2 3 4; do
		mkdir "$keys/2026-10-0$i.key"
		head -c 32 /dev/urandom >"$keys/2026-10-1$i.key"
	done
	run -75 fe-log --now 2026-11-27 expire
	[[ $output == "fe-log: cannot destroy '$keys/2026-10-0"*': Is a directory' ]]
	[ "$(cd "$keys" && echo *)" = \
		"$(echo 2026-10-0{1..4}.key) 2026-11-27.key" ]
}

@test "keeps files and their sum within bounds" {
	lines 20000 | fe-log --file-size 256K --total-size 1M "$T/log"
	for file in "$T"/log/*.log; do
		[ "$(stat -c %s "$file")" -le 262144 ]
	done
	[ "$(cat "$T"/log/*.log | wc -c)" -le 1048576 ]
	[ "$(ls "$T"/log/*.log | wc -l)" -ge 3 ]
	# the newest lines are those that stay, in order, none twice
	fe-log cat "$T/log" | cut -d' ' -f2 >"$T/numbers"
	[ "$(tail -n 1 "$T/numbers")" = 20000 ]
	[ "$(head -n 1 "$T/numbers")" -gt 1 ]
	sort -nuc "$T/numbers"
	[ "$(readlink "$T/log/current")" = "$(cd "$T/log" && ls *.log | tail -n 1)" ]
}

@test "goes on with the file of today; a second writer is refused" {
	lines 2 | fe-log "$T/log"
	printf half >>"$T/log/current"
	mkfifo "$T/fifo"
	start "$T/err" sh -c "exec fe-log '$T/log' <'$T/fifo'"
	exec 5>"$T/fifo"
	wait_for 5 test -e "$T/log/lock"
	echo three >&5
	wait_for 5 grep -q three "$T/log/current"
	run -75 fe-log "$T/log" <<<"four"
	[[ $output == *"another fe-log writes to"* ]]
	exec 5>&-
	[ "$(ls "$T/log" | grep -c 'log$')" = 1 ]
	[ "$(tail -n 2 "$T/log/current")" = $'half\nthree' ]
}

@test "seals files; cat reads them, and a kill costs no written line" {
	lines 3000 | fe-log --seal --file-size 256K "$T/log"
	run ! grep -aqE '#[0-9a-f]{16}' "$T"/log/*.sealed
	fe-log cat "$T/log" >"$T/out"
	[ "$(wc -l <"$T/out")" = 3000 ]
	lines 3000 | fe-log | cmp - "$T/out"
	run -0 fe-log audit "$T/log"
	[[ $output == *'3000 lines, 0 found' ]] || [[ $output == *', 0 found' ]]
	# killed
	mkfifo "$T/fifo"
	start "$T/err" sh -c "exec fe-log --seal '$T/log' <'$T/fifo'"
	exec 5>"$T/fifo"
	echo before the kill >&5
	seen() { fe-log cat "$T/log" | grep -q 'before the kill'; }
	wait_for 5 seen
	kill -KILL "$STARTED"
	exec 5>&-
	fe-log cat "$T/log" | tail -n 1 | grep -qx 'before the kill'
	# cut in the middle of a frame, and damaged
	file=$(ls "$T"/log/*.sealed | head -n 1)
	head -c 1000 "$file" >"$T/cut.sealed"
	run -0 fe-log cat "$T/cut.sealed"
	tail -c +201 "$file" | head -c 1 |
		LC_ALL=C tr '\0-\377' '\1-\377\0' | # another octet, whatever it was
		dd of="$file" bs=1 seek=200 conv=notrunc status=none
	run -75 fe-log cat "$file"
	[[ $output == *damaged* ]]
	# without the key
	rm "$FE_HOME"/keys/log/*
	run -75 fe-log cat "$T/cut.sealed"
	[[ $output == *'was destroyed'* ]]
}

@test "SIGTERM takes what is there and leaves; SIGHUP begins a new file" {
	mkfifo "$T/fifo"
	start "$T/err" sh -c "exec fe-log '$T/log' <'$T/fifo'"
	exec 5>"$T/fifo"
	echo one >&5
	wait_for 5 grep -q one "$T/log/current"
	kill -HUP "$STARTED"
	echo two >&5
	two() { [ "$(cat "$T/log/current")" = two ]; }
	wait_for 5 two
	[ "$(ls "$T/log" | grep -c 'log$')" = 2 ]
	# as much as a pipe holds, and half a line, before it can be read
	kill -STOP "$STARTED"
	lines 1000 >&5
	printf 'half a line' >&5
	kill -TERM "$STARTED"
	kill -CONT "$STARTED"
	gone() { ! kill -0 "$STARTED"; }
	wait_for 5 gone
	exec 5>&-
	[ "$(tail -n 1 "$T/log/current")" = 'half a line' ]
	[ "$(grep -c '^line ' "$T/log/current")" = 1000 ]
	[ ! -s "$T/err" ]
}

@test "killed again and again, it tears no line and writes none twice" {
	mkfifo "$T/fifo"
	# the pipe stays open while its reader is killed and started anew
	cat >"$T/run" <<-'END'
		exec 5<>"$T/fifo"
		(i=0; while :; do i=$((i + 1))
			echo "line $i of alice@example.org in the middle"
		done) >&5 &
		writer=$!
		for round in 1 2 3 4 5; do
			fe-log --file-size 256K "$T/log" <"$T/fifo" &
			sleep 0.2
			kill -KILL $!
			wait $! 2>/dev/null
		done
		kill -KILL $writer
		fe-log --file-size 256K "$T/log" <"$T/fifo" &
		printf '\nthe end\n' >&5
		for i in $(seq 100); do
			grep -rqx 'the end' "$T/log" && break
			sleep 0.05
		done
		kill -TERM $!
		wait $!
	END
	run -0 env T="$T" bash "$T/run"
	who=$(fe-log find alice@example.org)
	fe-log cat "$T/log" >"$T/out"
	[ "$(tail -n 1 "$T/out")" = 'the end' ]
	[ "$(wc -l <"$T/out")" -gt 1000 ]
	# what a kill tore in two: a line's beginning, and the next one's end
	grep -vxE "line [0-9]+ of $who in the middle|the end|" "$T/out" \
		>"$T/torn" || :
	[ "$(wc -l <"$T/torn")" -le 12 ]
	grep -xE "line [0-9]+ of $who in the middle" "$T/out" |
		cut -d' ' -f2 >"$T/numbers"
	sort -nuc "$T/numbers"
}

@test "waits while the disk is full, and loses nothing" {
	[ "$(id -u)" = 0 ] || skip 'needs a file system of its own'
	[ -z "$SAN" ] || skip 'once is enough'
	need unshare
	cat >"$T/run" <<-'END'
		mount -t tmpfs -o size=1m none "$T/small" || exit 3
		head -c 800000 /dev/zero >"$T/small/ballast"
		seq -f 'line %g of alice@example.org' 20000 |
			fe-log "$T/small/log" 2>"$T/err" &
		pid=$!
		for i in $(seq 100); do
			grep -q 'No space left' "$T/err" && break
			sleep 0.1
		done
		sleep 1.2
		kill -0 $pid || exit 4
		rm "$T/small/ballast"
		wait $pid || exit 5
		fe-log cat "$T/small/log" >"$T/out"
		# and told to stop meanwhile, it says what is lost
		rm -rf "$T/small/log"
		head -c 700000 /dev/zero >"$T/small/ballast"
		seq -f 'line %g of alice@example.org' 20000 |
			fe-log --seal "$T/small/log" 2>"$T/err2" &
		for i in $(seq 100); do
			grep -q 'No space left' "$T/err2" && break
			sleep 0.1
		done
		pkill -TERM -P $$ fe-log
		wait
	END
	mkdir "$T/small"
	run -0 env T="$T" unshare -m bash "$T/run"
	[ "$(grep -c 'No space left' "$T/err")" = 1 ]
	grep -q 'writing again' "$T/err"
	[ "$(wc -l <"$T/out")" = 20000 ]
	cut -d' ' -f2 "$T/out" | cmp - <(seq 20000)
	grep -q 'octets of the log are lost' "$T/err2"
}

@test "audit tells file and line, not who, and looks into gzip" {
	printf '%s\n' 'nobody' 'alice@example.org' >"$T/a.log"
	{ echo x; echo 'at 192.0.2.77 and 00:11:22:33:44:55'; } | gzip >"$T/b.log.gz"
	mkdir "$T/logs" && mv "$T"/[ab].log* "$T/logs"
	run -1 fe-log audit "$T/logs"
	[ "${lines[0]}" = "$T/logs/a.log:2: e-mail address" ]
	[ "${lines[1]}" = "$T/logs/b.log.gz:2: IP address" ]
	[ "${lines[3]}" = '2 files, 4 lines, 3 found' ]
	[[ $output != *alice* ]]
	run -1 fe-log audit -v "$T/logs/a.log"
	[ "${lines[0]}" = "$T/logs/a.log:2: e-mail address: alice@example.org" ]
	run -1 fe-log audit -o json "$T/logs/a.log"
	[ "$(jq -c '[.line,.kind,.text]' <<<"$output")" = '[2,"e-mail address",null]' ]
	run -1 fe-log audit --max 1 "$T/logs/b.log.gz"
	[ "${lines[1]}" = "$T/logs/b.log.gz: 1 more" ]
	run -1 fe-log audit -q - <"$T/logs/a.log"
	rm "$T/logs/a.log" "$T/logs/b.log.gz"
	printf 'LPKSHHRH0000000000000000000000000' >"$T/logs/system.journal"
	run -75 fe-log audit -q "$T/logs"
	[[ $output == *journalctl* ]]
	run -75 fe-log audit "$T/nowhere"
	# what is not looked at is no success
	deep=$T/deep$(printf '/d%.0s' {1..40})
	mkdir -p "$deep"
	echo alice@example.org >"$deep/log"
	run -75 fe-log audit -q "$T/deep"
	[[ $output == *'lies too deep'* ]]
}

@test "a log cannot forge a line, nor reach the terminal" {
	printf 'user=<a\x1b[2Jb\rNov 27 forged>\0end\n' >"$T/in"
	fe-log <"$T/in" >"$T/out"
	[ "$(wc -l <"$T/out")" = 1 ]
	run ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$T/out"
	# a line without an end, an empty one, a huge one
	printf 'a\n\nb' | fe-log >"$T/out"
	[ "$(cat "$T/out")" = $'a\n\nb' ]
	head -c 3000000 /dev/zero | tr '\0' 'x' | fe-log >"$T/out"
	[ "$(wc -c <"$T/out")" -le 65537 ]
	{ head -c 200000 /dev/zero | tr '\0' 'x'; echo; echo next; } | fe-log >"$T/out"
	[ "$(tail -n 1 "$T/out")" = next ]
	[ "$(wc -l <"$T/out")" = 2 ]
}

@test "puts the time before lines, and fails where it cannot write" {
	printf 'a\n{"b":1}\n' | fe-log --time --now 2026-11-27T10:00:00Z >"$T/out"
	[ "$(cat "$T/out")" = $'2026-11-27T10:00:00.000Z a\n{"b":1}' ]
	run -75 bash -c 'echo a | fe-log >/dev/full'
	[[ $output == *'No space left'* ]]
	run -0 bash -c 'yes a | head -n 100000 | fe-log | head -n 1'
	[ "$output" = a ] # and no word of the reader that has gone
	[ "$(id -u)" = 0 ] || {
		mkdir "$T/closed"; chmod 500 "$T/closed"
		run -75 fe-log "$T/closed/log" <<<a
	}
	touch "$T/file"
	run -75 fe-log "$T/file" <<<a
}

@test "cat ends with its reader, and says once that a disk is full" {
	for day in 26 27; do
		yes a | head -n 100000 |
			fe-log --now 2026-11-${day}T10:00:00Z "$T/log"
	done
	run -0 bash -o pipefail -c "fe-log cat '$T/log' | head -n 1"
	[ "$output" = a ]
	run -75 bash -c "fe-log cat '$T/log' >/dev/full"
	[ "$output" = 'fe-log: cannot write standard output: No space left on device' ]
}

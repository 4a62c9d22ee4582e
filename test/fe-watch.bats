#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
load helper

RULES=$TOP/share/watch.rules
# The logs below are of the day before.
NOW=2026-11-27T12:00:00Z

setup() {
	export TZ=UTC0
	H=$T/home
	mkdir -p "$H/run" "$H/state" "$H/keys"
}

# old [OPTION]... <LOG: events of an old log.
old() { fe-watch --home "$H" --replay --now $NOW "$@"; }

# names FILE: names and number of its events.
names() { jq -r .event "$1" | sort | uniq -c | sed 's/^ *//'; }

# failures N ADDRESS ACCOUNT [SECOND]: lines of sshd.
failures() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf 'Nov 27 10:00:%02d mx sshd[%d]: Failed password for %s from %s port %d ssh2\n' \
			"$((${4:-0} + i))" "$i" "$(eval "echo $3")" "$2" "$((4000 + i))"
	done
}

@test "help, version, wrong usage, closed output, empty and no input" {
	run -0 fe-watch --help
	[[ $output == *--replay* ]]
	run -0 fe-watch --version
	run -64 fe-watch --nonsense
	run -64 fe-watch auth.log </dev/null
	[[ $output == *"logs come by standard input"* ]]
	run -75 bash -c "printf 'Nov 27 10:00:00 mx sudo: a : TTY=x ; PWD=/ ; USER=root ; COMMAND=/bin/sh\n' |
		fe-watch --home $H >/dev/full"
	[[ $output == *'No space left'* ]]
	run -0 fe-watch --home "$H" </dev/null
	[ -z "$output" ]
	run -0 bash -c "fe-watch --home $H <&-"
	run -75 fe-watch --rules /nowhere </dev/null
}

@test "mistakes in rules are told with their line; the rules that ship have none" {
	run -0 fe-watch --check
	[ -z "$output" ]
	printf '# fine\nline sshd x {address}{word}\n' >"$T/rules"
	run -75 fe-watch --check --rules "$T/rules"
	[[ $output == *"$T/rules:2: two fields without a text"* ]]
}

@test "guessing, spraying, one account from everywhere, one network" {
	failures 6 192.0.2.1 root >"$T/log"
	run -0 old <"$T/log"
	[ "$(jq -c '[.event,.severity,.address,.account,.count,.window_s,.source,.host,.time]' <<<"$output")" = \
		'["password-guessing","alert","192.0.2.1","root",6,600,"sshd","mx","2026-11-27T10:00:05.000Z"]' ]
	failures 5 192.0.2.1 root >"$T/log"
	run -0 old <"$T/log"
	[ -z "$output" ]
	# six in eleven minutes are none in ten
	{ failures 5 192.0.2.1 root; echo 'Nov 27 10:11:00 mx sshd[1]: Failed password for root from 192.0.2.1 port 1 ssh2'; } >"$T/log"
	run -0 old <"$T/log"
	[ -z "$output" ]

	# shellcheck disable=SC2016 # for eval
	failures 4 2001:db8::7 'user$i' | old >"$T/out"
	[ "$(jq -r '[.event,.address,.account]|@tsv' "$T/out")" = \
		"password-spraying	2001:db8::7	" ]
	# the same from four addresses of one /64 is one client
	for i in 1 2 3 4; do failures 1 "2001:db8::$i" "user$i" "$i"; done |
		old >"$T/out"
	[ "$(jq -r .event "$T/out")" = password-spraying ]

	for i in {1..10}; do failures 1 "198.51.$i.7" Ann "$i"; done | old >"$T/out"
	[ "$(jq -r '[.event,.account,.address]|@tsv' "$T/out")" = \
		"account-under-attack	ann	" ]
	for i in {1..12}; do failures 1 "203.0.113.$i" "u$i" "$i"; done | old >"$T/out"
	[ "$(jq -r '[.event,.network]|@tsv' "$T/out")" = \
		"password-spraying-network	203.0.113.0/24" ]
}

@test "enumeration, relay, scans, sudo, su, keys, restarts: each has its event" {
	cat >"$T/log" <<-'END'
		Nov 27 10:00:00 mx sudo:   eve : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh
		Nov 27 10:00:00 mx sudo:      ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/usr/bin/apt-get update
		Nov 27 10:00:00 mx su[5]: FAILED SU (to root) eve on pts/1
		Nov 27 10:00:00 mx su[5]: (to root) ann on pts/1
		Nov 27 10:00:00 mx sshd[9]: Accepted publickey for root from 192.0.2.8 port 5 ssh2: ED25519 SHA256:abcdef
		Nov 27 10:00:00 mx kernel: [   12.345678] fe-portscan: IN=eth0 OUT= MAC=02:00 SRC=2001:db8::9 DST=2001:db8::1 LEN=60 PROTO=TCP SPT=4 DPT=110 WINDOW=1 SYN
		Nov 27 10:00:00 mx kernel: audit: type=1300 audit(1.2:3): arch=c000003e syscall=257 success=yes comm="cat" exe="/usr/bin/cat" key="fe-keys"
		Nov 27 10:00:00 mx systemd[1]: fe-smtp.service: Main process exited, code=killed, status=9/KILL
		Nov 27 10:00:00 mx systemd[1]: fe-smtp.service: Failed with result 'signal'.
		Nov 27 10:00:01 mx systemd[1]: fe-smtp.service: Scheduled restart job, restart counter is at 1.
		Nov 27 10:00:01 mx systemd[1]: Started fe-smtp.service - SMTP server of the fe mail service.
	END
	for i in {1..8}; do
		echo "Nov 27 10:01:0$i mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[192.0.2.44]: 550 5.1.1 <u$i@example.org>: Recipient address rejected: User unknown in local recipient table; from=<x@example.net> to=<u$i@example.org> proto=SMTP helo=<x>"
		echo "Nov 27 10:01:0$i mx sshd[7]: Invalid user u$i from 192.0.2.45 port 9"
		echo "Nov 27 10:01:0$i mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[192.0.2.46]: 554 5.7.1 <a@example.com>: Relay access denied; from=<x@example.net> to=<a@example.com> proto=SMTP helo=<x>"
	done >>"$T/log"
	old <"$T/log" >"$T/out"
	names "$T/out" >"$T/names"
	diff - "$T/names" <<-'END'
		1 key-access
		1 port-scan
		1 recipient-enumeration
		2 relay-probing
		1 root-login
		2 service-failed
		1 service-restart
		1 service-start
		1 service-unsteady
		1 su
		1 su-refused
		1 sudo
		1 sudo-refused
		1 user-enumeration
	END
	[ "$(jq -r 'select(.event == "port-scan") | [.address,.unproven]|@tsv' "$T/out")" = \
		"2001:db8::9	true" ]
	[ "$(jq -r 'select(.event == "sudo") | [.account,.object]|@tsv' "$T/out")" = \
		"ann	/usr/bin/apt-get update" ]
	[ "$(jq -r 'select(.event == "key-access").object' "$T/out")" = /usr/bin/cat ]
	[ "$(jq -r 'select(.event == "service-unsteady").account' "$T/out")" = fe-smtp ]

	# the file of auditd, with the host's name or without; who opens other
	# files, and who puts the words into his program's name, is no matter
	printf '%s\n' 'type=SYSCALL msg=audit(1795788000.500:70): arch=c000003e syscall=257 success=yes exit=3 ppid=1 pid=9 auid=1000 uid=0 comm="less" exe="/usr/bin/less" subj=unconfined key="fe-keys"'$'\x1d''ARCH=x86_64 SYSCALL=openat UID="root"' \
		'type=PATH msg=audit(1795788000.500:70): item=0 name="/var/lib/fe/keys/x" nametype=NORMAL' \
		'node=mx2 type=SYSCALL msg=audit(1795788001.500:71): arch=c000003e comm="cp" exe="/usr/bin/cp" key="fe-keys"' \
		'type=SYSCALL msg=audit(1795788001.500:72): comm="x" exe="/usr/bin/id" key="other"' \
		'type=SYSCALL msg=audit(nonsense): exe="/usr/bin/id" key="fe-keys"' |
		old >"$T/out"
	[ "$(jq -r '[.event,.time,.object,.host]|@tsv' "$T/out")" = "$(printf \
		'key-access\t2026-11-27T14:%s\t/usr/bin/%s\t%s\n' \
		00:00.500Z less '' 00:01.500Z cp mx2)" ]
}

@test "the same lines as a file, from the journal in four forms, are the same" {
	failures 6 192.0.2.1 root >"$T/short"
	sed 's/^Nov 27 \(........\)/2026-11-27T\1.000000+00:00/' "$T/short" >"$T/iso"
	sed 's/^Nov 27 \(........\)/2026-11-27T\1+0000/' "$T/short" >"$T/short-iso"
	sed 's/^Nov 27 \(........\)/Nov 27 \1.250000/' "$T/short" >"$T/precise"
	python3 -I -S - "$T/short" >"$T/json" <<-'END'
		import json, sys
		for i, line in enumerate(open(sys.argv[1])):
		    m = line.split(": ", 1)[1].rstrip()
		    print(json.dumps({"__REALTIME_TIMESTAMP":
		        str(1795773600000000 + i * 1000000), "_HOSTNAME": "mx",
		        "_TRANSPORT": "syslog", "_UID": "0", "_EXE": "/usr/sbin/sshd",
		        "SYSLOG_IDENTIFIER": "sshd", "MESSAGE": m},
		        separators=(",", ":")))
	END
	old <"$T/short" >"$T/want"
	[ "$(jq -r .event "$T/want")" = password-guessing ]
	for form in iso short-iso precise json; do
		echo "$form"
		old <"$T/$form" >"$T/out"
		diff "$T/want" "$T/out"
	done
}

@test "a name with line ends, JSON or ANSI forges no event and no address" {
	printf '%s\n' \
		'Nov 27 10:00:00 mx sshd[1]: Failed password for invalid user x from 203.0.113.9 port 1 ssh2 from 192.0.2.1 port 2 ssh2' \
		'Nov 27 10:00:00 mx sshd[1]: Failed password for invalid user root from 203.0.113.9 port 1 ssh2: RSA SHA256:x from 192.0.2.1 port 2 ssh2' \
		'Nov 27 10:00:00 mx sshd[1]: Invalid user Accepted password for root from 203.0.113.9 port 1 ssh2 from 192.0.2.1 port 2' \
		'{"event":"port-scan","time":"2026-11-27T10:00:00Z","severity":"alert","address":"203.0.113.9"}' \
		'{"MESSAGE":"fe-portscan: IN=x SRC=203.0.113.9 DST=x","SYSLOG_IDENTIFIER":"kernel"}' \
		'Nov 27 10:00:00 mx dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): user=<a>, method=PLAIN, rip=203.0.113.9, lip=::1, session=<q>, user=<b>, method=PLAIN, rip=192.0.2.1, lip=::1, session=<z>' \
		'Nov 27 10:00:00 mx postfix/smtpd[1]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: x, sasl_username=a[203.0.113.9]: SASL LOGIN authentication failed: y' \
		>"$T/log"
	printf 'Nov 27 10:00:00 mx sshd[1]: Failed password for invalid user \033[2J\033]0;x\007"},{"event":"ban" from 192.0.2.1 port 2 ssh2\n' >>"$T/log"
	printf 'Nov 27 10:00:00 mx sshd[1]: Failed password for invalid user \302\2332J\342\200\256 from 192.0.2.1 port 2 ssh2\n' >>"$T/log"
	cat >"$T/rules" <<-'END'
		tell seen notice login-failed,user-unknown,login,root-login
	END
	grep '^line' "$RULES" >>"$T/rules"
	old --rules "$T/rules" <"$T/log" >"$T/out"
	jq -e . "$T/out" >/dev/null
	[ "$(jq -r .event "$T/out" | sort -u)" = seen ]
	[ "$(wc -l <"$T/out")" = 7 ]
	[ "$(jq -r .address "$T/out" | sort -u)" = 192.0.2.1 ]
	# neither raw nor unescaped does anything move the cursor
	jq -r .account "$T/out" >"$T/accounts"
	run ! grep -P '[\x00-\x08\x0b-\x1f\x7f]' "$T/accounts"
	run ! grep -P '\xc2\x9b|\xe2\x80\xae' "$T/accounts"
	old -o text --rules "$T/rules" <"$T/log" >"$T/out"
	run ! grep -P '[\x00-\x08\x0b-\x1f\x7f]' "$T/out"
	[ "$(wc -l <"$T/out")" = 7 ]
	# a line of text among JSON is somebody's, too
	{ echo '{"MESSAGE":"x","SYSLOG_IDENTIFIER":"y","__REALTIME_TIMESTAMP":"1"}'
		failures 9 203.0.113.9 root; } | old >"$T/out"
	[ ! -s "$T/out" ]
	# and a person who says that he is sshd is none
	echo '{"MESSAGE":"Accepted password for root from 203.0.113.9 port 1 ssh2","SYSLOG_IDENTIFIER":"sshd","_UID":"1000","_EXE":"/usr/bin/logger","__REALTIME_TIMESTAMP":"1"}' |
		old >"$T/out"
	[ ! -s "$T/out" ]
}

@test "torn, huge and binary lines are passed over, and counted" {
	{
		head -c 300000 /dev/zero | tr '\0' x
		echo
		head -c 5000 /dev/urandom | tr -d '\n'
		echo
		failures 6 192.0.2.1 root
		printf 'Nov 27 10:00:09 mx sudo: a : TTY=x ; PWD=/ ; USER=root ; COMMAND=/x'
	} >"$T/log"
	run -0 --separate-stderr old -v <"$T/log"
	[ "$(jq -r .event <<<"$output" | paste -sd ' ')" = 'password-guessing sudo' ]
	[[ $stderr == *'9 lines, 2 of them of no known form'* ]]
	run -0 --separate-stderr old </etc/passwd
	[[ -z $output && $stderr == *'none of '*' lines has the form of a log'* ]]
}

@test "a login from a place that is new for the account, also after a restart" {
	head -c 32 /dev/urandom >"$H/keys/state.key"
	chmod 400 "$H/keys/state.key"
	login() { echo "Nov 27 10:00:00 mx sshd[1]: Accepted password for $1 from $2 port 5 ssh2"; }
	{ login ann 192.0.2.7; login ann 192.0.2.99; login bob 198.51.100.4; } |
		fe-watch --home "$H" >"$T/out"
	[ ! -s "$T/out" ]
	[ -s "$H/state/places" ]
	# nothing on the disk tells whose or where
	run ! grep -aq -e ann -e 192.0.2 "$H/state/places"
	{ login ann 192.0.2.8; login Ann 198.51.100.4; login bob 198.51.100.5; } |
		fe-watch --home "$H" >"$T/out"
	[ "$(jq -r '[.event,.severity,.account,.address]|@tsv' "$T/out")" = \
		"new-place	notice	ann	198.51.100.4" ]
	# a replay learns nothing for good
	cp "$H/state/places" "$T/places"
	login ann 203.0.113.1 | old
	cmp "$H/state/places" "$T/places"
	echo junk >"$H/state/places"
	run -75 fe-watch --home "$H" </dev/null
	[[ $output == *'holds no known places'* ]]
}

@test "certificates that end and old keys are told" {
	local i many=()
	make_home "$T/h"
	rm "$T/h/keys/tls/cert.pem"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/k" -out "$T/h/keys/tls/cert.pem" -days 10 -subj /CN=x 2>/dev/null
	cp "$T/h/keys/tls/cert.pem" "$T/other.pem"
	touch -d '500 days ago' "$T/h/keys/account.key" "$T/old.key"
	fe-watch --home "$T/h" --certificate "$T/other.pem" --key "$T/old.key" \
		</dev/null >"$T/out"
	[ "$(jq -r '[.event,.severity,(.object|split("/")[-1]),.detail]|@tsv' "$T/out" | sort)" = \
		"$(printf '%s\t%s\t%s\t%s\n' \
			certificate-ends warning cert.pem '9 days left' \
			certificate-ends warning other.pem '9 days left' \
			key-old notice account.key '500 days old' \
			key-old notice old.key '500 days old')" ]
	# of many, each can be read
	mkdir "$T/many"
	for i in {1..70}; do
		cp "$T/other.pem" "$T/many/$i.pem"
		many+=(--certificate "$T/many/$i.pem")
	done
	fe-watch --home "$T/h" "${many[@]}" </dev/null >"$T/out"
	[ "$(grep -c '"certificate-ends".*/many/' "$T/out")" = 70 ]
	fe-watch --home "$T/h" --certificate-days 5 --key-days 600 </dev/null >"$T/out"
	[ ! -s "$T/out" ]
	fe-watch --home "$T/h" --now 2040-01-01T00:00:00Z </dev/null >"$T/out"
	grep -q '"it ended"' "$T/out"
}

# watch_events HOME: fe-watch at its socket, events into $T/events.
watch_events() {
	FE_HOME=$1 start "$T/watch.log" bash -c 'exec fe-watch --events </dev/null >"$0"' "$T/events"
	wait_for 10 test -S "$1/run/events"
}

@test "our own programs send events, with whole addresses, and to nobody's disk" {
	make_home "$T/h" alice@example.org
	export FE_HOME=$T/h
	port=$(free_port)
	# the server is there first, and finds the reader when he comes
	start "$T/server.log" fe-listen --log json "${AS[@]}" --wait 127.0.0.1 "$port" \
		fe-receive --log json --limit off --errors-max 5 -- "$FE_HOME/deliver"
	wait_for_port "$port"
	watch_events "$FE_HOME"
	cat >"$T/talk" <<-'END'
		import socket, sys
		def talk(*lines):
		    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		    f = s.makefile("rwb", buffering=0)
		    f.readline()
		    for line in lines:
		        f.write(line)
		        f.readline()
		    s.close()
		for i in range(3):
		    talk(b"HELO x\r\n", b"MAIL FROM:<a@example.net>\r\n",
		         *(b"RCPT TO:<u%d@example.org>\r\n" % (4 * i + k) for k in range(4)))
		for i in range(3):
		    talk(b"HELO x\r\n", b"MAIL FROM:<a@example.net>\r\n",
		         b"RCPT TO:<alice@example.org>\r\n", b"DATA\r\n",
		         b"Subject: x\r\n\r\nx\n.\r\nMAIL FROM:<b@example.net>\r\n.\r\n")
		for i in range(5):
		    talk(*[b"NONSENSE\r\n"] * 5)
	END
	python3 -I -S "$T/talk" "$port"
	for event in recipient-enumeration smuggling-attempt protocol-abuse; do
		wait_for 10 grep -q "\"$event\"" "$T/events"
	done
	[ "$(jq -r 'select(.event == "recipient-enumeration") | [.source,.address,.count]|@tsv' "$T/events")" = \
		"fe-receive	127.0.0.1	8" ]
	run ! grep -q '127\.0\.0\.1' "$T/server.log"

	# a wrong old password
	for i in {1..3}; do
		printf 'wrong horse %d\nanother one %d\n' "$i" "$i" >"$T/passwords"
		run -64 fe-account passwd --old alice@example.org <"$T/passwords"
	done
	# and who is banned by a rule of fe-limit
	printf 'Subject: x\n\nx\n' >"$T/m"
	for i in 1 2; do
		fe-limit -i mail -o json --client-ip 192.0.2.77 --mail-from a@b.example \
			--rcpt alice@example.org --rule 'hot key=client.ip rate=1/h ban=2h' \
			<"$T/m" >/dev/null
	done
	wait_for 10 grep -q rate-ban "$T/events"
	[ "$(jq -r 'select(.event == "rate-ban") | [.source,.address,.object]|@tsv' "$T/events" | head -n 1)" = \
		"fe-limit	192.0.2.77	hot" ]
}

@test "the socket believes its peers only, survives junk, and is not taken twice" {
	export FE_HOME=$H
	watch_events "$H"
	[ "$(stat -c %a "$H/run/events")" = 660 ]
	run -75 timeout 30 fe-watch --events </dev/null
	[[ $output == *'another process serves'* ]]
	cat >"$T/send" <<-'END'
		import os, socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.connect(sys.argv[1])
		if len(sys.argv) > 2:
		    os.setuid(int(sys.argv[2]))
		s.send(b"junk")
		s.send(b"")
		s.send(b"x" * 20000)
		s.send(b'{"event":"A B","time":"2026-11-27T10:00:00Z","severity":"alert"}')
		s.send(b'{"event":"odd","time":"2026-11-27T10:00:00Z","severity":"alert","account":"a\\nb","unknown":[]}\n')
	END
	if [ "$(id -u)" = 0 ]; then
		python3 -I -S "$T/send" "$H/run/events" 4242
		wait_for 5 grep -q 'of user 4242 is refused' "$T/watch.log"
		[ ! -s "$T/events" ]
	fi
	python3 -I -S "$T/send" "$H/run/events"
	wait_for 5 grep -q '"odd"' "$T/events"
	[ "$(wc -l <"$T/events")" = 1 ]
	kill "$STARTED"
	# a stale socket is replaced
	wait_for 5 bash -c "! kill -0 $STARTED"
	watch_events "$H"
	python3 -I -S "$T/send" "$H/run/events"
	wait_for 5 grep -q '"odd"' "$T/events"
}

@test "a log whose writer fails at once is no log without lines" {
	run -75 bash -c "{ no-such-journalctl; } 2>/dev/null |
		timeout 30 fe-watch --home '$H' --events"
	[[ $output == *'ended without a line'* ]]
	run -0 bash -c "echo | timeout 30 fe-watch --home '$H' --events"
}

@test "a session accuses its own client and nobody else, whatever becomes of it" {
	export FE_HOME=$H
	watch_events "$H"
	cat >"$T/session" <<-'END'
		import os, socket, sys
		def connect(named):
		    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		    if named:
		        s.bind("") # a name of the kernel's choice
		    s.connect(sys.argv[1])
		    return s
		def say(s, name, *members):
		    s.send(('{"event":"%s","time":"2026-11-27T10:00:00Z","severity":"alert"%s}' % (
		        name, "".join("," + m for m in members))).encode())
		s = connect(True)
		say(s, "client", '"address":"192.0.2.1"')
		if os.fork() == 0: # the session, in a stranger's hands
		    say(s, "mine", '"address":"192.0.2.1"')
		    say(s, "other", '"address":"192.0.2.2"')
		    say(s, "net", '"network":"192.0.2.0/24"')
		    say(s, "nobody", '"account":"ann"')
		    say(s, "client", '"address":"192.0.2.3"')
		    say(s, "third", '"address":"192.0.2.3"')
		    say(s, "mine-too", '"address":"192.0.2.1"')
		    os._exit(0)
		os.wait()
		say(s, "client", '"address":"192.0.2.4"') # the parent knows
		say(s, "fourth", '"address":"192.0.2.4"')
		say(connect(True), "unsaid", '"address":"192.0.2.5"')
		say(connect(False), "last", '"address":"192.0.2.6"')
	END
	python3 -I -S "$T/session" "$H/run/events"
	wait_for 5 grep -q '"last"' "$T/events"
	[ "$(jq -r .event "$T/events" | paste -sd ' ')" = 'mine mine-too fourth last' ]
	grep -q 'accuses somebody who is not its client' "$T/watch.log"
}

@test "200,000 lines a second on one core, a million addresses in bounded memory" {
	[ -z "$SAN" ] || skip 'not with sanitizers'
	cat >"$T/make" <<-'END'
		import sys
		# each line is one of four that a rule knows, or of two that none does
		for i in range(1000000):
		    ip = "%d.%d.%d.%d" % (11 + (i >> 18), i >> 12 & 63, i >> 6 & 63, i & 63)
		    print(("Nov 27 10:%02d:%02d mx " % (i // 60000 % 60, i // 1000 % 60)) + (
		        "sshd[1]: Failed password for invalid user u%d from %s port 4000 ssh2" % (i, ip),
		        "postfix/smtpd[1]: warning: unknown[%s]: SASL LOGIN authentication failed: UGFzc3dvcmQ6" % ip,
		        "dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): user=<u%d>, method=PLAIN, rip=%s, lip=192.0.2.1, TLS, session=<abcdef>" % (i, ip),
		        "postfix/smtpd[1]: connect from unknown[%s]" % ip,
		        "CRON[1]: (root) CMD (test -x /usr/bin/x)",
		        "sshd[1]: Invalid user u%d from %s port 4000" % (i, ip))[i % 6])
	END
	python3 -I -S "$T/make" >"$T/log"
	cat >"$T/measure" <<-'END'
		import resource, subprocess, sys
		subprocess.run(["fe-watch", "--home", sys.argv[1], "--state-max", "16M"] +
		    sys.argv[3:], stdin=open(sys.argv[2]), stdout=subprocess.DEVNULL, check=True)
		u = resource.getrusage(resource.RUSAGE_CHILDREN)
		lines = 1000000 if sys.argv[2].endswith("log") else 300000
		print(int(lines / (u.ru_utime + u.ru_stime)), u.ru_maxrss)
	END
	# as journalctl -o json has them, with some of its many members
	head -n 300000 "$T/log" | sed -E 's/^.{15} mx ([^:[]+)(\[1\])?: (.*)$/{"__CURSOR":"s=0123456789abcdef;i=1;b=0123456789abcdef0123456789abcdef","__REALTIME_TIMESTAMP":"1795773600000000","_BOOT_ID":"0123456789abcdef0123456789abcdef","PRIORITY":"6","_UID":"0","_GID":"0","_MACHINE_ID":"0123456789abcdef0123456789abcdef","_HOSTNAME":"mx","_TRANSPORT":"syslog","SYSLOG_FACILITY":"10","SYSLOG_IDENTIFIER":"\1","_COMM":"x","_EXE":"\/usr\/sbin\/x","_SYSTEMD_UNIT":"x.service","MESSAGE":"\3"}/' >"$T/json"
	for how in log "log --replay --now $NOW" json; do
		# who shares the host's caches with us takes of our speed
		for _ in 1 2 3; do
			# shellcheck disable=SC2086 # words
			read -r speed kib <<<"$(python3 -I -S "$T/measure" "$H" "$T"/$how)"
			echo "# fe-watch, $how: $speed lines a second, $kib KiB at most" >&3
			[ "$speed" -lt 200000 ] || break
		done
		[ "$speed" -ge 200000 ]
		[ "$kib" -le 40000 ]
	done
}

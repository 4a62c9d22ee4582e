#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

load helper

# One home for all tests, made by hand, and the end of a pipeline that answers
# as sender and recipients ask it to (test/bench/receipts.c).
setup_file() {
	local home=$BATS_FILE_TMPDIR/home keys=$BATS_FILE_TMPDIR/home/keys
	make -s -C "$TOP" BUILD="$BUILD" SAN="$SAN" "$BUILD/bench/receipts" \
		"$BUILD/bench/smtp_load" >&2
	umask 077
	mkdir -p "$home/run" "$keys/tls" "$keys/log"
	head -c 32 /dev/urandom >"$keys/fingerprint.key"
	head -c 32 /dev/urandom >"$keys/log/2026-01-01.key"
	tee "$home/run/recipients" >/dev/null <<-'END'
		alice@example.org	alice@example.org
		bob@example.org	bob@example.org
		deferred-x@example.org	deferred-x@example.org
		duplicate-x@example.org	duplicate-x@example.org
		failed-x@example.org	failed-x@example.org
		full@example.org	full@example.org
		quarantined-x@example.org	quarantined-x@example.org
		rejected-x@example.org	rejected-x@example.org
	END
	printf 'full@example.org\tfull@example.org\n' >"$home/run/full"
	printf '[fe]\nhostname = mx.example.org\ndomain = example.org\n' \
		>"$home/fe.conf"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$keys/tls/key.pem" -out "$keys/tls/cert.pem" \
		-days 30 -subj /CN=mx.example.org 2>/dev/null
}

setup() {
	FE_HOME=$BATS_FILE_TMPDIR/home
	export FE_HOME
	IN=$T/in
	mkdir "$IN"
	DELIVER=("$BUILD/bench/receipts" "$IN")
}

# talk [OPTION]...: a dialogue from standard input, its lines ended by CRLF
# here, through a pipe; the output is the replies, CRs taken off.
talk() {
	sed 's/$/\r/' | fe-receive "$@" -- "${DELIVER[@]}" 2>"$T/err" |
		tr -d '\r'
	return "${PIPESTATUS[1]}"
}

# codes: of each reply the code and the enhanced code, in one line.
codes() {
	awk '/^[0-9]+ / {
		printf "%s%s", n++ ? " " : "", $1
		if ($2 ~ /^[245]\.[0-9]+\.[0-9]+$/) printf "/%s", $2
	} END { print "" }' <<<"$output"
}

# message FROM TO...: a dialogue that sends one message.
message() {
	local to
	printf 'EHLO client.example\nMAIL FROM:<%s>\n' "$1"
	for to in "${@:2}"; do
		printf 'RCPT TO:<%s>\n' "$to"
	done
	printf 'DATA\nSubject: x\nMessage-ID: <1@x>\n\nbody\n.\nQUIT\n'
}

# What the deliveries counted, which they may write behind the answer.
marked() { [ "$(cat "$IN/marks")" = "$1" ]; }
last() { find "$IN" -name "*.$1" | sort | tail -n 1; }
meta() { jq -r "$1" "$(last json)"; }

# serve [OPTION]...: behind fe-listen; sets $PORT.
serve() {
	local u=
	[ "$(id -u)" = 0 ] && u="-u root"
	PORT=$(free_port)
	# shellcheck disable=SC2086
	start "$T/log" fe-listen $u 127.0.0.1 "$PORT" \
		fe-receive --log json "$@" -- "${DELIVER[@]}"
	wait_for_port "$PORT"
}

# client SECONDS: opens $PORT as descriptor 5; say TEXT; hear [SECONDS] reads
# one reply into $REPLY.
client() { exec 5<>"/dev/tcp/127.0.0.1/$PORT"; }
say() { printf '%b' "$1" >&5; }
hear() {
	read -r -t "${1:-20}" REPLY <&5 || return 1
	case $REPLY in ???-*) hear ;; esac
}

@test "says how it is used and which version it is" {
	run -0 fe-receive --help
	[[ $output == *"DELIVER [ARGUMENT...]"* ]]
	run -0 fe-receive --version
	[[ $output == fe-receive* ]]
}

@test "wrong usage is one line and exit 75, for it is on the way of mail" {
	local words
	for words in "--no-such-option -- true" "" "--tls maybe -- true" \
	    "--size-max 1 -- true" "--trusted-network 10.0.0.1/8 -- true"; do
		# shellcheck disable=SC2086
		run -75 fe-receive $words </dev/null
		[[ $output == *fe-receive:* ]]
	done
}

@test "closed standard input and a full standard output harm nobody" {
	run -0 fe-receive -- "${DELIVER[@]}" </dev/null
	[[ $output == "220 mx.example.org ESMTP"* ]]
	run -0 timeout 5 sh -c 'exec fe-receive -- "$@" <&-' sh "${DELIVER[@]}"
	[ -w /dev/full ] || skip "no /dev/full"
	message a@b alice@example.org | sed 's/$/\r/' |
		fe-receive -- "${DELIVER[@]}" >/dev/full
	[ -z "$(last json)" ]
}

@test "a broken set-up is told to the client as 421, exit 75" {
	run -75 fe-receive --home "$T/nowhere" -- true </dev/null
	[[ $output == *"421 4.3.0"* ]]
	run -75 fe-receive --tls require --tls-cert "$T/none" -- true </dev/null
	[[ $output == *"cannot open '$T/none'"* ]]
}

@test "a message becomes a record with a trace field in front of its body" {
	run -0 talk <<<"$(message a@b.example Alice+news@example.org)"
	[[ $output == *"250 2.0.0 $(meta .id)"* ]]
	[ "$(meta '.fe, .size')" = "1
$(stat -c %s "$(last eml)")" ]
	[ "$(meta .envelope.from)" = a@b.example ]
	[ "$(meta '.envelope.to[].address')" = Alice+news@example.org ]
	[ "$(meta .client.helo)" = client.example ]
	[[ $(meta .fingerprint) =~ ^[0-9a-f]{64}$ ]]
	[ "$(meta '((.deadline[:19] + "Z" | fromdate) -
	    (.received[:19] + "Z" | fromdate))')" = 120 ]
	run cat "$(last eml)"
	[ "${lines[0]}" = "Received: from client.example"$'\r' ]
	[[ ${lines[1]} == *"by mx.example.org with ESMTP id $(meta .id)"* ]]
	[[ ${lines[2]} == *"for <Alice+news@example.org>;"* ]]
	[ "${lines[4]}" = "Subject: x"$'\r' ]
	wait_for 10 marked 1
}

@test "the fingerprint is of sender and body alone, and only where there is a date or id" {
	local first
	run -0 talk <<<"$(message a@b alice@example.org)"
	first=$(meta .fingerprint)
	rm "$IN"/*.json
	run -0 talk <<<"$(message a@b bob@example.org alice@example.org)"
	[ "$(meta .fingerprint)" = "$first" ]
	rm "$IN"/*.json
	run -0 talk <<<"$(message c@b alice@example.org)"
	[ "$(meta .fingerprint)" != "$first" ]
	rm "$IN"/*.json
	run -0 talk <<<"$(message a@b alice@example.org | grep -v Message-ID)"
	[ "$(meta .fingerprint)" = null ]
}

@test "several messages of a connection go into one pipeline" {
	run -0 talk <<-'END'
		EHLO c
		MAIL FROM:<>
		RCPT TO:<alice@example.org>
		DATA
		first
		.
		MAIL FROM:<a@b>
		RCPT TO:<bob@example.org>
		DATA
		..second
		.
		QUIT
	END
	[ "$(codes)" = "220 250 250/2.1.0 250/2.1.5 354 250/2.0.0 250/2.1.0 250/2.1.5 354 250/2.0.0 221/2.0.0" ]
	wait_for 10 marked 2
	[ "$(cat "$IN"/*.json | jq -r .envelope.from | sort)" = "
a@b" ]
	[ "$(cat "$IN"/*.eml | grep -c '^\.second')" = 1 ]
}

@test "recipients: unknown, foreign, full, roles" {
	run -0 talk <<-'END'
		EHLO c
		MAIL FROM:<a@b>
		RCPT TO:<nobody@example.org>
		RCPT TO:<alice@example.net>
		RCPT TO:<full@example.org>
		RCPT TO:<postmaster>
		RCPT TO:<abuse@example.org>
		DATA
		.
		QUIT
	END
	[ "$(codes)" = "220 250 250/2.1.0 550/5.1.1 550/5.7.1 452/4.2.2 250/2.1.5 250/2.1.5 354 250/2.0.0 221/2.0.0" ]
	[ "$(meta '[.envelope.to[].address] | join(" ")')" = \
		"alice@example.org alice@example.org" ]
	run -0 talk --postmaster bob@example.org <<<"$(message a@b postmaster)"
	[ "$(meta '.envelope.to[0].address')" = bob@example.org ]
	run -75 talk --postmaster bob <<<"$(message a@b postmaster)"
	grep -q -e "--postmaster: 'bob' is no address" "$T/err"
	run -0 talk --postmaster x@example.org <<<"$(message a@b postmaster)"
	[[ $(codes) == *"451/4.3.0 554"* ]]
}

# reply FROM TO...: the last reply but one (QUIT's) to such a message.
reply() {
	run talk "${options[@]}" <<<"$(message "$@")"
	codes | awk '{ print $(NF - 1) }'
}

@test "each row of the table of replies: one answer for the message" {
	local options=()
	[ "$(reply reject@x alice@example.org)" = 550/5.7.1 ]
	[ "$(reply reject-552@x alice@example.org)" = 552/5.3.4 ]
	[ "$(reply tempfail@x alice@example.org)" = 451/4.3.0 ]
	[ "$(reply discard@x alice@example.org)" = 250/2.0.0 ]
	[ "$(reply x@x alice@example.org duplicate-x@example.org quarantined-x@example.org)" = 250/2.0.0 ]
	[ "$(reply x@x alice@example.org deferred-x@example.org)" = 451/4.3.0 ]
	[[ $(reply x@x rejected-x@example.org failed-x@example.org) == 55?/5.* ]]
	[ "$(reply x@x alice@example.org rejected-x@example.org)" = 250/2.0.0 ]
	[ "$(reply die@x alice@example.org)" = 451/4.4.2 ]
	[ "$(reply garbage@x alice@example.org)" = 451/4.4.2 ]
}

@test "each row of the table of replies: LMTP, an answer for each recipient" {
	run -0 talk --lmtp <<<"$(message x@x alice@example.org rejected-x@example.org deferred-x@example.org duplicate-x@example.org | sed s/EHLO/LHLO/)"
	[[ $(codes) == *" 354 250/"*" 55"*" 451/4.3.0 250/"*" 221/2.0.0" ]]
	run talk --lmtp <<<"$(message die@x alice@example.org bob@example.org | sed s/EHLO/LHLO/)"
	[[ $(codes) == *" 354 451/4.4.2 451/4.4.2 221/2.0.0" ]]
	run -0 talk --lmtp <<<"$(message reject@x alice@example.org bob@example.org | sed s/EHLO/LHLO/)"
	[[ $(codes) == *" 354 550/5.7.1 550/5.7.1 221/2.0.0" ]]
}

@test "text of a receipt cannot break out of its line" {
	run -0 talk <<<"$(message reject-552@x alice@example.org)"
	[ "$(grep -c '^250 such' <<<"$output")" = 0 ]
}

@test "a delivery that dies is started again once, with the same id" {
	run -0 talk <<<"$(message die-once@x alice@example.org)"
	[[ $(codes) == *" 354 250/2.0.0 221/2.0.0" ]]
	[ "$(find "$IN" -name '*.json' | wc -l)" = 1 ]
	grep -q 'ended early with exit status 1' "$T/err"
}

@test "no answer by the deadline is 451, and the whole pipeline is killed" {
	DELIVER=(sh -c '"$0" "$1" | cat; true' "${DELIVER[@]}")
	run talk --deadline 1s <<<"$(message stall@x alice@example.org)"
	[[ $(codes) == *" 354 451/4.4.2 221/2.0.0" ]]
	run ! pgrep -f "$IN"
}

@test "a delivery that does not read is 451 in time, however large the message" {
	DELIVER=(sleep 60)
	local begun=$SECONDS
	message x@x alice@example.org |
		sed "s/^body/$(printf 'x%.0s' {1..900})/" >"$T/one"
	sed -n '/^x/p' "$T/one" >"$T/line"
	for _ in $(seq 2000); do cat "$T/line"; done >"$T/lines"
	sed "/^x/r $T/lines" "$T/one" >"$T/session"
	run talk --deadline 1s <"$T/session"
	[[ $(codes) == *" 354 451/4.4.2 221/2.0.0" ]]
	[ $((SECONDS - begun)) -lt 30 ]
}

@test "a delivery that cannot be started is 451 at RCPT, exit 75" {
	DELIVER=("$T/none")
	run -75 talk <<<"$(message a@b alice@example.org)"
	[[ $(codes) == "220 250 250/2.1.0 451/4.3.0 554/5.5.1"* ]]
	grep -q "cannot start '$T/none'" "$T/err"
}

@test "no delivery is started before a recipient is accepted" {
	DELIVER=(sh -c "touch '$T/started'; cat >/dev/null")
	run -0 talk <<<"$(message a@b nobody@example.org)"
	[ ! -e "$T/started" ]
}

@test "a client that goes away in the middle leaves no record" {
	message a@b alice@example.org | sed '/^body/,$d; s/$/\r/' |
		fe-receive -- "${DELIVER[@]}" >"$T/out"
	[ -z "$(last json)" ]
	wait_for 10 marked 0
}

@test "a delivery never sees an end mark when the session is killed" {
	serve
	client
	hear
	say 'EHLO c\r\n' && hear
	say 'MAIL FROM:<a@b>\r\n' && hear
	say 'RCPT TO:<alice@example.org>\r\n' && hear
	local monitor session
	monitor=$(pgrep -n -P "$STARTED" fe-receive)
	session=$(pgrep -P "$monitor" fe-receive)
	kill -KILL "$session"
	wait_for 10 sh -c "! kill -0 $monitor"
	no_delivery() { ! pgrep -f "^$BUILD/bench/receipts $IN"; }
	wait_for 10 no_delivery
	[ ! -e "$IN/marks" ]
	exec 5>&-
}

@test "a session ends with its monitor" {
	serve
	client
	hear
	local monitor session
	monitor=$(pgrep -n -P "$STARTED" fe-receive)
	session=$(pgrep -P "$monitor" fe-receive)
	kill -KILL "$monitor"
	hear
	[[ $REPLY = '421 '* ]]
	wait_for 5 sh -c "! kill -0 $session"
	exec 5>&-
}

@test "limits: size, line, header, Received, recipients" {
	local options
	run -0 talk --size-max 1K <<<"$(message a@b alice@example.org | sed 's/<a@b>/<a@b> SIZE=1025/')"
	[[ $(codes) == "220 250 552/5.3.4 "* ]]
	options=(--size-max 1K)
	run -0 talk "${options[@]}" <<<"$(message a@b alice@example.org | sed "s/^body/$(printf 'x%.0s' {1..1100})/")"
	[[ $(codes) == *" 354 552/5.3.4 "* ]]
	run -0 talk --memory-max 1K <<<"$(message a@b alice@example.org | sed "s/^body/$(printf 'x%.0s' {1..1100})/")"
	[[ $(codes) == *" 354 452/4.3.1 "* ]]
	run -0 talk --memory-max 1K <<<"$(message a@b alice@example.org | sed 's/<a@b>/<a@b> SIZE=1025/')"
	[[ $(codes) == "220 250 452/4.3.1 "* ]]
	run -0 talk --line-max 998 <<<"$(message a@b alice@example.org | sed "s/^body/$(printf 'x%.0s' {1..999})/")"
	[[ $(codes) == *" 354 554/5.6.0 "* ]]
	run -0 talk --header-max 1K <<<"$(message a@b alice@example.org | sed "s/^Subject/X: $(printf 'x%.0s' {1..1000})\n&/")"
	[[ $(codes) == *" 354 554/5.6.0 "* ]]
	run -0 talk --received-max 2 <<<"$(message a@b alice@example.org | sed "s/^Subject/Received: 1\nReceived: 2\n&/")"
	[[ $(codes) == *" 354 250/2.0.0 "* ]]
	run -0 talk --received-max 2 <<<"$(message a@b alice@example.org | sed "s/^Subject/Received: 1\nReceived: 2\nReceived: 3\n&/")"
	[[ $(codes) == *" 354 554/5.4.6 "* ]]
	run -0 talk --recipients-max 1 <<<"$(message a@b alice@example.org bob@example.org)"
	[[ $(codes) == *" 250/2.1.5 452/4.5.3 354 250/2.0.0 "* ]]
	run -0 talk --messages-max 1 <<<"$(message a@b alice@example.org | sed '$d'; message a@b bob@example.org)"
	[[ $(codes) == *" 250/2.0.0 250 421/4.5.3" ]]
}

@test "errors: a limit, overlong lines, lines without CR" {
	run -0 talk --errors-max 3 <<<$'X\nX\nX\nNOOP'
	[ "$(codes)" = "220 500/5.5.2 500/5.5.2 500/5.5.2 421/4.7.0" ]
	run -0 talk <<<"NOOP $(printf 'x%.0s' {1..5000})"$'\nNOOP\nQUIT'
	[ "$(codes)" = "220 500/5.5.2 250/2.0.0 221/2.0.0" ]
	run -0 fe-receive -- true <<<$'NOOP\nNOOP'
	[[ $output == *"500 5.5.2 a line ends with CRLF"* ]]
}

@test "slow clients get 421: before a command, within one, within a message" {
	serve --timeout-command 1s --timeout-data 1s
	client
	hear
	hear
	[[ $REPLY == "421 4.4.2"* ]]
	client
	hear
	say 'NO'
	hear
	[[ $REPLY == "421 4.4.2"* ]]
	client
	hear
	say 'EHLO c\r\n' && hear
	say 'MAIL FROM:<a@b>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n'
	hear && hear && hear
	say 'Subject: x\r\n'
	hear
	[[ $REPLY == "421 4.4.2"* ]]
	[ -z "$(last json)" ]
	exec 5>&-
}

@test "a message that trickles in is cut off by its own time" {
	serve --timeout-message 1s
	client
	hear
	say 'EHLO c\r\n' && hear
	say 'MAIL FROM:<a@b>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n'
	hear && hear && hear
	(for _ in {1..60}; do
		sleep 0.3
		say 'x\r\n'
	done) >/dev/null 2>&1 3>&- &
	hear 15
	[[ $REPLY == "421 4.4.2"* ]]
	exec 5>&-
}

@test "who speaks before the greeting is sent away" {
	serve --greet-delay 2s
	client
	say 'EHLO c\r\n'
	hear
	[[ $REPLY == "554 5.5.1"* ]]
	run ! hear
	exec 5>&-
}

@test "pipelined commands are answered in one batch" {
	need strace
	strace -f -qq -e trace=write -e signal=none -o "$T/trace" fe-receive \
		-- "${DELIVER[@]}" < <(message a@b alice@example.org |
		sed 's/$/\r/') >"$T/out" 2>/dev/null || skip "no strace here"
	[ -n "$(last json)" ]
	[ "$(grep -c 'write(1, "2' "$T/trace")" -le 2 ]
}

@test "CHUNKING: a message in pieces, dots and all" {
	printf 'EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<alice@example.org>\r\nBDAT 12\r\nSubject: x\r\nBDAT 8 LAST\r\n\r\n.\r\n.\r\nQUIT\r\n' \
		>"$T/dialogue"
	run -0 fe-receive -- "${DELIVER[@]}" <"$T/dialogue"
	output=$(tr -d '\r' <<<"$output")
	[ "$(codes)" = "220 250 250/2.1.0 250/2.1.5 250/2.0.0 250/2.0.0 221/2.0.0" ]
	[ "$(tail -n 4 "$(last eml)")" = $'Subject: x\r\n\r\n.\r\n.\r' ]
}

@test "STARTTLS: modern versions and suites only, whatever key there is" {
	local kind
	need openssl
	for kind in ec rsa; do
		if [ $kind = rsa ]; then
			openssl req -x509 -newkey rsa:2048 -nodes -days 30 \
				-keyout "$T/key.pem" -out "$T/cert.pem" \
				-subj /CN=mx.example.org 2>/dev/null
			serve --tls-cert "$T/cert.pem" --tls-key "$T/key.pem"
		else
			serve
		fi
		run -0 timeout 10 openssl s_client -connect "127.0.0.1:$PORT" \
			-starttls smtp -tls1_2 -brief </dev/null
		[[ $output == *"TLSv1.2"* ]]
		[[ $output == *"ECDHE"* ]]
		run -0 timeout 10 openssl s_client -connect "127.0.0.1:$PORT" \
			-starttls smtp -tls1_3 -brief </dev/null
		[[ $output == *"TLSv1.3"* ]]
		run timeout 10 openssl s_client -connect "127.0.0.1:$PORT" \
			-starttls smtp -tls1_1 -cipher ALL:@SECLEVEL=0 -brief \
			</dev/null
		[ "$status" -ne 0 ]
		run timeout 10 openssl s_client -connect "127.0.0.1:$PORT" \
			-starttls smtp -tls1_2 -cipher AES256-GCM-SHA384 \
			-brief </dev/null
		[ "$status" -ne 0 ]
	done
}

@test "swaks over STARTTLS: the record and the trace tell of it" {
	need swaks
	serve
	run -0 swaks -s "127.0.0.1:$PORT" -t alice@example.org -f a@b.example \
		-tls --silent 2
	[ "$(meta .client.ip)" = 127.0.0.1 ]
	[ "$(meta .client.tls.version)" = TLSv1.3 ]
	[ "$(meta .client.tls.verified)" = false ]
	grep -q 'with ESMTPS id' "$(last eml)"
	grep -q "tls $(meta .client.tls.cipher)" "$(last eml)"
}

@test "TLS required: nothing but STARTTLS goes before" {
	run -0 talk --tls require <<<"$(message a@b alice@example.org)"
	[[ $(codes) == "220 250 530/5.7.0 530/5.7.0 530/5.7.0 "* ]]
	need swaks
	serve --tls require
	run -0 swaks -s "127.0.0.1:$PORT" -t alice@example.org -tls --silent 2
}

@test "TLS at once, with curl" {
	need curl
	serve --tls implicit
	message a@b alice@example.org | sed '1,/^DATA/d; /^\.$/,$d' >"$T/mail"
	run -0 curl -sk --crlf --max-time 10 "smtps://127.0.0.1:$PORT" \
		--mail-from a@b --mail-rcpt alice@example.org \
		--upload-file "$T/mail"
	[ "$(meta .client.tls.version)" = TLSv1.3 ]
}

@test "what stood behind STARTTLS in clear is thrown away" {
	need python3
	serve
	run -0 python3 - "$PORT" <<'END'
import socket, ssl, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5)
def reply(f):
    while True:
        line = f.readline()
        if line[3:4] != b"-":
            return line
f = s.makefile("rb")
reply(f)
s.sendall(b"EHLO c\r\n"); reply(f)
s.sendall(b"STARTTLS\r\nMAIL FROM:<injected@x>\r\n")
print(reply(f))
c = ssl.create_default_context(); c.check_hostname = False
c.verify_mode = ssl.CERT_NONE
t = c.wrap_socket(s); g = t.makefile("rb")
t.sendall(b"RCPT TO:<alice@example.org>\r\n"); print(reply(g))
t.sendall(b"MAIL FROM:<a@b>\r\n"); print(reply(g))
t.sendall(b"NOOP\r\n"); print(reply(g))
END
	[[ ${lines[0]} == *220* ]]
	[[ ${lines[1]} == *503* ]]
	[[ ${lines[2]} == *503* ]]
	[[ ${lines[3]} == *250* ]]
}

@test "a PROXY header tells the client, and must be there" {
	local header='\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\7\x30\x39\0\x19'
	{
		printf '%b' "$header"
		message a@b alice@example.org | sed 's/$/\r/'
	} >"$T/dialogue"
	run -0 fe-receive --proxy -- "${DELIVER[@]}" <"$T/dialogue"
	[ "$(meta '.client.ip + " " + (.client.port | tostring)')" = "192.0.2.1 12345" ]
	run -0 talk --proxy <<<"$(message a@b alice@example.org)"
	[ -z "$output" ]
	{
		printf '%b' "$header"
		message a@b alice@example.org | sed 's/$/\r/'
	} >"$T/dialogue"
	run -0 fe-receive -- "${DELIVER[@]}" <"$T/dialogue"
	[[ $output == *"500 5.5.2"* ]]
}

@test "XCLIENT is believed of a trusted network and of nobody else" {
	local dialogue
	dialogue=$'XCLIENT ADDR=192.0.2.7 PORT=99 NAME=spike.example HELO=h\n'$(message a@b alice@example.org)
	export TCPREMOTEIP=198.51.100.9 TCPREMOTEPORT=1
	run -0 talk --trusted-network 198.51.100.0/24 <<<"$dialogue"
	[ "$(meta '.client | "\(.ip) \(.port) \(.name)"')" = "192.0.2.7 99 spike.example" ]
	run -0 talk --trusted-network 203.0.113.0/24 <<<"$dialogue"
	[[ $(codes) == "220 550/5.7.0 250 "* ]]
	[[ $(meta .client.ip) == 198.51.100.9 ]] || [ "$(find "$IN" -name '*.json' | wc -l)" = 2 ]
}

@test "XFORWARD tells of one message where it came from, XCLIENT's rules hold" {
	export TCPREMOTEIP=198.51.100.9 TCPREMOTEPORT=1
	run -0 talk --trusted-network 198.51.100.0/24 <<-'END'
		EHLO relay.example
		XFORWARD NAME=[UNAVAILABLE] ADDR=IPV6:2001:db8::1 PORT=99
		XFORWARD PROTO=ESMTP HELO=h+28x SOURCE=REMOTE IDENT=4F
		MAIL FROM:<one@b>
		XFORWARD ADDR=192.0.2.1
		RCPT TO:<alice@example.org>
		DATA
		Message-ID: <1@x>

		.
		MAIL FROM:<two@b>
		RCPT TO:<alice@example.org>
		DATA
		Message-ID: <2@x>

		.
		XFORWARD ADDR=nonsense
		QUIT
	END
	[[ $output == *"250-XFORWARD NAME ADDR"* ]]
	[ "$(codes)" = "220 250 250/2.0.0 250/2.0.0 250/2.1.0 503/5.5.1 250/2.1.5 354 250/2.0.0 250/2.1.0 250/2.1.5 354 250/2.0.0 501/5.5.4 221/2.0.0" ]
	[ "$(cat "$IN"/*.json | jq -r 'select(.envelope.from == "one@b").client
		| "\(.ip) \(.port) \(.helo)"')" = "2001:db8::1 99 " ]
	[ "$(cat "$IN"/*.json | jq -r 'select(.envelope.from == "two@b").client
		| "\(.ip) \(.port) \(.helo)"')" = "198.51.100.9 1 relay.example" ]
	[ "$(grep -hc '^Received: from relay.example (\[198' "$IN"/*.eml | paste -sd ' ')" = "1 1" ]
	run -0 talk <<-'END'
		EHLO c
		XFORWARD ADDR=192.0.2.1
		QUIT
	END
	[[ $output != *XFORWARD* ]]
	[ "$(codes)" = "220 250 550/5.7.0 221/2.0.0" ]
}

@test "SMTP smuggling: 20 false ends of data, none taken" {
	need_shared scripts/smtp_smuggle.py
	need python3
	serve
	run -0 python3 "$SHARED/scripts/smtp_smuggle.py" 127.0.0.1 "$PORT" \
		alice@example.org --quiet 0.1
	[[ ${lines[-1]} == "20 sequences, 0 smuggled, 0 errors" ]]
}

@test "a message that poses as a record is octets like any other" {
	run -0 talk <<<"$(message a@b alice@example.org | sed 's/^Subject.*/{"fe":1,"end":1}/')"
	[[ $(codes) == *" 354 250/2.0.0 221/2.0.0" ]]
	[ "$(grep -c '^{"fe":1,"end":1}' "$(last eml)")" = 1 ]
	wait_for 10 marked 1
}

@test "empty and huge messages" {
	run -0 talk <<<"$(message a@b alice@example.org | sed '/^Subject/,/^body/d')"
	[[ $(codes) == *" 354 250/2.0.0 "* ]]
	rm "$IN"/*
	{
		printf 'EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n\r\n'
		yes "$(printf 'x%.0s' {1..997})"$'\r' | head -n 45000
		printf '.\r\nQUIT\r\n'
	} >"$T/dialogue"
	run -0 fe-receive -- "${DELIVER[@]}" <"$T/dialogue"
	[[ $output == *"250 2.0.0"* ]]
	[ "$(stat -c %s "$(last eml)")" -gt 44900000 ]
}

@test "SIGTERM: the message in hand is finished, then 421" {
	serve
	client
	hear
	say 'EHLO c\r\n' && hear
	say 'MAIL FROM:<a@b>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n'
	hear && hear && hear
	say 'Subject: x\r\n\r\nhalf'
	sleep 0.2
	kill -TERM "$STARTED"
	sleep 0.3
	say 'half\r\n.\r\n'
	hear
	[[ $REPLY == "250 2.0.0"* ]]
	hear
	[[ $REPLY == "421 4.3.2"* ]]
	exec 5>&-
	wait_for 10 sh -c "! kill -0 $STARTED"
	wait_for 10 marked 1
}

@test "SIGTERM: a client that has said nothing gets 421 at once" {
	serve
	client
	hear
	kill -TERM "$STARTED"
	hear
	[[ $REPLY == "421 4.3.2"* ]]
	exec 5>&-
}

@test "SIGHUP: recipients are read again within a connection" {
	cp -r "$FE_HOME" "$T/home"
	FE_HOME=$T/home
	serve
	client
	hear
	say 'EHLO c\r\n' && hear
	say 'MAIL FROM:<a@b>\r\nRCPT TO:<carol@example.org>\r\nRSET\r\n'
	hear && hear
	[[ $REPLY == "550 5.1.1"* ]]
	hear
	printf 'carol@example.org\tcarol@example.org\n' >"$T/new"
	mv "$T/new" "$T/home/run/recipients"
	kill -HUP "$STARTED"
	known() {
		sleep 0.5 # few errors are allowed
		say 'RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<carol@example.org>\r\n'
		hear && hear && hear
		[[ $REPLY == "250 2.1.5"* ]]
	}
	wait_for 5 known
	exec 5>&-
}

@test "one log line for a message, with id, result and times, no address in it" {
	run -0 talk --log json <<<"$(message a@b.example alice@example.org)"
	run -0 jq -c 'select(.event == "message" and .id)' "$T/err"
	[ "${#lines[@]}" = 1 ]
	[ "$(jq -r '.id, .code' <<<"$output")" = "$(meta .id)
250" ]
	jq -e '.delivery_ms >= 0 and .total_ms >= 0 and (.from | startswith("#"))' <<<"$output"
	run ! grep -q 'example' "$T/err"
}

@test "under tcpserver, and under an inetd that sets nothing" {
	need tcpserver
	PORT=$(free_port)
	start "$T/log" tcpserver -HRl0 127.0.0.1 "$PORT" fe-receive -- "${DELIVER[@]}"
	wait_for_port "$PORT"
	"$BUILD/bench/smtp_load" --total 3 --to alice@example.org 127.0.0.1 "$PORT"
	[ "$(meta .client.ip)" = 127.0.0.1 ]
	rm "$IN"/*
	PORT=$(free_port)
	start "$T/log" tcpserver -HRl0 127.0.0.1 "$PORT" \
		env -u TCPREMOTEIP -u TCPREMOTEPORT sh -c 'exec "$@" 2>&0' sh \
		fe-receive --log json -- "${DELIVER[@]}"
	wait_for_port "$PORT"
	"$BUILD/bench/smtp_load" --total 3 --to alice@example.org 127.0.0.1 "$PORT"
	[ "$(meta .client.ip)" = 127.0.0.1 ]
	[ "$(find "$IN" -name '*.eml' | wc -l)" = 3 ]
}

@test "smtp-source, many messages over many connections" {
	need_peer postfix smtp-source
	serve
	run -0 "$PEER" -s 5 -m 50 -l 2000 -f a@b.example -t alice@example.org \
		"127.0.0.1:$PORT"
	wait_for 5 sh -c "[ \$(find '$IN' -name '*.eml' | wc -l) = 50 ]"
}

@test "every numbered message of a load is answered once and handed on once" {
	serve
	run -0 "$BUILD/bench/smtp_load" --total 200 --pipelining \
		--log "$T/sent" --to alice@example.org,bob@example.org \
		127.0.0.1 "$PORT"
	[ "$(awk '$2 == 250' "$T/sent" | wc -l)" = 200 ]
	[ "$(cat "$IN"/*.eml | grep -ao 'number-[0-9]*-' | sort -u | wc -l)" = 200 ]
	[ "$(find "$IN" -name '*.eml' | wc -l)" = 200 ]
}

@test "a pool takes the place of the delivery, and may be away" {
	local talk=(fe-receive --pool "$T/pool.sock")
	message a@b.example alice@example.org | sed 's/$/\r/' >"$T/said"
	run -75 --separate-stderr "${talk[@]}" <"$T/said"
	[[ $output == *'451 4.3.0'* ]]
	[[ $stderr == *"cannot connect to '$T/pool.sock'"* ]]
	start "$T/log" fe-pool -j 2 "$T/pool.sock" "${DELIVER[@]}"
	wait_for 10 test -S "$T/pool.sock"
	run -0 --separate-stderr "${talk[@]}" <"$T/said"
	[[ $output == *'250 2.0.0 01'* ]]
	[ "$(meta .envelope.to[0].address)" = alice@example.org ]
	[ "$(fe-pool -o json --status "$T/pool.sock" | jq .records)" = 1 ]
	run -75 fe-receive --pool "$T/pool.sock" -- cat
}

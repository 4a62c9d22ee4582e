#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# SIGHUP to an accepting fe-receive while mail comes in: certificate, key and
# recipients change, and nobody who sends mail can tell.  fe-pool's SIGHUP is
# tested in fe-pool.bats.
load helper

setup_file() {
	make -s -C "$TOP" BUILD="$BUILD" SAN="$SAN" \
		"$BUILD/bench/smtp_load" >&2
	make_home "$BATS_FILE_TMPDIR/home" alice@example.org bob@example.org
}

setup() {
	need openssl
	need python3
	cp -a "$BATS_FILE_TMPDIR/home" "$T/home"
	export FE_HOME=$T/home
	TLS=$FE_HOME/keys/tls
	certify mx.example.org
	PORT=$(free_port)
	start "$T/pool.log" fe-pool -j 2 "$T/pool.sock" fe-store
	wait_for 5 test -S "$T/pool.sock"
	start "$T/log" fe-listen "${AS[@]}" --wait 127.0.0.1 "$PORT" \
		fe-receive --log json --max-per-address 100 --pool "$T/pool.sock"
	SERVER=$STARTED
	wait_for_port "$PORT"
}

# certify NAME: a certificate of that name, with a key of its own.
certify() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/key.pem" -out "$T/cert.pem" -days 30 \
		-subj "/CN=$1" 2>/dev/null
	mv "$T/key.pem" "$T/cert.pem" "$TLS/"
}

# welcome USER: mail for USER@example.org is bob's from now on.
welcome() {
	{
		cat "$FE_HOME/run/recipients"
		printf '%s@example.org\tbob@example.org\n' "$1"
	} | LC_ALL=C sort >"$T/recipients"
	mv "$T/recipients" "$FE_HOME/run/recipients"
}

reload() { kill -HUP "$SERVER"; }

# served: the name on the certificate that a new connection gets.
served() {
	timeout 10 openssl s_client -connect "127.0.0.1:$PORT" -starttls smtp \
		-brief "$@" </dev/null 2>&1 | grep -a -o '[a-z0-9.]*example.org'
}
is_served() { served | grep -qx "$1"; }

# subjects ADDRESS: of what is stored, each once for each copy.
subjects() {
	fe-mailbox list -o json "$1" | jq -r .summary.subject | LC_ALL=C sort
}

# Mail over TLS by curl, one after the other until $T/stop is there; a number
# for each that was taken, in $T/curled.
curl_on() {
	local i=0
	while [ ! -e "$T/stop" ]; do
		i=$((i + 1))
		printf 'Subject: curled %04d\r\nMessage-ID: <%d@curl>\r\n\r\nx\r\n' \
			"$i" "$i" | curl -sS -k --ssl-reqd \
			--mail-from c@example.net --mail-rcpt alice@example.org \
			-T - "smtp://127.0.0.1:$PORT/client.test" || return
		printf 'curled %04d\n' "$i" >>"$T/curled"
	done
}

@test "SIGHUP again and again under load: nobody is refused, each message is stored once" {
	local i load curl
	need curl
	"$BUILD/bench/smtp_load" --json --concurrency 6 --per-connection 3 \
		--total 900 --size 2000 --to alice@example.org,bob@example.org \
		127.0.0.1 "$PORT" >"$T/sum" 3>&- &
	load=$!
	curl_on >"$T/curl.err" 2>&1 3>&- &
	curl=$!
	for i in 1 2 3 4 5; do
		certify "mx$i.example.org"
		welcome "new$i"
		reload
		wait_for 10 is_served "mx$i.example.org"
		run -0 "$BUILD/bench/smtp_load" --total 1 --size 2000 \
			--first "$((1000 + i))" --to "new$i@example.org" \
			127.0.0.1 "$PORT"
	done
	wait "$load"
	touch "$T/stop"
	wait "$curl" || { cat "$T/curl.err" >&3; false; }
	[ "$(jq -c '[.accepted, .later, .refused, .unanswered, .unconnected]' \
		"$T/sum")" = '[900,0,0,0,0]' ]
	[ -s "$T/curled" ]
	{
		seq -f 'load number-%.0f-' 2 2 900
		cat "$T/curled"
	} | LC_ALL=C sort >"$T/want"
	subjects alice@example.org | diff "$T/want" - | head >&2
	[ "${PIPESTATUS[1]}" = 0 ]
	{
		seq -f 'load number-%.0f-' 1 2 900
		seq -f 'load number-%.0f-' 1001 1005
	} | LC_ALL=C sort >"$T/want"
	subjects bob@example.org | diff "$T/want" - | head >&2
	[ "${PIPESTATUS[1]}" = 0 ]
	run grep -e 'TLS handshake failed' -e '"level":"error"' "$T/log"
	[ "$status" = 1 ]
}

@test "who connected before a SIGHUP shakes hands after it" {
	python3 - "$PORT" "$T" >"$T/said" 2>&1 3>&- <<'END' &
import os, smtplib, ssl, sys, time
port, folder = int(sys.argv[1]), sys.argv[2]
context = ssl._create_unverified_context()
def connect():
    s = smtplib.SMTP("127.0.0.1", port, "client.test", 20)
    s.ehlo()
    return s
def wait(name):
    while not os.path.exists(folder + "/" + name):
        time.sleep(0.02)
first = connect()
open(folder + "/first", "w")
wait("reloaded1")
second = connect()
open(folder + "/second", "w")
wait("reloaded2")
for name, s in ("mx", first), ("mx1", second), ("mx2", connect()):
    s.starttls(context=context)
    s.sendmail("s@example.net", ["alice@example.org"],
        "Subject: by %s\r\nMessage-ID: <%s@x>\r\n\r\nx\r\n" % (name, name))
    found = (name + ".example.org").encode() in s.sock.getpeercert(True)
    print(name, found, flush=True)
    s.quit()
END
	local client=$!
	wait_for 10 test -e "$T/first"
	certify mx1.example.org
	reload
	wait_for 10 is_served mx1.example.org
	touch "$T/reloaded1"
	wait_for 10 test -e "$T/second"
	certify mx2.example.org
	reload
	wait_for 10 is_served mx2.example.org
	touch "$T/reloaded2"
	wait "$client" || { cat "$T/said" >&3; false; }
	[ "$(cat "$T/said")" = "mx True
mx1 True
mx2 True" ]
	[ "$(subjects alice@example.org)" = "by mx
by mx1
by mx2" ]
	# and then only the newest key is held
	wait_for 5 sh -c "[ \$(pgrep -P $SERVER fe-receive | wc -l) = 1 ]"
}

@test "an open connection knows the new recipients after a SIGHUP" {
	exec 5<>"/dev/tcp/127.0.0.1/$PORT"
	hear() {
		read -r -t 5 -u 5 REPLY || return 1
		case $REPLY in ???-*) hear ;; esac
	}
	ask() {
		printf 'RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<%s>\r\n' "$1" >&5
		hear && hear && hear
	}
	is_known() { ask "$1" && [[ $REPLY == 250* ]]; }
	hear
	printf 'EHLO c\r\n' >&5
	hear
	ask carol@example.org
	[[ $REPLY == "550 "* ]]
	welcome carol
	reload
	wait_for 5 is_known carol@example.org
	exec 5>&-
}

@test "TLS sessions of before a SIGHUP resume after it, under another certificate" {
	local version
	for version in -tls1_2 -tls1_3; do
		tls() {
			timeout 10 openssl s_client -ign_eof -crlf \
				-connect "127.0.0.1:$PORT" -starttls smtp \
				$version "$@" 2>&1 <<<QUIT | tr -d '\0'
		}
		run -0 tls -sess_out "$T/session"
		[[ $output == *"New, TLSv1"* ]]
		certify "mx${version#*_}.example.org"
		reload
		wait_for 10 is_served "mx${version#*_}.example.org"
		run -0 tls -sess_in "$T/session"
		[[ $output == *"Reused, TLSv1"* ]]
	done
}

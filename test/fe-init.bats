#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
load helper

init() { fe-init --home "$T/home" --domain example.org "$@"; }

@test "--help and --version" {
	run -0 fe-init --help
	[[ ${lines[0]} == 'usage: fe-init '* ]]
	run -0 fe-init --version
	[[ $output == 'fe-init '[0-9]* ]]
}

@test "wrong usage is one sentence and 64, and makes nothing" {
	run -64 fe-init --home "$T/home"
	[[ $output == *'--domain is missing'* ]]
	run -64 fe-init --home "$T/home" --domain 'not a domain'
	run -64 init --host ''
	run -64 init extra
	run -64 init --nonsense
	run -64 init --tls-cert "$T/none"
	run -64 init --tls-cert "$T/none" --tls-key "$T/none"
	[[ $output == *"'$T/none'"* ]]
	run -64 init --user no-such-user-here
	[ ! -e "$T/home" ]
}

@test "the folders and keys of a home, with their modes" {
	local days
	days=$(date -u +%F)
	run -0 init --host mx.example.org
	days+=" $(date -u +%F)" # midnight may come in between
	[[ ${lines[0]} == "$T/home is ready for mail to example.org as mx.example.org" ]]
	cd "$T/home"
	[ "$(stat -c %a accounts secrets keys/service keys/backup)" = "$(
		printf '700\n700\n700\n700')" ]
	for key in state queue account; do
		[ "$(stat -c '%a %s' "keys/$key.key")" = '400 32' ]
	done
	[ "$(stat -c '%a %s' keys/fingerprint.key)" = '640 32' ]
	[ "$(stat -c '%a %s' keys/log/*.key)" = '640 32' ]
	[[ $days == *$(basename keys/log/*.key .key)* ]]
	[ "$(stat -Lc '%a %s' keys/service/current)" = '400 32' ]
	[[ $(readlink keys/service/current) =~ ^[0-9a-f]{32}\.key$ ]]
	[ "$(sort -u keys/*.key keys/*/*.key | wc -c)" -ge 160 ]
	[ -f run/recipients ] && [ ! -s run/recipients ]
	[ -z "$(find keys -type f -perm /007)" ]
}

@test "DKIM keys: two that sign, the next two, and those of another domain" {
	local dkim=$T/home/keys/dkim day
	init -q
	day=$(cd "$dkim/example.org" && echo r*a.pem)
	day=${day:1:8}
	[[ "$(date -u -d yesterday +%Y%m%d) $(date -u +%Y%m%d)" == *$day* ]]
	[ "$(cd "$dkim" && find . -type f | sort)" = "$(for k in e r; do
		for n in a b; do
			printf './example.org/%s\n' $k$day$n.{json,pem}
		done
	done)" ]
	[ "$(stat -c %a "$dkim"/*/* | sort -u)" = 400 ]
	[ "$(jq -r .state "$dkim"/*/*.json | paste -sd,)" = \
		active,published,active,published ]
	run -0 openssl pkey -in "$dkim/example.org/r${day}a.pem" -noout -text
	[[ $output == *'(2048 bit'* ]]
	run -0 openssl pkey -in "$dkim/example.org/e${day}a.pem" -noout -text
	[[ $output == ED25519* ]]
	# Again: nothing; for another domain: its keys.
	sum=$(sha256sum "$dkim"/example.org/*)
	run -0 init
	[[ $output == *'nothing changed'* ]]
	run -0 fe-init --home "$T/home" --domain example.net
	[ "$sum" = "$(sha256sum "$dkim"/example.org/*)" ]
	[ "$(find "$dkim/example.net" -name '*.pem' | wc -l)" = 4 ]
	printf 'From: a@example.org\r\n\r\nx\r\n' >"$T/mail"
	run -0 fe-sign --home "$T/home" -i mail -o mail <"$T/mail"
	[ "$(grep -c '^DKIM-Signature: ' <<<"$output")" = 2 ]
}

@test "a certificate of its own: P-256, with the host as SAN" {
	init --host mx.example.org -q
	cd "$T/home/keys/tls"
	run -0 openssl x509 -in cert.pem -noout -text -checkhost mx.example.org
	[[ $output == *'does match certificate'* ]]
	[[ $output == *'ASN1 OID: prime256v1'* ]]
	[[ $output == *'DNS:mx.example.org'* ]]
	[ "$(openssl x509 -in cert.pem -noout -pubkey)" = "$(
		openssl pkey -in key.pem -pubout)" ]
	[ "$(stat -c %a key.pem)" = 640 ]
}

@test "a certificate that is given is copied, after a look at the pair" {
	openssl req -x509 -newkey ed25519 -nodes -subj /CN=mx -days 9 \
		-keyout "$T/a.key" -out "$T/a.pem" 2>/dev/null
	openssl genpkey -algorithm ed25519 -out "$T/b.key" 2>/dev/null
	run -75 init --tls-cert "$T/a.pem" --tls-key "$T/b.key"
	[[ $output == *'are no pair' ]]
	run -75 init --tls-cert "$T/a.key" --tls-key "$T/a.key"
	[ ! -e "$T/home" ]
	run -0 init --tls-cert "$T/a.pem" --tls-key "$T/a.key"
	[[ $output != *self-signed* ]]
	cmp "$T/a.pem" "$T/home/keys/tls/cert.pem"
	cmp "$T/a.key" "$T/home/keys/tls/key.pem"
}

everything() { (cd "$T/home" && find . ! -type d -exec sha256sum {} + | sort &&
	find . -printf '%p %m %i %T@\n' | sort); }

@test "run again it changes nothing" {
	init -q
	everything >"$T/before"
	run -0 init --host other.example.org
	[[ ${lines[0]} == *'nothing changed' ]]
	run -0 fe-init --home "$T/home" --now 2031-01-01T00:00:00Z
	everything >"$T/after"
	cmp "$T/before" "$T/after"
}

@test "run again it adds what is missing and keeps the rest" {
	init -q --host mail.example.org
	echo '# mine' >>"$T/home/deliver"
	rm -r "$T/home/keys/tls" "$T/home/keys/state.key" "$T/home/service"
	run -0 fe-init --home "$T/home"
	[ "$(tail -n 1 "$T/home/deliver")" = '# mine' ]
	[ -f "$T/home/keys/state.key" ] && [ -f "$T/home/service/cron" ]
	run -0 openssl x509 -in "$T/home/keys/tls/cert.pem" -noout \
		-checkhost mail.example.org
	[[ $output == *'does match'* ]]
}

@test "killed at any time, the next run makes it whole" {
	for delay in 0 0.002 0.005 0.01 0.02; do
		rm -rf "$T/home"
		fe-init --home "$T/home" --domain example.org -q 3>&- &
		sleep "$delay"
		kill -KILL $! 2>/dev/null || true
		wait $! || true
		run -0 init -q
		for file in keys/service/current keys/account.key \
		    keys/tls/cert.pem keys/tls/key.pem fe.conf deliver; do
			[ -s "$T/home/$file" ]
		done
		run -0 find "$T/home/keys" -name '*.key' -size -32c
		[ -z "$output" ]
		[ "$(openssl x509 -in "$T/home/keys/tls/cert.pem" -noout \
			-pubkey)" = "$(openssl pkey \
			-in "$T/home/keys/tls/key.pem" -pubout)" ]
	done
}

@test "fe.conf, deliver, units and cron file have the right paths" {
	init -q
	cd "$T/home"
	run -0 fe config check --home "$T/home"
	[ -z "$output" ]
	run -0 sh -n deliver
	[ -x deliver ]
	grep -q "^PATH=$BIN:" deliver
	grep -q "^FE_HOME=$T/home\$" deliver
	grep -q "$BIN/fe-receive" service/systemd/fe-smtp.service
	grep -q '^LimitMEMLOCK=' service/systemd/fe-smtp.service
	run -0 sh -n service/s6/fe-smtp/run
	[ -x service/s6/fe-smtp/run ]
	run -0 sh -n service/s6/fe-limit/run
	[ -x service/s6/fe-limit/run ]
	run -0 sh -n service/s6/fe-watch/run
	[ -x service/s6/fe-watch/run ]
	run -0 sh -n service/s6/fe-baseline/run
	grep -q "$BIN/fe-ban" service/systemd/fe-watch.service
	run -0 sh -n service/s6/fe-smtp/log/run
	grep -q "$BIN/fe-log $PWD/log\$" service/s6/fe-smtp/log/run
	run ! grep -rEq '@[A-Z]+@' .
	if command -v systemd-analyze >/dev/null; then
		run systemd-analyze verify service/systemd/fe-smtp.service \
			service/systemd/fe-limit.service \
			service/systemd/fe-log.service \
			service/systemd/fe-watch.service \
			service/systemd/fe-baseline.service
		[[ $output != *'Unknown'* && $output != *'Failed to parse'* ]]
	fi
}

@test "an old certificate key without certificate does not survive half" {
	init -q
	rm "$T/home/keys/tls/cert.pem"
	run -0 init
	[ "$(openssl x509 -in "$T/home/keys/tls/cert.pem" -noout -pubkey)" = \
		"$(openssl pkey -in "$T/home/keys/tls/key.pem" -pubout)" ]
}

@test "it names who holds port 25" {
	need bwrap python3
	cat >"$T/holder" <<'END'
import socket, subprocess, sys
s = socket.socket()
s.bind(("127.0.0.1", 25))
s.listen()
sys.exit(subprocess.run(sys.argv[1:]).returncode)
END
	bwrap --bind / / --unshare-net --dev /dev true 2>/dev/null ||
		skip 'no network of its own here'
	run -0 bwrap --bind / / --dev /dev --proc /proc --unshare-net \
		--unshare-pid --uid 0 --gid 0 --unshare-user --cap-add ALL \
		python3 "$T/holder" "$BIN/fe-init" --home "$T/home" \
		--domain example.org
	[[ $output == *'port 25 is held by python3 (pid '* ]]
}

@test "a path that would need quotes in scripts is refused" {
	run -64 fe-init --home "$T/my home" --domain example.org
	[[ $output == *'would need quotes'* ]]
}

@test "as root the home belongs to the user it is given to" {
	[ "$(id -u)" = 0 ] || skip 'not root'
	getent passwd nobody >/dev/null || skip 'no user nobody'
	chmod 755 "$T" "$(dirname "$T")"
	init -q --user nobody
	[ -z "$(find "$T/home" ! -user nobody)" ]
	[ "$(stat -c %a "$T/home/keys/account.key")" = 400 ]
	grep -q '^User=nobody$' "$T/home/service/systemd/fe-smtp.service"
}

@test "the system's own home has its configuration and its units outside" {
	[ "$(id -u)" = 0 ] || skip 'not root'
	need bwrap
	cp -a /etc "$T/etc"
	rm -rf "$T/etc/systemd/system" "$T/etc/fe"
	mkdir -p "$T/etc/systemd/system" "$T/lib"
	# what is there stays
	echo ours >"$T/etc/systemd/system/fe-limit.service"
	bwrap --bind / / --dev-bind /dev /dev --bind "$T/etc" /etc \
		--bind "$T/lib" /var/lib "$BIN/fe-init" -q --home /var/lib/fe \
		--domain example.org --user root
	[ "$(readlink "$T/lib/fe/fe.conf")" = /etc/fe/fe.conf ]
	grep -q '^domain = example.org$' "$T/etc/fe/fe.conf"
	for file in "$TOP"/share/systemd/fe-*; do
		[ -s "$T/etc/systemd/system/${file##*/}" ]
	done
	[ "$(cat "$T/etc/systemd/system/fe-limit.service")" = ours ]
	run ! grep -r '@[A-Z]*@' "$T/etc/systemd/system"
}

@test "a place that cannot be written and a full disk are 75" {
	run -75 fe-init --home /proc/nothing --domain example.org
	run -75 bash -c "fe-init --home $T/home --domain example.org >/dev/full"
	run -0 bash -c "fe-init --home $T/home -q <&- >&-"
}

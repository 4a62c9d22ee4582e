# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# fe-rotate-keys: each kind of key, and the ledger.  What wants a real sshd is in
# rotate-ssh.bats, being killed in rotate-kill.bats.
load rotate
load paused

@test "help and version go to standard output; bad usage fails with 64" {
	run -0 fe-rotate-keys --help
	[[ $output == *--due* ]]
	run -0 fe-rotate-keys --version
	run -64 fe-rotate-keys
	run -64 fe-rotate-keys frobnicate
	[[ $output == *'there are dkim, service'* ]]
	run -64 fe-rotate-keys --no-such-option
	run -64 fe-rotate-keys --limit 'dkim soon' status
	run -64 fe-rotate-keys --limit 'dim 3d' status
	run -64 fe-rotate-keys status dkim:example.org
	run -64 fe-rotate-keys check one two
	run -75 fe-rotate-keys mailbox:nobody@example.org
	run -75 fe-rotate-keys dkim:example.net
	run -75 fe-rotate-keys recovery
	conf '[fe-rotate-keys]' 'limit = dkim often'
	run -75 fe-rotate-keys status
	[[ $output == *"fe.conf:"*": limit: 'dkim often' is no kind of key with a time"* ]]
	run -75 fe-rotate-keys --limit 'dkim 3d' status
}

@test "keys of 32 octets: new ones, and the old ones are gone from the disk" {
	for kind in state fingerprint queue account; do
		ln "$KEYS/$kind.key" "$T/$kind"
		cp "$KEYS/$kind.key" "$T/$kind.copy"
		run -0 rotate "$kind"
		[[ $output == *destroyed* ]]
		cmp "$T/$kind" <(head -c 32 /dev/zero)
		run -1 cmp -s "$KEYS/$kind.key" "$T/$kind.copy"
		[ "$(stat -c '%s %a' "$KEYS/$kind.key")" = \
			"$(stat -c '%s %a' "$T/$kind.copy")" ]
		[ "$(events "$kind" | tail -n 2 | xargs)" = 'destroyed done' ]
	done
	[ -z "$(find "$KEYS" -name '*.next*' -o -name '*.old')" ]
	run -0 fe-rotate-keys check
}

@test "account: passwords are what they were" {
	cp -r "$FE_HOME/secrets" "$T/secrets"
	rotate -q account
	run -1 diff -rq "$T/secrets" "$FE_HOME/secrets"
	printf 'correct horse\ncorrect horse again\n' |
		fe-account passwd --old "$ALICE"
	run -64 fe-account passwd --old "$BOB" <<<$'wrong horse here\ncorrect horse'
}

@test "state: what was counted begins anew, under the new key alone" {
	sed -i '/^rule = /d' "$FE_HOME/fe.conf"
	count() {
		printf 'Subject: x\n\nx\n' | fe-limit -i mail -o json \
			--client-ip 192.0.2.9 --key client.ip --rate 9/1h |
			jq .limits[0].count
	}
	[ "$(count)" = 1 ]
	[ "$(count)" = 2 ]
	ln "$FE_HOME/state/limit.sqlite" "$T/limit.sqlite"
	rotate -q state
	[ ! -e "$FE_HOME/state/limit.sqlite" ]
	[ "$(count)" = 1 ]
	[ "$(count)" = 2 ]
}

@test "state: fe-limit --serve and fe-scan take the new key as they run" {
	cat >"$T/ask.py" <<-'END'
	import json, socket, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
	s.connect(sys.argv[1])
	s.send(b'{"fe":1,"at":"connection","client":{"ip":"192.0.2.9"}}')
	print(json.dumps(json.loads(s.recv(65536))["limits"][0].get("count")))
	END
	cat >"$T/scan.py" <<-'END'
	import json, subprocess, sys
	scan = subprocess.Popen(["fe-scan", "--no-unpack", "-i", "record", "-o",
	    "json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
	for n in range(1, 7):
	    body = b"Subject: x\n\nx\n"
	    meta = {"fe": 1, "id": "01J%023d" % n, "size": len(body),
	        "received": "2026-11-22T02:19:17Z", "client": {"ip": "192.0.2.9"},
	        "envelope": {"from": "a@b.example", "to": []}}
	    scan.stdin.write(json.dumps(meta).encode() + b"\n" + body)
	    scan.stdin.flush()
	    said = json.loads(scan.stdout.readline())["scan"]["reputation"]
	    print(n, said.get("result"), said.get("new"), flush=True)
	    sys.stdin.readline()
	scan.stdin.write(b'{"fe":1,"end":6}\n')
	scan.stdin.close()
	sys.exit(scan.wait())
	END
	start "$T/limit.log" fe-limit --serve "$FE_HOME/run/limit.sock" \
		--rule 'c at=connection key=client.ip rate=9/1h'
	wait_for 30 test -S "$FE_HOME/run/limit.sock"
	ask() { python3 "$T/ask.py" "$FE_HOME/run/limit.sock"; }
	[ "$(ask) $(ask)" = '1 2' ]
	mkfifo "$T/next"
	start "$T/said" sh -c "exec python3 '$T/scan.py' <'$T/next'"
	exec 7>"$T/next"
	said() { grep -q "^$1 $2" "$T/said"; }
	wait_for 20 said 1 'None True'
	echo >&7
	wait_for 20 said 2 'None False'
	rotate -q state
	# nothing is lost of what comes next, and others count it with them
	[ "$(ask) $(ask)" = '1 2' ]
	[ "$(fe-limit list -o json --rule 'c at=connection key=client.ip rate=9/1h' \
		192.0.2.9 | jq .count)" = 2 ]
	echo >&7
	wait_for 20 said 3 'None True'
	echo >&7
	wait_for 20 said 4 'None False'
	exec 7>&-
	wait_for 20 said 6
	run ! grep -q limited "$T/limit.log"
}

# limit_filter: one that stays, fed through fd 7, its answers in $T/out.
limit_filter() {
	rm -f "$T/in"
	mkfifo "$T/in"
	start "$T/out" sh -c "exec fe-limit -i record -o json --key client.ip \
		--rate 9/1h <'$T/in'"
	FILTER=$STARTED
	exec 7>"$T/in"
}

one_more() {
	printf '{"fe":1,"id":"01J%023d","size":1,"client":{"ip":"192.0.2.9"}}\nx' \
		"$1" >&7
}

said() { [ "$(grep -c "$1" "$T/out")" = "$2" ]; }

@test "state: fe-limit in a pipeline takes the new key as it runs" {
	sed -i '/^rule = /d' "$FE_HOME/fe.conf"
	limit_filter
	one_more 1
	wait_for 20 said '"count":1' 1
	one_more 2
	wait_for 20 said '"count":2' 1
	rotate -q state
	one_more 3
	wait_for 20 said '"count":1' 2
	# in the state that others count in
	printf 'Subject: x\n\nx\n' | fe-limit -i mail -o json --client-ip 192.0.2.9 \
		--key client.ip --rate 9/1h >"$T/other"
	[ "$(jq .limits[0].count "$T/other")" = 2 ]
	one_more 4
	wait_for 20 said '"count":3' 1
	exec 7>&-
	run ! grep -q limited "$T/out"
}

@test "state: who cannot take the new key makes nothing anew under the old" {
	sed -i '/^rule = /d' "$FE_HOME/fe.conf"
	limit_filter
	# the child that would open it
	porter() { P=$(pgrep -P "$FILTER") && [ -n "$P" ]; }
	wait_for 20 porter
	kill -KILL "$P"
	rotate -q state
	one_more 1
	wait_for 20 said '"result":"unavailable"' 1
	[ ! -e "$FE_HOME/state/limit.sqlite" ]
	exec 7>&-
	# a name more, or other rights, make no other key
	limit_filter
	ln "$KEYS/state.key" "$T/name"
	one_more 1
	wait_for 20 said '"count":1' 1
	exec 7>&-
}

@test "fingerprint: a fe-receive that accepts takes the new key as it runs" {
	need swaks
	port=$(free_port)
	make -s -C "$TOP" BUILD="$BUILD" SAN="$SAN" "$BUILD/bench/receipts" >&2
	mkdir "$T/in"
	start "$T/server.log" fe-listen "${AS[@]}" --wait 127.0.0.1 "$port" \
		fe-receive --tls off -- "$BUILD/bench/receipts" "$T/in"
	wait_for_port "$port"
	printf 'From: a@b.example\nMessage-ID: <x@y>\n\nx\n' >"$T/mail"
	send() {
		timeout 20 swaks --server "127.0.0.1:$port" --to "$ALICE" \
			--from a@b.example --data "$T/mail" >"$T/swaks" 2>&1
	}
	prints() {
		cat "$T/in"/*.json | jq -r .fingerprint | sort -u | wc -l
	}
	send
	send
	[ "$(prints)" = 1 ]
	rotate -q fingerprint
	sleep 1.1
	send
	[ "$(prints)" = 2 ]
}

@test "log: tomorrow's key is not made of today's" {
	next=$(later 1)
	cp -a "$FE_HOME" "$T/other"
	before=$(sha256sum "$KEYS"/log/*.key)
	run -0 rotate log
	[[ $output == *"from ${next%T*} on"* ]]
	[ -e "$KEYS/log/${next%T*}.key" ]
	sha256sum -c --quiet <<<"$before"
	cp "$KEYS/log/${next%T*}.key" "$T/key"
	fe-log expire -q --home "$T/other" --now "$next" "$T" >/dev/null
	[ -e "$T/other/keys/log/${next%T*}.key" ]
	run -1 cmp -s "$T/key" "$T/other/keys/log/${next%T*}.key"
	# twice on one day is once
	run -0 rotate log
	[[ $output == *already* ]]
	cmp "$T/key" "$KEYS/log/${next%T*}.key"
	run -0 fe-rotate-keys status log
	[ "$(events log)" = done ]
}

@test "tls-tickets: a running server takes back what it gave" {
	once
	port=$(free_port)
	start "$T/server.log" fe-listen "${AS[@]}" --wait 127.0.0.1 "$port" \
		fe-receive -- true
	wait_for_port "$port"
	session() {
		printf 'QUIT\r\n' | timeout 30 openssl s_client -tls1_2 \
			-starttls smtp -connect "127.0.0.1:$port" "$@" \
			2>/dev/null | grep -o '^\(New\|Reused\)' | head -n 1
	}
	[ "$(session -sess_out "$T/session")" = New ]
	[ "$(session -sess_in "$T/session")" = Reused ]
	run -0 rotate tls-tickets
	told() { [ "$(session -sess_in "$T/session")" = New ]; }
	wait_for 5 told
}

@test "dkim: switches to the key that is published, makes the next" {
	local first third # as the days of their making are named
	first=$(basename "$KEYS"/dkim/example.org/r*a.pem .pem)
	run -0 rotate dkim
	third=$(basename "$KEYS"/dkim/example.org/r*c.pem .pem)
	[[ $output == *'r'*'b signs from now on'* ]]
	[[ $output == *'publish: r'*'c._domainkey.example.org TXT v=DKIM1'* ]]
	[ "$(states | cut -c 1,10- | xargs)" = "ea.json retiring eb.json active \
ec.json published ra.json retiring rb.json active rc.json published" ]
	printf 'From: x@example.org\n\nx\n' >"$T/mail"
	fe-sign -i mail -o mail <"$T/mail" >"$T/signed"
	grep -q 's=r[0-9]*b;' "$T/signed"
	# again: it waits, and nothing changes
	states >"$T/before"
	run -0 rotate dkim
	[[ $output == *'rotated already'* ]]
	states | diff "$T/before" -
	# the overlap is over, but the next key is not in DNS
	run -1 rotate dkim --now "$(later 8)"
	[[ $output == *'to be published'*'publish: '*'c._domainkey'* ]]
	states | diff "$T/before" -
	# it is: what retired first is withdrawn, and its key gone
	publish
	run -0 rotate dkim --now "$(later 8)"
	[[ $output == *"delete: $first._domainkey.example.org TXT"* ]]
	[ ! -e "$KEYS/dkim/example.org/$first.pem" ]
	[[ $(states) == *"$first.json withdrawn"* ]]
	[[ $(states) == *"$third.json active"* ]]
	# its record is gone: forgotten
	publish
	run -0 rotate dkim --now "$(later 9)"
	[[ $output == *'out of DNS and forgotten'* ]]
	[ ! -e "$KEYS/dkim/example.org/$first.json" ]
	run -0 fe-rotate-keys check
}

@test "dkim: a hook takes the records, and hears of the change" {
	cat >"$T/hook" <<-END
		#!/bin/sh
		echo "\$@ \$(cut -c 1-30)" >>"$T/heard"
	END
	chmod +x "$T/hook"
	run -0 rotate dkim --hook "$T/hook"
	[[ $output != *'publish: '* ]]
	grep -q '^publish dkim example.org r.*c._domainkey' "$T/heard"
	grep -q '^reload dkim example.org' "$T/heard"
	printf '#!/bin/sh\necho no DNS today; exit 3\n' >"$T/hook"
	run -75 rotate dkim --force --hook "$T/hook"
	[[ $output == *'no DNS today'* ]]
	[[ $output == *'publish: '* ]]
}

@test "dkim: -n changes nothing; --force waits for nothing" {
	states >"$T/before"
	run -0 rotate -n dkim
	[[ $output == *'signs from now on'* ]]
	states | diff "$T/before" -
	[ ! -e "$KEYS/ledger.jsonl" ]
	: >"$T/zone"
	run -0 rotate --force dkim
	# what is only said is nobody's to do
	states >"$T/before"
	run -0 rotate -n --force dkim
	[ -z "$(grep '^delete:' <<<"$output")" ]
	[[ $output == *'not done with -n: '*'is asked to be deleted'* ]]
	states | diff "$T/before" -
	run -0 rotate --force dkim
	[[ $output == *'delete: '* ]]
	[ "$(states | grep -c active)" = 2 ]
	[ "$(states | grep -c withdrawn)" = 2 ]
}

@test "service: every mailbox under the new key, the old one destroyed" {
	old=$(readlink "$KEYS/service/current")
	ln "$KEYS/service/$old" "$T/old"
	run -0 rotate service
	[[ $output == *'2 mailboxes are under the new key'*'destroyed'* ]]
	[ "$(find "$KEYS/service" -name '*.key' | wc -l)" = 1 ]
	cmp "$T/old" <(head -c 32 /dev/zero)
	[ "$(fe-mailbox list "$ALICE" | wc -l)" = 3 ]
	mail after
	[ "$(fe-mailbox list "$ALICE" | wc -l)" = 4 ]
}

@test "mailbox, recovery: new keys; the old recovery key opens nothing" {
	before=$(fe-mailbox keys "$ALICE" | grep current)
	run -0 rotate "mailbox:$ALICE"
	[ "$(fe-mailbox keys "$ALICE" | grep current)" != "$before" ]
	[ "$(fe-mailbox list "$ALICE" | wc -l)" = 3 ]
	run -0 fe-mailbox check
	run -0 rotate -q "recovery:$ALICE"
	new=$output
	old=$(head -n 1 "$BATS_FILE_TMPDIR/home.recovery")
	run -64 fe-account passwd --recovery "$ALICE" \
		<<<"$old"$'\nanother password\nanother password'
	fe-account passwd --recovery "$ALICE" \
		<<<"$new"$'\nanother password\nanother password' >/dev/null
	run ! grep -rqF "$new" "$FE_HOME"
}

# tls_zone: what fe-dns wants published now, TLSA records too.
tls_zone() { fe-dns -o zone --omit caa >"$T/zone" 2>/dev/null; }
pin() {
	openssl pkey -in "$KEYS/tls/$1" -pubout -outform DER | sha256sum |
		cut -c 1-64
}

@test "tls: the TLSA record of the next key first, the old key last" {
	tls_zone
	old=$(pin key.pem)
	grep -q "$old" "$T/zone"
	run -1 rotate tls
	[[ $output == *"publish: _25._tcp.mx.example.org TLSA 3 1 1 "* ]]
	next=$(pin next-key.pem)
	[[ $output == *"$next"* ]]
	run -0 fe-rotate-keys check
	[[ $output == *'tls is under way'* ]]
	# asked for again, not made again
	run -1 rotate tls
	[ "$(pin next-key.pem)" = "$next" ]
	tls_zone
	run -0 rotate tls
	[[ $output == *'may remember the one of before until'* ]]
	[ "$(pin key.pem)" = "$old" ]
	run -0 rotate --due --now "$(later 3)" tls
	[[ $output == *'are in place'*'SIGHUP'* ]]
	[ "$(pin key.pem)" = "$next" ]
	[ ! -e "$KEYS/tls/next-key.pem" ] && [ ! -e "$KEYS/tls/old-key.pem" ]
	openssl x509 -in "$KEYS/tls/cert.pem" -pubkey -noout |
		diff - <(openssl pkey -in "$KEYS/tls/key.pem" -pubout)
	# its record goes after another overlap, and is said once
	run -0 rotate --due --now "$(later 4)" tls
	[[ $output != *delete* ]]
	run -0 rotate --due --now "$(later 6)" tls
	[[ $output == *"delete: _25._tcp.mx.example.org TLSA 3 1 1 $old"* ]]
	run -0 rotate --due --now "$(later 7)" tls
	[ -z "$output" ]
	run -0 fe-rotate-keys check
}

@test "tls: a certificate of somebody else's, by hook or by hand" {
	openssl req -x509 -newkey ed25519 -nodes -keyout "$T/ca.key" \
		-out "$T/ca.pem" -subj /CN=CA -days 9 2>/dev/null
	issue() { # KEY CERT
		openssl req -new -key "$1" -subj /CN=mx.example.org |
			openssl x509 -req -CA "$T/ca.pem" -CAkey "$T/ca.key" \
				-days 5 -out "$2" 2>/dev/null
	}
	issue "$KEYS/tls/key.pem" "$KEYS/tls/cert.pem"
	# nobody pins the key: there is nothing to wait for but the certificate
	sed -i /TLSA/d "$T/zone"
	run -1 rotate tls
	[[ $output == *'waits for a certificate'*next-cert.pem* ]]
	issue "$KEYS/tls/key.pem" "$KEYS/tls/next-cert.pem"
	run -75 rotate tls
	[[ $output == *next-cert.pem* ]]
	issue "$KEYS/tls/next-key.pem" "$KEYS/tls/next-cert.pem"
	run -0 rotate tls
	[[ $output == *'are in place'* ]]
	cat >"$T/hook" <<-END
		#!/bin/sh
		read -r key cert
		[ "\$*" = 'issue tls mx.example.org' ] || exit 9
		openssl req -new -key "\$key" -subj "/CN=\$3" |
			openssl x509 -req -CA "$T/ca.pem" -CAkey "$T/ca.key" \
				-days 5 -out "\$cert"
	END
	chmod +x "$T/hook"
	before=$(pin key.pem)
	run -0 rotate tls --tls-hook "$T/hook"
	[ "$(pin key.pem)" != "$before" ]
	openssl verify -CAfile "$T/ca.pem" "$KEYS/tls/cert.pem"
	# killed between the two renames
	rotate -q tls --tls-hook /bin/false || true
	mv "$KEYS/tls/next-key.pem" "$T/next"
	issue "$T/next" "$KEYS/tls/next-cert.pem"
	ln "$KEYS/tls/key.pem" "$KEYS/tls/old-key.pem"
	mv "$T/next" "$KEYS/tls/key.pem"
	run -0 rotate --due tls
	openssl x509 -in "$KEYS/tls/cert.pem" -pubkey -noout |
		diff - <(openssl pkey -in "$KEYS/tls/key.pem" -pubout)
	[ ! -e "$KEYS/tls/old-key.pem" ]
}

@test "json: a line each, for rotations and for keys" {
	run -0 rotate -o json dkim service "recovery:$BOB"
	[ "$(jq -r .kind <<<"$output" | sort -u | xargs)" = \
		'dkim recovery service' ]
	[ "$(jq -r 'select(.what == "publish") | .name' <<<"$output" |
		sort -u)" = example.org ]
	[ "$(jq -r 'select(.what == "key") | .name' <<<"$output")" = "$BOB" ]
	run -0 fe-rotate-keys status -o json
	[ "$(jq -r .kind <<<"$output" | sort -u | wc -l)" -ge 9 ]
	# progress goes to a terminal, and nowhere else
	script -qec 'fe-rotate-keys mailbox service' "$T/typed" </dev/null \
		>/dev/null
	grep -q ' of [0-9.]* MB, 1 of 2 files' "$T/typed"
	run ! grep -q ' files' <<<"$(fe-rotate-keys mailbox 2>&1)"
}

@test "status: a limit is shown as it was given" {
	run -0 fe-rotate-keys status --limit 'state 12h' --limit 'queue 90m' \
		--limit 'account 7d' --limit 'fingerprint never'
	[ "$(awk -F '\t' '$1 ~ /^(state|queue|account|fingerprint)$/ {print $6}' \
		<<<"$output" | xargs)" = \
		'limit 12h limit 90m limit 7d limit never' ]
}

@test "due: what is older than its limit, and no more" {
	run -0 fe-rotate-keys status -q
	[ -z "$output" ]
	run -0 rotate --due -q
	[ -z "$output" ]
	conf '[fe-rotate-keys]' 'limit = dkim never' 'limit = service 10d' \
		'limit = recovery 5d'
	run -1 fe-rotate-keys status -q --now "$(later 11)"
	[ "$(cut -f 1 <<<"$output" | sort -u | xargs)" = 'recovery service' ]
	run -1 rotate --due -q --now "$(later 11)"
	[[ $output == *"recovery $ALICE"*'is due'* ]]
	[ "$(events service | xargs)" = 'begun destroyed done' ]
	[ -z "$(events dkim)$(events mailbox)$(events state)" ]
	run -0 fe-rotate-keys status -o json service
	[ "$(jq -r .due <<<"$output")" = false ]
	[ "$(jq -r .limit_s <<<"$output")" = 864000 ]
}

@test "the ledger: every change of it is found" {
	rotate -q fingerprint && rotate -q state
	run -0 fe-rotate-keys check
	head=${output##*head }
	cp "$KEYS/ledger.jsonl" "$T/ledger"
	tail -n 1 "$T/ledger" | tr -d '\n' | sha256sum | grep -q "^$head"
	for change in '2s/destroyed/kept/' '3s/done/gone/' '2d' '4p' '1s/T/ /' \
		'4{h;d};5{G}'; do
		sed "$change" "$T/ledger" >"$KEYS/ledger.jsonl"
		run -1 fe-rotate-keys check
		[[ $output == *'not as it was written'* ]]
		run -75 rotate fingerprint
	done
	head -n -1 "$T/ledger" >"$KEYS/ledger.jsonl"
	run -1 fe-rotate-keys check "$head"
	[[ $output == *'cut or replaced'* ]]
	# half a line is what a crash leaves
	{ cat "$T/ledger" && printf '{"fe":1,"n"'; } >"$KEYS/ledger.jsonl"
	run -1 fe-rotate-keys check
	rotate -q fingerprint
	run -0 fe-rotate-keys check "$head"
}

@test "two rotations at once: the second one says so" {
	: >>"$KEYS/ledger.jsonl"
	exec 5>>"$KEYS/ledger.jsonl"
	flock 5
	run -75 rotate state
	[[ $output == *'another rotation of keys is under way'* ]]
	exec 5>&-
	run -0 rotate state
}

@test "backup: a new repository and key; the old one goes after its overlap" {
	conf '[fe-backup]' "path = $T/repo"
	fe-backup init | key_in >"$T/key1"
	fe-backup -q
	run -64 rotate backup:elsewhere || run -75 rotate backup:elsewhere
	run -0 rotate backup:main
	[[ $output == *'a new repository, with its first backup'* ]]
	key_in <<<"$output" >"$T/key2"
	run -1 cmp -s "$T/key1" "$T/key2"
	old=$(echo "$T"/repo-old-*)
	[ "$(fe-backup list | wc -l)" = 1 ]
	run -0 fe-backup key confirm <"$T/key2"
	run -64 fe-backup key confirm <"$T/key1"
	# both restore
	fe-restore home -q --to "$T/new" --key-file "$T/key2"
	fe-restore home -q --to "$T/before" --key-file "$T/key1" --repo "$old"
	for home in new before; do
		[ "$(fe-mailbox list --home "$T/$home" "$ALICE" | wc -l)" = 3 ]
	done
	mail more
	run -0 fe-backup -q
	run -0 fe-backup check
	# within the overlap another run changes nothing
	run -0 rotate backup:main
	[[ $output == *'rotated already'* ]]
	run -0 fe-rotate-keys status backup
	[[ $output == *retiring* ]]
	[ "$(fe-mailbox keys "$ALICE" | grep -c backup)" = 2 ]
	ln "$KEYS"/backup/main-old-*.key "$T/link"
	run -0 rotate --due --now "$(later 31)" backup
	[[ $output == *'are destroyed, and it is removed'* ]]
	[ ! -e "$old" ]
	run -0 ls "$KEYS/backup"
	[ "$(xargs <<<"$output")" = 'main.key main.slot' ]
	[ "$(fe-mailbox keys "$ALICE" | grep -c backup)" = 1 ]
	[ -z "$(tr -d '\0' <"$T/link")" ]
	run -0 fe-backup check
	run -0 fe-rotate-keys check
}

@test "backup: a rotation moves nothing while a backup is at work" {
	once
	conf '[fe-backup]' "path = $T/repo"
	fe-backup init >/dev/null
	rotate_beside_backups main
	[ -z "$(find "$T"/repo*/locks -type f)" ]
}

@test "backup: in S3, too, from wherever a kill stopped it" {
	START=$("$HERE/peers/s3rver" 2>"$T/s3.err") ||
		skip "$(tail -n 1 "$T/s3.err")"
	port=$(free_port)
	mkdir "$T/s3"
	start "$T/s3.log" "$START" "$port" "$T/s3"
	wait_for 30 port_is_open "$port"
	printf 'S3RVER\nS3RVER\n' >"$T/s3key"
	chmod 600 "$T/s3key"
	conf '[fe-backup]' "url = s3://127.0.0.1:$port/backup/mx" \
		"s3-key-file = $T/s3key" 's3-plain = yes' 'timeout = 60s'
	fe-backup init | key_in >"$T/key1"
	fe-backup -q
	mail more
	fe-backup -q
	copying() { ls -d "$T"/s3/backup/mx-old-*/; }
	( exec fe-rotate-keys backup:main >/dev/null 2>&1 3>&- ) &
	pid=$!
	wait_for 20 copying
	kill -KILL "$pid" || true
	wait "$pid" || true
	run -0 rotate backup:main
	[[ $output == *'a new repository, with its first backup'* ]]
	key_in <<<"$output" >"$T/key2"
	[ "$(fe-backup list | wc -l)" = 1 ]
	run -0 fe-backup check --read-data
	old=$(basename "$T"/s3/backup/mx-old-*)
	run -0 fe-backup check --read-data --key-file "$T/key1" \
		--repo "s3://127.0.0.1:$port/backup/$old"
	[[ $output == *'2 snapshots'* ]]
	fe-restore home -q --to "$T/before" --key-file "$T/key1" \
		--repo "s3://127.0.0.1:$port/backup/$old"
	[ "$(fe-mailbox list --home "$T/before" "$ALICE" | wc -l)" = 4 ]
	run -0 rotate --due --now "$(later 31)" backup
	[[ $output == *'are destroyed, and it is removed'* ]]
	[ -z "$(find "$T/s3/backup/$old" -name '*_object')" ]
	run -0 fe-backup check
	rotate_beside_backups main
	rotate -q --due --force backup
	# a bucket that is a repository as a whole
	sed -i "s|^url = .*|url = s3://127.0.0.1:$port/backup|" "$FE_HOME/fe.conf"
	rm "$KEYS"/backup/*
	fe-backup init >/dev/null
	fe-backup -q
	run -0 rotate backup:main
	[ -n "$(find "$T"/s3/backup/old-* -name 'config*')" ]
	run -0 fe-backup check
}

@test "backup: in S3 without CopyObject the octets come by way of here" {
	START=$("$HERE/peers/s3rver" 2>"$T/s3.err") ||
		skip "$(tail -n 1 "$T/s3.err")"
	port=$(free_port)
	mkdir "$T/s3"
	start "$T/s3.log" "$START" "$port" "$T/s3"
	wait_for 30 port_is_open "$port"
	printf 'S3RVER\nS3RVER\n' >"$T/s3key"
	chmod 600 "$T/s3key"
	conf '[fe-backup]' 'url = s3://127.0.0.1:1/backup/mx' \
		"s3-key-file = $T/s3key" 's3-plain = yes' 'timeout = 5s'
	# it says so, or takes the copy for an empty object
	for code in 501 405 200; do
		poor=$(free_port)
		start "$T/poor.log" python3 "$HERE/peers/s3-no-copy.py" \
			"$poor" "$port" "$code" "$T/refused"
		wait_for_port "$poor"
		sed -i "s|127.0.0.1:[0-9]*/|127.0.0.1:$poor/|" "$FE_HOME/fe.conf"
		rm -rf "$KEYS"/backup/* "$T/s3/backup"/* "$T/refused"
		fe-backup init | key_in >"$T/key"
		fe-backup -q
		run -0 rotate backup:main
		# and is asked once
		[ "$(wc -l <"$T/refused")" = 1 ]
		run -0 fe-backup check --read-data -q
		old=$(sed 's|^/backup/||; s|/.*||' "$T/refused")
		run -0 fe-backup check --read-data --key-file "$T/key" \
			--repo "s3://127.0.0.1:$poor/backup/$old"
		[[ $output == *'1 snapshots'* ]]
		rotate -q --due --force backup
	done
}

@test "as root: what is made belongs to who owned what was there" {
	[ "$(id -u)" = 0 ] || skip 'not root'
	# users by number: the keeper 2001, accounts 2002, the signer 2003
	chmod o+x "$BATS_RUN_TMPDIR" "$T" "$FE_HOME" "$KEYS"
	chown -R 2001:2001 "$FE_HOME/mail" "$KEYS/service"
	chown -R 2002:2002 "$FE_HOME/secrets" "$FE_HOME/accounts" \
		"$KEYS/account.key"
	chown -R 2003:2003 "$KEYS/dkim"
	chown 2004:2004 "$KEYS/state.key" "$KEYS/log"
	owners() {
		find "$FE_HOME" -path '*/state/*' -prune -o \
			! -name ledger.jsonl ! -path "$KEYS/log/*" ! -name tickets \
			-printf '%U:%G %m %P\n' | sed 's/[0-9a-f]\{32\}/ID/' |
			sort -u
	}
	owners | grep -v dkim >"$T/before"
	for kind in service mailbox account state log; do
		run -0 rotate "$kind"
	done
	rotate -q dkim >/dev/null
	owners | grep -v dkim | diff "$T/before" -
	[ -z "$(find "$KEYS/dkim" ! -user 2003)" ]
	[ -z "$(find "$KEYS/log" ! -user 2004 -newer "$T/before")" ]
	[ "$(stat -c %u:%a "$KEYS/ledger.jsonl")" = 0:600 ]
	run -0 fe-mailbox check
}

@test "-n: every kind says what it would do, and changes nothing" {
	sums() { find "$FE_HOME" -type f -exec sha256sum {} + | sort; }
	sums >"$T/before"
	run -0 rotate -n dkim service mailbox account state queue fingerprint \
		log tls tls-tickets "recovery:$ALICE"
	for kind in dkim service mailbox account state queue fingerprint log \
		tls tls-tickets recovery; do
		grep -q "^$kind[ :]" <<<"$output"
	done
	# nothing that reads as if it were done
	run -1 grep -v ': not done with -n: ' <<<"$output"
	sums | diff "$T/before" -
	run -0 rotate -n --due --now "$(later 800)"
	[[ $output == *'service: '* ]]
	sums | diff "$T/before" -
}

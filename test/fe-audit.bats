#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-audit: the register, probes that look at what is really there, what is
# remembered.  The page in a browser is in audit-page.bats.

load helper

# A home with accounts takes a second to make: one for all tests, copied.
setup_file() {
	load helper
	make_home "$BATS_FILE_TMPDIR/home" alice@example.org bob@example.org
}

home() { cp -a "$BATS_FILE_TMPDIR/home" "$T/home" && H=$T/home; }

# row ID [OPTION]...: `STATE' and, below, the clauses `STATE TEXT'.
row() {
	fe-audit --home "$H" -n -o json "${@:2}" "$1" |
		jq -r 'select(.id) | .state, (.evidence[] | .state + " " + .text)'
}

# make_tree: a host in $R of which only files are looked at.
make_tree() {
	R=$T/root
	mkdir -p "$R"/{etc,var/lib/dpkg,proc/net}
	echo 'VERSION_CODENAME=bookworm' >"$R/etc/os-release"
	printf 'Package: %s\nStatus: install ok installed\nVersion: %s\n\n' \
		openssl 3.0.13-1~deb12u1 bash 5.2.15-2+b7 \
		>"$R/var/lib/dpkg/status"
}

# process PID NAME UID SECCOMP NO_NEW_PRIVS [TARGET]...: one of $R's /proc.
process() {
	local n=3 target
	mkdir -p "$R/proc/$1/fd"
	echo "$2" >"$R/proc/$1/comm"
	printf 'Name:\t%s\nUid:\t%s\t%s\t%s\t%s\nNoNewPrivs:\t%s\nSeccomp:\t%s\n' \
		"$2" "$3" "$3" "$3" "$3" "$5" "$4" >"$R/proc/$1/status"
	for target in "${@:6}"; do
		ln -s "$target" "$R/proc/$1/fd/$((n++))"
	done
}

@test "help, version, wrong words" {
	run -0 fe-audit --help
	[[ $output == *'--network'* && $output == *attest* ]]
	run -0 fe-audit --version
	run -64 fe-audit --nonsense
	home
	run -64 fe-audit --home "$H" no-such
	[[ $output == *"there is no practice 'no-such'"* ]]
	run -64 fe-audit --home "$H" verify more
	run -64 fe-audit --home "$H" providers -o html
	run -64 fe-audit --home "$H" security-txt -o json
	run -64 fe-audit --home "$H" --root "$T/nowhere"
	run -64 fe-audit --home "$H" attest comp-soc2
}

@test "the register has every practice, each with a probe" {
	home
	fe-audit --home "$H" -n -o json >"$T/json" || [ $? = 1 ]
	jq -es '.[:-1] | length >= 77 and all(.id and .what and .by and
		.probe and .do and .section and (.required | type == "boolean")
		and (.evidence | length > 0))' "$T/json"
	! grep -q 'has no probe' "$T/json" || false
	[ "$(jq -r '.id // empty' "$T/json" | sort | uniq -d)" = '' ]
	jq -es '.[-1] as $t | ([.[:-1][] | .state] | group_by(.) |
		map({(.[0]): length}) | add) as $n | ["pass", "fail",
		"unknown"] | all(. as $s | $t[$s] == ($n[$s] // 0))' "$T/json"
	# what is promised elsewhere is what is in it
	need_shared PRACTICES.md
	jq -r '.id // empty' "$T/json" | sort >"$T/ids"
	sed -n 's/^| \([a-z][a-z0-9*, -]*\) |.*/\1/p' \
		"$SHARED/PRACTICES.md" | tr ',' '\n' | tr -d ' ' |
		grep -v '^id$' | while read -r id; do
		case $id in
		*'*') grep -q "^${id%\*}" "$T/ids" || echo "$id" ;;
		*) grep -qx "$id" "$T/ids" || echo "$id" ;;
		esac
	done >"$T/missing"
	[ ! -s "$T/missing" ]
}

@test "all of it takes less than three seconds" {
	home
	local start=${EPOCHREALTIME/./}
	fe-audit --home "$H" >"$T/out" || [ $? = 1 ]
	local took=$(((${EPOCHREALTIME/./} - start) / 1000))
	echo "# $took ms" >&3
	[ -n "$SAN" ] || [ "$took" -lt 3000 ]
	tail -n 1 "$T/out" | grep -Eq \
		'^[0-9]+ pass, [0-9]+ fail \([0-9]+ required\), [0-9]+ unknown, [0-9]+ attested$'
}

@test "a program that is not there is unknown, not installed" {
	home
	[ "$(row data-collect)" = $'unknown\nunknown fe-privacy: not installed' ]
	[ "$(row inc-notify)" = $'unknown\nunknown fe-incident: not installed' ]
	# and alive as soon as it is: all of the family stand side by side
	mkdir "$T/bin"
	cp "$BIN/fe-audit" "$BIN/fe-limit" "$T/bin"
	mkdir -p "$T/share/fe"
	cp -r "$TOP"/share/* "$T/share/fe"
	PATH=/usr/bin:/bin "$T/bin/fe-audit" --home "$H" -n -o json abuse-rate \
		abuse-spam auth-dkim >"$T/json" || [ $? = 1 ]
	grep -q 'made up' "$T/json"
	grep -q 'fe-learn: not installed' "$T/json"
	grep -q 'fe-sign: not installed' "$T/json"
}

@test "a plain page in a mailbox is found, and its place" {
	home
	[[ $(row enc-store) == pass$'\n'*'2 files looked at, 0 of them plain' ]]
	# pages of mailboxes have 4096 octets
	sqlite3 "$T/plain" 'PRAGMA page_size=4096; CREATE TABLE t(x);
		INSERT INTO t VALUES (hex(zeroblob(90000)));'
	cp "$T/plain" "$H/mail/example.org/bob.sqlite"
	[[ $(row enc-store) == fail*"page 1 of '$H/mail/example.org/bob.sqlite' is plain"* ]]
	# one page amid others
	cp "$BATS_FILE_TMPDIR/home/mail/example.org/bob.sqlite" \
		"$H/mail/example.org/bob.sqlite"
	dd if="$T/plain" of="$H/mail/example.org/bob.sqlite" bs=4096 skip=2 \
		seek=12 count=1 conv=notrunc status=none
	[[ $(row enc-store) == fail*"page 13 of "*bob.sqlite* ]]
	# what is not looked at is no evidence
	cp "$BATS_FILE_TMPDIR/home/mail/example.org/bob.sqlite" \
		"$H/mail/example.org/bob.sqlite"
	: >"$H/mail/example.org/alice.sqlite"
	[[ $(row enc-store) == unknown*"alice.sqlite' has no pages"* ]]
}

@test "a plain page is found wherever messages wait, in large files, too" {
	home
	sqlite3 "$T/plain" 'PRAGMA page_size=4096; CREATE TABLE t(x);
		INSERT INTO t VALUES (hex(zeroblob(1000000)));'
	mkdir -p "$H/state" "$H/queue"
	local file
	for file in queue/queue.sqlite state/reputation.sqlite \
		mail/.quarantine.sqlite; do
		cp "$T/plain" "$H/$file"
		[[ $(row enc-store) == fail*"of '$H/$file' is plain"* ]]
		rm "$H/$file"
	done
	# half of a large file: none of 64 pages by chance would be one of them
	# once in 2^64
	cp "$H/mail/example.org/bob.sqlite" "$T/bob"
	openssl rand 4096000 >>"$T/bob"
	for _ in $(seq 500); do
		dd if="$T/plain" bs=4096 skip=2 count=1 status=none
		openssl rand 4096
	done >>"$T/bob"
	cp "$T/bob" "$H/mail/example.org/bob.sqlite"
	[[ $(row enc-store) == fail*'bob.sqlite'*plain* ]]
}

@test "two mailboxes with one key are found" {
	home
	[[ $(row enc-individual) == pass$'\n'*'2 mailboxes, 2 keys'* ]]
	cp "$H/mail/example.org/alice.keys" "$H/mail/example.org/bob.keys"
	[[ $(row enc-individual) == fail$'\n'*"'alice@example.org' and 'bob@example.org' share"* ]]
}

@test "accounts without a second factor are counted, not named" {
	home
	row auth-mfa >"$T/out"
	head -n 2 "$T/out" |
		diff - <(printf '%s\n' fail 'fail 2 of 2 accounts have no second factor')
	run ! grep -q 'alice\|bob' "$T/out"
	# whose fault it is
	if fe-account --help | grep -q totp; then
		run ! grep -q 'cannot keep one' "$T/out"
	else
		grep -q '^note this version of fe-account cannot keep one' "$T/out"
	fi
}

@test "a test message is signed by each domain's active key" {
	home
	row auth-dkim >"$T/out"
	grep -qx 'pass a test message of example.org is signed' "$T/out"
	grep -q 'never looked at from the network' "$T/out"
	sed -i 's/active/retiring/' "$H"/keys/dkim/example.org/*.json
	[[ $(row auth-dkim) == fail*'example.org has 0 active keys'* ]]
}

@test "mail that comes in is checked; the policy that is served enforces" {
	home
	local file=$H/service/mta-sts/example.org/.well-known/mta-sts.txt
	mail() {
		fe-audit --home "$H" -n -o json auth-spf auth-dmarc auth-mta-sts |
			jq -r 'select(.id) | .id as $id | .evidence[] |
			"\($id) \(.state) \(.text)"'
	}
	mail >"$T/out"
	[ "$(grep -c '^auth-\(spf\|dmarc\) pass mail that comes in is checked' \
		"$T/out")" = 2 ]
	grep -q "^auth-mta-sts unknown no policy at '$file'" "$T/out"
	sed -i 's/^fe-verify | /cat | /' "$H/deliver"
	fe-dns --home "$H" mta-sts >/dev/null 2>&1 || true
	mkdir -p "${file%/*}"
	policy() { printf '%s\r\n' "version: STSv1" "$@" >"$file"; }
	policy 'mode: enforce' 'mx: mx.example.org' 'max_age: 86400'
	mail >"$T/out"
	[ "$(grep -c '^auth-\(spf\|dmarc\) fail mail that comes in is not' \
		"$T/out")" = 2 ]
	grep -q '^auth-mta-sts pass the policy of example.org enforces' "$T/out"
	policy 'mode: testing' 'mx: mx.example.org' 'max_age: 86400'
	[[ $(row auth-mta-sts) == fail*'does not enforce'* ]]
	policy 'mode: enforce' 'mx: other.example.org' 'max_age: 86400'
	[[ $(row auth-mta-sts) == fail*'does not name mx.example.org'* ]]
	policy 'note: mode: enforce'
	[[ $(row auth-mta-sts) == fail*'is no policy'* ]]
}

@test "the spam model and the history of senders are looked at" {
	home
	[[ $(row abuse-reputation) == *'unknown the history of senders is not there'* ]]
	mkdir -p "$H/state"
	touch "$H/state/reputation.sqlite"
	[[ $(row abuse-reputation) == *'pass the history of senders is 0 days old'* ]]
	touch -d '-9 days' "$H/state/reputation.sqlite"
	[[ $(row abuse-reputation) == fail* ]]
	# what was written last is in the log of the database
	touch "$H/state/reputation.sqlite-wal"
	[[ $(row abuse-reputation) == *'pass the history of senders is 0 days old'* ]]

	[[ $(row abuse-spam) == fail*'fe-scan is not in HOME/deliver'*'has no model of its own'* ]]
	mkdir -p "$H/model"
	cp "$TOP/share/starter.model" "$H/model/site.model"
	sed -i 's/^fe-verify | /fe-verify | fe-scan | /' "$H/deliver"
	row abuse-spam >"$T/out"
	grep -q '^unknown nobody has measured it' "$T/out"
	grep -Eq '^pass the model has learned [1-9][0-9]* spam and [1-9]' "$T/out"
	echo '{"auc":0.99}' >"$H/model/site.eval"
	[[ $(row abuse-spam) == pass* ]]
	echo '{"auc":0.51}' >"$H/model/site.eval"
	[[ $(row abuse-spam) == fail*'0.5100'* ]]
	[[ $(row abuse-spam --now 2035-01-01) == fail*'too old'* ]]
	echo junk >"$H/model/site.model"
	[[ $(row abuse-spam) == fail*'no model'* ]]
}

@test "logs name nobody, and go in time with the keys of their names" {
	home
	rm -rf "$H/log" "$H/keys/log"
	[[ $(row data-logs) == unknown* ]]
	mkdir "$H/log"
	[[ $(row data-logs) == unknown*'no line of a log'* ]]
	rmdir "$H/log"
	echo 'from=<alice@example.org>' | fe-log --home "$H" "$H/log"
	[[ $(row data-logs) == pass*'the oldest log is of '*'the oldest key of logs is of '* ]]
	[[ $(row data-logs --now "$(date -d '+10 days' +%F)") == fail*'key of logs is of'*'should have gone'* ]]
	[[ $(row data-logs --now "$(date -d '+20 days' +%F)") == fail*'oldest log is of'*'should have gone'* ]]
	printf '[fe-log]\nkeep = 60d\nkeep-keys = 60d\n' >>"$H/fe.conf"
	[[ $(row data-logs --now "$(date -d '+20 days' +%F)") == pass* ]]
	printf '[fe]\nlog-personal = yes\n' >>"$H/fe.conf"
	[[ $(row data-logs) == fail*'our own logs name people'* ]]
	sed -i '/log-personal/d' "$H/fe.conf"
	echo 'from=<alice@example.org>' >>"$H/log/$(date -u +%F).0009.log"
	[[ $(row data-logs) == fail*'fe-log audit: '* ]]
}

@test "what fe is and where it comes from" {
	home
	[[ $(row open-source) == pass*'the ISC licence'* ]]
	[[ $(row dev-threats) == pass*threat-model.md* ]]
	mkdir -p "$T/bin" "$T/share/fe"
	cp "$BIN/fe-audit" "$T/bin"
	cp "$TOP"/share/*.json "$T/share/fe"
	for id in open-source dev-threats; do
		run -1 "$T/bin/fe-audit" --home "$H" -n "$id"
	done
	printf 'All rights reserved.\n' >"$T/share/fe/COPYING"
	run -1 "$T/bin/fe-audit" --home "$H" -n open-source
	[[ $output == *'is another licence'* ]]
}

@test "DNS is asked with --network, and what it said counts for a week" {
	home
	mkdir -p "$T/bin" "$T/share/fe"
	cp "$BIN"/fe-{audit,dns,sign,limit,harden} "$T/bin"
	cp -r "$TOP"/share/* "$T/share/fe"
	printf '[fe-dns]\naddress = 192.0.2.1\n' >>"$H/fe.conf"
	fe-dns --home "$H" -o zone >"$T/zone"
	# the real one, answered by a zone file
	mv "$T/bin/fe-dns" "$T/bin/real"
	printf '#!/bin/sh\nexec %s/real "$@" --dns-zone %s\n' "$T/bin" \
		"$T/zone" >"$T/bin/fe-dns"
	chmod +x "$T/bin/fe-dns"
	look() { "$T/bin/fe-audit" --home "$H" -n -o json "$@" |
		jq -r 'select(.id) | .state, (.evidence[] | .state + " " + .text)'; }
	[[ $(look auth-spf) == unknown*'never looked at from the network'* ]]
	[[ $(look --network auth-spf) == pass*'DNS has what fe-dns wants'* ]]
	"$T/bin/fe-audit" --home "$H" --network >/dev/null || [ $? = 1 ]
	[[ $(look auth-spf) == pass*'0 days ago, with --network: pass'* ]]
	[[ $(look --now "$(date -d '+10 days' +%F)" auth-spf) == fail*'too long ago'* ]]
	sed -i 's/v=spf1 [^"]*/v=spf1 +all/' "$T/zone"
	[[ $(look --network auth-spf) == fail*'example.org: different'* ]]
	[[ $(look --network auth-dmarc) != fail*different* ]]
	sed -i '/_domainkey/s/p=.../p=AAA/' "$T/zone"
	[[ $(look --network auth-dkim) == fail*'_domainkey.example.org: different'* ]]
}

@test "keys must be young enough, and the chain of what was done to them whole" {
	home
	make_tree
	mkdir -p "$R/etc/ssh" "$R/home/ada/.ssh"
	touch "$R/etc/ssh/ssh_host_ed25519_key" "$R/home/ada/.ssh/authorized_keys"
	row comp-sshkeys --root "$R" >"$T/out"
	[ "$(head -n 1 "$T/out")" = pass ]
	grep -q '^pass the ledger of keys is whole' "$T/out"
	touch -d '2 years ago' "$R/home/ada/.ssh/authorized_keys"
	[[ $(row comp-sshkeys --root "$R") == fail*ada/.ssh/authorized_keys*'too old'* ]]
	echo '{}' >"$H/keys/ledger.jsonl"
	[[ $(row comp-sshkeys --root "$R") == fail*'the ledger of keys is not whole'* ]]
	[[ $(row enc-individual) == pass*'0 of 2 keys (mailbox) are due'* ]]
	# they are a second old, soon
	printf '[fe-rotate-keys]\nlimit = mailbox 1s\n' >>"$H/fe.conf"
	due() { [[ $(row enc-individual) == fail*'2 of 2 keys (mailbox) are due'* ]]; }
	wait_for 10 due
	run ! grep -q alice <(row enc-individual)
}

@test "files must be as the baseline has them" {
	home
	[[ $(row net-ids) == fail*'there is no baseline'* ]]
	[[ $(row net-ids) == fail*'fe-watch does not run'* ]]
	fe-baseline --home "$H" make -q
	row net-ids | grep -qx 'pass files are as the baseline has them'
	echo '# changed' >>"$H/fe.conf"
	row net-ids | grep -q "^fail .*$H/fe.conf"
}

@test "a made-up flood meets the site's own rules" {
	home
	row abuse-rate >"$T/out"
	[ "$(head -n 1 "$T/out")" = pass ]
	grep -q '1700 are over a limit' "$T/out"
	grep -qx 'pass guessing passwords (made up) is worth a ban' "$T/out"
	grep -qx 'pass a port scan (made up) is worth a ban' \
		<<<"$(row net-portscan)"
	[ ! -e "$H/state/bans" ]
	# who would let it pass is told so
	printf '[fe-ban]\nallow = 192.0.2.0/24\n' >>"$H/fe.conf"
	[[ $(row abuse-rate) == fail*'is not worth a ban'* ]]
	[[ $(row net-portscan) == fail*'is not worth a ban'* ]]
	sed -i '/^\[fe-ban\]/,$d' "$H/fe.conf"
	sed -i 's/rate=300/rate=3000/' "$H/fe.conf"
	[[ $(row abuse-rate) == fail*'0 are over a limit'* ]]
	sed -i '/at=unknown/d' "$H/fe.conf"
	[[ $(row abuse-rate) == fail*'guessing addresses is free'* ]]
	# it leaves nothing
	[ -z "$(ls -d /dev/shm/fe-audit.* 2>/dev/null)" ]
	[ ! -e "$H/state/limit.sqlite" ]
}

@test "phishing must be found, in mail that comes in" {
	home
	row abuse-content >"$T/out"
	grep -q '^pass a made-up phishing mail scores 0.9' "$T/out"
	grep -q '^fail fe-scan is not in HOME/deliver' "$T/out"
	sed -i 's/^fe-verify | /my-fe-scan | fe-verify | /; $s/$/ # fe-scan/' \
		"$H/deliver"
	[[ $(row abuse-content) == fail* ]]
	sed -i 's/^my-fe-scan | /my-fe-scan | fe-scan | /' "$H/deliver"
	[[ $(row abuse-content) == pass* ]]
}

@test "clamd must answer, and find EICAR, with fresh signatures" {
	home
	[[ $(row abuse-virus) == fail*'names no clamd'* ]]
	need_peer clamav-daemon clamd
	mkdir -p "$T/clam/db" "$T/clam/tmp"
	echo "Eicar-Text:0:*:$(printf EICAR-STANDARD-ANTIVIRUS-TEST-FILE |
		od -An -tx1 | tr -d ' \n')" >"$T/clam/db/a.ndb"
	printf '%s\n' "DatabaseDirectory $T/clam/db" "LocalSocket $T/clam/s" \
		"TemporaryDirectory $T/clam/tmp" 'Foreground yes' >"$T/clam/conf"
	start "$T/clam/out" "$PEER" -c "$T/clam/conf"
	wait_for 20 test -S "$T/clam/s"
	printf '[fe-scan]\nclamd = %s\n' "$T/clam/s" >>"$H/fe.conf"
	sed -i 's/^fe-verify | /fe-verify | fe-scan | /' "$H/deliver"
	row abuse-virus >"$T/out"
	grep -q '^pass clamd answers: ClamAV' "$T/out"
	grep -q '^pass the EICAR test file is Eicar-Text' "$T/out"
	grep -q '^unknown it does not say how old' "$T/out"
	kill -KILL "$STARTED"
	wait_for 10 bash -c "! kill -0 $STARTED"
	[[ $(row abuse-virus) == fail*"'$T/clam/s'"* ]]
}

@test "TLS is tried by handshakes with who really listens" {
	need unshare openssl
	unshare -rn true 2>/dev/null || skip 'no namespaces here'
	home
	cat >"$T/serve" <<-'END'
		ip link set lo up
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
			-nodes -subj /CN=x -keyout "$T/k" -out "$T/c" 2>/dev/null
		fe-listen -u root 127.0.0.1 2525 fe-receive --home "$H" -- \
			"$H/deliver" >"$T/listen" 2>&1 &
		openssl s_server -quiet -accept 465 -cert "$T/c" -key "$T/k" \
			"$@" </dev/zero >/dev/null 2>&1 &
		for i in $(seq 100); do
			(exec 3<>/dev/tcp/127.0.0.1/2525) 2>/dev/null &&
				(exec 3<>/dev/tcp/127.0.0.1/465) 2>/dev/null && break
			sleep 0.05
		done
		fe-audit --home "$H" -n -o json net-tls |
			jq -r 'select(.id) | .state, (.evidence[] |
				.state + " " + .text)'
		kill %1 %2
	END
	export T H
	run -0 unshare -rn bash "$T/serve"
	echo "$output"
	[ "${lines[0]}" = pass ]
	[[ $output == *'pass port 2525 takes TLS 1.2 or 1.3: TLSv1.3'* ]]
	[[ $output == *'pass port 2525 refuses TLS 1.0'* ]]
	[[ $output == *'pass port 2525 refuses weak suites'* ]]
	[[ $output == *'pass port 465 refuses TLS 1.1'* ]]
	run -0 unshare -rn bash "$T/serve" -cipher ALL:eNULL:@SECLEVEL=0
	[ "${lines[0]}" = fail ]
	[[ $output == *'fail port 465 takes TLS 1.0'* ]]
	[[ $output == *'fail port 465 takes weak suites'* ]]
	[[ $output == *'pass port 2525 refuses TLS 1.0'* ]]
}

@test "a look from outside, with --network" {
	need unshare
	unshare -rn true 2>/dev/null || skip 'no namespaces here'
	home
	[[ $(row net-vulnscan) == *'never looked at from the network'* ]]
	sed -i 's/^hostname = .*/hostname = localhost/' "$H/fe.conf"
	cat >"$T/serve" <<-'END'
		ip link set lo up
		fe-listen -u root 127.0.0.1 25 fe-receive --home "$H" "$@" -- \
			"$H/deliver" >"$T/listen" 2>&1 &
		for i in $(seq 100); do
			(exec 3<>/dev/tcp/127.0.0.1/25) 2>/dev/null && break
			sleep 0.05
		done
		fe-audit --home "$H" -n --network -v net-vulnscan net-tls
		kill %1
	END
	export T H
	run unshare -rn bash "$T/serve"
	echo "$output"
	[[ $output == *'note     from outside, certificate-chain at 127.0.0.1: self-signed'* ]]
	[[ $output == *' checks from outside pass'* ]]
	[[ $output != *'fail     from outside'* ]]
	# who offers no TLS is seen from within and from without
	run unshare -rn bash "$T/serve" --tls off
	echo "$output"
	[[ $output == *'fail     port 25 offers no STARTTLS'* ]]
	[[ $output == *'from outside, tls at 127.0.0.1: '* ]]
}

@test "known holes of packages: those that are mended fail" {
	home
	make_tree
	[[ $(row comp-vulns --root "$R") == unknown*"there is no copy"* ]]
	cat >"$H/state/advisories.json" <<-'END'
		{"openssl":{"CVE-2026-1":{"description":"\"}{","releases":{
		"bookworm":{"status":"resolved","fixed_version":
		"3.0.14-1~deb12u1","urgency":"high"}}},
		"CVE-2026-2":{"releases":{"bookworm":{"status":"open",
		"urgency":"medium"}}}},
		"bash":{"CVE-2026-3":{"releases":{"bookworm":{"status":
		"resolved","fixed_version":"5.2.15-2","urgency":"low"}}}},
		"absent":{"CVE-2026-4":{"releases":{"bookworm":{"status":"open"}}}}}
	END
	row comp-vulns --root "$R" >"$T/out"
	grep -qx 'fail CVE-2026-1: openssl 3.0.13-1~deb12u1 is mended in 3.0.14-1~deb12u1' "$T/out"
	grep -qx 'note 1 known and not mended in bookworm, urgency: medium' "$T/out"
	! grep -q 'CVE-2026-[34]' "$T/out" || false
	sed -i 's/^Version: 3.0.13/Version: 3.0.14/' "$R/var/lib/dpkg/status"
	[[ $(row comp-vulns --root "$R") == pass* ]]
	[[ $(row dev-deps --root "$R") == pass* ]]
	# mended on the disk is not mended in a process that was started before
	process 100 fe-store 1000 2 1
	printf '%s\n' '7f00-7f01 r-xp 0000 08:01 17 /usr/lib/libssl.so.3' \
		'7f02-7f03 rw-p 0000 00:01 18 /memfd:x (deleted)' \
		>"$R/proc/100/maps"
	[[ $(row dev-deps --root "$R") == pass*'none of our 1 processes'* ]]
	sed -i '1s/$/ (deleted)/' "$R/proc/100/maps"
	mv "$R/proc/100/maps" "$T/maps"
	[[ $(row dev-deps --root "$R") == unknown*'only root sees the libraries of 1 of our 1'* ]]
	mv "$T/maps" "$R/proc/100/maps"
	[[ $(row dev-deps --root "$R") == fail*"fe-store (pid 100) runs with the '/usr/lib/libssl.so.3' of before"* ]]
	rm -r "$R/proc/100"
	touch -d '10 days ago' "$H/state/advisories.json"
	[[ $(row comp-vulns --root "$R") == fail*'10 days old, too old'* ]]
	echo '{"openssl":' >"$H/state/advisories.json"
	[[ $(row comp-vulns --root "$R") == unknown*'is no JSON'* ]]
}

@test "Debian's data is read as a stream: 70 MB in little memory and time" {
	[ -z "$SAN" ] || skip 'not with sanitizers'
	home
	make_tree
	python3 - "$H/state/advisories.json" <<-'END'
		import json, sys
		one = {"description": "x" * 800, "releases": {r: {"status":
		    "open", "urgency": "low"} for r in ("bookworm", "trixie")}}
		with open(sys.argv[1], "w") as f:
		    f.write("{")
		    for i in range(1400):
		        f.write(json.dumps("p%d" % i) + ":" + json.dumps(
		            {"CVE-%d-%d" % (i, k): one for k in range(50)}) + ",")
		    f.write('"bash":{"CVE-9":{"releases":{"bookworm":{"status":'
		        '"open","urgency":"high"}}}}}')
	END
	[ "$(stat -c %s "$H/state/advisories.json")" -gt 60000000 ]
	local start=${EPOCHREALTIME/./}
	(ulimit -v 400000 && row comp-vulns --root "$R") >"$T/out"
	echo "# $(((${EPOCHREALTIME/./} - start) / 1000)) ms" >&3
	[ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt 2000 ]
	grep -q '^note 1 known and not mended in bookworm, urgency: high' "$T/out"
}

@test "who runs as whom, and what confines it" {
	home
	make_tree
	process 100 fe-receive 0 2 1
	process 101 fe-store 1000 2 1
	process 102 fe-verify 1000 0 0
	row host-isolation --root "$R" >"$T/out"
	[ "$(head -n 1 "$T/out")" = fail ]
	grep -q '^fail fe-receive (pid 100) runs as root, not as fe-net' "$T/out"
	grep -q '^fail host-isolation.seccomp: 0 of fe-verify' "$T/out"
	grep -q '^fail fe-verify (pid 102) may get new rights' "$T/out"
	rm -r "$R"/proc/10[02]
	process 100 fe-verify 1000 2 1
	row host-isolation --root "$R" >"$T/out"
	[ "$(head -n 1 "$T/out")" = pass ]
	grep -q '^note one user runs all 2 of them' "$T/out"
}

@test "our own processes that talk over TCP, and files outside the home" {
	home
	make_tree
	process 100 fe-receive 1000 2 1 'socket:[11]'
	process 101 fe-pool 1000 2 1 'socket:[12]'
	local rest='00000000:00000000 00:00000000 00000000 0 0'
	printf '%s\n' ' sl local rem st' \
		" 0: 0100007F:1000 0100007F:2000 01 $rest 11 1" \
		" 1: 0100007F:2000 0100007F:1000 01 $rest 13 1" \
		>"$R/proc/net/tcp"
	[[ $(row net-endpoints --root "$R") == pass* ]]
	sed -i 's/ 13 1$/ 12 1/' "$R/proc/net/tcp"
	[[ $(row net-endpoints --root "$R") == fail*'fe-receive and fe-pool talk over TCP'* ]]
	[[ $(row data-memory --root "$R") == pass* ]]
	process 102 fe-scan 1000 2 1 "$H/model/x" /tmp/spool.eml
	[[ $(row data-memory --root "$R") == fail*"fe-scan holds '/tmp/spool.eml' open"* ]]
	rm "$R/proc/102/fd/4"
	mkdir -p "$R/tmp"
	touch "$R/tmp/spool.eml"
	[[ $(row data-memory --root "$R") == pass* ]]
	echo "fe-mail:x:$(id -u):0::/:/bin/false" >"$R/etc/passwd"
	[[ $(row data-memory --root "$R") == fail*"'/tmp/spool.eml' is a file of the service's"* ]]
	rm "$R/tmp/spool.eml"
	rm -r "$R"/proc/10[012]
	[[ $(row data-memory --root "$R") == unknown*'none of our programs runs'* ]]
	touch "$H/dump"
	[[ $(row data-memory --root "$R") == fail*"'dump' does not belong in the home"* ]]
}

@test "floods are bounded: by the kernel, by the firewall, by fe-limit" {
	home
	make_tree
	mkdir -p "$R"/etc/{sysctl.d,nftables.d} "$R/proc/sys/net/ipv4" "$R/run"
	echo 0 >"$R/proc/sys/net/ipv4/tcp_syncookies"
	flood() { row net-ddos --root "$R"; }
	flood >"$T/out"
	grep -q '^fail host-kernel.syncookies: 0' "$T/out"
	grep -q '^fail net-firewall.rate-4: ' "$T/out"
	grep -q '^fail nobody answers on ' "$T/out"
	echo 1 >"$R/proc/sys/net/ipv4/tcp_syncookies"
	fe-harden apply --home "$H" -q --yes --root "$R" net-firewall \
		host-kernel.syncookies
	start "$T/limit" fe-limit --home "$H" --serve "$H/run/limit.sock"
	wait_for 10 test -S "$H/run/limit.sock"
	[[ $(flood) == pass*'[fe-limit] has a rule for connections'*'fe-limit answers on'* ]]
	sed -i 's/at=connection/at=recipient/' "$H/fe.conf"
	[[ $(flood) == fail*'says at=connection'* ]]
	printf '[fe-receive]\nlimit = off\n' >>"$H/fe.conf"
	[[ $(flood) == fail*'told not to ask fe-limit'* ]]
}

@test "the watcher runs, scans run, and history grows old" {
	home
	make_tree
	[[ $(row comp-accesslogs --root "$R") == fail*'fe-watch does not run'* ]]
	[[ $(row enc-memory --root "$R") == fail*host-coredumps.limit* ]]
	process 100 fe-watch 1000 2 1
	[[ $(row comp-accesslogs --root "$R") == pass*'fe-watch runs (pid 100)'* ]]
	[[ $(row comp-scanning) == unknown*'this is the first run'* ]]
	[[ $(row improve-trends) == unknown*'this is the first run'* ]]
	fe-audit --home "$H" -q --now "$(date -d '-10 days' +%F)" >/dev/null ||
		[ $? = 1 ]
	[[ $(row comp-scanning) == fail*'too old'* ]]
	[[ $(row improve-trends) == pass*'1 runs of '* ]]
	[[ $(row improve-trends --now "$(date -d '-9 days' +%F)") == unknown* ]]
	fe-audit --home "$H" -q >/dev/null || [ $? = 1 ]
	[[ $(row comp-scanning) == pass* ]]
}

@test "programs are looked at: how they were linked and compiled" {
	[ -z "$SAN" ] || skip 'not with sanitizers'
	home
	[[ $(row dev-static) == pass* ]]
	[[ $(row dev-dynamic) == pass* ]]
	mkdir -p "$T/bin" "$T/share/fe"
	cp "$BIN/fe-audit" "$T/bin"
	cp -r "$TOP"/share/* "$T/share/fe"
	echo 'int main(void) { return 0; }' >"$T/x.c"
	gcc -no-pie -fcf-protection=none -fno-stack-protector \
		-Wl,-z,norelro,-z,lazy,-z,execstack -o "$T/bin/fe-odd" "$T/x.c" \
		2>/dev/null
	"$T/bin/fe-audit" --home "$H" -n dev-static dev-dynamic \
		>"$T/out" || [ $? = 1 ]
	for word in 'at a fixed address' 'no RELRO' 'no BIND_NOW' \
		'its stack is executable' 'not compiled for CET'; do
		grep -q "fe-odd: $word" "$T/out"
	done
	# and all of one version
	printf 'int puts(const char *); int main(void) { return puts("fe-odd 7.7") < 0; }\n' \
		>"$T/x.c"
	gcc -o "$T/bin/fe-odd" "$T/x.c"
	"$T/bin/fe-audit" --home "$H" -n -v dev-review >"$T/out"
	grep -q "fail *beside fe-audit .* lies 'fe-odd 7.7'" "$T/out"
	rm "$T/bin/fe-odd"
	"$T/bin/fe-audit" --home "$H" -n -v dev-review >"$T/out"
	grep -q 'pass *\([0-9]*\) of \1 programs are of version' "$T/out"
}

@test "backups: age, places, drill, targets" {
	home
	[[ $(row backup-daily) == fail*'has no [fe-backup]'* ]]
	printf '[fe-backup]\npath = %s\nrpo = 36h\nrto = 8h\n' "$T/repo" \
		>>"$H/fe.conf"
	[[ $(row backup-daily) == fail*'cannot reach the destination'* ]]
	fe-backup --home "$H" init >/dev/null 2>&1
	[[ $(row backup-daily) == fail*"'main' has no snapshot"* ]]
	fe-backup --home "$H" -q
	[[ $(row backup-daily) == pass*"newest snapshot of 'main' is 0 hours"* ]]
	[[ $(row backup-drill) == fail*"'main' was never drilled"* ]]
	[[ $(row backup-geo) == fail*'go to 1 place'* ]]
	# one without a snapshot is no place, nor is a second one beside it
	printf '[fe-backup near]\npath = %s\n' "$T/repo2" >>"$H/fe.conf"
	fe-backup --home "$H" --instance near init >/dev/null 2>&1
	[[ $(row backup-geo) == fail*"'near' has no snapshot"* ]]
	fe-backup --home "$H" --instance near -q
	[[ $(row backup-geo) == fail*'that has another copy'*'go to 1 place'* ]]
	if [ "$(stat -c %d /dev/shm)" != "$(stat -c %d "$T")" ]; then
		mkdir -p "/dev/shm/${T##*/}"
		cp -a "$T/repo2" "/dev/shm/${T##*/}/"
		sed -i "s,^path = .*repo2,path = /dev/shm/${T##*/}/repo2," \
			"$H/fe.conf"
		[[ $(row backup-geo) == pass*'go to 2 places'* ]]
		rm -r "/dev/shm/${T##*/}"
	fi
	sed -i '/^\[fe-backup near\]/,$d' "$H/fe.conf"
	fe-restore --home "$H" drill -q
	[[ $(row backup-drill) == pass* ]]
	[[ $(row backup-rpo) == pass* ]]
	[[ $(row backup-daily --now 2030-01-01) == fail* ]]
}

@test "history is a chain: --diff, verify, and what breaks it" {
	home
	run -75 fe-audit --home "$H" verify
	[[ $output == *"no history '$H/state/audit.jsonl'"* ]]
	fe-audit --home "$H" >/dev/null || [ $? = 1 ]
	run -0 fe-audit --home "$H" verify
	[[ $output == '1 entries, 1 of them runs, head '* ]]
	[ "$(fe-audit --home "$H" verify -o json | jq -r .head)" = \
		"${output##* }" ]
	# nothing changed: nothing to say, in cron
	fe-audit --home "$H" -q --diff >"$T/out" || [ $? = 1 ]
	! grep -q '^[a-z]' "$T/out" || [ "$(grep -c was: "$T/out")" -gt 0 ]
	sign_security_txt "$H"
	fe-audit --home "$H" -q --diff >"$T/out" || [ $? = 1 ]
	grep -q '^pass     open-disclosure: .*(was: fail)$' "$T/out"
	# a part of it is not the history of the whole, nor is a dry run
	fe-audit --home "$H" net >/dev/null || [ $? = 1 ]
	fe-audit --home "$H" -n >/dev/null || [ $? = 1 ]
	run -0 fe-audit --home "$H" verify
	[[ $output == '3 entries'* ]]
	sed -i '2s/"open-disclosure":"fail"/"open-disclosure":"pass"/' \
		"$H/state/audit.jsonl"
	run -75 fe-audit --home "$H" verify
	[[ $output == *'the chain is broken at line 2: it was changed'* ]]
	run -75 fe-audit --home "$H" -q
	[[ $output == *'the chain is broken at line 2'* ]]
	[ "$(wc -l <"$H/state/audit.jsonl")" = 3 ]
}

@test "people state what only they can: evidence, and an end" {
	home
	local day
	day=$(date -d '+100 days' +%F)
	echo 'SOC 2 type II' >"$T/soc2.pdf"
	run -64 fe-audit --home "$H" attest net-tls --by Ada \
		--evidence "$T/soc2.pdf" --until "$day"
	[[ $output == *'is looked at, not believed'* ]]
	run -64 fe-audit --home "$H" attest comp-soc2 --by Ada \
		--evidence "$T/soc2.pdf" --until 2020-01-01
	run -64 fe-audit --home "$H" attest comp-soc2 --by Ada \
		--evidence "$T/soc2.pdf" --until 2199-01-01
	run -75 fe-audit --home "$H" attest comp-soc2 --by Ada \
		--evidence "$T/none" --until "$day"
	[[ $(row comp-soc2) == $'unknown\nunknown nobody has stated it' ]]
	run -0 fe-audit --home "$H" attest comp-soc2 --by Ada \
		--evidence "$T/soc2.pdf" --until "$day"
	[ -z "$output" ]
	[[ $(row comp-soc2) == attested*"stated by Ada until $day, '$T/soc2.pdf'"* ]]
	echo more >>"$T/soc2.pdf"
	[[ $(row comp-soc2) == fail*'it was changed'* ]]
	rm "$T/soc2.pdf"
	[[ $(row comp-soc2) == fail*'is gone'* ]]
	[[ $(row comp-soc2 --now "$(date -d '+102 days' +%F)") == fail*'which is over'* ]]
}

@test "security.txt: written, and judged" {
	home
	[[ $(row open-disclosure) == fail* ]]
	run -64 fe-audit --home "$H" security-txt --contact security@example.org
	run -0 --separate-stderr fe-audit --home "$H" security-txt \
		--languages 'en, de' \
		--contact mailto:s@example.org --contact https://example.org/r
	local file=$H/service/security-txt/security.txt
	[ "${lines[0]}" = "$file" ]
	[[ $stderr == *"is closed to the web server's user"* ]]
	grep -q $'^Contact: mailto:s@example.org\r$' "$file"
	grep -Eq $'^Expires: [0-9-]{10}T[0-9:]{8}Z\r$' "$file"
	grep -q $'^Canonical: https://example.org/.well-known/security.txt\r$' \
		"$file"
	grep -q "alias $file;" "${file%/*}/nginx.conf"
	[[ $(row open-disclosure) == fail*'has 2 contacts'*'179 days'*'not signed'* ]]
	if command -v gpg; then
		export GNUPGHOME=$T/gnupg
		mkdir -m 700 "$GNUPGHOME"
		gpg -q --batch --passphrase '' --quick-generate-key \
			s@example.org ed25519 3>&- 4>&-
		gpg -q --batch --clearsign <"$file" >"$T/signed" 3>&- 4>&-
		gpgconf --kill gpg-agent
		cp "$T/signed" "$file"
		[[ $(row open-disclosure) == pass*'it is signed'* ]]
	fi
	[[ $(row open-disclosure --now "$(date -d '+1 year' +%F)") == fail*expired* ]]
	sed -i '/^Contact/d' "$file"
	[[ $(row open-disclosure) == fail*'no Contact'* ]]
}

@test "the register of providers is ours, complete and reviewed" {
	local today
	today=$(date +%F) # midnight may come
	home
	[[ $(row prov-register) == fail*'make it yours'* ]]
	jq ".reviewed = \"$today\"" "$TOP/share/providers.json" \
		>"$H/providers.json"
	[[ $(row prov-register) == pass* ]]
	run -0 fe-audit --home "$H" providers
	[[ $output == *'privacy: https://'*"2 providers, reviewed $today"* ]]
	fe-audit --home "$H" providers -o json |
		jq -es 'length == 2 and all(.privacy | startswith("https://"))'
	jq '.providers[0].transfer = ""' "$H/providers.json" >"$T/p"
	cp "$T/p" "$H/providers.json"
	[[ $(row prov-register) == fail*"'Debian' lacks 'transfer'"* ]]
	jq '.reviewed = "2020-01-01" | .providers[0].transfer = "x"' "$T/p" \
		>"$H/providers.json"
	[[ $(row prov-register) == fail*'too old'* ]]
	jq ".reviewed = \"$today\" | .providers = []" "$T/p" \
		>"$H/providers.json"
	[[ $(row prov-register) == fail*'names nobody'* ]]
	echo '{' >"$H/providers.json"
	[[ $(row prov-register) == fail*'is no register of providers'* ]]
}

@test "an exception of fe-harden counts as what a person states" {
	home
	make_tree
	mkdir -p "$R/etc/fe" "$R/sys/kernel/mm/transparent_hugepage"
	echo 'always [madvise] never' \
		>"$R/sys/kernel/mm/transparent_hugepage/enabled"
	[[ $(row host-thp --root "$R") == fail* ]]
	echo "host-thp $(date -d '+9 days' +%F) the database wants them" \
		>"$R/etc/fe/harden.exceptions"
	[[ $(row host-thp --root "$R") == attested*'the database wants them'* ]]
}

@test "-q says what fails and is required, and nothing where all is well" {
	home
	run -0 fe-audit --home "$H" -q open-source comp-soc2
	[ -z "$output" ]
	run -1 fe-audit --home "$H" -q auth-mfa open-source
	[[ $output == 'fail     auth-mfa'* && $output != *open-source* ]]
	# what is not required fails without a word to cron
	run -75 bash -c 'fe-audit --home "$1" -n open >/dev/full' x "$H"
}

@test "the page needs no other file, and evidence cannot break out of it" {
	home
	jq '.providers[0].name = "<script>x</script>\" onload=" |
		.providers[0].transfer = ""' "$TOP/share/providers.json" \
		>"$H/providers.json"
	fe-audit --home "$H" -o html >"$T/page.html" || [ $? = 1 ]
	! grep -qiE '<script|<link|<img|url\(|@import|src=' "$T/page.html" || false
	grep -q '&lt;script&gt;x&lt;/script&gt;&quot; onload=' "$T/page.html"
	grep -q '<html lang="en">' "$T/page.html"
	[ "$(grep -c '<h1>' "$T/page.html")" = 1 ]
	# each practice is there once, and the head of the chain
	[ "$(grep -c '<article id=' "$T/page.html")" = 77 ]
	grep -q 'href="https://www.debian.org/legal/privacy"' "$T/page.html"
	grep -q "$(fe-audit --home "$H" verify | sed 's/.*head //')" "$T/page.html"
	python3 - "$T/page.html" <<-'END'
		import sys, html.parser
		class P(html.parser.HTMLParser):
		    stack = []
		    void = {"meta", "rect", "br"}
		    def handle_starttag(self, tag, attrs):
		        if tag not in self.void: self.stack.append(tag)
		    def handle_startendtag(self, tag, attrs): pass
		    def handle_endtag(self, tag):
		        assert self.stack.pop() == tag, (tag, self.getpos())
		p = P(); p.feed(open(sys.argv[1]).read()); assert not p.stack
	END
}

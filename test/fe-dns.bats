#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-dns: what it wants published, and what it finds published, from zone
# files and from nsd, which is loaded with what fe-dns printed.
load helper

setup_file() {
	make_home "$BATS_FILE_TMPDIR/home"
	echo 'correct horse' | fe-account --home "$BATS_FILE_TMPDIR/home" add \
		--alias alice@alias.example alice@example.org
	cat >>"$BATS_FILE_TMPDIR/home/fe.conf" <<-'END'
		[fe-dns]
		address = 192.0.2.1
		address = 2001:db8::1
		caa-issuer = ca.example
	END
}

teardown_file() { chmod -R u+rwX "$BATS_FILE_TMPDIR"; }

setup() {
	H=$T/home
	cp -a "$BATS_FILE_TMPDIR/home" "$H"
	K=$H/keys/dkim/example.org
	Z=$T/zone
	export FE_HOME=$H
}

# zone [option]...: what shall be, into $Z.
zone() { fe-dns -o zone "$@" >"$Z"; }

# check [option]...: against $Z.
check() { fe-dns check --dns-zone "$Z" "$@"; }

# differs SED LINE...: the zone changed by sed is named in these lines (in any
# order, each is a pattern of bash), exit 1.
differs() {
	local line
	sed "$1" "$Z" >"$T/changed"
	! cmp -s "$Z" "$T/changed" || { echo "nothing changed: $1"; false; }
	shift
	run -1 fe-dns check --dns-zone "$T/changed"
	for line; do
		# shellcheck disable=SC2053
		[[ $output == *$line* ]] || { echo "no '$line': $output"; false; }
	done
	[ "${#lines[@]}" = $# ] || { echo "more than $#: $output"; false; }
}

# authority NAME: a CA and a certificate of it for that name, put into the
# home; $T/ca.pem.
authority() {
	(
		cd "$T"
		openssl req -x509 -newkey ed25519 -nodes -keyout ca.key \
			-out ca.pem -days 30 -subj "/O=Let's Encrypt/CN=T"
		openssl req -newkey ed25519 -nodes -keyout key.pem \
			-out host.csr -subj /CN=host
		printf 'subjectAltName=DNS:%s\n' "$1" >ext
		openssl x509 -req -in host.csr -CA ca.pem -CAkey ca.key \
			-days 20 -extfile ext -out cert.pem
		cat cert.pem >"$H/keys/tls/cert.pem"
		cat key.pem >"$H/keys/tls/key.pem"
	) 2>/dev/null
}

# nsd_conf FILE ADDRESS@PORT [ZONE FILE]...
nsd_conf() {
	cat >"$1" <<-END
		server:
		  ip-address: $2
		  zonesdir: "$T"
		  database: ""
		  pidfile: ""
		  username: ""
		  xfrdir: "$T"
		  xfrdfile: ""
		  zonelistfile: "$1.list"
		  server-count: 1
		remote-control:
		  control-enable: no
	END
	local conf=$1
	shift 2
	while [ $# -gt 1 ]; do
		printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "$1" "$2" \
			>>"$conf"
		shift 2
	done
}

# head_of ZONE: what a zone file begins with.
head_of() {
	echo "\$TTL 300"
	echo "$1 IN SOA ns1.example.org. root.example.org. 1 3600 600 86400 300"
}

@test "--help and --version" {
	run -0 fe-dns --help
	[[ ${lines[0]} == 'usage: fe-dns '* ]]
	run -0 fe-dns --version
	[[ $output == 'fe-dns '[0-9]* ]]
}

@test "wrong usage is one sentence and 64" {
	run -64 fe-dns --nonsense
	run -64 fe-dns 'not a domain'
	[[ $output == *"'not a domain' is no domain name"* ]]
	run -64 fe-dns chekc
	[[ $output == *"'chekc' is neither check nor mta-sts, nor a domain" ]]
	run -64 fe-dns mta-sts check --mta-sts-dir "$T/sts"
	[ ! -e "$T/sts" ]
	run -64 fe-dns --omit everything
	[[ $output == *"no kind 'everything' of records" ]]
	run -64 fe-dns --address 192.0.2.256
	run -64 fe-dns --mx '70000 mx.example.org'
	run -64 fe-dns --spf-extra 'ip4:nonsense'
	[[ $output == *"'ip4:nonsense' is no term of SPF"* ]]
	run -64 fe-dns check --no-dns
	run -64 fe-dns check -o zone
	run -64 fe-dns check --dns-server mx.example.org
	run -64 fe-dns check --dns-server 192.0.2.1@0
	run -64 fe-dns --dmarc-rua 'me at example.org'
	run -64 fe-dns --caa-issuer 'nobody here'
	mkdir "$T/empty"
	run -64 fe-dns --home "$T/empty"
	[[ $output == *'no domain: neither typed'* ]]
}

@test "a full disk is no success" {
	[ -e /dev/full ] || skip 'no /dev/full'
	run -75 bash -c 'fe-dns >/dev/full'
	[[ $output == *'No space left'* ]]
}

@test "-o text is the fields of a web form, whole and without quotes" {
	run -0 fe-dns example.org
	[ "${lines[0]}" = 'Name:  example.org' ]
	[ "${lines[1]}" = 'Type:  MX' ]
	[ "${lines[2]}" = 'Value: 10 mx.example.org' ]
	[ "${lines[3]}" = 'TTL:   3600' ]
	[[ ${lines[4]} == 'Why:   '?* ]]
	[[ $output == *$'\nValue: v=spf1 mx -all\n'* ]]
	[[ $output == *$'\nValue: v=DMARC1; p=quarantine; rua=mailto:postmaster@example.org\n'* ]]
	[[ $output == *$'\nValue: 0 issue ca.example\n'* ]]
	# An RSA key is over 255 characters: one value all the same.
	[[ $output =~ Value:\ v=DKIM1\;\ k=rsa\;\ p=[A-Za-z0-9+/=]{392}$'\n' ]]
	[[ $output != *'"'* ]]
}

@test "-o json has each record, of all domains of the home" {
	fe-dns -o json >"$T/json"
	jq -s -e 'map(select(.type == "MX") | [.name, .value]) == [
		["example.org", "10 mx.example.org"],
		["alias.example", "10 mx.example.org"]]' "$T/json"
	jq -s -e 'map(select(.kind == "address") | [.name, .type, .value]) == [
		["mx.example.org", "A", "192.0.2.1"],
		["mx.example.org", "AAAA", "2001:db8::1"]]' "$T/json"
	jq -s -e 'map(select(.type == "PTR") | .name) == [
		"1.2.0.192.in-addr.arpa",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
		]' "$T/json"
	# No key signs for the alias: that is said, and how to mend it.
	jq -s -e 'map(.note // "") | any(startswith(
		"alias.example has no active DKIM key"))' "$T/json"
	fe-init -q --home "$H" --domain alias.example --host mx.example.org
	fe-dns -o json >"$T/json"
	jq -s -e 'map(select(.kind == "dkim" and
		(.name | endswith(".alias.example")))) | length == 4' "$T/json"
	jq -s -e 'map(.note // "") | all(contains("DKIM") | not)' "$T/json"
}

@test "the settings of fe.conf are those of the records" {
	cat >>"$H/fe.conf" <<-'END'
		mx = 10 mx.example.org
		mx = 20 backup.example.net
		ttl = 10m
		spf-extra = include:news.example
		spf-extra = ip4:198.51.100.0/24
		spf-others = softfail
		dmarc-policy = reject
		dmarc-rua = mailto:dmarc@reports.example
		tlsrpt-rua = https://reports.example/tls
		mta-sts-host = www.example.org
		omit = caa
		omit = ptr
	END
	fe-dns -o json example.org >"$T/json"
	value() { jq -r -s --arg n "$1" --arg t "$2" \
		'map(select(.name == $n and .type == $t).value)[]' "$T/json"; }
	[ "$(value example.org MX | paste -sd,)" = '10 mx.example.org,20 backup.example.net' ]
	[ "$(value example.org TXT)" = \
		'v=spf1 mx include:news.example ip4:198.51.100.0/24 ~all' ]
	[ "$(value _dmarc.example.org TXT)" = \
		'v=DMARC1; p=reject; rua=mailto:dmarc@reports.example' ]
	# Who takes reports of another domain must say so.
	[ "$(value example.org._report._dmarc.reports.example TXT)" = v=DMARC1 ]
	[ "$(value _smtp._tls.example.org TXT)" = \
		'v=TLSRPTv1; rua=https://reports.example/tls' ]
	[ "$(value mta-sts.example.org CNAME)" = www.example.org ]
	jq -s -e 'map(.ttl // 600) | all(. == 600)' "$T/json"
	jq -s -e 'map(.kind) | all(. != "caa" and . != "ptr")' "$T/json"
	run -0 fe config check
}

@test "DKIM records are of every key but withdrawn ones" {
	rm "$K"/*
	cp "$DATA"/sign/*.pem "$DATA"/sign/*.json "$K"
	chmod 400 "$K"/*.pem
	run -0 fe-dns -o json
	# The records that test/data/sign/zone has, made with other tools.
	[ "$(jq -r 'select(.name == "ed._domainkey.example.org").value' \
		<<<"$output" | sed 's/.*p=//')" = "$(openssl pkey -pubout \
		-outform DER -in "$K/ed.pem" | tail -c 32 | base64 -w0)" ]
	[ "$(jq -r 'select(.name == "rsa._domainkey.example.org").value' \
		<<<"$output" | sed 's/.*p=//')" = "$(openssl pkey -pubout \
		-outform DER -in "$K/rsa.pem" | base64 -w0)" ]
	for state in published active retiring; do
		echo "{\"fe\":1,\"state\":\"$state\"}" >"$K/ed.json"
		run -0 fe-dns -o json
		[ "$(jq -r 'select(.name == "ed._domainkey.example.org").value' \
			<<<"$output" | cut -c-22)" = 'v=DKIM1; k=ed25519; p=' ]
	done
	echo '{"fe":1,"state":"withdrawn"}' >"$K/ed.json"
	rm -f "$K/ed.pem" # its key may be gone
	run -0 fe-dns -o json
	[ "$(jq 'select(.name == "ed._domainkey.example.org").value' \
		<<<"$output")" = null ]
	run -0 fe-dns
	[[ $output == *$'ed._domainkey.example.org\nType:  TXT\nValue: none: delete this record'* ]]
	echo '{"fe":1,"state":"asleep"}' >"$K/rsa.json"
	run -75 fe-dns
	[[ $output == *"rsa.json' is no DKIM selector: its state is not known" ]]
}

@test "TLSA is the key of the certificate, and the next key's" {
	local pin
	pin=$(openssl x509 -in "$H/keys/tls/cert.pem" -noout -pubkey |
		openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
	run -0 fe-dns -o json
	[ "$(jq -r 'select(.type == "TLSA") | .name + " " + .value' \
		<<<"$output")" = "_25._tcp.mx.example.org 3 1 1 $pin" ]
	openssl genpkey -algorithm ed25519 -out "$H/keys/tls/next-key.pem"
	pin=$(openssl pkey -in "$H/keys/tls/next-key.pem" -pubout \
		-outform DER | sha256sum | cut -d' ' -f1)
	run -0 fe-dns -o json
	[ "$(jq -r 'select(.type == "TLSA").value' <<<"$output" |
		tail -n 1)" = "3 1 1 $pin" ]
	cp "$H/keys/tls/next-key.pem" "$H/keys/tls/key.pem"
	run -75 fe-dns
	[[ $output == *'keys/tls: certificate and private key are no pair' ]]
}

@test "the zone that is printed is taken by nsd and by BIND" {
	need_peer nsd nsd-checkzone
	nsd=$PEER
	need_peer bind9-utils named-checkzone
	bind=$PEER
	{
		head_of example.org.
		echo 'example.org. IN NS mx.example.org.'
		fe-dns -o zone example.org
	} >"$T/z"
	run -0 "$nsd" example.org "$T/z"
	run -0 "$bind" example.org "$T/z"
	[[ $output == *OK* && $output != *'out-of-zone'* ]]
}

@test "what nsd serves of the printed zone is right, and silent with -q" {
	local port
	need_peer nsd nsd
	port=$(free_port)
	{
		head_of .
		echo '. IN NS ns1.example.org.'
		fe-dns -o zone
	} >"$T/root"
	nsd_conf "$T/nsd.conf" "127.0.0.1@$port" . root
	start "$T/nsd.log" "$PEER" -d -c "$T/nsd.conf"
	wait_for_port "$port"
	run -0 fe-dns check --dns-server "127.0.0.1@$port"
	[[ $output == *' records are as they should be' ]]
	run -0 fe-dns check -q --dns-server "127.0.0.1@$port"
	[ -z "$output" ]
	run -0 fe-dns check -o json --dns-server "127.0.0.1@$port"
	[ -z "$output" ]
}

@test "the authoritative servers are found and asked, each for itself" {
	need_peer nsd nsd
	need bwrap
	need ip
	local ns='IN NS'
	{
		head_of example.org.
		echo "example.org. $ns ns1.example.org."
		echo "example.org. $ns ns2.example.org."
		echo "example.org. $ns ns3.example.org."
		echo 'ns1.example.org. IN A 127.0.0.2'
		echo 'ns2.example.org. IN A 127.0.0.3'
		echo 'ns3.example.org. IN A 127.0.0.4' # nobody is there
		fe-dns -o zone example.org
	} >"$T/one"
	sed '/^_dmarc/d' "$T/one" >"$T/two" # ns2 lags behind
	{ head_of .; echo ". $ns ns1.example.org."; } >"$T/root"
	{
		head_of 2.0.192.in-addr.arpa.
		echo "2.0.192.in-addr.arpa. $ns ns1.example.org."
		echo '1.2.0.192.in-addr.arpa. IN PTR mx.example.org.'
	} >"$T/rev"
	nsd_conf "$T/c1" 127.0.0.1 . root example.org one \
		2.0.192.in-addr.arpa rev
	nsd_conf "$T/c2" 127.0.0.2 example.org one 2.0.192.in-addr.arpa rev
	nsd_conf "$T/c3" 127.0.0.3 example.org two
	echo 'nameserver 127.0.0.1' >"$T/resolv.conf"
	cat >"$T/run" <<-END
		ip link set lo up 2>/dev/null
		for c in c1 c2 c3; do
			'$PEER' -d -c '$T/'\$c >'$T/'\$c.log 2>&1 &
		done
		for a in 1 2 3; do
			until (exec 3<>/dev/tcp/127.0.0.\$a/53) 2>/dev/null
			do sleep 0.05; done
		done
		fe-dns check --address 192.0.2.1 --dns-timeout 10s example.org
		echo "exit \$?"
		fe-dns check --resolver --address 192.0.2.1 example.org
		echo "exit \$?"
		kill \$(jobs -p)
	END
	run bwrap --bind / / --dev-bind /dev /dev --proc /proc \
		--ro-bind "$T/resolv.conf" /etc/resolv.conf --unshare-net \
		--unshare-pid --die-with-parent bash "$T/run"
	[[ $output == *exit* ]] || skip "no network namespace: $output"
	[ "${lines[0]}" = 'example.org NS: unknown: the name server ns3.example.org (127.0.0.4) does not answer' ]
	[[ ${lines[1]} == '_dmarc.example.org TXT: missing: v=DMARC1; '*'(at ns2.example.org (127.0.0.3))' ]]
	[ "${lines[2]}" = 'exit 1' ]
	[[ ${lines[3]} == *' records are as they should be' ]]
	[ "${lines[4]}" = 'exit 0' ]
}

@test "every record that is not there is named" {
	local n
	zone
	n=$(grep -vc '^;' "$Z")
	run -0 check -q
	[ -z "$output" ]
	: >"$T/none"
	run -1 fe-dns check --dns-zone "$T/none"
	# and once more the host that mail would go to
	[ "$(grep -c ': missing: ' <<<"$output")" = $((n + 1)) ]
	[[ $output == *'mx.example.org A: missing: mail goes to a host without an address'* ]]
	run -1 fe-dns check -o json --dns-zone "$T/none"
	jq -s -e --argjson n "$n" 'map(select(.difference == "missing")) |
		length == $n + 1' <<<"$output"
}

@test "what was altered is named: MX, addresses, PTR" {
	zone
	# SPF says mx, and so follows.
	differs '/^example.org. .* MX /d' \
		'example.org MX: missing: 10 mx.example.org' \
		'mail from 192.0.2.1 gets fail' 'mail from 2001:db8::1 gets fail'
	differs '/^example.org. .* MX /s/10 .*/0 ./' \
		'example.org MX: missing: 10 mx.example.org' \
		"example.org MX: extra: '0 '" \
		'mail from 192.0.2.1 gets fail' 'mail from 2001:db8::1 gets fail'
	sed '/^example.org. .* MX /s/10/5/' "$Z" >"$T/changed"
	run -0 fe-dns check --dns-zone "$T/changed"
	[[ ${lines[0]} == 'example.org MX: hint: the number is 5, not 10'* ]]
	differs '$a example.org. IN MX 30 old.example.org.' \
		"example.org MX: extra: '30 old.example.org'"
	differs '/IN AAAA/s/::1/::2/' \
		'mx.example.org AAAA: missing: 2001:db8::1' \
		"mx.example.org AAAA: extra: '2001:db8::2'" \
		"mail from 2001:db8::1 gets fail" \
		"mail from 2001:db8::1 gets fail" \
		"mail from 2001:db8::1 gets fail"
	differs 's/^\(1.2.0.192.* PTR \).*/\1other.example./' \
		'1.2.0.192.in-addr.arpa PTR: missing: mx.example.org' \
		"1.2.0.192.in-addr.arpa PTR: extra: 'other.example'"
}

@test "an MX must not lead to an alias" {
	zone
	sed -e '/^mx.example.org. .* \(A\|AAAA\|TXT\|CAA\) /d' \
		-e '$a mx.example.org. IN CNAME real.example.org.' \
		-e '$a real.example.org. IN A 192.0.2.1' \
		-e '$a real.example.org. IN AAAA 2001:db8::1' \
		"$Z" >"$T/changed"
	run -1 fe-dns check --dns-zone "$T/changed"
	[[ $output == *"mx.example.org A: different: an MX must not lead to an alias (CNAME 'real.example.org'): give it addresses"* ]]
}

@test "what was altered is named: SPF" {
	local i
	zone
	differs 's/^\(example.org. .*\)"v=spf1 mx -all"/\1"v=spf1 mx +all"/' \
		"example.org TXT: different: 'v=spf1 mx +all' should be 'v=spf1 mx -all'"
	differs '$a example.org. IN TXT "v=spf1 -all"' \
		'example.org TXT: extra: two SPF records'
	differs 's/^\(example.org. .*\)"v=spf1 mx -all"/\1"v=spf1 -all"/' \
		"'v=spf1 -all' should be" 'mail from 192.0.2.1 gets fail' \
		'mail from 2001:db8::1 gets fail'
	differs 's/^\(example.org. .*\)"v=spf1 mx -all"/\1"v=spf1 mx ipv4:x -all"/' \
		"'ipv4:x': this is no term of SPF"
	# Spaces and case mean nothing; other TXT records are others' affair.
	sed -e 's/"v=spf1 mx -all"/"v=spf1  MX  -all "/' \
		-e '$a example.org. IN TXT "site-verification=1"' "$Z" \
		>"$T/changed"
	run -0 fe-dns check -q --dns-zone "$T/changed"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		echo "spf-extra = include:s$i.example.net" >>"$H/fe.conf"
		echo "s$i.example.net. IN TXT \"v=spf1 ip4:203.0.113.$i -all\""
	done >"$T/includes"
	zone
	cat "$T/includes" >>"$Z"
	run -1 check
	[[ $output == *'receivers cannot evaluate it (permerror)'*'more than 10 terms that ask DNS'* ]]
}

@test "what was altered is named: DKIM" {
	local ed rsa
	rm "$K"/*
	cp "$DATA"/sign/*.pem "$DATA"/sign/*.json "$K"
	chmod 400 "$K"/*.pem
	zone
	ed=$(sed -n 's/^ed._domainkey.*p=\([^"]*\)".*/\1/p' "$Z")
	differs '/^ed._domainkey/d' 'ed._domainkey.example.org TXT: missing: v=DKIM1; k=ed25519; p='
	differs '/^ed._domainkey/s/p=[^"]*/p=/' 'the key is revoked (p= is empty)'
	differs '/^ed._domainkey/s/p=[^"]*/p=AAAA/' 'the key is no Ed25519 public key'
	differs "/^ed._domainkey/s|p=[^\"]*|p=$(head -c 32 /dev/zero | base64)|" "should be 'v=DKIM1; k=ed25519; p=$ed'"
	differs '/^ed._domainkey/s/k=ed25519/k=ed25519; s=other/' 'keep it from being used for mail'
	differs '/^ed._domainkey/{p;s/p=[^"]*/p=/}' 'ed._domainkey.example.org TXT: extra: two records'
	# A blank within p= and other tags change nothing.
	sed '/^ed._domainkey/s/p=/n=a note; p= /' "$Z" >"$T/changed"
	run -0 fe-dns check -q --dns-zone "$T/changed"
	echo '{"fe":1,"state":"withdrawn"}' >"$K/ed.json"
	run -1 check
	[ "$output" = 'ed._domainkey.example.org TXT: extra: the key was withdrawn and is still published: delete the record' ]
	sed -i '/^ed._domainkey/s/p=[^"]*/p=/' "$Z"
	run -0 check -q # revoked is gone
	[ -z "$output" ]
}

@test "what was altered is named: DMARC" {
	zone example.org
	fe-dns -o zone >"$Z"
	differs '/^_dmarc.example.org/s/quarantine/none/' \
		"should be 'v=DMARC1; p=quarantine; rua=mailto:postmaster@example.org'" \
		'hint: p=none only watches'
	differs '/^_dmarc.example.org/s/rua=[^"]*/rua=mailto:x@example.org/' 'should be'
	differs '/^_dmarc.example.org/s/p=quarantine/p=quarantine; sp=none/' 'sp=none'
	differs '/^_dmarc.example.org/s/p=quarantine/p=quarantine; t=y/' 't=y takes a step off'
	differs '/^_dmarc.example.org/{p;s/quarantine/reject/}' 'two DMARC records'
	sed '/^_dmarc.example.org/s/"v=.*"/"v=DMARC1;p=quarantine ;rua=mailto:a@b.example, mailto:postmaster@example.org;fo=1"/' \
		"$Z" >"$T/changed"
	run -0 fe-dns check -q --dns-zone "$T/changed"
	[ -z "$output" ]
}

@test "what was altered is named: MTA-STS, TLSRPT, TLSA, CAA" {
	zone
	differs '/^_mta-sts.example.org/s/id=../id=xx/' "_mta-sts.example.org TXT: different: 'v=STSv1; id=xx"
	differs '/^_mta-sts.example.org/s/id=/id=-/' 'its id is not 1 to 32 letters and digits, once'
	differs '/^_mta-sts.example.org/{p;s/id=../id=yy/}' 'two MTA-STS records'
	differs '/^mta-sts.example.org/s/mx.example.org/nowhere.example.org/' 'mta-sts.example.org CNAME: missing: mx.example.org'
	differs '/^_smtp._tls.example.org/s/postmaster/x/' '_smtp._tls.example.org TXT: different'
	differs '/^_smtp._tls.example.org/s/rua=[^"]*//' 'it has no rua'
	differs '/ TLSA /s/\(3 1 1 ..\).*/\10000000000000000000000000000000000000000000000000000000000000000/;/ TLSA /s/..$//' \
		'_25._tcp.mx.example.org TLSA: missing: 3 1 1 ' \
		"_25._tcp.mx.example.org TLSA: extra: '3 1 1 "
	differs '$a _25._tcp.mx.example.org. IN TLSA 3 1 1 00' 'TLSA: extra: a malformed record'
	differs '/ CAA /s/ca.example/other.example/' \
		'mx.example.org CAA: missing: 0 issue ca.example' \
		"mx.example.org CAA: extra: '0 issue other.example'"
	# The records of the domain above may do as well.
	sed '/ CAA /s/^mx.example.org/example.org/' "$Z" >"$T/changed"
	run -0 fe-dns check -q --dns-zone "$T/changed"
}

@test "servers that do not answer are no difference: exit 75, in bounded time" {
	zone
	sed 's/.*/$TIMEOUT /;q' "$Z" >"$T/changed"
	{
		cat "$Z"
		echo '$TIMEOUT _dmarc.example.org'
	} >"$T/changed"
	run -75 fe-dns check --dns-timeout 1s --dns-zone "$T/changed"
	[ "$output" = '_dmarc.example.org TXT: unknown: no answer for TXT _dmarc.example.org' ]
	SECONDS=0
	run -75 fe-dns check --dns-timeout 1s --dns-server 127.0.0.1@1
	[ "$SECONDS" -lt 25 ]
	[ "${#lines[@]}" = 2 ]
}

@test "hostile answers are cut and made printable" {
	local long
	zone
	long=$(head -c 60000 /dev/zero | tr '\0' a)
	sed "/^_dmarc.example.org/s/rua=.*/rua=\\\\027[31m\\\\010\\\\255\" \"$long\"/" \
		"$Z" >"$T/changed"
	run -1 fe-dns check --dns-zone "$T/changed"
	[ "${#output}" -lt 2000 ]
	[[ $output == *'rua=\027[31m\010\255aaa'*"...' should be"* ]]
	[[ $output != *$'\e'* ]]
}

@test "mail that fe-sign signs passes against the zone that fe-dns prints" {
	zone
	printf '%s\r\n' 'From: Alice <alice@example.org>' 'To: b@example.net' \
		'Subject: x' 'Date: Sun, 22 Nov 2026 03:00:00 +0000' '' x \
		>"$T/mail"
	fe-sign -i mail -o mail --crlf <"$T/mail" |
		fe-verify -i mail -o json --dns-zone "$Z" --client-ip 192.0.2.1 \
			--helo mx.example.org --mail-from alice@example.org \
			>"$T/facts"
	jq -e '.checks | .iprev.result == "pass" and .spf.result == "pass" and
		.spf.helo.result == "pass" and .dmarc.result == "pass" and
		(.dkim | map(.result) == ["pass", "pass"])' "$T/facts" ||
		{ jq .checks "$T/facts"; false; }
}

@test "MTA-STS enforces once the certificate verifies, else it says why" {
	policy() {
		fe-dns mta-sts -q --mta-sts-dir "$T/www" "$@" example.org
		tr -d '\r' <"$T/www/example.org/.well-known/mta-sts.txt"
	}
	id() { fe-dns -o json "$@" |
		jq -r 'select(.name == "_mta-sts.example.org").value'; }
	run -0 fe-dns
	[[ $output == *'MTA-STS only tests until the certificate verifies for mx.example.org: self'* ]]
	[ "$(policy)" = "$(printf '%s\n' 'version: STSv1' 'mode: testing' \
		'mx: mx.example.org' 'max_age: 86400')" ]
	before=$(id)
	[ "$(id)" = "$before" ]
	authority mx.example.org
	[ "$(policy --tls-ca "$T/ca.pem")" = "$(printf '%s\n' \
		'version: STSv1' 'mode: enforce' 'mx: mx.example.org' \
		'max_age: 604800')" ]
	[ "$(id --tls-ca "$T/ca.pem")" != "$before" ]
	[ "$(id --tls-ca "$T/ca.pem" --mta-sts-max-age 2w)" != \
		"$(id --tls-ca "$T/ca.pem")" ]
	[[ $(id) =~ ^v=STSv1\;\ id=[0-9a-f]{20}$ ]]
	# Not by the system's authorities, not later, not for another name.
	[[ $(policy) == *'mode: testing'* ]]
	[[ $(policy --tls-ca "$T/ca.pem" --now 2100-01-01) == *testing* ]]
	run -0 fe-dns --tls-ca "$T/ca.pem" --now 2100-01-01
	[[ $output == *'has expired'* ]]
	[[ $(policy --tls-ca "$T/ca.pem" --hostname mx2.example.org) == \
		*testing* ]]
	run -0 fe-dns --tls-ca "$T/ca.pem" --hostname mx2.example.org
	[[ $output == *'mx2.example.org: hostname mismatch'* ]]
	[[ $(policy --tls-ca "$T/ca.pem" --mta-sts testing) == *testing* ]]
	[[ $(policy --mta-sts none) == *'mode: none'* ]]
	# Another host's certificate is not to be seen from here.
	two=(--mx mx.example.org --mx '20 b.example.net')
	[[ $(policy --tls-ca "$T/ca.pem" "${two[@]}") == *testing* ]]
	[[ $(policy --tls-ca "$T/ca.pem" "${two[@]}" --mta-sts enforce) == \
		*'mode: enforce'*'mx: b.example.net'* ]]
	[[ $(policy "${two[@]}" --mta-sts enforce) == *testing* ]]
}

@test "the issuer of the certificate is who CAA names" {
	sed -i '/caa-issuer/d' "$H/fe.conf"
	run -0 fe-dns
	[[ $output == *'no CAA: '* ]]
	authority mx.example.org
	run -0 fe-dns
	[[ $output == *$'\nValue: 0 issue letsencrypt.org\n'* ]]
}

@test "mta-sts writes policies that nginx serves as they are" {
	local port
	run -0 --separate-stderr fe-dns mta-sts --mta-sts-dir "$T/www"
	[ "${lines[0]}" = "$T/www/example.org/.well-known/mta-sts.txt" ]
	[ "${lines[2]}" = "$T/www/nginx.conf" ]
	[ "$(stat -c %a "$T/www/nginx.conf" "${lines[0]}" | paste -sd,)" = 644,644 ]
	grep -q 'server_name mta-sts.alias.example;' "$T/www/nginx.conf"
	chmod 700 "$T/www"
	run -0 fe-dns mta-sts --mta-sts-dir "$T/www"
	[[ $output == *"www' is closed to the web server's user"* ||
		$output == *"is closed to the web server's user"* ]]
	chmod 755 "$T/www" "$T"
	need_peer nginx nginx
	port=$(free_port)
	authority mta-sts.example.org
	{
		echo "daemon off; pid $T/nginx.pid; error_log stderr;"
		[ "$(id -u)" != 0 ] || echo "user root;"
		echo 'events {}'
		echo 'http { access_log off;'
		for path in client_body proxy fastcgi uwsgi scgi; do
			echo "${path}_temp_path $T/nginx-$path;"
		done
		sed -e "s/listen 443/listen 127.0.0.1:$port/" \
			-e '/listen \[::\]/d' -e "s|/etc/.*fullchain|$T/cert|" \
			-e "s|/etc/.*privkey|$T/key|" "$T/www/nginx.conf"
		echo '}'
	} >"$T/nginx.conf"
	start "$T/nginx.log" "$PEER" -c "$T/nginx.conf" -p "$T"
	wait_for_port "$port"
	curl -s --cacert "$T/ca.pem" --resolve \
		"mta-sts.example.org:$port:127.0.0.1" -D "$T/head" \
		"https://mta-sts.example.org:$port/.well-known/mta-sts.txt" \
		>"$T/got"
	cmp "$T/got" "$T/www/example.org/.well-known/mta-sts.txt"
	grep -qi '^content-type: text/plain' "$T/head"
}

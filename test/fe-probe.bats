#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-probe against real servers, as they should be and as none should be.
# peers: postfix master, dovecot-core dovecot, dovecot-imapd imap
# peers: dovecot-pop3d pop3
load helper

setup_file() {
	local home=$BATS_FILE_TMPDIR/home
	make_home "$home" alice@example.org
	cp "$home/keys/tls/cert.pem" "$BATS_FILE_TMPDIR/cert.pem"
	cp "$home/keys/tls/key.pem" "$BATS_FILE_TMPDIR/key.pem"
	printf '%s\n' 'example.org. MX 10 mx.example.org.' \
		'mx.example.org. A 127.0.0.1' >"$BATS_FILE_TMPDIR/zone"
}

setup() {
	F=$BATS_FILE_TMPDIR
	export FE_HOME=$F/home
	ZONE=(--dns-zone "$F/zone")
	TRUST=(--tls-ca "$F/cert.pem")
}

# receive [OPTION]...: our server at $PORT.
receive() {
	PORT=$(free_port)
	printf '#!/bin/sh\nfe-sieve | fe-store\n' >"$T/deliver"
	chmod +x "$T/deliver"
	start "$T/log" fe-listen "${AS[@]}" --wait 127.0.0.1 "$PORT" \
		fe-receive "$@" -- "$T/deliver"
	wait_for_port "$PORT"
}

# certificate FILE DAYS NAME: a key and a certificate, FILE.key and FILE.pem.
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.pem" -days "$2" -subj "/CN=$3" \
		-addext "subjectAltName=DNS:$3" 2>/dev/null
}

# said STATE CHECK [WORDS]: among the lines of the last run.
said() {
	grep -q "^$1 *$2: .*${3:-}" <<<"$output" || {
		echo "no '$1 $2 ${3:-}' in:"
		echo "$output"
		return 1
	}
}

# mail_host good|bad: Postfix and Dovecot at $PORT and behind it.
mail_host() {
	[ "$(id -u)" = 0 ] || skip 'the daemons are started by root'
	[ -z "$SAN" ] || skip 'once is enough'
	"$HERE/peers/mail-host" get 2>"$T/err" || skip "$(cat "$T/err")"
	D=$(mktemp -d /tmp/fe-probe.XXXXXX)
	chmod 755 "$D"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$D/key.pem" \
		-out "$D/cert.pem" -days 30 -subj /CN=mx.example.org \
		-addext subjectAltName=DNS:mx.example.org 2>/dev/null
	TRUST=(--tls-ca "$D/cert.pem")
	PORT=$(free_port)
	start "$T/host.log" "$HERE/peers/mail-host" "$D" "$1" "$PORT"
	wait_for_port "$PORT" && wait_for_port $((PORT + 3)) ||
		{ cat "$T/host.log"; false; }
}

teardown() {
	helper_teardown
	[ -z "${D:-}" ] || wait_for 5 rm -rf "$D"
}

@test "--help and --version; what is wrong is said" {
	run -0 fe-probe --help
	[[ $output == *--relay-to* ]]
	run -0 fe-probe --version
	run -64 fe-probe
	run -64 fe-probe a 25 b
	run -64 fe-probe a nonsense
	run -64 fe-probe --service nonsense a
	run -64 fe-probe --recipient $'a@b\r\nDATA' a
	# what sends a message is said each time
	mkdir "$T/home"
	printf '[fe-probe]\nrelay-to = bob@example.net\n' >"$T/home/fe.conf"
	run -75 fe-probe --home "$T/home" localhost 1
	[[ $output == *"belongs on the command line"* ]]
	run -64 fe-probe --no-dns mx.example.org
	# what is wrong here says nothing of the server
	run -64 fe-probe check --no-dns mx.example.org
	run -64 fe-probe check --no-dns --address nonsense mx.example.org
	for file in "$T/home/none" "$T/home/fe.conf"; do
		run -75 fe-probe check --no-dns --tls-ca "$file" 127.0.0.1 1
		[ "$output" = "fe-probe: the authorities in $file cannot be read" ]
	done
	run -75 fe-probe "${ZONE[@]}" nowhere.example.org
	[[ $output == *"'nowhere.example.org' has no address"* ]]
	run -1 fe-probe check "${ZONE[@]}" nowhere.example.org
	[[ $output == *"has no address"* ]]
	echo 'none.example.org. MX 0 .' >"$T/zone"
	run -75 fe-probe --dns-zone "$T/zone" none.example.org
	[[ $output == *'takes no mail: its MX record says so'* ]]
	run -1 fe-probe check localhost "$(free_port)"
	[[ $output == *'127.0.0.1: Connection refused' ]]
	run -75 fe-probe --no-dns 127.0.0.1 "$(free_port)"
	[[ $output == *'Connection refused'* ]]
}

@test "finds nothing to say against our own server" {
	receive
	run -0 fe-probe -e "${ZONE[@]}" "${TRUST[@]}" \
		--wait 1s --recipient alice@example.org mx.example.org "$PORT"
	for check in connect tls-1.3 tls-1.2 tls-1.1 tls-1.0 ssl-3.0 \
		tls-suites certificate-chain certificate-name \
		certificate-expiry certificate-key starttls-injection relay \
		smuggling password-in-clear banner vrfy recipients; do
		said pass "$check"
	done
	[[ ${lines[-1]} == *' 0 fail,'*' 0 unknown' ]]
	# and nothing was delivered
	[ "$(fe-cat alice@example.org -o json | wc -l)" = 0 ]
	run -0 fe-probe -q "${ZONE[@]}" mx.example.org "$PORT"
	[ -z "$output" ]
	run -0 fe-probe -o json "${ZONE[@]}" mx.example.org "$PORT"
	jq -es 'all(.host == "mx.example.org" and (.state | length > 0)) and
		any(.check == "relay" and .state == "pass") and
		any(.check == "smuggling" and .state == "skip")' <<<"$output"
}

@test "finds what is wrong with a bad Postfix and Dovecot" {
	mail_host bad
	run -1 fe-probe -e "${ZONE[@]}" "${TRUST[@]}" \
		--wait 1s --recipient alice@example.org mx.example.org "$PORT"
	said pass tls-1.3
	said fail tls-1.1 accepted
	said fail tls-1.0 accepted
	said pass ssl-3.0
	said fail tls-suites 'no encryption.*_NULL_'
	said fail relay 'RCPT TO:<probe@example.net>'
	said fail smuggling 'LF.LF, LF.CRLF'
	said advice banner '3\.[0-9]'
	# strangers were not sent anything: RSET came before DATA
	wait_for 5 grep -q 'rset=[1-9]' "$D/log"
	run ! grep -q "to=<probe.*status=" "$D/log"
	# unless it was asked for
	run -0 fe-probe "${ZONE[@]}" --relay-to bob@example.net \
		mx.example.org "$PORT"
	said fail relay-message 'taken (250)'
	wait_for 5 grep -q 'to=<bob@example.net>.*relay=none.*discard\|to=<bob@example.net>.*status=sent' "$D/log"
	run -1 fe-probe -e "${ZONE[@]}" "${TRUST[@]}" --service imap \
		mx.example.org $((PORT + 1))
	said fail tls-1.0 accepted
	said fail tls-suites 'no certificate'
	said skip login-timing
	said fail password-in-clear
	said advice banner 2.3.19
}

@test "finds nothing wrong with a good Postfix and Dovecot" {
	mail_host good
	run -0 fe-probe -e "${ZONE[@]}" "${TRUST[@]}" \
		--wait 1s --recipient alice@example.org mx.example.org "$PORT"
	said pass tls-1.0
	said pass tls-suites 'all with forward secrecy'
	said pass relay '7 ways'
	said pass smuggling
	said pass starttls-injection
	said pass banner
	said pass vrfy
	run -0 fe-probe -e "${ZONE[@]}" "${TRUST[@]}" --service imaps \
		--account alice@example.org mx.example.org $((PORT + 2))
	said pass login-answer
	said pass login-timing
	said pass certificate-chain
	said pass tls-suites
	run -0 fe-probe "${ZONE[@]}" "${TRUST[@]}" --service pop3 \
		mx.example.org $((PORT + 3))
	said pass starttls-injection
	said pass tls-1.1
	for place in 'smtp 0' 'imap 1' 'imaps 2' 'pop3 3'; do
		run -0 fe-probe check "${ZONE[@]}" "${TRUST[@]}" \
			--service "${place% *}" mx.example.org \
			$((PORT + ${place#* }))
		[ -z "$output" ]
	done
}

@test "finds weak TLS of openssl s_server, where OpenSSL still has it" {
	PORT=$(free_port)
	certificate "$T/weak" 30 mx.example.org
	OPENSSL_CONF=/dev/null start "$T/log" openssl s_server -accept \
		"127.0.0.1:$PORT" -cert "$T/weak.pem" -key "$T/weak.key" -www \
		-no_tls1_3 -cipher 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'
	wait_for_port "$PORT"
	run -1 fe-probe -e "${ZONE[@]}" --service https \
		--tls-ca "$T/weak.pem" mx.example.org "$PORT"
	said advice tls-1.3 'not offered'
	said pass tls-1.2
	said fail tls-1.1 'accepted (ECDH'
	said fail tls-1.0
	said pass ssl-3.0
	said fail tls-suites 'no encryption'
	said pass certificate-chain
	kill "$STARTED"
	PORT=$(free_port)
	start "$T/log" openssl s_server -accept "127.0.0.1:$PORT" \
		-cert "$T/weak.pem" -key "$T/weak.key" -www -tls1_2 \
		-cipher ECDHE-ECDSA-AES128-SHA
	wait_for_port "$PORT"
	run -0 fe-probe -e "${ZONE[@]}" --service https \
		--tls-ca "$T/weak.pem" mx.example.org "$PORT"
	said advice tls-suites 'no AEAD: ECDHE_ECDSA_WITH_AES_128_CBC_SHA'
	said pass tls-1.0
}

@test "finds a small group of DHE" {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/rsa.key" \
		-out "$T/rsa.pem" -days 30 -subj /CN=mx.example.org 2>/dev/null
	# the second Oakley group (RFC 2409, 6.2)
	printf '%s\n' asn1=SEQUENCE:group '[group]' p=INTEGER:0xFFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF \
		g=INTEGER:2 >"$T/dh.conf"
	openssl asn1parse -genconf "$T/dh.conf" -out "$T/dh.der" -noout
	openssl dhparam -inform DER -in "$T/dh.der" -out "$T/dh" 2>/dev/null
	PORT=$(free_port)
	start "$T/log" openssl s_server -accept "127.0.0.1:$PORT" \
		-cert "$T/rsa.pem" -key "$T/rsa.key" -www -tls1_2 \
		-dhparam "$T/dh" -cipher 'DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0'
	wait_for_port "$PORT"
	run -0 fe-probe "${ZONE[@]}" --service https mx.example.org "$PORT"
	said fail tls-dh '1024 bits'
	said pass tls-suites DHE_RSA_WITH_AES_128_GCM
}

@test "finds a hole at STARTTLS, passwords in clear, and what VRFY tells" {
	PORT=$(free_port)
	start "$T/log" python3 "$HERE/peers/starttls-hole.py" "$PORT" \
		"$F/cert.pem" "$F/key.pem"
	wait_for_port "$PORT"
	run -1 fe-probe -e "${ZONE[@]}" "${TRUST[@]}" mx.example.org "$PORT"
	said fail starttls-injection 'answered under TLS'
	said fail password-in-clear
	said advice vrfy
	login() {
		run -0 fe-probe "${ZONE[@]}" "${TRUST[@]}" --account "$1" \
			--service submission mx.example.org "$PORT"
	}
	login alice # whose password is hashed, which takes a while
	said fail login-timing 'of somebody always takes [0-9]* ms longer'
	said pass login-answer
	login bob@example.org # who is told that his password is wrong
	said fail login-answer
	said pass login-timing
	login eve # who may log in with any
	said fail login-timing 'made-up password is taken'
	said advice banner 'Holemail\|1.2.3'
	said fail relay
}

@test "check is silent when all is up, and says one sentence when it is not" {
	receive
	run -0 fe-probe check "${ZONE[@]}" mx.example.org "$PORT"
	[ -z "$output" ]
	run -0 fe-probe check -o json "${ZONE[@]}" mx.example.org "$PORT"
	jq -e '.up and .ms >= 0' <<<"$output"
	# the certificate counts: soon over, and (where people come) for whom
	run -1 fe-probe check "${ZONE[@]}" --expiry 365d \
		--now 2028-12-01T00:00:00Z mx.example.org "$PORT"
	[ "${#lines[@]}" = 1 ]
	[[ $output == *'certificate expires in'* ]]
	run -1 fe-probe check "${ZONE[@]}" --now 2036-01-01T00:00:00Z \
		mx.example.org "$PORT"
	[[ $output == *'certificate has expired' ]]
	run -1 fe-probe check "${ZONE[@]}" --service submission \
		mx.example.org "$PORT"
	[[ $output == *'the certificate: '* ]]
	run -1 fe-probe check "${TRUST[@]}" --service submission --no-dns \
		--address 127.0.0.1 other.example.org "$PORT"
	[[ $output == *'ostname mismatch' ]]
	kill -TERM "$STARTED"
	closed() { ! port_is_open "$PORT"; }
	wait_for 10 closed
	run -1 fe-probe check "${ZONE[@]}" mx.example.org "$PORT"
	[ "$output" = "mx.example.org port $PORT: cannot connect to 127.0.0.1: Connection refused" ]
	# one that says nothing, one that says nonsense
	PORT=$(free_port)
	start "$T/log" python3 -c '
import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    peer, _ = s.accept()
    peer.sendall(sys.argv[2].encode())
    held = peer' "$PORT" ''
	wait_for_port "$PORT"
	run -1 fe-probe check --timeout 1s "${ZONE[@]}" mx.example.org "$PORT"
	[[ $output == *'no reply: Connection timed out' ]]
	kill "$STARTED"
	PORT=$(free_port)
	start "$T/log" python3 -c '
import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    peer, _ = s.accept()
    peer.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    held = peer' "$PORT"
	wait_for_port "$PORT"
	run -1 fe-probe check --timeout 1s "${ZONE[@]}" mx.example.org "$PORT"
	[[ $output == *'is no reply' ]]
}

@test "looks at all addresses of all mail servers of a domain" {
	[ "$(id -u)" = 0 ] || skip 'needs a network of its own'
	need ip
	cat >"$T/zone" <<-END
		example.org. MX 10 mx.example.org.
		example.org. MX 20 gone.example.org.
		mx.example.org. A 127.0.0.1
		mx.example.org. A 127.0.0.2
		mx.example.org. A 192.0.2.9
		mx.example.org. AAAA ::1
	END
	printf '#!/bin/sh\ncat >/dev/null\n' >"$T/deliver"
	chmod +x "$T/deliver"
	cat >"$T/run" <<-END
		ip link set lo up
		$(declare -f wait_for port_is_open wait_for_port)
		for ip in 127.0.0.1 ::1; do
			fe-listen ${AS[*]} --wait \$ip 25 fe-receive \\
				-- "$T/deliver" >"$T/log" 2>&1 3>&- 4>&- &
		done
		wait_for_port 25 && wait_for_port 25 ::1 || exit 3
		probe() {
			fe-probe "\$@" --dns-zone "$T/zone" --tls-ca "$F/cert.pem" \\
				example.org
			echo "exit \$?"
		}
		probe -e >"$T/text"
		probe -q >"$T/quiet"
		probe -o json >"$T/json"
		probe check >"$T/check"
		probe check -o json >"$T/check.json"
		sed -i '/127.0.0.2\|gone/d' "$T/zone"
		probe check >"$T/up"
		kill \$(jobs -p)
	END
	run -0 unshare -nmpf --mount-proc --kill-child bash "$T/run"
	output=$(cat "$T/text")
	[ "$(grep 'port 25:$\|^gone.*:$' "$T/text")" = "$(printf '%s\n' \
		'mx.example.org, 127.0.0.1 port 25:' \
		'mx.example.org, 127.0.0.2 port 25:' \
		'mx.example.org, 192.0.2.9 port 25:' \
		'mx.example.org, ::1 port 25:' gone.example.org:)" ]
	[ "$(grep -c '^pass *connect' "$T/text")" = 2 ]
	[ "$(grep -c '^pass *relay' "$T/text")" = 2 ]
	# of the domain once, however many addresses
	[ "$(grep -c ' mta-sts: ' "$T/text")" = 1 ]
	said fail connect '127.0.0.2: Connection refused'
	said unknown connect 'no way to it from here'
	said fail connect "'gone.example.org' has no address"
	grep -qx 'exit 1' "$T/text"
	[ "$(grep -c : "$T/quiet")" = 4 ] # two headings, two faults
	[ "$(jq -r 'objects | select(.check == "tls-1.3") | .address' \
		<(grep '^{' "$T/json") | xargs)" = '127.0.0.1 ::1' ]
	[ "$(grep -c 'mx.example.org 127.0.0.2 port 25: cannot' "$T/check")" = 1 ]
	[ "$(wc -l <"$T/check")" = 3 ]
	[ "$(grep '^{' "$T/check.json" | jq -c '[.address,.up]' | xargs)" = \
		'[127.0.0.1,true] [127.0.0.2,false] [::1,true] [null,false]' ]
	[ "$(cat "$T/up")" = 'exit 0' ]
}

@test "looks at the signatures of TLSA records" {
	[ "$(id -u)" = 0 ] || skip 'needs a root key of its own'
	local keygen signzone nsd zone
	need_peer ldnsutils ldns-keygen
	keygen=$PEER
	need_peer ldnsutils ldns-signzone
	signzone=$PEER
	need_peer nsd nsd
	nsd=$PEER
	pin=$(openssl x509 -in "$F/cert.pem" -pubkey -noout |
		openssl pkey -pubin -outform DER | openssl sha256 | sed 's/.* //')
	mkdir -p "$T/share/dns" && cd "$T"
	for zone in signed.example broken.example; do
		cat >"$zone" <<-END
			\$ORIGIN $zone.
			\$TTL 60
			@ SOA ns hostmaster 1 3600 600 86400 60
			@ NS ns
			ns A 127.0.0.1
			mx A 127.0.0.1
			@ MX 10 mx
			_25._tcp.mx TLSA 3 1 1 $pin
		END
		"$signzone" -n -i 20200101000000 -e 20401231000000 "$zone" \
			"$("$keygen" -a ECDSAP256SHA256 "$zone")" \
			"$("$keygen" -a ECDSAP256SHA256 -k "$zone" | tee ksk)"
		cat "$(cat ksk).key" >>share/dns/root.key
	done
	sed -i "s/^\(_25.*TLSA.3 1 1 \)../\1ff/" broken.example.signed
	printf '%s\n' 'server:' 'ip-address: 127.0.0.1' 'username: ""' \
		"zonesdir: $T" 'database: ""' "pidfile: $T/nsd.pid" \
		"xfrdfile: $T/xfrd" "zonelistfile: $T/zones" \
		'remote-control:' 'control-enable: no' >nsd.conf
	printf 'zone:\nname: %s\nzonefile: %s.signed\n' signed.example \
		signed.example broken.example broken.example >>nsd.conf
	echo 'nameserver 127.0.0.1' >resolv.conf
	printf '#!/bin/sh\ncat >/dev/null\n' >deliver
	chmod +x deliver
	cat >run <<-END
		ip link set lo up
		mount -t overlay overlay -o lowerdir=$T/share:/usr/share /usr/share
		mount --bind $T/resolv.conf /etc/resolv.conf
		$(declare -f wait_for port_is_open wait_for_port)
		"$nsd" -d -c "$T/nsd.conf" >"$T/nsd.log" 2>&1 3>&- 4>&- &
		fe-listen ${AS[*]} --wait 127.0.0.1 25 fe-receive -- "$T/deliver" \
			>"$T/log" 2>&1 3>&- 4>&- &
		wait_for_port 53 && wait_for_port 25 || exit 3
		for zone in signed.example broken.example; do
			fe-probe --address 127.0.0.1 mx.\$zone | grep ' dane:'
		done
		kill \$(jobs -p)
	END
	run -0 unshare -nmpf --mount-proc --kill-child bash "$T/run"
	said pass dane 'fits, and is signed'
	said fail dane 'signatures of the TLSA records are wrong'
}

@test "judges the MTA-STS policy and the TLSA records of the name" {
	[ "$(id -u)" = 0 ] || skip 'needs a network of its own, for port 443'
	need ip
	need_peer nginx nginx
	certificate "$T/web" 30 mta-sts.example.org
	cat "$T/web.pem" "$F/cert.pem" >"$T/ca.pem"
	mkdir -p "$T/www/.well-known"
	printf 'version: STSv1\r\nmode: enforce\r\nmx: mx.example.org\r\nmax_age: 86400\r\n' \
		>"$T/www/.well-known/mta-sts.txt"
	cat >"$T/nginx.conf" <<-END
		daemon off; pid $T/nginx.pid; error_log stderr; user root;
		events {}
		http { access_log off;
		$(for path in client_body proxy fastcgi uwsgi scgi; do
			echo "${path}_temp_path $T/nginx-$path;"
		done)
		server { listen 127.0.0.1:443 ssl; root $T/www;
		ssl_certificate $T/web.pem; ssl_certificate_key $T/web.key; } }
	END
	printf '#!/bin/sh\ncat >/dev/null\n' >"$T/deliver"
	chmod +x "$T/deliver"
	cat >"$T/run" <<-END
		ip link set lo up
		$(declare -f wait_for port_is_open wait_for_port)
		"$PEER" -c "$T/nginx.conf" -p "$T" >"$T/nginx.log" 2>&1 3>&- 4>&- &
		fe-listen ${AS[*]} 127.0.0.1 25 fe-receive -- "$T/deliver" \\
			>"$T/log" 2>&1 3>&- 4>&- &
		wait_for_port 443 && wait_for_port 25 || exit 3
		pin=\$(openssl x509 -in "$F/cert.pem" -pubkey -noout |
			openssl pkey -pubin -outform DER | openssl sha256 | sed 's/.* //')
		probe() {
			fe-probe --dns-zone "$T/zone" --tls-ca "$T/ca.pem" \\
				mx.example.org | grep ' mta-sts:\| dane:'
		}
		# no digit of it is that of the pin, whatever the key
		other() {
			echo "\$pin" | tr 0-9a-f "\$1"
		}
		zone() {
			cat "$F/zone" >"$T/zone"
			printf '%s\n' "mta-sts.example.org. A 127.0.0.1" "\$@" >>"$T/zone"
		}
		sts='_mta-sts.example.org. TXT "v=STSv1; id=1"'
		zone "\$sts" "_25._tcp.mx.example.org. TLSA 3 1 1 \$pin"
		probe
		zone "\$sts" "_25._tcp.mx.example.org. TLSA 3 1 1 \$(other 1-9a-f0)" \\
			"_25._tcp.mx.example.org. TLSA 3 1 1 \$(other 2-9a-f01)"
		sed -i s/mx.example.org/mx2.example.org/ "$T/www/.well-known/mta-sts.txt"
		probe
		zone "\$sts" "_25._tcp.mx.example.org. TLSA 0 0 1 \$pin"
		echo nonsense >"$T/www/.well-known/mta-sts.txt"
		probe
		zone "\$sts"
		rm "$T/www/.well-known/mta-sts.txt"
		probe
		zone '_mta-sts.example.org. TXT "v=STSv1; id=!"'
		probe
		kill \$(jobs -p)
	END
	run unshare -nmpf --mount-proc --kill-child bash "$T/run"
	echo "$output"
	[ "$status" = 0 ]
	[[ ${lines[0]} == 'advice'*'a TLSA record fits, but no DNSSEC'* ]]
	[[ ${lines[1]} == 'pass'*"is \`enforce', and covers mx.example.org" ]]
	[[ ${lines[2]} == 'fail'*'none of 2 TLSA records fits'* ]]
	[[ ${lines[3]} == 'fail'*'does not name mx.example.org'* ]]
	[[ ${lines[4]} == 'fail'*'of use to mail'* ]]
	[[ ${lines[5]} == 'fail'*'policy of mta-sts.example.org is none'* ]]
	[[ ${lines[6]} == 'advice'*'no TLSA records'* ]]
	[[ ${lines[7]} == 'fail'*'answers 404'* ]]
	[[ ${lines[9]} == 'fail'*'the record of example.org is none'* ]]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The recipes of fe-postfix(7), taken from the page, with a real Postfix in a
# network of its own, procmail and maildrop.  What differs from the page: paths
# and ports, the chroot, and that submission asks neither TLS nor a password.
load helper

setup_file() {
	make_home "$BATS_FILE_TMPDIR/home" alice@example.org
	export FE_HOME=$BATS_FILE_TMPDIR/home
	fe-dns -o zone --address 192.0.2.1 >"$BATS_FILE_TMPDIR/zone"
}

teardown_file() { chmod -R u+rwX "$BATS_FILE_TMPDIR"; }

setup() {
	# Other users than ours have to come in.
	D=$(mktemp -d /tmp/fe-postfix.XXXXXX)
	chmod 755 "$D"
	cp -a "$BATS_FILE_TMPDIR/home" "$D/home"
	cp "$BATS_FILE_TMPDIR/zone" "$D/zone"
	export FE_HOME=$D/home
	# As typed, but DNS is the zone file.
	mkdir "$D/bin"
	printf '#!/bin/sh\nexec %s/fe-verify --dns-zone %s "$@"\n' \
		"$BIN" "$D/zone" >"$D/bin/fe-verify"
	for name in fe-scan fe-sign fe-store fe-show; do
		printf '#!/bin/sh\nexec %s/%s --home %s "$@"\n' "$BIN" "$name" \
			"$D/home" >"$D/bin/$name"
	done
	chmod 755 "$D"/bin/*
	sed -i "s|fe-verify|& --dns-zone $D/zone|; s|^FE_HOME=.*|FE_HOME=$FE_HOME|" \
		"$FE_HOME/deliver"
	printf '%s\n' 'From: Alice <alice@example.org>' 'To: alice@example.org' \
		'Subject: through Postfix' 'Date: Sat, 21 Nov 2026 11:00:00 +0000' \
		'Message-ID: <through-1@example.org>' '' 'Hello.' >"$D/mail"
}

teardown() {
	chmod -R u+rwX "$D"
	rm -rf "$D"
	helper_teardown
}

# recipe TITLE N: the Nth literal block of that section.
recipe() {
	awk -v title=".Ss $1" -v n="$2" '
		$0 == title { within = 1; next }
		/^\.S[sh] / { within = 0 }
		within && /^\.Ed/ { literal = 0 }
		within && literal && block == n { print }
		within && /^\.Bd -literal/ { literal = 1; block++ }' \
		"$TOP/man/fe-postfix.7" | sed 's/\\e$/\\/' | grep . ||
		{ echo "no block $2 of '$1'" >&2; return 1; }
}

# program TITLE N FILE: a script of the page as a file of ours.
program() {
	recipe "$1" "$2" | sed -e "s|^PATH=.*|PATH=$D/bin:/usr/bin:/bin|" \
		-e "s|/usr/sbin/sendmail|$PF/usr/sbin/sendmail|" >"$3"
	chmod 755 "$3"
}

# services: the lines of the page for master.cf.
services() {
	local master='s|/usr/local/libexec|'$D'|; s/ n - y - - smtpd/ n - n - - smtpd/'
	recipe 'A filter beside Postfix' 1 | sed "$master; s/^smtp /2525 /"
	recipe 'Signatures for what leaves' 1 |
		sed "$master; s/^submission /2587 /; /smtpd_tls\|smtpd_sasl/d"
}

# An /etc with users of Postfix and its folder; the real one is /mnt there.
make_etc() {
	local file
	mkdir -p "$D/root/postfix"
	for file in /etc/*; do
		ln -s "/mnt/${file##*/}" "$D/root/" 2>/dev/null || :
	done
	rm "$D"/root/{passwd,group}
	{
		cat /etc/passwd
		echo 'postfix:x:4711:4711::/:/bin/false'
		echo 'fe:x:4713:4713::/:/bin/false'
	} >"$D/root/passwd"
	{
		cat /etc/group
		printf '%s\n' postfix:x:4711: postdrop:x:4712: fe:x:4713:
	} >"$D/root/group"
	ln -s "$D/root/postfix" "$D/etc"
}

make_postfix() {
	local folder
	[ -z "$SAN" ] || skip 'once is enough'
	[ "$(id -u)" = 0 ] || skip 'Postfix is started by root'
	need bwrap
	need ip
	need swaks
	need_peer postfix postfix
	PF=${PEER%.run/postfix}
	mkdir -p "$D"/{data,log,spool}
	make_etc
	for folder in active bounce corrupt defer deferred flush hold incoming \
		private saved trace pid public maildrop; do
		mkdir "$D/spool/$folder"
	done
	chown -R 4711 "$D/spool" "$D/data" "$D/log"
	chown 0 "$D/spool" "$D/spool/pid"
	# postdrop is set-gid where it is installed
	chmod 1777 "$D/spool/maildrop"
	chmod 755 "$D/spool/public"
	chown -R 4713 "$D/home"
	cat >"$D/etc/main.cf" <<-END
		compatibility_level = 3.6
		queue_directory = $D/spool
		command_directory = $PF/usr/sbin
		daemon_directory = $PF/usr/lib/postfix/sbin
		data_directory = $D/data
		mail_owner = postfix
		setgid_group = postdrop
		import_environment = TZ LANG LD_LIBRARY_PATH
		export_environment = TZ LANG LD_LIBRARY_PATH
		inet_interfaces = 127.0.0.1
		inet_protocols = ipv4
		maillog_file = $D/log/maillog
		maillog_file_prefixes = /tmp
		myhostname = mx.example.org
		mydestination =
		alias_maps =
		smtp_dns_support_level = disabled
		smtpd_authorized_xclient_hosts = 127.0.0.1
	END
	recipe 'Mailboxes behind Postfix' 1 >>"$D/etc/main.cf"
	bash -c "$(recipe 'Mailboxes behind Postfix' 2 |
		sed "s|/etc/postfix|$D/etc|")"
	services >"$D/etc/master.cf"
	cat >>"$D/etc/master.cf" <<-'END'
		2526 inet n - n - - smtpd
		pickup unix n - n 1 1 pickup
		cleanup unix n - n - 0 cleanup
		qmgr unix n - n 300 1 qmgr
		rewrite unix - - n - - trivial-rewrite
		bounce unix - - n - 0 bounce
		defer unix - - n - 0 bounce
		trace unix - - n - 0 bounce
		error unix - - n - - error
		retry unix - - n - - error
		lmtp unix - - n - - lmtp
		showq unix n - n - - showq
		anvil unix - - n - 1 anvil
		proxymap unix - - n - - proxymap
		postlog unix-dgram n - n - 1 postlogd
	END
	program 'A filter beside Postfix' 2 "$D/fe-filter"
	program 'Signatures for what leaves' 2 "$D/fe-signer"
}

# with_postfix LINE...: these lines of shell while it runs.  `stored N' waits
# until alice has N messages, `waits' until one is deferred.
with_postfix() {
	cat >"$D/run" <<-END
		ip link set lo up
		export LD_LIBRARY_PATH=$PF/usr/lib/postfix FE_HOME=$FE_HOME
		PATH=$BIN:$PATH
		$(declare -f wait_for port_is_open wait_for_port)
		stored() {
			wait_for 20 eval "[ \\\$(fe-cat alice@example.org -o json |
				wc -l) -ge \$1 ]" || { cat $D/log/maillog; exit 1; }
		}
		deferred() {
			wait_for 20 grep -q status=deferred $D/log/maillog ||
				{ cat $D/log/maillog; exit 1; }
		}
		send() {
			swaks -s 127.0.0.1 -p "\$1" -t alice@example.org \\
				-d @$D/mail "\${@:2}" || exit 1
		} >$D/swaks.log
		$PF/usr/lib/postfix/sbin/master -c /etc/postfix -d &
		$(recipe 'Mailboxes behind Postfix' 3 |
			sed "s/fe-listen/& ${AS[*]}/") &
		wait_for_port 2526 && wait_for_port 2424
		$(printf '%s\n' "$@")
		kill \$(jobs -p)
	END
	# pipe(8) hands on no FE_HOME, and the host's own home is no part of this
	local hidden=()
	[ ! -d /var/lib/fe ] || hidden=(--tmpfs /var/lib/fe)
	run bwrap --bind / / --dev-bind /dev /dev --proc /proc \
		--bind /etc /mnt --bind "$D/root" /etc --unshare-net "${hidden[@]}" \
		--unshare-pid \
		--die-with-parent bash "$D/run"
	echo "$output"
	[ "$status" = 0 ] || { cat "$D/log/maillog" "$D/swaks.log"; false; }
}

# What came back from a filter was judged there: only store it.
unfiltered() {
	sed -i '$d' "$FE_HOME/deliver"
	echo fe-store >>"$FE_HOME/deliver"
}

XCLIENT='--xclient-addr 192.0.2.1 --helo mx.example.org -f alice@example.org'

@test "mailboxes behind Postfix: what it knows of the client arrives" {
	make_postfix
	with_postfix "send 2526 $XCLIENT" 'stored 1' \
		"fe-cat alice@example.org -o json >$D/json" \
		"! swaks -s 127.0.0.1 -p 2526 -t nobody@example.org --quit RCPT >$D/no" \
		"grep -q 'User unknown' $D/no"
	jq -e '.client.ip == "192.0.2.1" and
		.client.helo == "mx.example.org" and
		.checks.spf.result == "pass"' "$D/json" ||
		{ jq . "$D/json"; false; }
}

@test "a filter beside Postfix states what it found and hands on" {
	make_postfix
	unfiltered
	with_postfix "send 2525 $XCLIENT" 'stored 1' \
		"fe-cat alice@example.org | fe-split -d $D/out --maildir"
	cat "$D"/out/*/* >"$D/got"
	tr -d '\r\n\t' <"$D/got" | grep -q \
		'Authentication-Results: [^;]*;.*iprev=pass.*spf=pass.*dmarc=pass'
	grep -q '^X-Fe-Scan: ' "$D/got"
	grep -q '^Subject: through Postfix' "$D/got"
}

@test "a filter that fails keeps the message in the queue, whole" {
	make_postfix
	printf '#!/bin/sh\necho "4.3.0 fe-verify: no" >&2; exit 75\n' \
		>"$D/bin/fe-verify"
	with_postfix "send 2525 $XCLIENT" deferred \
		"[ \$(fe-mailbox list alice@example.org | wc -l) = 0 ]" \
		"id=\$(ls $D/spool/deferred/* | grep -v : | head -n 1)" \
		"PATH=$PF/usr/sbin:\$PATH" \
		"$(recipe 'A message that waits' 1 | sed "s/QUEUEID/\$id/" |
			grep fe-show)"
	[[ $output == *'Subject   through Postfix'*'Hello.'* ]]
	run ! grep -q status=bounced "$D/log/maillog"
	grep -q 'status=deferred.*4.3.0' "$D/log/maillog"
}

@test "what leaves is signed, and verifies" {
	make_postfix
	unfiltered
	with_postfix "send 2587 $XCLIENT" 'stored 1' \
		"fe-cat alice@example.org | fe-split -d $D/out --maildir"
	cat "$D"/out/*/* >"$D/got"
	run -0 fe-verify -i mail -o json --dns-zone "$D/zone" <"$D/got"
	jq -e '.checks.dkim | map(.result) == ["pass", "pass"]' <<<"$output"
}

@test "mail that cannot be signed waits, rather than leave unsigned" {
	make_postfix
	sed -i 's/^From: .*/From: x@example.com/' "$D/mail"
	with_postfix "send 2587 -f x@example.com" deferred
	grep -q "status=deferred.*no active key to sign for 'example.com'" \
		"$D/log/maillog"
}

@test "procmail: filtered, unfiltered where the filter fails, stored" {
	need_peer procmail procmail
	mail() {
		printf 'Received: from mx.example.org (mx.example.org '
		printf '[192.0.2.1])\n\tby mx.example.org with ESMTP; '
		printf 'Sat, 21 Nov 2026 11:00:01 +0000\n'
		cat "$D/mail"
	}
	rc() {
		printf '%s\n' 'SHELL=/bin/sh' "PATH=$D/bin:/usr/bin:/bin" \
			"FE_HOME=$FE_HOME" "DEFAULT=$D/mbox" "LOGFILE=$D/log"
		recipe procmail "$1"
	}
	rc 1 >"$D/rc"
	mail | "$PEER" -m "$D/rc"
	grep -q '^Authentication-Results: ' "$D/mbox"
	grep -q 'iprev=pass' "$D/mbox"
	grep -q '^X-Fe-Scan: ' "$D/mbox"
	rc 2 >"$D/rc"
	mail | "$PEER" -m "$D/rc"
	[ "$(fe-mailbox list alice@example.org | wc -l)" = 1 ]
	printf '#!/bin/sh\nexit 75\n' >"$D/bin/fe-verify"
	rm "$D/mbox"
	rc 1 >"$D/rc"
	mail | "$PEER" -m "$D/rc"
	grep -q '^Hello\.$' "$D/mbox"
	! grep -q '^Authentication-Results: ' "$D/mbox"
}

@test "maildrop: filtered, unfiltered where the filter fails, or 75" {
	need_peer maildrop maildrop
	rc() {
		printf '%s\n' "SHELL=\"/bin/sh\"" \
			"PATH=\"$D/bin:/usr/bin:/bin\"" "FE_HOME=\"$FE_HOME\""
		recipe maildrop 1 | sed "$1"
		echo "to \"$D/mbox\""
	}
	rc '' >"$D/rc"
	chmod 600 "$D/rc"
	HOME=$D "$PEER" "$D/rc" <"$D/mail"
	grep -q '^Authentication-Results: ' "$D/mbox"
	grep -q '^X-Fe-Scan: ' "$D/mbox"
	printf '#!/bin/sh\nexit 75\n' >"$D/bin/fe-verify"
	rm "$D/mbox"
	HOME=$D "$PEER" "$D/rc" <"$D/mail"
	grep -q '^Hello\.$' "$D/mbox"
	rm "$D/mbox"
	rc '/^exception/d; /^}/d' >"$D/rc" # without `exception'
	HOME=$D run -75 "$PEER" "$D/rc" <"$D/mail"
	[ ! -e "$D/mbox" ]
}

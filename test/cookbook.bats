#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The cookbook of fe(7), command by command, in a home with real messages.  A
# line that begins with a blank goes on with the one before.  What differs from
# the page: passwords and keys come from standard input, DNS from a zone file, ports and
# UIDs are those of this test, and `~alice' is a folder.
load helper

setup_file() {
	P=$BATS_FILE_TMPDIR
	make_home "$P/home" alice@example.org
	cp "$TOP/share/starter.model" "$P/home/model/site.model"
	sed 's/"vnd.fe.record"/&, "imap4flags"/' "$TOP/share/sieve/default.sieve" \
		>"$P/home/sieve/new.sieve"
	printf '%s\n' '[fe-dns]' 'address = 192.0.2.1' '[fe-backup]' \
		"path = $P/repository" >>"$P/home/fe.conf"
	cp "$TOP/share/demo/zone" "$P/zone"
	FE_HOME=$P/home fe-dns -o zone >>"$P/zone"
	mkdir -p "$P"/alice/Maildir/{,.Junk/,.Archive/}{cur,new,tmp} "$P/bin"
	# When it came is said by the file's name: today.
	now=$(date +%s)
	sed 's/^Subject: .*/Subject: Invoice 4711/' \
		"$TOP/share/demo/signed.eml" >"$P/alice/Maildir/cur/$now.1:2,S"
	cp "$TOP/share/demo/forged.eml" "$P/alice/Maildir/.Junk/cur/$now.2:2,"
	cp "$TOP/share/demo/broken.eml" \
		"$P/alice/Maildir/.Archive/cur/$now.3:2,S"
	{
		printf 'Received: from h.example.com (h.example.com [192.0.2.9])'
		printf '\n\tby mx.example.org with ESMTP; '
		printf 'Sat, 21 Nov 2026 11:00:01 +0000\n'
		cat "$TOP/share/demo/forged.eml"
	} >"$P/x.eml"
	# As typed, but DNS is the zone file; a pager that is no program here.
	printf '#!/bin/sh\nexec %s/fe-verify --dns-zone %s "$@"\n' \
		"$BIN" "$P/zone" >"$P/bin/fe-verify"
	printf '#!/bin/sh\n[ "$1" != check ] || set -- "$@" --dns-zone %s\n%s\n' \
		"$P/zone" "exec $BIN/fe-dns \"\$@\"" >"$P/bin/fe-dns"
	printf '#!/bin/sh\nexec %s/fe-rotate-keys "$@" --dns-zone %s\n' \
		"$BIN" "$P/zone" >"$P/bin/fe-rotate-keys"
	printf '#!/bin/sh\nexec cat\n' >"$P/bin/less"
	chmod +x "$P"/bin/*
	FE_HOME=$P/home fe-cat --rcpt alice@example.org "$P/alice/Maildir" |
		FE_HOME=$P/home fe-store -q
}

teardown_file() { chmod -R u+rwX "$BATS_FILE_TMPDIR"; }

setup() {
	P=$BATS_FILE_TMPDIR
	export FE_HOME=$P/home PATH=$P/bin:$PATH
}

# recipe TITLE: the lines of that section, as the page shows them.
recipe() {
	awk -v title=".Ss $1" '
		$0 == title { within = 1; next }
		/^\.S[sh] / { within = 0 }
		within && /^\.Ed/ { literal = 0 }
		within && literal { print }
		within && /^\.Bd -literal/ { literal = 1 }' \
		"$TOP/man/fe.7" | sed 's/\\e/\\/g; s/\\&//g'
}

# commands TITLE: each command on one line, its own lines joined by \n.
commands() {
	recipe "$1" | awk '
		/^[ \t]/ { command = command "\\n" $0; next }
		command != "" { print command }
		{ command = $0 }
		END { if (command != "") print command }'
}

# missing COMMAND: the first program of ours in it that is not built.
missing() {
	local name
	for name in $(grep -o '\<fe-[a-z-]*\>' <<<"$1"); do
		case $name in
		fe-smtp) continue ;;
		esac
		[ -e "$TOP/cmd/$name.c" ] || { echo "$name"; return; }
	done
}

# script TITLE: what is run.
script() {
	local line
	echo 'set -eo pipefail; PS4="+ "'
	echo 'trap "kill \$! 2>/dev/null || :" EXIT'
	commands "$1" | sed -e "s|~alice|$P/alice|g" -e 's|INBOX/4711|INBOX/1|' \
		-e "s/<x@y>/$(sed -n 's/^Message-ID: //p' \
			"$TOP/share/demo/signed.eml")/" \
		-e "s/2525/$PORT/" | while IFS= read -r line; do
		if [ -n "$(missing "$line")" ]; then
			printf 'echo "# no %s yet"\n' "$(missing "$line")"
			continue
		fi
		printf "echo '+ %s'\n" "$(cut -c-60 <<<"${line//\'/}")"
		case $line in
		fe-listen*)
			echo "${line/fe-listen/fe-listen ${AS[*]}} 3>&- &"
			echo "wait_for_port $PORT ::1"
			;;
		fe-backup\ init*)
			echo 'fe-backup init | tee said'
			echo "grep -Eo '([0-9A-Z]{4}-){13}[0-9A-Z]{4}' said |
				fe-backup key confirm"
			;;
		fe-harden\ apply*) echo "$line --yes" ;;
		# they find something, and say so
		fe-harden\ check* | fe-audit*) echo "$line || [ \$? = 1 ]" ;;
		fe-probe*) echo "$line --no-dns" ;;
		fe-account\ add*) echo "echo 'correct horse' | $line" ;;
		*) printf '%b\n' "${line//\\e/\\\\e}" ;;
		esac
	done
}

# cook TITLE: runs it in $T/play, which holds x.eml.
cook() {
	PORT=$(free_port)
	export -f port_is_open wait_for_port wait_for
	mkdir -p "$T/play"
	cp "$P/x.eml" "$T/play/"
	script "$1" >"$T/script"
	[ "$(wc -l <"$T/script")" -gt 2 ] || return 1
	run bash -c "cd '$T/play' && bash '$T/script'"
	echo "$output"
	[ "$status" = 0 ]
}

@test "every recipe of fe(7) is tried here" {
	awk '/^\.Sh EXAMPLES/ { within = 1 } /^\.Sh SEE/ { within = 0 }
		within && /^\.Ss / { sub(/^\.Ss /, ""); print }' \
		"$TOP/man/fe.7" | sort >"$T/page"
	sed -n "s/^\tcook '\(.*\)'$/\1/p; s/^\t*recipe '\(.*\)' .*/\1/p" \
		"$BATS_TEST_FILENAME" | sort -u >"$T/here"
	[ -s "$T/page" ]
	diff "$T/page" "$T/here"
}

@test "limits" {
	cook 'Limits'
	[[ $output == *'"limits":'*'"rule":"client.net"'*'0 forgotten'* ]]
}

@test "backups" {
	# it adds a message, which the others do not expect
	cp -a "$P/home" "$T/home"
	export FE_HOME=$T/home
	cook 'Backups, and one message back'
	# found in the backup, put into a folder, and the drill opened all
	run -0 fe-cat alice@example.org:Restored
	[[ $output == *'Subject: Invoice 4711'* ]]
}

@test "a hardened host, and the proof" {
	local R=$T/root
	mkdir -p "$R"/{etc/ssh/sshd_config.d,proc,var/lib,tmp,home/ada/.ssh} \
		"$R/etc/systemd/system" "$T/play" "$T/bin"
	echo 'Include /etc/ssh/sshd_config.d/*.conf' >"$R/etc/ssh/sshd_config"
	echo 'ada:x:1000:1000::/home/ada:/bin/sh' >"$R/etc/passwd"
	echo 'sudo:x:27:ada' >"$R/etc/group"
	echo 'ssh-ed25519 AAAA ada' >"$R/home/ada/.ssh/authorized_keys"
	ssh-keygen -q -t ed25519 -N '' -f "$T/play/key"
	# as typed, but the host is a tree
	printf '#!/bin/sh\nexec %s/fe-harden "$@" --root %s\n' "$BIN" "$R" \
		>"$T/bin/fe-harden"
	chmod +x "$T/bin/fe-harden"
	PATH=$T/bin:$PATH
	cook 'A hardened host, and the proof'
	grep -q 'PasswordAuthentication no' "$R"/etc/ssh/sshd_config.d/*
	[ -e "$R/etc/nftables.d/fe-harden.nft" ]
	grep -q 'BEGIN SSH SIGNATURE' "$T/play/audit.html.sig"
}

@test "looked at from outside" {
	cook 'Looked at from outside'
	[[ $output == *'pass     relay: '*' 0 fail,'* ]]
}

@test "logs without people" {
	mkdir "$T/play"
	echo 'to=<alice@example.org>, relay=a.b.example[192.0.2.77]:25, ok' \
		>"$T/play/mail.log"
	cook 'Logs without people'
	[[ $output == *'1 lines, 0 found'*'to=<#'*'>, relay=*.b.example[192.0.2.0/24]:25, ok' ]]
}

@test "a first mail" {
	need swaks
	export FE_HOME=$T/first
	cook 'A first mail'
	# from swaks through the server into the mailbox, and out again
	[[ $output == *'+ fe-cat'*'Subject   test '* ]]
}

@test "the records in DNS" {
	cook 'The records in DNS'
	[[ $output == *$'Type:  MX\nValue: 10 mx.example.org'* ]]
	[[ $output == *'records are as they should be'* ]]
	grep -q '^example.org. 3600 IN MX 10 mx.example.org.$' \
		"$T/play/example.org.fe"
	[ -s "$P/home/service/mta-sts/nginx.conf" ]
}

@test "one suspicious message" {
	cook 'One suspicious message'
	[[ $output == *bank.example.invalid* ]]
	[[ $output == *192.0.2.9* ]]
	[[ $output == *'jq -r .checks.dmarc.result'$'\nfail\n'* ]]
}

@test "in procmail" {
	need_peer procmail procmail
	{
		printf '%s\n' 'SHELL=/bin/sh' "PATH=$PATH" "FE_HOME=$FE_HOME" \
			"DEFAULT=$T/mbox" "ORGMAIL=$T/mbox" "LOGFILE=$T/log"
		recipe 'In procmail' | head -n 2
	} >"$T/rc"
	"$PEER" -m "$T/rc" <"$P/x.eml" || { cat "$T/log"; false; }
	grep -q '^Authentication-Results: ' "$T/mbox"
	grep -q '^Subject: Your account is locked' "$T/mbox"
}

@test "import of a Maildir, search" {
	cook 'Import of a Maildir, search'
	[[ $output == *'Invoice 4711'* ]]
	# It was imported before: nothing is there twice.
	[ "$(fe-mailbox list alice@example.org:INBOX -o json | wc -l)" = 1 ]
}

@test "a copy in plain files" {
	cook 'A copy in plain files'
	[ "$(find "$T/play/copy" -path '*/cur/*' -o -path '*/new/*' |
		wc -l)" = 3 ]
	grep -rq '^Subject: Invoice 4711' "$T/play/copy"
}

@test "what a verdict was, a month later" {
	cook 'What a verdict was, a month later'
	[[ ${lines[-1]} == *$'\t'* ]]
}

@test "a wave of spam" {
	cook 'A wave of spam'
	[[ $output == *'fe-sieve explain'*'Invoice 4711'* ||
		$output == *'fe-sieve explain'*keep* ]]
	[ -e "$P/home/model/site.model" ]
	! cmp -s "$P/home/model/site.model" "$TOP/share/starter.model"
}

@test "new keys, DNS in a web form" {
	cook 'New keys, DNS in a web form'
	[[ $output == *'signs from now on'* ]]
	[[ $output == *'each holds the hash of the one before'* ]]
}

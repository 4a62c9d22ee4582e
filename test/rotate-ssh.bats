# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Rotation of SSH keys, and of a repository behind SFTP, against a real sshd.
load rotate
load paused
load sshd

@test "ssh-user: the old key is refused at the end, by a real sshd" {
	once
	start_sshd
	conf '[fe-rotate-keys]' "ssh-authorized = $T/ssh/authorized" \
		"ssh-user = $T/ssh/user $(id -un)@127.0.0.1:$PORT" \
		"ssh-known-hosts = $T/known"
	cp "$T/ssh/user" "$T/old"
	cp "$T/ssh/user.pub" "$T/old.pub"
	log_in() {
		echo pwd | sftp -q -oBatchMode=yes -oIdentitiesOnly=yes \
			-oUserKnownHostsFile="$T/known" -i "$1" -P "$PORT" \
			-b - "$(id -un)@127.0.0.1"
	}
	run -0 log_in "$T/old"
	# with an overlap both are let in
	run -0 rotate ssh-user --overlap 'ssh-user 1d'
	[[ $output == *'accepts the new key'*'both keys are accepted'* ]]
	run -0 log_in "$T/old"
	run -0 log_in "$T/ssh/user"
	run -1 cmp -s "$T/old" "$T/ssh/user"
	grep -c '^restrict,command="internal-sftp" ssh-ed25519' \
		"$T/ssh/authorized" | grep -qx 2
	run -0 rotate --due ssh-user
	[[ $output == *'refuses the old key'*'is destroyed'* ]]
	run ! log_in "$T/old"
	run -0 log_in "$T/ssh/user"
	[ ! -e "$T/ssh/user.old" ]
	[ "$(wc -l <"$T/ssh/authorized")" = 3 ]
	[ "$(events ssh-user | xargs)" = 'begun active refused destroyed done' ]
	# killed while the old key was overwritten
	sed -i '$d' "$KEYS/ledger.jsonl"
	sed -i '$d' "$KEYS/ledger.jsonl"
	head -c 400 /dev/zero >"$T/ssh/user.old"
	chmod 600 "$T/ssh/user.old"
	run -0 rotate --due ssh-user
	[ ! -e "$T/ssh/user.old" ]
	run -0 log_in "$T/ssh/user"
	# an old key that stands elsewhere, too, is found and kept
	cp "$T/ssh/authorized" "$T/second"
	sed -i "s|^AuthorizedKeysFile.*|& $T/second|" "$T/ssh/sshd_config"
	"$T/hook" reload
	two() { log_in "$T/ssh/user"; }
	wait_for 5 two
	run -75 rotate ssh-user
	[[ $output == *'still lets the old key in'* ]]
	[ -e "$T/ssh/user.old" ]
	: >"$T/second"
	run -0 rotate --due ssh-user
	[ ! -e "$T/ssh/user.old" ]
	# over there nobody answers: nothing is changed here
	kill -TERM "$(cat "$T/ssh/pid")"
	cp "$T/ssh/user" "$T/now"
	run -75 rotate ssh-user
	cmp "$T/now" "$T/ssh/user"
	run -1 fe-rotate-keys check
	[[ $output == *'was begun and is not done'* ]]
}

@test "ssh-host: killed before the ledger has it, sshd is told again" {
	once
	start_sshd
	conf '[fe-rotate-keys]' "ssh-host-key = $T/ssh/host" \
		"ssh-config = $T/ssh/sshd_config" "hook = $T/hook"
	sed -i "2i echo \"\$1\" >>$T/hooks" "$T/hook"
	run -0 rotate ssh-host
	sed -i '$d' "$KEYS/ledger.jsonl"
	run -0 rotate ssh-host
	[[ $output == *'names the new key SHA256:'* ]]
	[ "$(grep -c reload "$T/hooks")" = 2 ]
	[ -e "$T/ssh/host.old" ]
	[ "$(events ssh-host | xargs)" = 'begun published' ]
	# and where nobody shall wait nobody does
	sed -i '$d' "$KEYS/ledger.jsonl"
	run -0 rotate -q --due --force ssh-host
	[ ! -e "$T/ssh/host.old" ]
	[ "$(events ssh-host | xargs)" = 'begun published destroyed done' ]
	run -0 rotate check
}

@test "ssh-user, ssh-host: killed at random moments" {
	once
	start_sshd
	conf '[fe-rotate-keys]' "ssh-authorized = $T/ssh/authorized" \
		"ssh-user = $T/ssh/user $(id -un)@127.0.0.1:$PORT" \
		"ssh-known-hosts = $T/known" "hook = $T/hook" \
		"ssh-host-key = $T/ssh/host" "ssh-config = $T/ssh/sshd_config"
	know() {
		ssh-keyscan -p "$PORT" 127.0.0.1 2>/dev/null | grep ed25519 \
			>"$T/known"
	}
	for round in $(seq "${SSH_KILLS:-3}"); do
		kind=ssh-user
		((round % 2)) || kind=ssh-host
		wait_for 5 know
		setsid fe-rotate-keys -q --force "$kind" >"$T/out" 2>&1 3>&- &
		pid=$!
		sleep "0.$((RANDOM % 6 + 1))"
		kill -KILL -- "-$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	fe-rotate-keys --due -q --force ssh-host
	wait_for 5 know
	fe-rotate-keys --due -q --force ssh-user
	[ "$(wc -l <"$T/ssh/authorized")" = 3 ]
	run -0 rotate check
	run -0 find "$T/ssh" -name '[a-z]*.old' -o -name '[a-z]*.next*'
	[ -z "$output" ]
}

@test "ssh-host: clients learn the next key, then it is the only one" {
	once
	start_sshd
	conf '[fe-rotate-keys]' "ssh-host-key = $T/ssh/host" \
		"ssh-config = $T/ssh/sshd_config" "hook = $T/hook"
	old=$(cut -d ' ' -f 2 "$T/ssh/host.pub")
	visit() {
		ssh -oBatchMode=yes -oIdentitiesOnly=yes -i "$T/ssh/other" \
			-oStrictHostKeyChecking=yes -oUpdateHostKeys=yes \
			-oUserKnownHostsFile="$T/known" -p "$PORT" \
			"$(id -un)@127.0.0.1" sleep 0.3 # until it has asked
	}
	run -0 rotate ssh-host
	[[ $output == *'names the new key SHA256:'* ]]
	next=$(cut -d ' ' -f 2 "$T/ssh/host.pub")
	[ "$next" != "$old" ]
	learned() { visit && grep -qF "$next" "$T/known"; }
	wait_for 5 learned
	grep -qF "$old" "$T/known"
	run -0 rotate ssh-host
	[[ $output == *'names both keys until'* ]]
	run -0 rotate --due --now "$(later 31)" ssh-host
	[[ $output == *'is the only one'*'destroyed'* ]]
	[ "$(cut -d ' ' -f 2 "$T/ssh/host.pub")" = "$next" ]
	[ -z "$(ls "$T/ssh/sshd_config.d")" ]
	run -0 find "$T/ssh" -name 'host.*'
	[ "$output" = "$T/ssh/host.pub" ]
	forgot() {
		ssh-keyscan -p "$PORT" 127.0.0.1 2>/dev/null | grep -qF "$next"
	}
	wait_for 5 forgot
	run -0 visit
	# killed while the old key was overwritten
	sed -i '$d' "$KEYS/ledger.jsonl"
	sed -i '$d' "$KEYS/ledger.jsonl"
	head -c 400 /dev/zero >"$T/ssh/host.old"
	run -0 fe-rotate-keys status ssh-host
	run -0 rotate --due --now "$(later 31)" ssh-host
	[ ! -e "$T/ssh/host.old" ]
	# a configuration that sshd does not like is not made
	echo 'NoSuchThing yes' >>"$T/ssh/sshd_config"
	run -75 rotate ssh-host
	[[ $output == *'sshd does not like'* ]]
	[ -z "$(ls "$T/ssh/sshd_config.d")" ]
}

@test "backup: over SFTP the old repository is renamed, then removed" {
	once
	start_sshd
	conf '[fe-backup far]' \
		"url = sftp://$(id -un)@127.0.0.1:$PORT$T/far" \
		"ssh-key = $T/ssh/user" "ssh-known-hosts = $T/known" 'timeout = 60s'
	fe-backup init --instance far | key_in >"$T/key1"
	fe-backup -q
	run -0 rotate backup:far
	[ -d "$(echo "$T"/far-old-*)" ]
	run -0 fe-backup check -q
	run -0 rotate --due --force backup
	[ -z "$(ls -d "$T"/far-* 2>/dev/null)" ]
	run -0 fe-backup check -q
	rotate_beside_backups far
	[ -z "$(find "$T"/far*/locks -type f)" ]
}

# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034
# For tests that load this behind `helper'.

# start_sshd: a real one with the host key $T/ssh/host and the user's keys in
# $T/ssh/authorized; `sshd' is in PATH for fe-rotate-keys.
start_sshd() {
	need bwrap
	need_peer openssh-server sshd
	[ "$(id -u)" = 0 ] || skip 'only root can serve a login'
	local sshd library
	PORT=$(free_port)
	mkdir -p "$T/ssh/sshd_config.d" "$T/bin" /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f "$T/ssh/host"
	ssh-keygen -q -t ed25519 -N '' -f "$T/ssh/user"
	{
		ssh-keygen -q -t ed25519 -N '' -f "$T/ssh/other"
		cat "$T/ssh/other.pub"
		echo '# a comment'
		echo "restrict,command=\"internal-sftp\" $(cat "$T/ssh/user.pub")"
	} >"$T/ssh/authorized"
	cat >"$T/ssh/sshd_config" <<-END
		Include $T/ssh/sshd_config.d/*.conf
		Port $PORT
		ListenAddress 127.0.0.1
		HostKey $T/ssh/host
		AuthorizedKeysFile $T/ssh/authorized
		PidFile $T/ssh/pid
		UsePAM no
		StrictModes no
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		Subsystem sftp internal-sftp
	END
	sshd=$(sed -n "s/^exec '\(.*\)' .*/\1/p" "$PEER")
	library=$(sed -n "s/^LD_LIBRARY_PATH='\(.*\)'/\1/p" "$PEER")
	# root's sshd wants a user sshd, which this host may not have
	sed '$a sshd:x:74:74::/run/sshd:/usr/sbin/nologin' /etc/passwd \
		>"$T/passwd"
	cat >"$T/bin/sshd" <<-END
		#!/bin/sh
		exec bwrap --dev-bind / / --bind "$T/passwd" /etc/passwd \
			--setenv LD_LIBRARY_PATH "$library" "$sshd" "\$@"
	END
	cat >"$T/hook" <<-END
		#!/bin/sh
		[ "\$1" != reload ] || kill -HUP "\$(cat "$T/ssh/pid")"
	END
	chmod +x "$T/bin/sshd" "$T/hook"
	PATH=$T/bin:$PATH
	start "$T/sshd.log" sshd -D -e -f "$T/ssh/sshd_config"
	wait_for_port "$PORT" || skip "sshd: $(tail -n 1 "$T/sshd.log")"
	echo "[127.0.0.1]:$PORT $(cut -d ' ' -f 1,2 "$T/ssh/host.pub")" \
		>"$T/known"
}

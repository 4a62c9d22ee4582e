#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-harden on a running host: network and mount namespaces of their own, with
# an /etc that is a copy, in which the real nft, sshd, ssh and nmap run.  The
# settings of the kernel that are not of a namespace are left alone.
#
# peers: nftables nft, nmap nmap, openssh-server sshd

load helper
load hosts

settings() {
	on_server nft list ruleset
	on_server sh -c 'cd /etc && find . -type f -exec cksum {} + ;
		find . -printf "%p %y %m %U %l\n"' | sort
	on_server sh -c 'cd /proc/sys/net && grep -rs . ipv4/conf \
		ipv4/tcp_rfc1337 ipv4/ip_forward ipv6/conf/*/accept_*'
	on_server ls -A /var/lib
	on_server grep /dev/shm /proc/mounts
}

@test "a port scan by nmap is banned, in IPv4 and IPv6, and others are not" {
	make_hosts
	serve 2025
	reach 192.0.2.2 192.0.2.1 2025
	on_server fe-harden apply -q --yes --confirm-within 300s --open 2025 \
		--allow 192.0.2.3/32 "${FIREWALL[@]}"
	run -0 on_server fe-harden check -o json --open 2025 \
		--allow 192.0.2.3/32 "${FIREWALL[@]}"
	reach 192.0.2.2 192.0.2.1 2025
	reach 2001:db8:1::2 2001:db8:1::1 2025

	scan 192.0.2.2 192.0.2.1
	on_server nft list set inet fe ban4 | grep -q '192.0.2.2 timeout 10m'
	run ! no_reach 192.0.2.2 192.0.2.1 2025
	# who is allowed is not even counted
	scan 192.0.2.3 192.0.2.1
	reach 192.0.2.3 192.0.2.1 2025
	on_server nft list set inet fe probe4 >"$T/probe4"
	run ! grep -q '192.0.2.3' "$T/probe4"

	reach 2001:db8:1::2 2001:db8:1::1 2025
	scan 2001:db8:1::2 2001:db8:1::1
	on_server nft list set inet fe ban6 | grep -q '2001:db8:1:: timeout'
	# the neighbour in the same /64 is the same customer
	run ! no_reach 2001:db8:1::3 2001:db8:1::1 2025
	# a lifted ban, as fe-ban does it
	on_server nft delete element inet fe ban6 '{ 2001:db8:1:: }'
	reach 2001:db8:1::3 2001:db8:1::1 2025

	# loading again forgives nobody
	on_server nft -f /etc/nftables.d/fe-harden.nft
	run ! no_reach 192.0.2.2 192.0.2.1 2025
	on_server nft list chain inet fe scan | grep -c 'log prefix "fe-portscan: "' |
		grep -qx 2

	# a rule more, or less, or one that makes all others idle, is seen
	rules() {
		on_server fe-harden check -v -o json --open 2025 \
			--allow 192.0.2.3/32 "${FIREWALL[@]}" | jq -r \
			'select(.item == "net-firewall.'"$1"'").seen'
	}
	[ "$(rules rules)" = 'as written' ]
	on_server nft insert rule inet fe input tcp dport 3306 accept
	[[ $(rules rules) == 'the chain input has '* ]]
	[ "$(rules input)" = drop ]
	on_server nft -f /etc/nftables.d/fe-harden.nft
	[ "$(rules rules)" = 'as written' ]
	on_server nft insert rule inet fe input counter accept
	[ "$(rules input)" = 'a rule accepts whatever comes' ]
	on_server nft flush chain inet fe scan
	[[ $(rules rules) == 'the chain '*' has '* ]]
}

@test "trying one closed port again and again is no scan; odd flags are" {
	make_hosts
	serve 2025
	on_server fe-harden apply -q --yes --confirm-within 300s --open 2025 \
		"${FIREWALL[@]}"
	on_client python3 -I -S -c '
import socket
for i in range(40):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("192.0.2.1", 2024))'
	reach 192.0.2.2 192.0.2.1 2025
	on_client nmap -n -Pn -sX -p 100-160 --max-retries 0 \
		--host-timeout 15s 192.0.2.1 >/dev/null 2>&1
	run ! no_reach 192.0.2.2 192.0.2.1 2025
}

@test "new connections of one client are limited, in IPv4 and IPv6" {
	make_hosts
	serve 2025
	on_server fe-harden apply -q --yes --confirm-within 300s --open 2025 \
		--rate 2 "${FIREWALL[@]}"
	cat >"$T/flood" <<-'END'
		import socket, sys, time
		sockets = []
		for i in range(40):
		    s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1]
		                      else socket.AF_INET)
		    s.bind((sys.argv[1], 0))
		    s.setblocking(False)
		    s.connect_ex((sys.argv[2], 2025))
		    sockets.append(s)
		time.sleep(0.4)
		n = 0
		for s in sockets:
		    try:
		        s.getpeername()
		        n += 1
		    except OSError:
		        pass
		print(n)
	END
	for pair in '192.0.2.2 192.0.2.1' '2001:db8:1::2 2001:db8:1::1'; do
		# shellcheck disable=SC2086 # two words
		n=$(on_client python3 -I -S "$T/flood" $pair)
		[ "$n" -ge 4 ]
		[ "$n" -le 12 ]
	done
	reach 192.0.2.3 192.0.2.1 2025 # somebody else
}

@test "what nobody confirms is undone by itself, bit for bit" {
	make_hosts
	settings >"$T/before"
	on_server fe-harden apply --yes --confirm-within 12s "${FIREWALL[@]}" \
		>"$T/said"
	grep -q 'this is undone in 12 s' "$T/said"
	on_server nft list table inet fe >/dev/null
	# it waits: nothing else is changed meanwhile, and check says so
	run -75 on_server fe-harden apply --yes host-mounts.shm
	[[ $output == *'waits for `fe-harden confirm'* ]]
	on_server fe-harden check host-thp 2>&1 | grep -q ' s left$'
	# a reboot would undo it, too
	[ ! -d /etc/systemd/system ] || on_server grep -q \
		'fe-harden revert --due' \
		/etc/systemd/system/fe-harden-rollback.service
	wait_for 10 on_server test ! -e /var/lib/fe-harden
	diff "$T/before" <(settings)
	run -64 on_server fe-harden confirm
	[[ $output == *'nothing waits'* ]]
}

@test "an earlier session cannot confirm; all of it can be reverted" {
	make_hosts
	settings >"$T/before"
	on_server fe-harden apply -q --yes --confirm-within 300s "${FIREWALL[@]}" \
		>/dev/null
	run -64 on_server fe-harden confirm
	[[ $output == *'this session is older than the change'* ]]
	on_server nft list table inet fe >/dev/null
	on_server fe-harden revert -q --yes
	diff "$T/before" <(settings)
}

@test "rules of docker, ufw and fail2ban are lived with only when told" {
	make_hosts
	on_server nft add table ip filter
	on_server nft add chain ip filter DOCKER-USER
	settings >"$T/before"
	run -1 on_server fe-harden apply --yes "${FIREWALL[@]}"
	[[ $output == *'docker has rules here: say `--beside docker'* ]]
	diff "$T/before" <(settings)
	on_server fe-harden apply -q --yes --beside docker --confirm-within 300s \
		"${FIREWALL[@]}"
	on_server nft list chain inet fe input | grep -q 'policy drop'
	run -1 on_server nft list chain inet fe forward
	on_server fe-harden revert -q --yes
	diff "$T/before" <(settings)

	on_server nft delete table ip filter
	on_server nft add table inet f2b-table
	on_server nft add chain inet f2b-table f2b-chain
	on_server nft add chain ip6 filter ufw6-x 2>/dev/null ||
		{ on_server nft add table ip6 filter
			on_server nft add chain ip6 filter ufw6-x; }
	run -1 on_server fe-harden apply --yes --beside ufw "${FIREWALL[@]}"
	[[ $output == *'fail2ban has rules here'* ]]
	on_server fe-harden apply -q --yes --beside ufw --beside fail2ban \
		--confirm-within 300s "${FIREWALL[@]}"
	# ufw opens the ports: ours bans and lets through
	on_server nft list chain inet fe input | grep -q 'policy accept'
	serve 2025
	on_server nft list chain inet fe scan | grep -q '@ban6'
}

@test "what nft or sshd refuses is refused before anything changes" {
	make_hosts
	on_server nft add table inet fe
	on_server nft add set inet fe ban4 '{ type inet_service; }'
	on_server sh -c 'mkdir -p /etc/ssh/sshd_config.d; cat >/etc/ssh/sshd_config' <<-END
		Include /etc/ssh/sshd_config.d/*.conf
		PermitNonsense yes
	END
	on_server ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
	settings >"$T/before"
	run -75 on_server fe-harden apply --yes "${FIREWALL[@]}"
	[[ $output == *"nft refuses it: "* ]]
	diff "$T/before" <(settings)
	run -75 on_server fe-harden apply --yes host-ssh.x11
	[[ $output == *'sshd refuses it: '*'PermitNonsense'* ]]
	diff "$T/before" <(settings)
}

@test "net.* settings and mount options take effect and come back" {
	make_hosts
	on_server sh -c 'echo 1 >/proc/sys/net/ipv4/conf/lo/accept_redirects
		echo 0 >/proc/sys/net/ipv4/tcp_rfc1337
		echo 1 >/proc/sys/net/ipv4/ip_forward'
	settings >"$T/before"
	items=(host-kernel.redirects-in host-kernel.redirects-in-6
		host-kernel.rfc1337 host-kernel.martians host-kernel.forwarding
		host-mounts.shm)
	run -1 on_server fe-harden check "${items[@]}"
	[[ $output == *'0 now'* || $output == *'seen 1 on '* ]]
	run -0 on_server fe-harden apply --yes "${items[@]}"
	run -0 on_server fe-harden check "${items[@]}"
	[ "${lines[-1]}" = '6 pass, 0 fail, 0 unknown' ]
	[ "$(on_server cat /proc/sys/net/ipv4/conf/lo/accept_redirects)" = 0 ]
	[ "$(on_server cat /proc/sys/net/ipv4/tcp_rfc1337)" = 1 ]
	on_server grep -q ' /dev/shm .*nosuid,nodev,noexec' /proc/mounts
	on_server sh -c 'cp /bin/true /dev/shm/x; ! /dev/shm/x 2>/dev/null'
	on_server rm /dev/shm/x
	run -0 on_server fe-harden revert --yes host-kernel.rfc1337 \
		host-mounts.shm
	[ "$(on_server cat /proc/sys/net/ipv4/tcp_rfc1337)" = 0 ]
	[ "$(on_server cat /proc/sys/net/ipv4/ip_forward)" = 0 ]
	run -0 on_server fe-harden revert --yes
	diff "$T/before" <(settings)
}

# make_sshd: a real sshd on the server, with the user ada, who has a key and
# the password `sesame'; $T/key opens root, too.
make_sshd() {
	need ssh
	on_server sh -c 'mkdir -p /etc/ssh/sshd_config.d /run/ada/.ssh
		rm -f /etc/ssh/sshd_config.d/* /etc/ssh/ssh_host_*
		cat >/etc/ssh/sshd_config <<-END
			Include /etc/ssh/sshd_config.d/*.conf
			UsePAM yes
			PasswordAuthentication yes
		END
		ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key
		grep -q ^sshd: /etc/passwd ||
			echo "sshd:x:199:65534::/run/sshd:/usr/sbin/nologin" \
				>>/etc/passwd
		echo "ada:x:4242:4242::/run/ada:/bin/bash" >>/etc/passwd
		echo "ada:$(openssl passwd -6 sesame):19000:0:99999:7:::" \
			>>/etc/shadow
		printf "auth required pam_unix.so\naccount required pam_unix.so\n%s\n" \
			"session required pam_limits.so" >/etc/pam.d/sshd'
	ssh-keygen -q -t ed25519 -N '' -f "$T/key"
	on_server sh -c 'cat >/run/ada/.ssh/authorized_keys
		chown -R 4242:4242 /run/ada; chmod 755 /run/ada
		mount -t tmpfs -o mode=700 tmpfs /root && mkdir -m 700 /root/.ssh &&
		cp /run/ada/.ssh/authorized_keys /root/.ssh/ &&
		chown 0:0 /root/.ssh/authorized_keys' <"$T/key.pub"
	start "$T/sshd.log" nsenter -t "$SERVER" -m -n \
		"$(readlink -f "$T/bin/sshd")" -D -e
	wait_for 10 on_server bash -c 'exec 3<>/dev/tcp/127.0.0.1/22'
	printf '#!/bin/sh\necho sesame\n' >"$T/askpass"
	chmod +x "$T/askpass"
}

# log_in USER WAY COMMAND...: WAY is `password' or `publickey'.
log_in() {
	local user=$1 way=$2
	shift 2
	on_client env SSH_ASKPASS="$T/askpass" SSH_ASKPASS_REQUIRE=force \
		ssh -F none -i "$T/key" -o StrictHostKeyChecking=no -o LogLevel=ERROR \
		-o UserKnownHostsFile=/dev/null -o ConnectTimeout=30 \
		-o NumberOfPasswordPrompts=1 \
		-o PreferredAuthentications="$way" "$user@192.0.2.1" "$@"
}

@test "with the drop-in a real sshd takes no password and no root" {
	make_hosts
	make_sshd
	settings >"$T/before"
	[ "$(log_in ada password echo in)" = in ]
	[ "$(log_in root publickey echo in)" = in ]
	soft=$(log_in ada publickey 'ulimit -Sn')

	on_server fe-harden apply -q --yes --confirm-within 300s host-ssh \
		host-coredumps.limit host-fds.sessions "${FIREWALL[@]}" >/dev/null
	wait_for 5 on_server bash -c 'exec 3<>/dev/tcp/127.0.0.1/22'
	run -255 log_in ada password echo in
	[[ $output == *'Permission denied (publickey)'* ]]
	run -255 log_in root publickey echo in
	[[ $output == *'Permission denied'* ]]
	[ "$(log_in ada publickey echo in)" = in ]
	# `sshd -T' agrees, and what is wanted is what is there
	run -0 on_server fe-harden check -q host-ssh.passwords host-ssh.root \
		host-ssh.ciphers host-ssh.kex host-ssh.macs host-ssh.max-startups
	# limits of a session
	[ "$(log_in ada publickey 'ulimit -Hc')" = 0 ]
	if prlimit --nofile=65536:1048576 true; then
		[ "$(log_in ada publickey 'ulimit -Sn')" = 65536 ]
		[ "$soft" != 65536 ]
	else
		echo '# no limit of files: root may not raise it here' >&3
	fi

	on_server fe-harden revert -q --yes
	wait_for 5 on_server bash -c 'exec 3<>/dev/tcp/127.0.0.1/22'
	[ "$(log_in ada password echo in)" = in ]
	diff "$T/before" <(settings)
}

@test "ssh: the session that applied dies, undoing goes on; a new one confirms" {
	make_hosts
	make_sshd
	settings >"$T/before"
	# root over ssh applies what shuts root out, in a session that then dies
	log_in root publickey "PATH=$T/bin:$BIN:\$PATH; fe-harden apply -q --yes \
		--confirm-within 12s host-ssh.root host-ssh.passwords; kill -9 \$\$" \
		>"$T/said" || true
	grep -q 'log in anew' "$T/said"
	run -255 log_in root publickey echo in
	wait_for 10 on_server test ! -e /var/lib/fe-harden
	wait_for 5 log_in root publickey true
	diff "$T/before" <(settings)

	# the connection of before proves nothing, a new one does
	log_in root publickey "PATH=$T/bin:$BIN:\$PATH; fe-harden apply -q --yes \
		--confirm-within 300s host-ssh.passwords; fe-harden confirm" \
		>"$T/said" 2>&1 || true
	grep -q 'this session is older than the change' "$T/said"
	wait_for 5 log_in root publickey true
	[ "$(log_in root publickey "PATH=$T/bin:$BIN:\$PATH; fe-harden confirm")" = \
		"confirmed; \`fe-harden revert' undoes it" ]
	run -255 log_in ada password echo in
}

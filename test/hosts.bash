# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034
#
# Two hosts in namespaces of their own, in which the real nft, sshd, ssh and
# nmap run: for tests that load this behind `helper'.

FIREWALL=(net-firewall net-portscan)

# make_hosts: $SERVER and $CLIENT are the pids that hold the namespaces; the
# server is 192.0.2.1 and 2001:db8:1::1, the client .2, .3 and ::2, ::3.
make_hosts() {
	[ "$(id -u)" = 0 ] || skip 'only root can make namespaces'
	need ip
	need nsenter
	unshare -m -n true 2>/dev/null || skip 'no namespaces on this kernel'
	mkdir -p "$T/bin" "$T/etc"
	for pair in nftables:nft nmap:nmap openssh-server:sshd; do
		need_peer "${pair%:*}" "${pair#*:}"
		ln -sf "$PEER" "$T/bin/${pair#*:}"
	done
	cat >"$T/host" <<-'END'
		mount --make-rprivate /
		cp -a /etc/. "$1/etc"
		mount --bind "$1/etc" /etc
		mount -t tmpfs tmpfs /run
		mount -t tmpfs tmpfs /var/lib
		mount -t tmpfs -o mode=1777 tmpfs /dev/shm
		mkdir -p /run/sshd
		ip link set lo up
		: >"$1/ready"
		exec sleep 600
	END
	start "$T/server.log" unshare -m -n bash "$T/host" "$T"
	SERVER=$STARTED
	start "$T/client.log" unshare -n sh -c ': >"$0"; exec sleep 600' \
		"$T/ready.client"
	CLIENT=$STARTED
	wait_for 60 test -e "$T/ready"
	wait_for 60 test -e "$T/ready.client"
	ip link add "s$SERVER" netns "$SERVER" type veth peer name "c$CLIENT" \
		netns "$CLIENT"
	on_server ip address add 192.0.2.1/24 dev "s$SERVER"
	on_server ip address add 2001:db8:1::1/64 dev "s$SERVER" nodad
	on_server ip link set "s$SERVER" up
	for n in 2 3; do
		on_client ip address add "192.0.2.$n/24" dev "c$CLIENT"
		on_client ip address add "2001:db8:1::$n/64" dev "c$CLIENT" nodad
	done
	on_client ip link set "c$CLIENT" up
	on_server nft list ruleset >"$T/nft.log" 2>&1 ||
		skip 'no nftables in this kernel'
}

on_server() {
	nsenter -t "$SERVER" -m -n env PATH="$T/bin:$PATH" "$@"
}
on_client() { nsenter -t "$CLIENT" -n env PATH="$T/bin:$PATH" "$@"; }

# serve PORT: answers each connection with `hello'.
serve() {
	start "$T/serve.log" nsenter -t "$SERVER" -m -n fe-listen -u root \
		0.0.0.0 "$1" :: "$1" echo hello
	wait_for 10 on_server bash -c "exec 3<>/dev/tcp/127.0.0.1/$1"
}

# reach SOURCE ADDRESS PORT: does the client get an answer, within 10 s?
# Whoever must not get one waits less: `run ! no_reach'.
no_reach() { PATIENCE=1 reach "$@"; }
reach() {
	on_client python3 -I -S -c '
import socket, sys
try:
    s = socket.create_connection((sys.argv[2], int(sys.argv[3])),
                                 float(sys.argv[4]),
                                 (sys.argv[1], 0))
    sys.exit(s.recv(5) != b"hello")
except OSError:
    sys.exit(1)' "$@" "${PATIENCE:-10}"
}

# scan SOURCE ADDRESS: SYN to many ports, as nmap does by default.
scan() {
	local six=
	[[ $2 != *:* ]] || six=-6
	# shellcheck disable=SC2086 # empty or a word
	on_client nmap $six -n -Pn -sS -p 100-160 --max-retries 0 \
		--host-timeout 15s -e "c$CLIENT" -S "$1" "$2" >"$T/nmap.log" 2>&1
}

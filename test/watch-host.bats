#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-watch and fe-ban on a host with fe-harden's firewall: two namespaces, the
# real nft, nmap and the kernel's own lines.
#
# peers: nftables nft, nmap nmap, openssh-server sshd

load helper
load hosts

ALL=/proc/sys/net/netfilter/nf_log_all_netns

# klog: the kernel's lines about the server's interface from now on, as a
# syslog daemon writes them into a file.
make_klog() {
	cat >"$T/klog" <<-'END'
		import os, sys, time
		k = os.open("/dev/kmsg", os.O_RDONLY)
		os.lseek(k, 0, os.SEEK_END)
		print("ready", file=sys.stderr, flush=True)
		while True:
		    try:
		        line = os.read(k, 8192).decode("utf-8", "replace")
		    except BrokenPipeError:
		        continue
		    head, text = line.split("\n")[0].split(";", 1)
		    if ": IN=" + sys.argv[1] + " " in text:
		        us = int(head.split(",")[2])
		        print("%s mx kernel: [%5d.%06d] %s" % (
		            time.strftime("%b %d %H:%M:%S"), us // 1000000, us % 1000000,
		            text), flush=True)
	END
}

# The kernel logs for namespaces only when told to; it is told back.
log_namespaces() {
	make_klog
	[ -r /dev/kmsg ] && [ -e "$ALL" ] || skip 'no kernel log here'
	cat "$ALL" >"$T/all"
	echo 1 >"$ALL" 2>/dev/null || skip 'the kernel log of namespaces is off'
}

teardown() {
	[ ! -s "$T/all" ] || cat "$T/all" >"$ALL"
	helper_teardown
}

# guard [OPTION]...: klog | fe-watch | fe-ban on the server.
guard() {
	start "$T/guard.log" nsenter -t "$SERVER" -m -n env TZ=UTC0 PATH="$T/bin:$PATH" \
		FE_HOME="$T/home" bash -c '
		python3 -I -S "$0" "$1" | tee -a "$2/klines" | fe-watch |
			tee -a "$2/events" | fe-ban -o json "${@:3}" >>"$2/bans"' \
		"$T/klog" "s$SERVER" "$T" "$@"
	GUARD=$STARTED
	wait_for 10 grep -q ready "$T/guard.log"
}

in_set() { on_server nft list set inet fe "$1" | grep -q "$2"; }

@test "a real port scan is banned at once, for longer each time, and stays so" {
	make_hosts
	log_namespaces
	mkdir -p "$T/home/state"
	serve 2025
	on_server fe-harden apply -q --yes --confirm-within 300s --open 2025 \
		--allow 192.0.2.3/32 "${FIREWALL[@]}" >/dev/null
	guard --time 20m --unproven-max 1h

	# from the kernel's first line about the scan to the ban of fe-ban, which
	# lasts 20 minutes, those of the kernel itself ten
	cat >"$T/clock" <<-'END'
		import os, subprocess, sys, time
		server, T = sys.argv[1:]
		nft = ["nsenter", "-t", server, "-m", "-n", T + "/bin/nft",
		    "list", "set", "inet", "fe", "ban4"]
		end = time.monotonic() + 20
		while time.monotonic() < end:
		    if b"192.0.2.2 timeout 20m" in subprocess.run(nft, capture_output=True).stdout:
		        now = time.clock_gettime(time.CLOCK_MONOTONIC)
		        first = open(T + "/klines").read().split("[", 1)[1].split("]")[0]
		        print("%.3f" % (now - float(first)))
		        sys.exit(0)
		sys.exit(1)
	END
	start "$T/took" python3 -I -S "$T/clock" "$SERVER" "$T"
	scan 192.0.2.2 192.0.2.1
	wait_for 15 test -s "$T/took"
	took=$(cat "$T/took")
	echo "# from the first line of the scan to the ban: $took s" >&3
	# (where the host has nothing else to do it is less than one)
	awk -v t="$took" 'BEGIN { exit !(t >= 0 && t < 5) }'
	run ! no_reach 192.0.2.2 192.0.2.1 2025
	[ "$(jq -r '[.event,.address,.object,.count,.window_s,.unproven]|@tsv' "$T/bans")" = \
		"ban	192.0.2.2	port-scan	1	1200	true" ]

	# IPv6 by its /64
	reach 2001:db8:1::2 2001:db8:1::1 2025
	scan 2001:db8:1::2 2001:db8:1::1
	wait_for 10 in_set ban6 '2001:db8:1:: timeout 20m'
	run ! no_reach 2001:db8:1::3 2001:db8:1::1 2025

	# who is allowed is not: neither by a scan, nor by hand
	scan 192.0.2.3 192.0.2.1
	reach 192.0.2.3 192.0.2.1 2025
	run -64 on_server env FE_HOME="$T/home" fe-ban add 192.0.2.3
	[[ $output == *"'192.0.2.3' is allowed"* ]]

	# forgiven by hand while it runs, and banned for longer when he comes again
	on_server env FE_HOME="$T/home" fe-ban -q add --for 1s 192.0.2.2
	wait_for 5 reach 192.0.2.2 192.0.2.1 2025
	scan 192.0.2.2 192.0.2.1
	wait_for 10 in_set ban4 '192.0.2.2 timeout 1h'

	# all is stopped, the table is gone and loaded anew: the bans come back
	kill -- "-$GUARD"
	on_server nft delete table inet fe
	on_server nft -f /etc/nftables.d/fe-harden.nft
	reach 2001:db8:1::3 2001:db8:1::1 2025
	guard
	wait_for 10 in_set ban4 192.0.2.2
	in_set ban6 2001:db8:1::
	run ! no_reach 2001:db8:1::3 2001:db8:1::1 2025
	on_server env FE_HOME="$T/home" fe-ban -q remove 2001:db8:1::9
	reach 2001:db8:1::3 2001:db8:1::1 2025
	on_server env FE_HOME="$T/home" fe-ban -q flush
	reach 192.0.2.2 192.0.2.1 2025
}

@test "without the firewall fe-ban says so once, and the list is kept" {
	make_hosts
	mkdir -p "$T/home/state"
	run -0 --separate-stderr on_server env FE_HOME="$T/home" fe-ban add 203.0.113.7
	[[ $stderr == *'the firewall of fe-harden is not there'* ]]
	grep -q '^203.0.113.7 ' "$T/home/state/bans"
	# once it is there, the ban is put into it
	on_server fe-harden apply -q --yes --confirm-within 300s "${FIREWALL[@]}" >/dev/null
	run -0 --separate-stderr on_server env FE_HOME="$T/home" fe-ban </dev/null
	[ -z "$stderr" ]
	on_server nft list set inet fe ban4 | grep -q 203.0.113.7
}

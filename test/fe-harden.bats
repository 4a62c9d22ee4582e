#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-harden on trees: a folder that looks like a host.  What it does to a
# running host is in harden-host.bats.

load helper

# make_tree: a small Debian in $R that fails much.
make_tree() {
	R=$T/root
	mkdir -p "$R"/etc/{sysctl.d,modprobe.d,ssh/sshd_config.d,systemd/system} \
		"$R"/etc/{security/limits.d,apt/apt.conf.d,sudoers.d} \
		"$R"/{tmp,run,home/ada/.ssh,root,var/lib/dpkg/info,var/tmp} \
		"$R"/proc/sys/{kernel,fs} "$R"/proc/sys/net/ipv4/conf/{all,eth0}
	cat >"$R/etc/passwd" <<-END
		root:x:0:0:root:/root:/bin/bash
		daemon:x:1:1::/usr/sbin:/usr/sbin/nologin
		ada:x:1000:1000::/home/ada:/bin/bash
	END
	printf 'root:!:1::::::\nada:$y$x:1::::::\n' >"$R/etc/shadow"
	printf 'sudo:x:27:ada\n' >"$R/etc/group"
	printf 'ENCRYPT_METHOD YESCRYPT\nUMASK\t022\n' >"$R/etc/login.defs"
	chmod 640 "$R/etc/shadow"
	echo 'ssh-ed25519 AAAA ada' >"$R/home/ada/.ssh/authorized_keys"
	cat >"$R/etc/ssh/sshd_config" <<-END
		Include /etc/ssh/sshd_config.d/*.conf
		PasswordAuthentication yes
		X11Forwarding yes
	END
	echo 'UUID=1 / ext4 defaults 0 1' >"$R/etc/fstab"
	echo 0 >"$R/proc/sys/kernel/kptr_restrict"
	echo 1 >"$R/proc/sys/kernel/dmesg_restrict"
	echo 0 >"$R/proc/sys/net/ipv4/conf/all/accept_redirects"
	echo 1 >"$R/proc/sys/net/ipv4/conf/eth0/accept_redirects"
	echo 'usb_storage 81920 1 uas, Live 0x0' >"$R/proc/modules"
}

# manifest DIR: every name below it with type, mode, owner, content.
manifest() {
	(cd "$1" && find . -printf '%p %y %m %U %G %l ' \
		\( -type f -exec sha256sum {} \; -o -printf '\n' \)) | sort
}

# state ITEM [OPTION]...: what check says of it on the tree, `STATE|SEEN'.
state() {
	local said
	said=$(fe-harden check --root "$R" -v "${@:2}" "$1") || [ $? = 1 ]
	[[ $said =~ ^([a-z]+)\ .*$'\n'\ +seen\ (.*)\;\ wanted ]]
	echo "${BASH_REMATCH[1]}|${BASH_REMATCH[2]}"
}

@test "help, version, an unknown option and an unknown verb" {
	run -0 fe-harden --help
	[[ $output == *"fe-harden check"* && $output == *"--root"* ]]
	run -0 fe-harden --version
	run -64 fe-harden check --nonsense
	run -64 fe-harden
	run -64 fe-harden mend
	[[ $output == *"there is no \`mend'"* ]]
	run -64 fe-harden confirm host-ssh
	run -64 fe-harden check host-nothing
	[[ $output == *"there is no item 'host-nothing'"* ]]
	run -64 fe-harden check --root "$T/nowhere"
	run -64 fe-harden check --due
	run -64 fe-harden check --open 70000
	run -64 fe-harden check --beside pf
	run -64 fe-harden check --allow 192.0.2.1/24
}

@test "check prints state, seen, wanted and why of each item, and a tally" {
	make_tree
	run -1 fe-harden check --root "$R"
	echo "$output" | grep -q '^fail     host-kernel.kptr-restrict: '
	echo "$output" | grep -q '^pass     host-kernel.dmesg-restrict: '
	echo "$output" |
		grep -q '^         seen 0; wanted 2|1; why: an exploit of'
	[[ ${lines[-1]} =~ ^[0-9]+\ pass,\ [0-9]+\ fail,\ [0-9]+\ unknown$ ]]
	# the tally is that of the lines
	for word in pass fail unknown; do
		n=$(echo "$output" | grep -c "^$word " || true)
		[[ ${lines[-1]} == *"$n $word"* ]]
	done
	fe-harden check --root "$R" -o json >"$T/json" || [ $? = 1 ]
	jq -es 'all(.[:-1][]; .item and .state and .wanted and .why and
		(.seen | type == "string") and (.required | type ==
		"boolean"))' "$T/json"
	[ "$(jq -s '[.[:-1][] | select(.state == "fail")] | length' \
		"$T/json")" = "$(tail -n 1 "$T/json" | jq .fail)" ]
}

@test "check -q says what fails, and nothing where all is well" {
	make_tree
	run -1 fe-harden check -q --root "$R" host-kernel.kptr-restrict \
		host-kernel.dmesg-restrict
	[[ $output == *kptr-restrict* && $output != *dmesg* ]]
	[ "${lines[-1]}" = '1 pass, 1 fail, 0 unknown' ]
	run -0 fe-harden check -q --root "$R" host-kernel.dmesg-restrict
	[ -z "$output" ]
	# advice does not make it fail
	run -0 fe-harden check --root "$R" host-users.umask
	[[ $output == *'(advice)'* ]]
	run -1 fe-harden check --root "$R" --profile strict host-users.umask
	run -75 bash -c 'fe-harden check --root "$1" >/dev/full' x "$R"
}

@test "each practice of the register has items, and each item explains itself" {
	make_tree
	fe-harden check --root "$R" -v -o json |
		jq -r '.item // empty | split(".")[0]' | sort -u >"$T/practices"
	printf '%s\n' enc-disk enc-memory host-coredumps host-fds \
		host-isolation host-kernel host-mounts host-secureboot \
		host-services host-ssh host-swap host-thp host-updates \
		host-usb host-users net-firewall net-portscan |
		diff - "$T/practices"
	diff <(fe-harden check --root "$R" host-firewall host-portscan) \
		<(fe-harden check --root "$R" net-firewall net-portscan)
	fe-harden explain --root "$R" --profile strict | cut -d ' ' -f 1 >"$T/ids"
	[ "$(wc -l <"$T/ids")" -ge 130 ]
	[ -z "$(sort "$T/ids" | uniq -d)" ]
	mapfile -t ids <"$T/ids"
	fe-harden explain --root "$R" --profile strict "${ids[@]}" >"$T/all"
	for word in what why read wanted now changed profile; do
		[ "$(grep -c "^  $word  *[^ ]" "$T/all")" = "${#ids[@]}" ]
	done
	# a stricter profile has all that the laxer ones have
	fe-harden explain --root "$R" | cut -d ' ' -f 1 | sort >"$T/mail"
	fe-harden explain --root "$R" --profile minimal | cut -d ' ' -f 1 |
		sort >"$T/minimal"
	[ -z "$(comm -23 "$T/minimal" "$T/mail")" ]
	[ -z "$(comm -23 "$T/mail" <(sort "$T/ids"))" ]
	[ "$(wc -l <"$T/minimal")" -lt "$(wc -l <"$T/mail")" ]
}

@test "kernel values: the worst interface, and what a file undoes later" {
	make_tree
	[ "$(state host-kernel.kptr-restrict)" = 'fail|0' ]
	[ "$(state host-kernel.redirects-in)" = 'fail|1 on eth0' ]
	echo 0 >"$R/proc/sys/net/ipv4/conf/eth0/accept_redirects"
	[ "$(state host-kernel.redirects-in)" = 'pass|0' ]
	echo 'kernel/dmesg_restrict = 0' >"$R/etc/sysctl.d/50-own.conf"
	[ "$(state host-kernel.dmesg-restrict)" = "fail|1 now, but \
'/etc/sysctl.d/50-own.conf' makes it 0 at the next start" ]
	# of the same name in another folder only the first counts; a later
	# name wins
	mkdir -p "$R/usr/lib/sysctl.d"
	echo 'kernel.sysrq = 1' >"$R/usr/lib/sysctl.d/50-own.conf"
	[ "$(state host-kernel.sysrq)" = 'fail|no file sets it' ]
	echo '-kernel.sysrq=0' >"$R/etc/sysctl.d/60-own.conf"
	[ "$(state host-kernel.sysrq)" = 'pass|0' ]
}

@test "sshd of a tree: the first value, what is included, a Match block" {
	make_tree
	[ "$(state host-ssh.passwords)" = 'fail|yes' ]
	[ "$(state host-ssh.x11)" = 'fail|yes' ]
	[ "$(state host-ssh.strict-modes)" = 'pass|yes' ] # the default
	echo 'passwordauthentication = "no"' >"$R/etc/ssh/sshd_config.d/a.conf"
	[ "$(state host-ssh.passwords)" = 'pass|no' ]
	[ "$(state host-ssh.match)" = 'pass|none' ]
	printf 'Match User bob\n  PasswordAuthentication yes\n' \
		>>"$R/etc/ssh/sshd_config"
	[ "$(state host-ssh.match)" = 'fail|passwordauthentication yes' ]
	sed -i '$s/.*/PermitRootLogin prohibit-password/' \
		"$R/etc/ssh/sshd_config"
	[ "$(state host-ssh.match)" = 'fail|permitrootlogin prohibit-password' ]
	[ "$(state host-ssh.match --profile minimal)" = 'pass|none' ]
	[ "$(state host-ssh.passwords)" = 'pass|no' ]
	echo 'Ciphers aes128-ctr,aes128-cbc' >"$R/etc/ssh/sshd_config.d/b.conf"
	[ "$(state host-ssh.ciphers)" = 'fail|aes128-ctr,aes128-cbc' ]
	: >"$R/etc/ssh/ssh_host_rsa_key"
	chmod 640 "$R/etc/ssh/ssh_host_rsa_key"
	[[ $(state host-ssh.host-keys) == 'fail|0640'* ]]
	rm -r "$R/etc/ssh"
	[ "$(state host-ssh.passwords)" = 'skip|there is no sshd' ]
}

@test "disks: LUKS v2 below LVM passes, v1 and none fail" {
	make_tree
	mkdir -p "$R"/proc/self "$R"/sys/dev/block/{253:1/slaves/dm-0,253:0/dm} \
		"$R/sys/class/block/dm-0" "$R/sys/dev/block/8:1/slaves"
	echo '1 0 253:1 / / rw - ext4 /dev/mapper/vg-root rw' \
		>"$R/proc/self/mountinfo"
	echo 253:0 >"$R/sys/class/block/dm-0/dev"
	echo CRYPT-LUKS2-abc-disk >"$R/sys/dev/block/253:0/dm/uuid"
	[ "$(state enc-disk.root)" = 'pass|LUKS2' ]
	echo CRYPT-LUKS1-abc-disk >"$R/sys/dev/block/253:0/dm/uuid"
	[ "$(state enc-disk.root)" = 'fail|LUKS1 on /dev/mapper/vg-root' ]
	echo '1 0 8:1 / / rw - ext4 /dev/sda1 rw' >"$R/proc/self/mountinfo"
	[ "$(state enc-disk.root)" = 'fail|no encryption on /dev/sda1' ]
	echo '1 0 0:31 / / rw - zfs tank rw' >"$R/proc/self/mountinfo"
	[ "$(state enc-disk.root)" = 'unknown|cannot tell what tank is' ]
	# one open disk of two is an open disk
	echo '1 0 253:1 / / rw - ext4 /dev/mapper/vg-root rw' \
		>"$R/proc/self/mountinfo"
	echo CRYPT-LUKS2-abc-disk >"$R/sys/dev/block/253:0/dm/uuid"
	mkdir -p "$R/sys/dev/block/253:1/slaves/sdb" "$R/sys/dev/block/8:16" \
		"$R/sys/class/block/sdb"
	echo 8:16 >"$R/sys/class/block/sdb/dev"
	[ "$(state enc-disk.root)" = \
		'fail|no encryption on /dev/mapper/vg-root' ]
	rm -r "$R/sys/dev/block/253:1/slaves/sdb"

	# swap: a partition, under a key of chance, a file
	swaps() {
		printf 'Filename Type Size Used Priority\n%s 1 0 -2\n' "$1" \
			>"$R/proc/swaps"
	}
	[ "$(state enc-memory.swap)" = 'pass|none' ]
	swaps '/dev/sdb partition'
	[ "$(state enc-memory.swap)" = 'fail|on an open disk' ]
	swaps '/dev/dm-0 partition'
	[ "$(state enc-memory.swap)" = 'pass|encrypted' ]
	echo CRYPT-PLAIN-swap >"$R/sys/dev/block/253:0/dm/uuid"
	[ "$(state enc-memory.swap)" = 'pass|encrypted' ]
	[ "$(state enc-disk.root)" = \
		'fail|encryption without LUKS on /dev/mapper/vg-root' ]
	swaps '/var/swap file'
	[ "$(state enc-memory.swap)" = 'pass|encrypted' ]
	rm "$R/sys/dev/block/253:0/dm/uuid"
	[ "$(state enc-memory.swap)" = 'fail|on an open disk' ]
}

@test "memory, boot, modules, swap, huge pages, mounts" {
	make_tree
	[ "$(state host-usb.storage)" = 'fail|loaded, and in use' ]
	: >"$R/proc/modules"
	[ "$(state host-usb.storage)" = 'fail|not loaded, but can be' ]
	echo 'blacklist usb-storage' >"$R/etc/modprobe.d/a.conf"
	[ "$(state host-usb.storage)" = 'fail|not loaded, but can be' ]
	echo 'install usb_storage /bin/true' >"$R/etc/modprobe.d/a.conf"
	[ "$(state host-usb.storage)" = 'pass|off' ]

	[ "$(state host-swap.off)" = 'pass|none' ]
	printf 'Filename Type Size Used Priority\n/dev/sda2 partition 9 0 -2\n' \
		>"$R/proc/swaps"
	[ "$(state host-swap.off)" = 'fail|/dev/sda2' ]
	[ "$(state enc-memory.swap)" = 'fail|on an open disk' ]
	rm "$R/proc/swaps"
	echo '/dev/sda2 none swap sw 0 0' >>"$R/etc/fstab"
	[[ $(state host-swap.off) == "fail|none now, but"* ]]

	mkdir -p "$R/sys/kernel/mm/transparent_hugepage" \
		"$R/sys/firmware/efi/efivars"
	echo 'always [madvise] never' \
		>"$R/sys/kernel/mm/transparent_hugepage/enabled"
	[ "$(state host-thp.off)" = 'fail|madvise' ]
	secure=SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
	[ "$(state host-secureboot.efi)" = 'fail|off' ]
	printf '\6\0\0\0\1' >"$R/sys/firmware/efi/efivars/$secure"
	[ "$(state host-secureboot.efi)" = 'pass|on' ]
	printf '\6\0\0\0\0' >"$R/sys/firmware/efi/efivars/$secure"
	[ "$(state host-secureboot.efi)" = 'fail|off' ]
	mkdir -p "$R/etc/systemd/system.conf.d"
	core() {
		printf '[Manager]\nDefaultLimitCORE=%s\n' "$1" \
			>"$R/etc/systemd/system.conf.d/a.conf"
		state host-coredumps.services
	}
	[ "$(core 0:infinity)" = 'fail|infinity' ]
	[ "$(core 0:0)" = 'pass|0' ]
	[ "$(core 0)" = 'pass|0' ]
	echo 'flags : fpu tme' >"$R/proc/cpuinfo"
	[ "$(state enc-memory.cpu)" = 'pass|on' ]
	echo 'flags : fpu sme sev' >"$R/proc/cpuinfo"
	echo 'quiet' >"$R/proc/cmdline"
	[[ $(state enc-memory.cpu) == fail* ]]
	echo 'quiet mem_encrypt=on' >"$R/proc/cmdline"
	[ "$(state enc-memory.cpu)" = 'pass|on' ]

	[ "$(state host-mounts.tmp)" = 'fail|/tmp is no mount of its own' ]
	mkdir -p "$R/proc/self"
	echo '1 0 0:9 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw' \
		>"$R/proc/self/mountinfo"
	[ "$(state host-mounts.tmp)" = 'fail|without noexec' ]
	echo '1 0 0:9 / /tmp rw,nosuid,nodev,noexec - tmpfs tmpfs rw' \
		>"$R/proc/self/mountinfo"
	[ "$(state host-mounts.tmp)" = 'pass|nosuid,nodev,noexec' ]
}

@test "users, permissions, updates, services, running programs" {
	make_tree
	[ "$(state host-users.uid-0)" = 'pass|root' ]
	echo 'toor:x:0:0::/root:/bin/sh' >>"$R/etc/passwd"
	[ "$(state host-users.uid-0)" = 'fail|toor' ]
	[ "$(state host-users.operator)" = 'pass|ada' ]
	echo 'sudo:x:27:' >"$R/etc/group"
	[ "$(state host-users.operator)" = 'fail|no' ]
	echo 'ada ALL=(ALL:ALL) ALL' >"$R/etc/sudoers.d/90-ada.bak"
	[ "$(state host-users.operator)" = 'fail|no' ]
	mv "$R/etc/sudoers.d/90-ada.bak" "$R/etc/sudoers.d/90-ada"
	[ "$(state host-users.operator)" = 'pass|ada' ]
	rm "$R/etc/sudoers.d/90-ada"
	[ "$(state host-users.empty-password)" = 'pass|none' ]
	echo 'eve::1::::::' >>"$R/etc/shadow"
	[ "$(state host-users.empty-password)" = 'fail|eve' ]
	[ "$(state host-users.shadow)" = "$([ "$(id -u)" = 0 ] &&
		echo 'pass|0640' || echo "fail|0640, not root's")" ]
	chmod 644 "$R/etc/shadow"
	[[ $(state host-users.shadow) == 'fail|0644'* ]]
	echo 'ada ALL=(ALL) NOPASSWD: ALL' >"$R/etc/sudoers.d/ada"
	[ "$(state host-users.sudo-password)" = 'fail|/etc/sudoers.d/ada' ]

	[ "$(state host-updates.package)" = 'fail|not installed' ]
	: >"$R/var/lib/dpkg/info/unattended-upgrades.md5sums"
	[ "$(state host-updates.package)" = 'pass|installed' ]
	echo 'APT::Periodic::Unattended-Upgrade "1";' \
		>"$R/etc/apt/apt.conf.d/20auto"
	[ "$(state host-updates.install)" = 'pass|1' ]
	echo 'APT::Periodic::Unattended-Upgrade "0";' \
		>"$R/etc/apt/apt.conf.d/50own"
	[ "$(state host-updates.install)" = 'fail|0' ]
	# updates come from somewhere
	mkdir -p "$R/etc/apt/sources.list.d"
	echo '# deb http://security.debian.org/x y main' >"$R/etc/apt/sources.list"
	[ "$(state host-updates.archive)" = 'fail|no' ]
	printf 'Types: deb\nURIs: http://deb.debian.org/debian-security\n' \
		>"$R/etc/apt/sources.list.d/debian.sources"
	[ "$(state host-updates.archive)" = 'pass|yes' ]

	mkdir -p "$R/usr/lib/systemd/system" \
		"$R/etc/systemd/system/a.target.wants"
	[ "$(state host-services.apport)" = 'pass|not installed' ]
	echo '[Unit]' >"$R/usr/lib/systemd/system/apport.service"
	ln -s x "$R/etc/systemd/system/a.target.wants/apport.service"
	[ "$(state host-services.apport)" = 'fail|starts with the host' ]
	mkdir -p "$R/sys/fs/cgroup/system.slice/apport.service"
	[ "$(state host-services.apport)" = 'fail|runs' ]

	[ "$(state host-fds.running)" = 'skip|no server of fe runs' ]
	mkdir -p "$R/proc/77"
	echo fe-verify >"$R/proc/77/comm"
	printf 'Uid:\t0\t0\nNoNewPrivs:\t1\nSeccomp:\t0\n' >"$R/proc/77/status"
	printf 'Max open files            1024   4096   files\n%s\n' \
		'Max core file size        unlimited   unlimited   bytes' \
		>"$R/proc/77/limits"
	[ "$(state host-fds.running)" = 'fail|1024 of fe-verify (pid 77)' ]
	[ "$(state host-isolation.seccomp)" = 'fail|0 of fe-verify (pid 77)' ]
	[ "$(state host-isolation.users)" = 'fail|0 of fe-verify (pid 77)' ]
	[ "$(state host-isolation.no-new-privs)" = 'pass|1' ]
	[[ $(state host-coredumps.running) == fail* ]]
	# one that starts others has no filter by design
	echo fe-pool >"$R/proc/77/comm"
	[ "$(state host-isolation.seccomp)" = 'skip|no server of fe runs' ]
}

@test "what listens and is not opened is named" {
	make_tree
	mkdir -p "$R/proc/net"
	cat >"$R/proc/net/tcp" <<-END
		  sl  local_address rem_address   st
		   0: 00000000:0277 00000000:0000 0A 0 0 0 0
		   1: 0100007F:0CEA 00000000:0000 0A 0 0 0 0
		   2: 00000000:0016 00000000:0000 0A 0 0 0 0
		   3: 0101A8C0:9999 0202A8C0:01BB 01 0 0 0 0
	END
	[ "$(state net-firewall.listeners)" = 'fail|port 631' ]
	[ "$(state net-firewall.listeners --open 631)" = 'pass|none' ]
	# 25 is not in 2525, and each is named once
	printf ' %s: 00000000:%s 00000000:0000 0A 0 0 0 0\n' 4 09DD 5 0019 \
		6 0019 >>"$R/proc/net/tcp"
	[ "$(state net-firewall.listeners)" = 'fail|port 631 2525 25' ]
	sed -i '$d;/09DD\|0019/d' "$R/proc/net/tcp"
	printf 'Port 2222\n' >"$R/etc/ssh/sshd_config.d/p.conf"
	[ "$(state net-firewall.listeners)" = 'fail|port 631 22' ]
	# UDP: not what waits for answers, of DHCP or of its own questions
	mkdir -p "$R/proc/sys/net/ipv4"
	printf '40000\t50000\n' >"$R/proc/sys/net/ipv4/ip_local_port_range"
	cat >"$R/proc/net/udp" <<-END
		  sl  local_address rem_address   st
		   0: 00000000:0035 00000000:0000 07 0 0 0 0
		   1: 0100007F:0143 00000000:0000 07 0 0 0 0
		   2: 00000000:0044 00000000:0000 07 0 0 0 0
		   3: 00000000:9C41 00000000:0000 07 0 0 0 0
		   4: 0101A8C0:1111 0202A8C0:0035 01 0 0 0 0
	END
	[ "$(state net-firewall.listeners)" = 'fail|port 631 22 53/udp' ]
	[ "$(state net-firewall.listeners --open 53/udp)" = \
		'fail|port 631 22' ]
}

@test "services that run and are not known to be needed are named" {
	make_tree
	others() { state host-services.others "$@"; }
	[ "$(others)" = 'skip|systemd does not run' ]
	mkdir -p "$R"/sys/fs/cgroup/system.slice/{cron,fe-smtp,apport}.service \
		"$R"/sys/fs/cgroup/system.slice/dev-sda.mount
	[ "$(others)" = 'pass|none' ]
	mkdir -p "$R"/sys/fs/cgroup/system.slice/{minidlna,redis}.service \
		"$R"/sys/fs/cgroup/system.slice/system-game.slice/game@1.service
	[[ "$(others)" == 'fail|'* ]]
	for name in minidlna redis game@1; do
		[[ $(others) == *"$name.service"* ]]
	done
	[ "$(others --needed redis --needed 'game@*')" = \
		'fail|minidlna.service' ]
	# advice but under strict
	run -0 fe-harden check --root "$R" host-services.others
	run -1 fe-harden check --root "$R" --profile strict host-services.others
}

@test "the kernel is told to watch the keys" {
	make_tree
	mkdir -p "$R/srv/fe"
	export FE_HOME=/srv/fe
	audit() { state host-isolation.key-audit; }
	[ "$(audit)" = 'skip|there are no keys' ]
	mkdir "$R/srv/fe/keys"
	[ "$(audit)" = 'fail|auditd is not installed' ]
	run -0 fe-harden plan --root "$R" host-isolation.key-audit
	[[ $output == *'apt-get install auditd'* ]]
	mkdir -p "$R/etc/audit/rules.d"
	echo '-w /srv/fe/keys -p wa -k fe-keys' >"$R/etc/audit/rules.d/a.rules"
	[[ $(audit) == 'fail|no file of'* ]]
	manifest "$R" >"$T/before"
	fe-harden apply -q --yes --root "$R" host-isolation.key-audit
	[ "$(audit)" = 'pass|watched' ]
	grep -qx -- '-w /srv/fe/keys -p rwa -k fe-keys' \
		"$R/etc/audit/rules.d/fe-harden.rules"
	fe-harden revert -q --yes --root "$R"
	manifest "$R" | diff "$T/before" -
}

@test "plan shows the very files and commands and changes nothing" {
	make_tree
	manifest "$R" >"$T/before"
	run -0 fe-harden plan --root "$R" host-kernel.kptr-restrict host-ssh
	[[ $output == *'write /etc/sysctl.d/zz-fe-harden.conf'* ]]
	[[ $output == *'| kernel.kptr_restrict = 2'* ]]
	[[ $output == *'| PasswordAuthentication no'* ]]
	fe-harden plan -o json --root "$R" | jq -e '.files | length > 5'
	diff "$T/before" <(manifest "$R")
	run -0 fe-harden plan --root "$R" host-kernel.sysrq
	[[ $output == *'| kernel.sysrq = 0'* ]]
}

@test "apply asks, or wants --yes" {
	make_tree
	manifest "$R" >"$T/before"
	run -64 fe-harden apply --root "$R" host-kernel </dev/null
	[[ $output == *"say --yes"* ]]
	diff "$T/before" <(manifest "$R")
	[ "$(id -u)" = 0 ] || run -64 fe-harden apply --yes host-kernel
}

@test "on a terminal only a whole yes goes on" {
	need script
	make_tree
	manifest "$R" >"$T/before"
	types() {
		printf '%s\n' "$1" | timeout 10 script -qec \
			"fe-harden $2 --root '$R'" /dev/null
	}
	run -64 types y 'apply host-kernel.sysrq'
	[[ $output == *'Type yes to go on'*'nothing was done'* ]]
	diff "$T/before" <(manifest "$R")
	run -0 types yes 'apply host-kernel.sysrq'
	run -1 diff "$T/before" <(manifest "$R")
	run -64 types no revert
	run -0 types yes revert
	[[ $output == *'all that fe-harden did is undone'*undone* ]]
	diff "$T/before" <(manifest "$R")
}

@test "apply makes the items pass; revert restores bit for bit" {
	make_tree
	manifest "$R" >"$T/before"
	run -0 fe-harden apply --yes --root "$R"
	# what only a person can do is said, and what is no host's is not run
	[[ $output == *'by hand: host-updates.package: apt-get install'* ]]
	rm -r "$R/proc" && mkdir "$R/proc" # as after a start elsewhere
	fe-harden check -v -o json --root "$R" >"$T/json" || [ $? = 1 ]
	for item in host-kernel.kptr-restrict host-ssh.passwords \
		host-usb.storage host-coredumps.limit host-coredumps.services \
		host-fds.services host-thp.off host-updates.install \
		host-swap.off net-firewall.start net-portscan.ban-6; do
		[ "$(jq -r "select(.item == \"$item\").state" "$T/json")" = \
			pass ] || echo "$item"
	done >"$T/failing"
	[ ! -s "$T/failing" ] || { cat "$T/failing"; false; }
	grep -q '^PasswordAuthentication no$' \
		"$R/etc/ssh/sshd_config.d/00-fe-harden.conf"
	grep -q '^install usb-storage /bin/false$' \
		"$R/etc/modprobe.d/fe-harden.conf"
	[ "$(readlink "$R/etc/systemd/system/sysinit.target.wants/fe-firewall.service")" = \
		../fe-firewall.service ]
	[ "$(stat -c %a "$R/var/lib/fe-harden")" = 700 ]
	# a second time there is nothing to do
	run -0 fe-harden apply --yes --root "$R"
	[[ ${lines[0]} == 'nothing to change' ]]
	run -0 fe-harden revert --yes --root "$R"
	[ "$output" = undone ]
	diff <(grep -v ' \./proc\| ./proc' "$T/before" | grep -v '^\./proc') \
		<(manifest "$R" | grep -v '^\./proc')
	run -0 fe-harden revert --yes --root "$R"
	[ "$output" = 'there is nothing to undo' ]
}

@test "items are added one after the other and taken out one by one" {
	make_tree
	manifest "$R" >"$T/before"
	fe-harden apply -q --yes --root "$R" host-kernel.kptr-restrict
	manifest "$R" | grep -v var/lib/fe-harden >"$T/one"
	fe-harden apply -q --yes --root "$R" host-kernel.sysrq host-thp
	conf=$R/etc/sysctl.d/zz-fe-harden.conf
	grep -q '^kernel.kptr_restrict = 2' "$conf"
	grep -q '^kernel.sysrq = 0' "$conf"
	[ -e "$R/etc/tmpfiles.d/fe-harden.conf" ]
	run -0 fe-harden revert --yes --root "$R" host-kernel.sysrq host-thp
	grep -q '^kernel.kptr_restrict = 2' "$conf"
	run ! grep -q sysrq "$conf"
	[ ! -e "$R/etc/tmpfiles.d/fe-harden.conf" ]
	run -64 fe-harden revert --yes --root "$R" host-thp
	[[ $output == *'nothing of that is in force'* ]]
	run -0 fe-harden revert --yes --root "$R"
	diff "$T/before" <(manifest "$R")
}

@test "a file of somebody else is never written, nor one changed since" {
	make_tree
	echo 'kernel.kptr_restrict = 1' >"$R/etc/sysctl.d/zz-fe-harden.conf"
	manifest "$R" >"$T/before"
	run -75 fe-harden apply --yes --root "$R" host-kernel
	[[ $output == *"is there and not of fe-harden"* ]]
	diff "$T/before" <(manifest "$R")
	rm "$R/etc/sysctl.d/zz-fe-harden.conf"
	fe-harden apply -q --yes --root "$R" host-kernel.sysrq
	echo 'vm.swappiness = 1' >>"$R/etc/sysctl.d/zz-fe-harden.conf"
	run -75 fe-harden apply --yes --root "$R" host-kernel.kptr-restrict
	[[ $output == *'was changed since fe-harden wrote it'* ]]
	grep -q swappiness "$R/etc/sysctl.d/zz-fe-harden.conf"
}

@test "exceptions have a reason and an end" {
	make_tree
	mkdir -p "$R/etc/fe"
	file=$R/etc/fe/harden.exceptions
	now='--now 2027-01-31T23:00:00Z'
	echo '# ours' >"$file"
	echo 'host-kernel.kptr-restrict 2027-01-31  tracing for ticket 7' \
		>>"$file"
	# shellcheck disable=SC2086
	run -0 fe-harden check --root "$R" $now host-kernel.kptr-restrict
	[[ $output == *'excepted until 2027-01-31: tracing for ticket 7'* ]]
	[ "${lines[-1]}" = '0 pass, 0 fail, 0 unknown, 1 excepted' ]
	# shellcheck disable=SC2086
	fe-harden apply -q --yes --root "$R" $now host-kernel.kptr-restrict \
		host-kernel.sysrq
	run ! grep -q kptr "$R/etc/sysctl.d/zz-fe-harden.conf"
	grep -q sysrq "$R/etc/sysctl.d/zz-fe-harden.conf"
	run -1 fe-harden check --root "$R" --now 2027-02-01T00:00:00Z \
		host-kernel.kptr-restrict
	[[ $output == *'an exception until 2027-01-31'* ]]
	# a whole practice
	echo 'host-kernel 2027-01-31 all of it' >"$file"
	# shellcheck disable=SC2086
	run -0 fe-harden check --root "$R" $now host-kernel.kptr-restrict

	for line in 'host-kernel.kptr-restrict 2027-01-31' \
		'host-kernel.kptr-restrict soon because' \
		'host-kernel.nothing 2027-01-31 because' \
		'host-kernel.kptr-restrict 2029-01-31 for ever'; do
		echo "$line" >"$file"
		# shellcheck disable=SC2086
		run -75 fe-harden check --root "$R" $now
		[[ $output == *'/etc/fe/harden.exceptions:1: '* ]]
	done
}

@test "sshd: refuses what would shut everybody out, or what would not count" {
	make_tree
	rm "$R/home/ada/.ssh/authorized_keys"
	run -1 fe-harden apply --yes --root "$R" host-ssh.passwords host-ssh.root \
		host-ssh.x11
	[[ $output == *'host-ssh.passwords: nobody has a key'* ]]
	[[ $output == *'host-ssh.root: no user but root has a key'* ]]
	grep -q '^X11Forwarding no' "$R/etc/ssh/sshd_config.d/00-fe-harden.conf"
	run ! grep -q PasswordAuth "$R/etc/ssh/sshd_config.d/00-fe-harden.conf"
	fe-harden revert -q --yes --root "$R"
	echo 'PasswordAuthentication yes' >"$R/etc/ssh/sshd_config"
	echo 'ssh-ed25519 AAAA ada' >"$R/home/ada/.ssh/authorized_keys"
	run -1 fe-harden apply --yes --root "$R" host-ssh.passwords
	[[ $output == *'sets it before it includes the drop-ins'* ]]
	: >"$R/etc/ssh/sshd_config"
	run -1 fe-harden apply --yes --root "$R" host-ssh.x11
	[[ $output == *'has no line `Include'* ]]
}

@test "sshd: no way in is closed while nobody's key would be looked at" {
	make_tree
	config=$R/etc/ssh/sshd_config
	methods() {
		run fe-harden apply --yes --root "$R" --profile strict \
			host-ssh.methods
	}
	# what counts is where sshd looks
	echo 'AuthorizedKeysFile /etc/keys/%u' >>"$config"
	methods
	[ "$status" = 1 ]
	[[ $output == *'host-ssh.methods: nobody has a key'* ]]
	run -1 fe-harden apply --yes --root "$R" host-ssh.passwords
	mkdir "$R/etc/keys"
	echo 'ssh-ed25519 AAAA ada' >"$R/etc/keys/ada"
	methods
	[ "$status" = 0 ]
	fe-harden revert -q --yes --root "$R"
	rm "$R/etc/keys/ada"
	# PAM's questions are a way in while passwords are
	run -0 fe-harden apply --yes --root "$R" host-ssh.keyboard-interactive
	fe-harden revert -q --yes --root "$R"
	sed -i 's/^Password.*/PasswordAuthentication no/' "$config"
	run -1 fe-harden apply --yes --root "$R" host-ssh.keyboard-interactive
	[[ $output == *'nobody has a key'* ]]
	# what a Match includes is not for all
	printf 'Match\tUser ada\nInclude /etc/ssh/sshd_config.d/*.conf\n' \
		>"$config"
	run -1 fe-harden apply --yes --root "$R" host-ssh.x11
	[[ $output == *'has no line `Include'* ]]
}

@test "the firewall opens what sshd, units and fe.conf listen on" {
	make_tree
	mkdir -p "$R/var/lib/fe"
	printf '[fe-receive submission]\n' >"$R/var/lib/fe/fe.conf"
	printf '[Socket]\nListenStream=0.0.0.0:25\nListenStream=[::]:26\n%s\n' \
		'ListenStream=127.0.0.1:27' >"$R/etc/systemd/system/fe-smtp.socket"
	echo 'Port 2222' >"$R/etc/ssh/sshd_config.d/p.conf"
	fe-harden apply -q --yes --root "$R" --home /var/lib/fe --open '9/udp' \
		--open '8080 from 2001:db8::/32' --allow 192.0.2.0/24 \
		--allow 2001:db8::/32 net-firewall
	rules=$R/etc/nftables.d/fe-harden.nft
	for port in 25 26 587 465 2222; do
		grep -q "^add element inet fe open_tcp { $port }" "$rules"
	done
	run ! grep -q 'open_tcp { 2[27] }\|open_tcp { 8080 }' "$rules"
	grep -q '^add element inet fe open_udp { 9 }' "$rules"
	grep -q '^add element inet fe ssh_tcp { 2222 }' "$rules"
	grep -q 'ip6 saddr 2001:db8::/32 tcp dport 8080 goto service' "$rules"
	grep -q '^add element inet fe allow4 { 192.0.2.0/24 }' "$rules"
	grep -q '^add element inet fe allow6 { 2001:db8::/32 }' "$rules"
	run ! grep -q 'hook output' "$rules"
	fe-harden apply -q --yes --root "$R" --profile strict --out 2525 \
		net-firewall
	grep -q 'hook output .*policy drop' "$rules"
	grep -q 'output tcp dport 2525 accept' "$rules"
}

@test "a link in the tree leads nowhere else" {
	make_tree
	mkdir "$T/outside"
	rm -r "$R/etc/sysctl.d"
	ln -s "$T/outside" "$R/etc/sysctl.d"
	run -75 fe-harden apply --yes --root "$R" host-kernel.sysrq
	[[ $output == *"sysctl.d"* ]]
	rm "$R/etc/sysctl.d"
	ln -s ../../../../../../../../../../..$T/outside "$R/etc/sysctl.d"
	run -75 fe-harden apply --yes --root "$R" host-kernel.sysrq
	[ -z "$(ls -A "$T/outside")" ]
	# /run is a folder of the tree
	rm "$R/etc/sysctl.d"
	ln -s /run "$R/etc/sysctl.d"
	run -0 fe-harden apply --yes --root "$R" host-kernel.sysrq
	[ -e "$R/run/zz-fe-harden.conf" ]
}

@test "what foreign files hold does not reach the terminal as it is" {
	make_tree
	printf '\033[2Jevil:x:0:0::/:/bin/sh\n' >>"$R/etc/passwd"
	run -1 fe-harden check --root "$R" host-users.uid-0
	[[ $output == *'seen ?[2Jevil;'* ]]
	fe-harden check -o json --root "$R" host-users.uid-0 | head -n 1 |
		jq -e '.seen == "\u001b[2Jevil"'
}

@test "killed at any rename, what was begun is undone bit for bit" {
	need strace
	make_tree
	manifest "$R" >"$T/before"
	for when in 1 2 3 5 8; do
		run strace -f -o "$T/trace" -e trace=rename \
			-e inject=rename:signal=KILL:when=$when \
			fe-harden apply --yes --root "$R" host-kernel host-ssh \
			host-usb host-thp net-firewall host-coredumps
		[ "$status" = 137 ]
		if [ -e "$R/var/lib/fe-harden/000001.json" ]; then
			run -75 fe-harden apply --yes --root "$R" host-thp
			[[ $output == *'was cut short'* ]]
			[ "$(id -u)" != 0 ] || fe-harden check --root "$R" \
				host-thp 2>&1 | grep -q 'was cut short'
			fe-harden revert -q --yes --root "$R"
		fi
		# before the first record there is nothing to undo, but for
		# a temporary file of its own
		[ "$when" != 1 ] || rm -r "$R/var/lib/fe-harden"
		diff "$T/before" <(manifest "$R")
	done
}

@test "a disk that is full leaves everything as it was" {
	need strace
	make_tree
	manifest "$R" >"$T/before"
	# leaks cannot be looked for below strace
	export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0
	for when in 1 3 6 9; do
		run -75 strace -f -o "$T/trace" -e trace=fsync \
			-e inject=fsync:error=ENOSPC:when=$when \
			fe-harden apply --yes --root "$R" host-kernel host-ssh \
			host-usb host-thp
		[[ $output == *'No space left on device'* ]]
		diff "$T/before" <(manifest "$R")
	done
}

@test "a broken record is an error with its name, and stops all changes" {
	make_tree
	fe-harden apply -q --yes --root "$R" host-thp
	echo '{"fe":1,"number":1}' >"$R/var/lib/fe-harden/000001.json"
	run -75 fe-harden revert --yes --root "$R"
	[[ $output == *'/var/lib/fe-harden/000001.json'* ]]
	run -75 fe-harden apply --yes --root "$R" host-kernel
}

@test "check takes less than a second" {
	make_tree
	bash -c 'time fe-harden check' >/dev/null 2>"$T/time" || true
	run -1 bash -c 'TIMEFORMAT="%U %S"; time fe-harden check --root "$1" \
		>/dev/null' x "$R"
	echo "${lines[-1]}" | awk '{ exit !($1 + $2 < 1) }'
}

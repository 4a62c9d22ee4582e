#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
load helper

setup() {
	export FE_HOME=$T/home
	mkdir -p "$FE_HOME"/{state,run,keys/log} "$T/etc/sub" "$T/bin"
	echo 'a = b' >"$T/etc/conf"
	echo more >"$T/etc/sub/more"
	ln -s conf "$T/etc/link"
	cp /bin/true "$T/bin/tool"
	echo secret >"$FE_HOME/keys/some.key"
	echo today >"$FE_HOME/keys/log/2026-11-27.key"
	echo hidden >"$T/etc/host_key"
}

# The usual files of this host are left out: others may change them.
make_baseline() {
	fe-baseline make -q --content "$T/etc" --content "$T/bin" \
		--except /etc --except /usr --except /root --except "$BIN" "$@"
}

# told [OPTION]...: what a check tells, a line each: event and path.
told() {
	fe-baseline check -o json "$@" |
		jq -r --arg t "$T" '"\(.event) \(.object|ltrimstr($t))"' | sort
}

@test "help, version, wrong usage, no baseline, closed output" {
	run -0 fe-baseline --help
	[[ $output == *--opens* ]]
	run -0 fe-baseline --version
	run -64 fe-baseline
	run -64 fe-baseline mend
	run -64 fe-baseline check it
	run -64 fe-baseline --nonsense check
	run -64 fe-baseline make --content relative
	run -64 fe-baseline make --content /
	run -75 fe-baseline check
	[[ $output == *"there is no baseline '$FE_HOME/state/baseline'"* ]]
	make_baseline
	run -0 fe-baseline check
	[[ $output == *' files and folders are as they were at '* ]]
	run -75 bash -c 'fe-baseline check >/dev/full'
	echo x >>"$T/etc/conf"
	run -75 bash -c 'fe-baseline check -o json >/dev/full'
	run -1 bash -c 'fe-baseline check <&-'
}

@test "content, mode, owner, links, what is new and what is gone" {
	make_baseline
	run -0 fe-baseline check -q
	[ -z "$output" ]
	echo 'a = c' >"$T/etc/conf"
	touch -r /bin/true "$T/etc/conf" # the same size and an old time
	chmod 666 "$T/etc/sub/more"
	ln -sfn /etc/passwd "$T/etc/link"
	cp /bin/false "$T/bin/tool"
	echo new >"$T/etc/new"
	mkdir "$T/etc/folder"
	touch "$T/bin/dropped"
	rm "$T/etc/host_key"
	run -0 told
	diff - <(echo "$output") <<-'END'
		file-added /bin/dropped
		file-added /etc/folder
		file-added /etc/new
		file-changed /bin/tool
		file-changed /etc/conf
		file-changed /etc/link
		file-mode /etc/sub/more
		file-removed /etc/host_key
	END
	run -1 fe-baseline check
	[[ $output == *' alert file-mode source=fe-baseline object='*'detail="mode 0666 of '*', was 06'* ]]
	if [ "$(id -u)" = 0 ]; then
		chown 4242 "$T/etc/sub"
		told | grep -qx 'file-mode /etc/sub'
	fi
	make_baseline
	run -0 fe-baseline check -q
}

@test "of keys only the outside is known, and logs' keys may come and go" {
	make_baseline
	# nothing of what is in them: neither the text, nor a hash
	for key in "$FE_HOME/keys/some.key" "$T/etc/host_key"; do
		grep "\"$key\"" "$FE_HOME/state/baseline" >"$T/line"
		run ! grep -q blake2b "$T/line"
		grep -q '"kind":"key"' "$T/line"
	done
	tail -n +2 "$FE_HOME/state/baseline" >"$T/files"
	run ! grep -q -e "$(b2sum -l 256 <"$T/etc/host_key" | cut -c 1-64)" \
		-e secret -e "$FE_HOME/keys/log" "$T/files"
	grep -q "$(b2sum -l 256 <"$T/etc/conf" | cut -c 1-64)" "$FE_HOME/state/baseline"
	echo tomorrow >"$FE_HOME/keys/log/2026-11-28.key"
	run -0 fe-baseline check -q
	echo other1 >"$FE_HOME/keys/some.key"
	chmod 604 "$T/etc/host_key"
	touch "$T/etc/host_key"
	run -0 told
	diff - <(echo "$output") <<-'END'
		file-mode /etc/host_key
		key-changed /etc/host_key
		key-changed /home/keys/some.key
	END
	[ "$(stat -c %a "$FE_HOME/keys/baseline.key")" = 400 ]
}

@test "a baseline that was changed, cut, or signed by another is refused" {
	make_baseline
	cp "$FE_HOME/state/baseline" "$T/good"
	sed 's/"mode":"0755"/"mode":"0777"/' "$T/good" >"$FE_HOME/state/baseline"
	run -75 fe-baseline check
	[[ $output == *"'$FE_HOME/state/baseline': it was changed, or signed with another key" ]]
	grep -v '/etc/conf' "$T/good" >"$FE_HOME/state/baseline"
	run -75 fe-baseline check
	head -n -1 "$T/good" >"$FE_HOME/state/baseline"
	run -75 fe-baseline check
	[[ $output == *'it is not signed' ]]
	: >"$FE_HOME/state/baseline"
	run -75 fe-baseline check
	head -c 32 /dev/urandom >"$T/other.key"
	chmod 400 "$T/other.key"
	run -75 make_baseline --key "$T/other.key"
	[[ $output == *'is not of the key'* ]]
	make_baseline --key "$T/other.key" --public "$T/other.pub"
	run -75 fe-baseline check
	run -0 fe-baseline check -q --public "$T/other.pub"
	# what is looked at stands under the signature, not in fe.conf
	printf '[fe-baseline]\nexcept = %s\n' "$T" >"$FE_HOME/fe.conf"
	echo x >>"$T/etc/conf"
	run -1 fe-baseline check -q --public "$T/other.pub"
	# without the private key nothing is made, and nothing is lost by that
	cp "$T/good" "$FE_HOME/state/baseline"
	rm "$FE_HOME/keys/baseline.key"
	run -1 fe-baseline check -q
	run -75 make_baseline
	cmp "$T/good" "$FE_HOME/state/baseline"
}

@test "names of any octets, a file that cannot be read, a loop of links" {
	touch "$T/etc/"$'a\nb' "$T/etc/"$'\xff\xfe' "$T/etc/\"x\""
	mkfifo "$T/etc/pipe"
	ln -s . "$T/etc/loop"
	make_baseline
	run -0 fe-baseline check -q
	echo x >"$T/etc/"$'\xff\xfe'
	echo x >"$T/etc/"$'a\nb'
	run -1 fe-baseline check -o json
	[ "$(jq -r .event <<<"$output" | sort | uniq -c | sed 's/ *//')" = '2 file-changed' ]
	[ "${#lines[@]}" = 2 ]
}

@test "watch tells each change once, also in new folders, and of opened keys" {
	make_baseline
	echo x >>"$T/etc/sub/more" # before it starts
	FE_HOME=$FE_HOME start "$T/watch.log" bash -c \
		'exec fe-baseline watch --opens -o json >"$0"' "$T/events"
	wait_for 10 grep -q '/etc/sub/more' "$T/events"
	echo 'a = c' >"$T/etc/conf"
	wait_for 5 grep -q '/etc/conf' "$T/events"
	mv "$T/bin/tool" "$T/bin/moved"
	wait_for 5 grep -q 'file-removed.*/bin/tool' "$T/events"
	mkdir -p "$T/etc/one/two"
	echo deep >"$T/etc/one/two/three"
	wait_for 5 grep -q 'file-added.*/one/two/three' "$T/events"
	echo deeper >"$T/etc/one/two/three"
	wait_for 5 grep -q 'file-changed.*/one/two/three' "$T/events"
	chmod 777 "$T/bin/moved"
	wait_for 5 grep -q 'file-mode.*/bin/moved' "$T/events"
	cat "$FE_HOME/keys/some.key" >/dev/null
	wait_for 5 grep -q 'key-access.*/keys/some.key' "$T/events"
	# beside what is looked at nothing is told
	touch "$T/other" "$FE_HOME/keys/log/2026-11-29.key"
	rm "$T/etc/conf"
	wait_for 5 grep -q 'file-removed.*/etc/conf' "$T/events"
	run ! grep -q -e "$T/other\"" -e keys/log "$T/events"
	# (a file may be looked at while the shell is still about to write it)
	[ "$(jq -c 'select(.event != "file-changed") | [.event,.object]' \
		"$T/events" | sort | uniq -d | wc -l)" = 0 ]
}

@test "events go to fe-watch, which hands them on" {
	make_baseline
	start "$T/watch.log" bash -c 'exec fe-watch --events </dev/null >"$0"' "$T/events"
	wait_for 10 test -S "$FE_HOME/run/events"
	echo x >>"$T/etc/conf"
	run -1 fe-baseline check --events
	wait_for 5 grep -q '"event":"file-changed".*"source":"fe-baseline"' "$T/events"
}

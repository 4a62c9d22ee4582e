#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

load helper

# Root must name a user; anybody else may not.
as() { if [ "$(id -u)" = 0 ]; then echo "-u root"; fi; }

# listen PORT PROGRAM...: starts fe-listen on 127.0.0.1 and waits for it.
listen() {
	local port=$1
	shift
	# shellcheck disable=SC2046
	start "$T/log" fe-listen $(as) ${options:-} 127.0.0.1 "$port" "$@"
	wait_for_port "$port"
}

# ask PORT [ADDRESS]: all that a connection says.
ask() { timeout 20 bash -c "exec 3<>/dev/tcp/${2:-127.0.0.1}/$1 && cat <&3"; }

@test "says how it is used and which version it is" {
	run -0 fe-listen --help
	[[ $output == *"fe-listen [options] ADDR PORT"* ]]
	run -0 fe-listen --version
	[[ $output == fe-listen* ]]
}

@test "a full standard output is no success" {
	[ -w /dev/full ] || skip "no /dev/full"
	run -75 bash -c 'fe-listen --help >/dev/full'
}

@test "wrong usage is told in one line, exit 64" {
	local words
	for words in "" "--no-such-option" "127.0.0.1" "127.0.0.1 port true" \
	    "127.0.0.1 70000 true" "true" "127.0.0.1 0" "--max 0 127.0.0.1 0 true"; do
		# shellcheck disable=SC2046,SC2086
		run -64 fe-listen $(as) $words
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == fe-listen:* ]]
	done
}

@test "root without -u is refused, and so is an unknown user" {
	[ "$(id -u)" = 0 ] || skip "not root"
	run -64 fe-listen 127.0.0.1 0 true
	[[ $output == *"-u USER"* ]]
	run -64 fe-listen -u no-such-user 127.0.0.1 0 true
	[[ $output == *"no user 'no-such-user'"* ]]
}

@test "-u gives up root and its groups before a program is started" {
	[ "$(id -u)" = 0 ] || skip "not root"
	local port
	port=$(free_port)
	start "$T/log" fe-listen -u nobody 127.0.0.1 "$port" \
		sh -c 'id -u; id -G; grep NoNewPrivs /proc/self/status'
	wait_for_port "$port"
	run -0 ask "$port"
	[ "${lines[0]}" = "$(id -u nobody)" ]
	[ "${lines[1]}" = "$(id -G nobody)" ]
	[[ ${lines[2]} == *1 ]]
}

@test "a port that is taken is told with who holds it" {
	local port
	port=$(free_port)
	listen "$port" cat
	# shellcheck disable=SC2046
	run -75 fe-listen $(as) 127.0.0.1 "$port" cat
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"127.0.0.1 port $port: fe-listen (pid $STARTED) holds it"* ]]
}

@test "the environment is that of tcpserver" {
	local port
	port=$(free_port)
	TCPREMOTEHOST=old TCPREMOTEINFO=old SECRET=x listen "$port" \
		sh -c 'env | sort | grep -v -e SAN_OPTIONS -e ^TZ -e ^PATH -e ^FE_HOME -e ^PWD -e ^_ -e ^LANG -e ^TERM'
	run -0 ask "$port"
	[ "${lines[0]}" = "PROTO=TCP" ]
	[[ ${lines[1]} =~ ^TCPCONNNUM=[0-9]+$ ]]
	[ "${lines[2]}" = "TCPLOCALIP=127.0.0.1" ]
	[ "${lines[3]}" = "TCPLOCALPORT=$port" ]
	[ "${lines[4]}" = "TCPREMOTEIP=127.0.0.1" ]
	[[ ${lines[5]} =~ ^TCPREMOTEPORT=[0-9]+$ ]]
	[ "${#lines[@]}" -eq 6 ]
}

@test "several addresses and IPv6 are listened on at once" {
	local port
	port=$(free_port)
	grep -q . /proc/net/if_inet6 2>/dev/null || skip "no IPv6"
	# shellcheck disable=SC2046,SC2016
	start "$T/log" fe-listen $(as) 127.0.0.1 "$port" ::1 "$port" \
		127.0.0.1 $((port + 1)) sh -c 'echo $TCPLOCALIP $TCPLOCALPORT'
	wait_for_port "$port"
	[ "$(ask "$port")" = "127.0.0.1 $port" ]
	[ "$(ask "$port" ::1)" = "::1 $port" ]
	[ "$(ask $((port + 1)))" = "127.0.0.1 $((port + 1))" ]
}

@test "connections over the limit of one address are closed with a word" {
	local port
	port=$(free_port)
	# shellcheck disable=SC2046
	start "$T/log" fe-listen $(as) --max-per-address 2 \
		--busy-text '421 4.7.0 too many' 127.0.0.1 "$port" \
		sh -c 'echo in; cat'
	wait_for_port "$port"
	exec 5<>"/dev/tcp/127.0.0.1/$port" 6<>"/dev/tcp/127.0.0.1/$port"
	read -r -t 20 line <&5
	read -r -t 20 line <&6
	[ "$line" = in ]
	run -0 ask "$port"
	[ "$output" = "421 4.7.0 too many"$'\r' ]
	exec 5>&-
	wait_for 5 sh -c "[ \$(pgrep -P $STARTED | wc -l) -eq 1 ]"
	exec 7<>"/dev/tcp/127.0.0.1/$port"
	read -r -t 20 line <&7
	[ "$line" = in ]
	exec 6>&- 7>&-
}

@test "connections over the limit of all wait for their turn" {
	local port
	port=$(free_port)
	options="--max 1" listen "$port" sh -c 'echo in; cat'
	exec 5<>"/dev/tcp/127.0.0.1/$port"
	read -r -t 20 line <&5
	exec 6<>"/dev/tcp/127.0.0.1/$port"
	run ! read -r -t 0.3 line <&6
	exec 5>&-
	read -r -t 20 line <&6
	[ "$line" = in ]
	exec 6>&-
}

@test "each program is a process group of its own" {
	local port
	port=$(free_port)
	# shellcheck disable=SC2016
	listen "$port" sh -c 'echo $$ $(ps -o pgid= -p $$)'
	run -0 ask "$port"
	# shellcheck disable=SC2086
	set -- $output
	[ "$1" = "$2" ]
}

@test "SIGTERM takes nobody new and lets those connected finish" {
	local port
	port=$(free_port)
	listen "$port" sh -c 'trap "" TERM; echo in; exec head -n 1'
	exec 5<>"/dev/tcp/127.0.0.1/$port"
	read -r -t 20 line <&5
	kill -TERM "$STARTED"
	wait_for 5 sh -c "! (exec 6<>/dev/tcp/127.0.0.1/$port)"
	echo end >&5
	run -0 timeout 20 cat <&5
	[[ $output == *end* ]]
	exec 5>&-
	wait_for 5 sh -c "! kill -0 $STARTED"
}

@test "what does not end within --drain is killed" {
	local port
	port=$(free_port)
	options="--drain 1s" listen "$port" \
		sh -c 'trap "" TERM; echo in; sleep 60'
	exec 5<>"/dev/tcp/127.0.0.1/$port"
	read -r -t 20 line <&5
	kill -TERM "$STARTED"
	wait_for 5 sh -c "! kill -0 $STARTED"
	grep -q 'did not end in time' "$T/log"
	run -0 timeout 20 cat <&5
	exec 5>&-
}

@test "SIGHUP goes on to those who are connected" {
	local port
	port=$(free_port)
	listen "$port" sh -c 'trap "echo again" HUP; echo in; while :; do sleep 0.1; done'
	exec 5<>"/dev/tcp/127.0.0.1/$port"
	read -r -t 20 line <&5
	kill -HUP "$STARTED"
	read -r -t 20 line <&5
	[ "$line" = again ]
	exec 5>&-
}

@test "a program that cannot be started closes the connection, and is told of" {
	local port
	port=$(free_port)
	listen "$port" "$T/no-such-program"
	run -0 ask "$port"
	[ -z "$output" ]
	grep -q "cannot start '$T/no-such-program'" "$T/log"
	kill -0 "$STARTED"
}

@test "sockets of LISTEN_FDS are taken over" {
	local port
	port=$(free_port)
	need python3
	# shellcheck disable=SC2046
	start "$T/log" python3 -c '
import os, socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[2], sys.argv[2:])' "$port" fe-listen $(as) \
		sh -c 'echo $TCPLOCALPORT; env | grep -c ^LISTEN'
	wait_for_port "$port"
	run -0 ask "$port"
	[ "${lines[0]}" = "$port" ]
	[ "${lines[1]}" = 0 ]
}

@test "a descriptor of LISTEN_FDS that does not listen is refused" {
	# shellcheck disable=SC2046
	run -75 bash -c 'LISTEN_FDS=1 LISTEN_PID=$BASHPID exec fe-listen "$@" true 3</dev/null' \
		bash $(as)
	[[ $output == *"does not listen"* ]]
}

@test "--wait: the program gets the socket itself, and no variables of a connection" {
	local port
	port=$(free_port)
	need python3
	# shellcheck disable=SC2046
	TCPREMOTEIP=192.0.2.1 start "$T/log" fe-listen $(as) --wait \
		127.0.0.1 "$port" 127.0.0.1 $((port + 1)) python3 -c '
import os, socket, sys
more = int(os.environ["LISTEN_FDS"])
mine = int(os.environ["LISTEN_PID"]) == os.getpid()
for fd in 0, 3:
    c = socket.socket(fileno=fd).accept()[0]
    c.sendall(b"%d %d %r %r\n" % (fd, more, mine, "TCPREMOTEIP" in os.environ))
    c.close()'
	wait_for 5 sh -c "ps -o comm= -p $STARTED | grep -q python3"
	[ "$(ask "$port")" = "0 1 True False" ]
	[ "$(ask $((port + 1)))" = "3 1 True False" ]
}

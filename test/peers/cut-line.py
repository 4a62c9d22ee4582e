# SPDX-License-Identifier: ISC
"""cut-line PORT SERVER OCTETS FILE: a line to a server that dies in mid-work.

Takes connections on PORT of 127.0.0.1 and passes them to SERVER, a port there.
When clients have sent OCTETS in all, the process group whose id is in FILE is
killed (the server) and all connections end; whoever comes later is refused.
"""
import os
import signal
import socket
import sys
import threading

PORT, SERVER, left = (int(word) for word in sys.argv[1:4])
turn = threading.Lock()


def die():
    with open(sys.argv[4]) as file:
        os.killpg(int(file.read()), signal.SIGKILL)
    os._exit(0)


def pass_on(source, target, counts):
    global left
    while True:
        try:
            octets = source.recv(65536)
            if counts:
                with turn:
                    left -= len(octets)
                    if left < 0:
                        die()
            if not octets:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(octets)
        except OSError:
            return


listener = socket.create_server(("127.0.0.1", PORT))
while True:
    client, _ = listener.accept()
    server = socket.create_connection(("127.0.0.1", SERVER))
    for ends in ((client, server, True), (server, client, False)):
        threading.Thread(target=pass_on, args=ends, daemon=True).start()

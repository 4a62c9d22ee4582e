# SPDX-License-Identifier: ISC
"""starttls-hole PORT CERT KEY: an SMTP server with the fault of CVE-2011-0411.

What has been read behind STARTTLS stays in its buffer and is taken as if it
had come under TLS.  And it closes the certificate's eye: for fe-probe only.
Its AUTH tells who has an account: alice by the time it takes, bob by the words;
eve needs no password.
"""
import base64
import socket
import ssl
import sys
import threading
import time


def serve(peer, context):
    buffered = b""
    peer.sendall(b"220 mx.example.org ESMTP Holemail 1.2.3\r\n")
    while True:
        while b"\n" not in buffered:
            got = peer.recv(4096)
            if not got:
                return
            buffered += got
        line, buffered = buffered.split(b"\n", 1)
        word = line.strip().upper()
        if word == b"STARTTLS":
            peer.sendall(b"220 go on\r\n")
            peer = context.wrap_socket(peer, server_side=True)
        elif word == b"QUIT":
            peer.sendall(b"221 bye\r\n")
            return
        elif word.startswith(b"EHLO"):
            peer.sendall(b"250-mx.example.org\r\n250-AUTH PLAIN\r\n"
                         b"250 STARTTLS\r\n")
        elif word.startswith(b"VRFY POSTMASTER"):
            peer.sendall(b"250 postmaster@example.org\r\n")
        elif word.startswith((b"VRFY", b"EXPN")):
            peer.sendall(b"550 no such user\r\n")
        elif word.startswith(b"AUTH PLAIN "):
            name = base64.b64decode(line.split()[2]).split(b"\0")[1]
            if name == b"alice":
                time.sleep(0.2)
            peer.sendall(b"235 welcome\r\n" if name == b"eve" else
                         b"535 wrong password\r\n" if name.startswith(b"bob")
                         else b"535 no\r\n")
        else:
            peer.sendall(b"250 ok\r\n")


def safely(peer, context):
    try:
        serve(peer, context)
    except OSError:
        pass
    peer.close()


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(sys.argv[2], sys.argv[3])
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    client, _ = server.accept()
    threading.Thread(target=safely, args=(client, tls), daemon=True).start()

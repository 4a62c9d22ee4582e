# SPDX-License-Identifier: ISC
"""Who comes by in test/peers/log-corpus: people, and strangers with odd names.

What must not be found in an anonymous log is in test/data/log-secrets.
"""
import base64
import http.client
import imaplib
import socket
import threading

V4, V6 = "192.0.2.77", "2001:db8:1:2::3"


def refuse():
    """A server that does not know Bob, in words of its own."""
    server = socket.create_server((V4, 2599))
    while True:
        peer, _ = server.accept()
        file = peer.makefile("rwb", buffering=0)
        file.write(b"220 mx.example.net\r\n")
        for line in file:
            word = line[:4].upper()
            if word in (b"EHLO", b"HELO"):
                file.write(b"250 mx.example.net\r\n")
            elif word == b"RCPT":
                path = line.split(b":", 1)[1].strip()
                file.write(b"550 5.1.1 " + path + b" Bob Builder moved to "
                           b"bob.builder@example.com, ask 203.0.113.199\r\n")
            elif word == b"QUIT":
                file.write(b"221 bye\r\n")
                break
            else:
                file.write(b"250 ok\r\n")
        peer.close()


def smtp(address, lines, data=None):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    peer = socket.socket(family)
    peer.bind((address, 0))
    peer.connect((address, 2525))
    peer.settimeout(30)
    file = peer.makefile("rwb", buffering=0)

    # False: it has hung up, or is about to (who says GET is not asked back).
    def ask(text):
        try:
            if text is not None:
                file.write(text.encode() + b"\r\n")
            while (line := file.readline())[3:4] == b"-":
                pass
        except ConnectionError:
            return False
        return line != b"" and line[:3] not in (b"221", b"421")

    if data is not None:
        lines = lines + ["DATA", data + "\r\n."]
    if ask(None) and all(ask(line) for line in lines):
        ask("QUIT")
    peer.close()


LETTER = ("From: Alice Wonderland <alice@example.org>\r\n"
          "Subject: Secret plans from here to there from Wonderland\r\n"
          "Message-ID: <wonder.1@alice.example>\r\n\r\nHello.")


def mail():
    smtp(V4, ["EHLO alices-laptop", "MAIL FROM:<alice@example.org>",
              "RCPT TO:<alice@example.org>"], LETTER)
    smtp(V6, ["EHLO [IPv6:2001:db8:1:2::3]",
              'MAIL FROM:<"john doe"@example.org>',
              "RCPT TO:<bob@example.net>",
              "RCPT TO:<nobody.here@example.org>",
              "RCPT TO:<bob%example.net@example.org>",
              "RCPT TO:<@relay.example:bob@example.net>"])
    smtp(V4, ["EHLO x", "MAIL FROM:<élise@example.org> SMTPUTF8",
              "RCPT TO:<élise@example.org>"], LETTER)
    smtp(V4, ["EHLO x", "AUTH PLAIN " + base64.b64encode(
        b"\0carol\0wrong secret").decode()])
    smtp(V4, ["EHLO x", "AUTH PLAIN " + base64.b64encode(
        b"\0carol\0carols secret").decode(),
        "MAIL FROM:<carol@example.org>", "RCPT TO:<bob@example.net>"], LETTER)
    smtp("127.0.0.1", ["EHLO x", "MAIL FROM:<alice@example.org>",
                       "RCPT TO:<bob.builder@example.net>"], LETTER)
    smtp(V4, ["EHLO x", "MAIL FROM:<alice wonderland>", "MAIL FROM:<alice",
              "VRFY bob@example.net", "GET /?to=alice@example.org HTTP/1.0"])
    peer = socket.create_connection((V4, 2525))
    peer.sendall(b"EHLO x\r\nNOOP\r\nMAIL FROM:<alice@example.org>\r\n"
                 b"RCPT TO:<bob@example.net>\r\nDATA\r\nDear Bob Builder\r\n")
    peer.recv(4096)
    peer.close()


def imap(host, user, password):
    client = imaplib.IMAP4(host, 2143)
    client.debug = 0
    try:
        client.login(user, password)
    except imaplib.IMAP4.error:
        client.shutdown()
        return
    client.create('"Divorce papers"')
    client.append('"Divorce papers"', None, None, LETTER.encode())
    client.select('"Divorce papers"')
    client.copy("1", "INBOX")
    client.store("1", "+FLAGS", "\\Deleted")
    client.expunge()
    client.rename('"Divorce papers"', '"Bob Builder"')
    client.delete('"Bob Builder"')
    client.logout()


def login(user, password):
    client = socket.create_connection((V6, 2143))
    file = client.makefile("rwb", buffering=0)
    file.readline()
    file.write(b"a AUTHENTICATE PLAIN " + base64.b64encode(
        b"\0" + user.encode() + b"\0" + password.encode()) + b"\r\n")
    file.readline()
    client.close()


def web(host, path, headers):
    client = http.client.HTTPConnection(host, 8080)
    client.putrequest("GET", path, skip_accept_encoding=True)
    for name, value in headers.items():
        client.putheader(name, value.encode("utf-8"))
    client.endheaders()
    client.getresponse().read()
    client.close()


def basic(user, password):
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": "Basic " + pair}


def browse():
    web(V4, "/?email=alice%40example.org", {
        "Referer": "https://example.com/?q=bob@example.net",
        "User-Agent": "Mozilla/5.0 (alice@example.org; Wonderland)"})
    web(V6, "/closed", basic("carol", "wrong secret"))
    web(V4, "/closed", basic("alice wonderland", "x"))
    web(V4, "/closed", basic('"john doe"@example.org', "x"))
    web(V4, "/a/alice%2540example.org/b", {"User-Agent": "bob@example.net"})
    web(V4, "/from/2001%3Adb8%3A1%3A2%3A%3A3/to/192%2E0%2E2%2E77", {})
    peer = socket.create_connection((V4, 8080))
    peer.sendall(b"MAIL FROM:<alice@example.org> Wonderland\r\n\r\n")
    peer.recv(4096)
    peer.close()


threading.Thread(target=refuse, daemon=True).start()
mail()
imap(V4, "alice@example.org", "correct horse")
imap(V4, "carol", "carols secret")
imap(V4, "carol", "wrong secret")
imap(V4, "bob.builder@example.net", "wrong secret")
login("élise@example.org", "correct horse")
login("john doe", "wrong secret")
browse()

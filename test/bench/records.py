#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""records.py FIRST N BOXES [MESSAGE]: a stream of N records of 2 KB, numbered
from FIRST, to u0@example.org, u1@ ... by turns.  Each thousandth has a subject
of its own kind.  Or all are the message of a file, from ever other clients and
senders, below a field with their number."""
import sys

first, n, boxes = map(int, sys.argv[1:4])
message = open(sys.argv[4], "rb").read() if len(sys.argv) > 4 else None
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
text = "The quick brown fox jumps over the lazy dog number %06d.\r\n"
out = sys.stdout.buffer


def ulid(number):
    digits = ""
    for _ in range(16):
        digits = ALPHABET[number % 32] + digits
        number //= 32
    return "01JDZ00%03d" % (boxes % 1000) + digits


def letter(i):
    kind = "rare%d" % (i // 1000 % 100) if i % 1000 == 0 else "plain"
    return ("From: Bob <bob@example.com>\r\nTo: u%d@example.org\r\n"
            "Subject: %s letter %d\r\n"
            "Date: Thu, 26 Nov 2026 10:00:00 +0000\r\n"
            "Message-ID: <%d.%d@example.com>\r\n\r\n" % (
                i % boxes, kind, i, boxes, i) +
            "".join(text % (i * 31 + k) for k in range(30))).encode()


def client(i):
    return ('"client":{"ip":"10.%d.%d.%d","helo":"h%d.example.net"},' % (
        i // 65536 % 256, i // 256 % 256, i % 256, i))


for i in range(first, first + n):
    if message is None:
        body, who, sender = letter(i), "", "bob@example.com"
    else:
        body = b"X-Number: %d\r\n" % i + message
        who, sender = client(i), "s%d@example.com" % i
    out.write(('{"fe":1,"id":"%s","size":%d,%s"envelope":{"from":'
               '"%s","to":[{"address":"u%d@example.org"}]}}\n' % (
                   ulid(i), len(body), who, sender, i % boxes)).encode() +
              body)
out.write(b'{"fe":1,"end":%d}\n' % n)

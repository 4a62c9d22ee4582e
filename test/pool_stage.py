#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A pipeline for the tests of fe-pool: answers each record with a receipt and
does what the body tells: DIE (kill itself), DIE-ONCE PATH (unless PATH is
there), WAIT SECONDS, DEFER, STUCK; with the argument `reverse' it answers
pairs in the other order, with `linger' it does not end; each record is written to LOG as `ID pid'."""
import json, os, signal, sys, time

log = open(sys.argv[1], "a", buffering=1)
reverse = "reverse" in sys.argv
source, held = sys.stdin.buffer, []

def answer(meta):
    to = [t["address"] for t in meta.get("envelope", {}).get("to", [])]
    receipt = {"fe": 1, "size": 0, "id": meta["id"], "delivery":
               [{"address": a, "status": "stored"} for a in to]}
    sys.stdout.buffer.write(json.dumps(receipt).encode() + b"\n")
    sys.stdout.buffer.flush()

count = 0
while True:
    line = source.readline()
    if not line:
        os._exit(75)
    meta = json.loads(line)
    if "end" in meta:
        for m in held:
            answer(m)
        sys.stdout.buffer.write(b'{"fe":1,"end":%d}\n' % count)
        sys.stdout.buffer.flush()
        if "linger" in sys.argv:
            time.sleep(1000)
        os._exit(0)
    body = source.read(meta["size"]).decode("latin1")
    log.write("%s %d\n" % (meta["id"], os.getpid()))
    count += 1
    words = body.split()
    for i, word in enumerate(words):
        if word == "DIE":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "DIE-ONCE" and not os.path.exists(words[i + 1]):
            open(words[i + 1], "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "WAIT":
            time.sleep(float(words[i + 1]))
        if word == "STUCK":
            time.sleep(1000)
    if not reverse:
        answer(meta)
        continue
    held.append(meta)
    if len(held) == 2:
        answer(held.pop())
        answer(held.pop())

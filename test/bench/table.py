#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""table.py SMTP.TSV PLOT.SVG: what test/bench/smtp measured, as a table of
medians (and the least and greatest of the passes) and a plot of the CPU
milliseconds a message."""
import statistics
import sys

BAR, GAP, LEFT, WIDTH = 14, 10, 170, 900


def read(path):
    rows = {}
    with open(path) as lines:
        names = next(lines).split()
        for line in lines:
            row = dict(zip(names, line.split()))
            load = (int(row["fsync_ms"]), int(row["size"]), int(row["per"]),
                    int(row["concurrency"]))
            rows.setdefault(load, {}).setdefault(row["stack"], []).append(row)
    return rows


def spread(rows, name):
    values = [float(row[name]) for row in rows]
    return statistics.median(values), min(values), max(values)


def title(load):
    slow = "" if load[0] == 0 else ", fsync %d ms or more" % load[0]
    return "%d KB, %d a connection, %d connections%s" % (
        load[1] // 1024, load[2], load[3], slow)


def print_table(rows):
    for load, stacks in sorted(rows.items()):
        print("\n  " + title(load))
        print("  %-14s %16s %9s %16s %8s %8s  %s" % (
            "", "accepted/s", "x Postfix", "CPU ms/message", "x Postfix",
            "p50 ms", "p99 ms (spread)"))
        for stack, passes in stacks.items():
            rate, cpu = spread(passes, "rate"), spread(passes, "cpu")
            p50, p99 = spread(passes, "p50"), spread(passes, "p99")
            ratio = ["", ""]
            if "postfix" in stacks and stack != "postfix":
                # of the same pass: the host's hours differ
                pairs = list(zip(passes, stacks["postfix"]))
                ratio = ["%.2f" % statistics.median(
                    float(a[name]) / max(float(b[name]), 1e-9)
                    for a, b in pairs) for name in ("rate", "cpu")]
            lost = sum(int(r["sent"]) - int(r["accepted"]) for r in passes)
            print("  %-14s %6.0f (%.0f-%.0f) %9s %6.2f (%.2f-%.2f) %8s %8.1f"
                  "  %.1f (%.1f-%.1f)%s" % (
                      stack, *rate, ratio[0], *cpu, ratio[1], p50[0], *p99,
                      "  %d not accepted" % lost if lost else ""))


def draw(rows, path):
    y, parts = 30, []
    greatest = max(spread(p, "cpu")[0] for s in rows.values()
                   for p in s.values())
    scale = (WIDTH - LEFT - 80) / greatest
    for load, stacks in sorted(rows.items()):
        y += GAP + BAR
        parts.append('<text x="10" y="%d" font-weight="bold">%s</text>' % (
            y, title(load)))
        for stack, passes in stacks.items():
            middle, least, most = spread(passes, "cpu")
            y += BAR + 3
            parts.append(
                '<text x="%d" y="%d" text-anchor="end">%s</text>'
                '<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>'
                '<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="black"/>'
                '<text x="%.1f" y="%d">%.2f</text>' % (
                    LEFT - 6, y + 1, stack, LEFT, y - BAR + 4,
                    middle * scale, BAR - 3,
                    "#2a7" if stack.startswith("fe-") else "#99a",
                    LEFT + least * scale, y - 3, LEFT + most * scale, y - 3,
                    LEFT + most * scale + 5, y + 1, middle))
    head = ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
            'font-family="sans-serif" font-size="11"><rect width="100%%" '
            'height="100%%" fill="white"/><text x="10" y="20" font-size="14">'
            'CPU milliseconds a message, all processes: median, least to '
            'greatest</text>' % (WIDTH, y + 20))
    with open(path, "w") as svg:
        svg.write(head + "\n".join(parts) + "</svg>\n")


rows = read(sys.argv[1])
if rows:
    print_table(rows)
    draw(rows, sys.argv[2])

#!/usr/bin/env python3
"""How much of its throughput the engine keeps while it is killed again and again: throughput_held_pct.

An engine on a real broker (events, ledger, outputs are topics) is fed as fast as it takes them. Windows without a kill and windows with a
SIGKILL every 20 s, started again at once, follow each other, so that what else the machine does falls on both alike. Every so many events one
record cannot be decoded: its dead letter says that everything before it is folded and its outputs are out, so the rate is seen from outside and
a refold counts nothing. In the end the topics are compared with a fold of the ledger; a difference and there is no figure.

  bench/held.py [--seconds 3600] [--every 20] [--window 240] [--quiet 60] [--events-per-s 10000] [--shops N] [--days N] [--dry]

`--seconds` counts the windows with kills. The source takes no more than --events-per-s, also after a restart: what a death costs is not made up
for, and an hour fits on a disk (some 20 GB). 0: as fast as it goes, for minutes.
"""

import argparse
import heapq
import itertools
import math
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True

from prove import instances  # noqa: E402

AHEAD = 40  # chunks in the topic that are not folded yet: enough for several seconds, so that the engine never waits
SHOP_DAY = 80  # events that a shop brings a day, of those that are generated: at least (87 over ten days of 1,000 shops; an hour's world had ended after 32 minutes at 200)
FASTEST = 100_000  # events a second that one instance folds through a broker, at most (docs/figures.md)
INGESTED = re.compile(rb'"ingest_time":(\d+)')


def lines_of(folder):
    """The streams of a world, merged as they arrived."""
    files = [path.open("rb") for path in sorted(folder.glob("*.ndjson"))]
    yield from heapq.merge(*files, key=lambda line: int(INGESTED.search(line).group(1)))


class Load:
    """Feeds the topic and sees what comes of it."""

    def __init__(self, group, lines):
        self.group, self.lines, self.sent, self.starved, self.looked, self.ended = group, lines, 0, 0, 0, False
        # Events between two markers: a fraction of a second's work.
        self.chunk = max(100, group.events_per_s // 4) if group.events_per_s else 5_000
        self.stop, self.done = threading.Event(), []  # done: when each marker's dead letter came
        self.kcat = subprocess.Popen(["kcat", "-b", group.brokers.bootstrap, "-P", "-t", group.topic("in"), "-p", "0", "-X", "linger.ms=5"], stdin=subprocess.PIPE)
        self.reader = subprocess.Popen(["kcat", "-b", group.brokers.bootstrap, "-C", "-t", group.topic("dlq"), "-o", "beginning", "-q", "-u", "-X", "fetch.wait.max.ms=20"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.threads = [threading.Thread(target=self.read, daemon=True), threading.Thread(target=self.feed, daemon=True)]
        for thread in self.threads:
            thread.start()

    def read(self):
        seen = set()
        for line in self.reader.stdout:
            if line not in seen:  # of lines with the same bytes the first counts
                seen.add(line)
                self.done.append(time.monotonic())

    def feed(self):
        while not self.stop.is_set():
            if self.sent - len(self.done) >= AHEAD:
                time.sleep(0.005)
                continue
            chunk = list(itertools.islice(self.lines, self.chunk))
            self.ended = len(chunk) < self.chunk
            self.sent += 1
            self.kcat.stdin.write(b"".join(chunk) + b"no event %d\n" % self.sent)
            self.kcat.stdin.flush()
            if self.ended:
                return

    def look(self):
        """Whether the engine had something to do."""
        self.looked += 1
        self.starved += self.sent - len(self.done) < 2

    def close(self):
        self.stop.set()
        self.threads[1].join()
        self.kcat.stdin.close()
        self.kcat.wait(timeout=instances.READY_S)

    def settle(self):
        until = time.monotonic() + instances.READY_S
        while len(self.done) < self.sent and time.monotonic() < until:
            time.sleep(0.05)
        self.reader.kill()
        self.reader.wait()
        return len(self.done) == self.sent


def window(load, one, seconds, every):
    """(events folded, seconds, kills) of a window that begins with a kill, or has none when `every` is 0."""
    begun, kills = time.monotonic(), 0
    while (now := time.monotonic()) < begun + seconds:
        if every and now >= begun + kills * every:
            one.end()
            one.start()
            kills += 1
        if not one.alive():
            sys.exit(f"it ended by itself: {one.text()}")
        if load.ended and load.sent - len(load.done) < 2:
            sys.exit("the world has come to its end: more --days")
        load.look()
        time.sleep(0.02)
    ended = time.monotonic()
    return load.chunk * sum(begun <= at < ended for at in load.done), ended - begun, kills


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3600, help="of windows with kills")
    parser.add_argument("--every", type=float, default=20, help="seconds between two kills")
    parser.add_argument("--window", type=float, default=240, help="length of a window with kills")
    parser.add_argument("--quiet", type=float, default=60, help="length of a window without, in front of each")
    parser.add_argument("--events-per-s", type=int, default=10_000, help="cap of the source; 0: none")
    parser.add_argument("--shops", type=int, default=1000)
    parser.add_argument("--days", type=int, default=0, help="length of the world; 0: as long as it must be")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build" / "release" / "bin" / "brushwatch")
    parser.add_argument("--dry", action="store_true", help="record nothing")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # what was started here ends with it
    quiet_s = arguments.quiet * math.ceil(arguments.seconds / arguments.window)
    days = arguments.days or 2 + int((arguments.seconds + quiet_s) * (arguments.events_per_s or FASTEST) / arguments.shops / SHOP_DAY)
    folder, group = pathlib.Path(tempfile.mkdtemp(prefix="brushwatch-held-")), None
    brokers = instances.Brokers(1)
    try:
        subprocess.run([arguments.binary, "generate", "--seed", "7", "--shops", str(arguments.shops), "--days", str(days), "--out", folder / "world", "--quiet"],
                       check=True, stdout=subprocess.DEVNULL)
        group = instances.Group(arguments.binary, folder / "held", brokers, "held", standby=False, threads=2, epoch_events=200_000, memory_mib=512,
                                events_per_s=arguments.events_per_s)
        one = group.instance("a").start()
        if not one.wait_for("ready"):
            sys.exit(one.text())
        load = Load(group, lines_of(folder / "world"))
        while len(load.done) < 4:  # it runs: feeder, engine and reader have found each other
            if not one.alive():
                sys.exit(one.text())
            time.sleep(0.01)
        total = {False: [0, 0.0], True: [0, 0.0]}
        kills = 0
        while total[True][1] < arguments.seconds:
            for killed, seconds in ((False, arguments.quiet), (True, min(arguments.window, arguments.seconds - total[True][1]))):
                events, took, more = window(load, one, seconds, arguments.every if killed else 0)
                total[killed][0] += events
                total[killed][1] += took
                kills += more
                print(f"{'killed' if killed else 'quiet ':6} {took:6.0f} s  {events / took:10,.0f} events/s  {more} kills", flush=True)
        load.close()
        if not load.settle():
            sys.exit(f"{load.sent - len(load.done)} of {load.sent} markers did not come out: {one.text()}")
        difference, repeats, lines = group.difference()
        if difference:
            sys.exit(f"no figure is recorded: {difference}")
        rates = {killed: events / took for killed, (events, took) in total.items()}
        # The cap is what the source offers. Where even the windows without kills fall short of it, other work has the machine: that must not make kills look cheap.
        whole = max(rates[False], arguments.events_per_s)
        held = 100 * rates[True] / whole if whole else 0
        print(f"held {held:.1f} %: {rates[True]:,.0f} events/s under {kills} kills, {rates[False]:,.0f} without; {load.sent * load.chunk:,} events, {lines} lines, {repeats} repeated; "
              f"nothing to do in {100 * load.starved / max(1, load.looked):.0f} % of the looks")
        if not arguments.dry:
            what = (f"throughput while killed every {arguments.every:g} s for {arguments.seconds:,.0f} s ({kills} kills, {rates[True]:,.0f} events/s) over what it is without "
                    + (f"and no less than the source offers ({arguments.events_per_s:,} events/s)" if arguments.events_per_s else "kills") + ", windows in turns, on a real broker")
            subprocess.run([sys.executable, str(ROOT / "tools" / "figures.py"), "record", "--id", "throughput_held_pct", "--value", f"{held:.4g}", "--unit", "%", "--floor", "70",
                            "--goal", "90", "--command", "bench/held.py", "--what", what], check=True)
    finally:
        if group:
            group.close()
        brokers.close()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

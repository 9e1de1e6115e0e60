#!/usr/bin/env python3
"""Brushwatch's peers on the same work: W1 and W2 on Flink, on Kafka Streams and on a bare C++ loop, through a real broker.

  run.py                                     everything that the report shows, three runs each
  run.py --engines kstreams --works w1 --guarantees eos --runs 1 --events 400000 --warm 100000 --no-report
  run.py --modes latency --rate 5000 --seconds 60
  run.py --modes latency_50,latency_80 --append      at half and at four fifths of what each engine drained in the results so far
  run.py --modes nemesis --works w1 --guarantees eos --rate 2000 --seconds 90 --kills 5 --every 12
                                             killed again and again: what is lost, doubled, different (docs/reliability/peers.md)

An engine's alerts are compared as a multiset with the oracle's before any of its figures is believed: a difference ends the program.
The runs of one round follow each other, engine after engine, so that what else the machine does falls on all alike.
"""

import argparse
import collections
import hashlib
import json
import math
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import report
import rig

ENGINES = ("brushwatch", "bare", "kstreams", "flink-rocksdb", "flink-heap")
SETTLE_S = 2  # after the warm-up: compilers finish, the last commits go out


class Truth:
    """The orders' file and what the oracle says of it; both are kept under .cache, for they take minutes.

    The first N orders are the same in every file of a seed, so a longer one serves a shorter benchmark.
    """

    def __init__(self, events, seed):
        folder = rig.ROOT / ".cache" / "peers"
        folder.mkdir(parents=True, exist_ok=True)
        self.events = events
        self.orders = folder / f"orders-{seed}.ndjson"
        alerts, counts = folder / f"alerts-{seed}.txt", folder / f"counts-{seed}.json"
        makers = [rig.HERE / "generate.py", rig.HERE / "oracle" / "oracle.py"]
        stamp = hashlib.sha256(b"".join(m.read_bytes() for m in makers)).hexdigest()
        old = json.loads(counts.read_text()) if counts.exists() else {}
        if old.get("stamp") != stamp or old["events"] < events:
            print("making orders and the oracle's alerts …", flush=True)
            counts.unlink(missing_ok=True)
            subprocess.run([makers[0], "--events", str(events), "--seed", str(seed), "--out", self.orders], check=True)
            subprocess.run([makers[1], "--in", self.orders, "--out", alerts, "--counts", counts], check=True)
            counts.write_text(json.dumps({**json.loads(counts.read_text()), "stamp": stamp}))
        self.counts = json.loads(counts.read_text())
        self.alerts = [(int(n), a) for n, a in (line.rstrip("\n").split(" ", 1) for line in open(alerts, encoding="ascii"))]

    def expected(self, work, first):
        """The multiset of alerts of the first so many orders."""
        return collections.Counter(a for n, a in self.alerts if n < first and (work == "w2" or a.startswith('{"k":"shop"')))

    def done(self, engine, work, first):
        """A test of an engine's counts: all work of the first so many orders is done, in every stage."""
        if work == "w1":
            return lambda counts: counts[0] >= first
        pairs = self.counts["pair_updates"][first // self.counts["step"]]
        if engine == "bare":
            return lambda counts: counts[0] >= first and counts[1] >= pairs
        return lambda counts: counts[0] >= first and counts[1] >= first and counts[2] >= pairs


class Run:
    """One engine, from new topics to their end."""

    def __init__(self, args, truth, broker, folder, engine, work, guarantee, number):
        self.args, self.truth, self.broker, self.engine, self.work, self.guarantee = args, truth, broker, engine, work, guarantee
        self.name = f"r{number}"
        self.folder = rig.fresh(folder / self.name)
        broker.topics(create=[f"{self.name}-{t}" for t in ("in", "out", "in-buyers", "in-pairs")])
        self.log = self.folder / "engine.log"
        self.process = None
        self.rate = args.rate
        self.collector = rig.Collector(broker, f"{self.name}-out")

    def start(self, restore=""):
        argv = rig.command(self.engine, self.work, self.guarantee, self.broker, self.name, self.folder, restore,
                           self.args.tune.split() if self.engine not in ("bare", "brushwatch") else [])
        self.process = rig.Engine(argv, self.log)

    def feed(self, start, count, rate=0):
        return rig.feed(self.broker, f"{self.name}-in", self.truth.orders, start, count, rate)

    def fed(self, feeder):
        out = feeder.communicate()[0]
        if feeder.returncode != 0:
            raise SystemExit("the feeder failed")
        return json.loads(out)

    def warm_up(self):
        """The engine folds the first orders; what comes after finds it compiled, assigned and idle."""
        self.fed(self.feed(0, self.args.warm))
        self.start()
        self.process.wait_for(self.truth.done(self.engine, self.work, self.args.warm), 300)
        time.sleep(SETTLE_S)

    def tally(self, first, patience_s=60):
        """What is missing, what came too often, and what of that no oracle ever said: waits until all is there or nothing comes any more."""
        expected = self.truth.expected(self.work, first)
        while True:
            before = len(self.collector.alerts)
            seen = collections.Counter(a for _, a in self.collector.alerts)
            if not expected - seen or not self.collector.wait_for(before + 1, patience_s):
                break
        time.sleep(0.3)  # one too many would come now
        seen = collections.Counter(a for _, a in self.collector.alerts)
        missing, extra = expected - seen, seen - expected
        return missing, extra, [a for a in extra if a not in expected]

    def check(self, first, exactly=True):
        """Alerts against the oracle's; returns how many came twice."""
        missing, extra, foreign = self.tally(first)
        doubled = sum(extra.values())
        if missing or foreign or (exactly and extra):
            for word, some in (("missing", list(missing)), ("foreign", foreign), ("doubled", list(extra))):
                print(f"{word}: {len(some)}", *some[:3], sep="\n  ")
            raise SystemExit(f"{self.engine} {self.work} {self.guarantee}: the alerts are not the oracle's; no figure is believed")
        return doubled

    def drain(self):
        """All orders but the warm-up lie in the topic when the engine is let go: how fast does it take them?"""
        args, first = self.args, self.truth.events
        self.warm_up()
        self.process.send(signal.SIGSTOP)  # or it would share the cores with the feeder while being measured
        self.fed(self.feed(args.warm, first - args.warm))
        time.sleep(1)
        before, broker_before, start = rig.cpu_s(self.process.pid), rig.cpu_s(self.broker.pid), time.monotonic()
        self.process.send(signal.SIGCONT)
        self.process.wait_for(self.truth.done(self.engine, self.work, first), 600)
        wall = time.monotonic() - start
        cpu, broker_cpu = rig.cpu_s(self.process.pid) - before, rig.cpu_s(self.broker.pid) - broker_before
        rss = rig.peak_rss_mib(self.process.pid)
        self.check(first)
        n = first - args.warm
        return {"events_per_cpu_s": n / cpu, "events_per_cpu_s_with_broker": n / (cpu + broker_cpu), "events_per_s": n / wall,
                "peak_rss_mib": rss, "cpu_s": cpu, "wall_s": wall,
                "kafka_bytes_per_event": self.broker.stored_bytes(f"{self.name}-", f"{self.name}-in") / first}

    def latency(self, rate=None):
        """Open loop: from the moment at which an order was due to the arrival of its alert. At a high rate the orders end before the time."""
        args = self.args
        self.rate = rate or args.rate
        count = min(self.rate * args.seconds, self.truth.events - args.warm)
        self.warm_up()
        before, start = rig.cpu_s(self.process.pid), time.monotonic()
        fed = self.fed(self.feed(args.warm, count, self.rate))
        busy = (rig.cpu_s(self.process.pid) - before) / (time.monotonic() - start)
        self.check(args.warm + count)
        skip = min(self.rate * args.settle_seconds, count // 4)
        delays = sorted(d for n, d in self.delays(fed) if n >= skip)
        at = lambda q: delays[min(len(delays) - 1, int(q * len(delays)))] / 1000
        return {"rate": self.rate, "samples": len(delays), "p50_ms": at(0.5), "p99_ms": at(0.99), "p999_ms": at(0.999), "max_ms": at(1),
                "cpu_percent_of_core": 100 * busy, "feeder_late_ms": fed["late_us"] / 1000}

    def at_share(self, percent, results):
        """The same at a share of what this engine drained, by the clock of the wall."""
        drained = [r["events_per_s"] for r in results
                   if (r["mode"], r["engine"], r["work"], r["guarantee"]) == ("drain", self.engine, self.work, self.guarantee)]
        if not drained:
            raise SystemExit(f"no drain of {self.engine} {self.work} {self.guarantee} to take a share of: run it first, or --append to its results")
        return self.latency(round(statistics.median(drained) * percent / 100))

    def delays(self, fed):
        """(order's number in the open loop, µs) of each shop alert."""
        for at, alert in self.collector.alerts:
            if alert.startswith('{"k":"shop"'):
                n = int(json.loads(alert)["order"][3:]) - self.args.warm
                if n >= 0:
                    yield n, at - (fed["start_us"] + n * 1_000_000 / self.rate)

    def kill(self):
        """kill -9 in the middle of an open loop, started again at once: when does the next alert come, and is one lost or doubled?"""
        args = self.args
        count = args.rate * args.seconds
        self.warm_up()
        feeder = self.feed(args.warm, count, args.rate)
        time.sleep(args.seconds / 4)
        self.process.end(signal.SIGKILL)
        killed_us = time.time() * 1e6
        self.start(self.checkpoint())
        fed = self.fed(feeder)
        doubled = self.check(args.warm + count, exactly=self.guarantee == "eos")
        due = lambda n: fed["start_us"] + n * 1_000_000 / args.rate
        after = [due(n) + d for n, d in self.delays(fed) if due(n) > killed_us]
        return {"kill_to_alert_s": (min(after) - killed_us) / 1e6, "doubled": doubled}

    def nemesis(self):
        """kill -9 again and again in an open loop, started again each time at once. What the oracle says of it all is the result, not a condition."""
        args = self.args
        count = args.rate * args.seconds
        self.warm_up()
        feeder, kills = self.feed(args.warm, count, args.rate), []
        for _ in range(args.kills):
            time.sleep(args.every)
            if feeder.poll() is not None:
                break
            self.process.end(signal.SIGKILL)
            kills.append(time.time() * 1e6)
            self.start(self.checkpoint())
        fed = self.fed(feeder)
        # An exactly-once transaction that a death left open may hide what follows it until it times out.
        missing, extra, foreign = self.tally(args.warm + count, patience_s=120)
        due = lambda n: fed["start_us"] + n * 1_000_000 / args.rate
        seen = [(due(n), due(n) + d) for n, d in self.delays(fed)]
        back = sorted((min((at for d, at in seen if d > killed), default=math.inf) - killed) / 1e6 for killed in kills)
        return {"kills": len(kills), "expected": sum(self.truth.expected(self.work, args.warm + count).values()), "lost": sum(missing.values()),
                "doubled": sum(extra.values()) - sum(extra[a] for a in foreign), "different": sum(extra[a] for a in foreign),
                "recovery_s": statistics.median(back), "recovery_max_s": back[-1]}

    def checkpoint(self):
        """Flink's newest complete checkpoint; the others find their own."""
        done = [p.parent for p in (self.folder / "flink" / "checkpoints").glob("*/chk-*/_metadata")]
        return str(max(done, key=lambda p: int(p.name[4:]))) if done else ""

    def end(self):
        if self.process is not None:
            self.process.end()
        self.collector.end()
        self.broker.topics(delete=self.broker.names(f"{self.name}-"))
        if not self.args.keep:
            rig.fresh(self.folder).rmdir()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = lambda text: text.split(",")
    parser.add_argument("--engines", type=words, default=list(ENGINES))
    parser.add_argument("--works", type=words, default=["w1", "w2"])
    parser.add_argument("--guarantees", type=words, default=["eos", "alo"])
    parser.add_argument("--modes", type=words, default=[m for m in report.TITLES if m != "nemesis"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--events", type=int, default=2_000_000, help="a multiple of 10,000")
    parser.add_argument("--warm", type=int, default=500_000, help="of them not measured; a multiple of 10,000")
    parser.add_argument("--rate", type=int, default=5000, help="orders a second in an open loop")
    parser.add_argument("--seconds", type=int, default=60, help="length of an open loop")
    parser.add_argument("--kills", type=int, default=5, help="of the nemesis, in one open loop")
    parser.add_argument("--every", type=float, default=12, help="seconds between them")
    parser.add_argument("--settle-seconds", type=int, default=5, help="of it not measured")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--tune", default="", help="more words for the JVM peers' command lines: '--set key=value;key=value'")
    parser.add_argument("--keep", action="store_true", help="leave the runs' folders")
    parser.add_argument("--results", type=pathlib.Path, help="docs/performance/peers.json, or docs/reliability/peers.json for the nemesis")
    parser.add_argument("--append", action="store_true", help="add to the results instead of starting anew")
    parser.add_argument("--no-report", action="store_true", help="print only")
    args = parser.parse_args()
    proof = args.modes == ["nemesis"]
    if "nemesis" in args.modes and not proof:
        parser.error("the nemesis runs alone: its results have a page of their own")
    args.results = args.results or rig.ROOT / "docs" / ("reliability" if proof else "performance") / "peers.json"
    if args.warm + args.rate * args.seconds > args.events and set(args.modes) & {"latency", "kill", "nemesis"}:
        parser.error("the file has too few orders for the open loop")
    rig.build()
    truth = Truth(args.events, args.seed)
    results = report.load(args.results) if args.append else []
    (rig.BUILD / "runs").mkdir(exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(dir=rig.BUILD / "runs"))  # on the disk of the sources: /tmp may be memory
    broker = rig.Broker(folder)
    number = 0
    try:
        for round_number in range(args.runs):
            for mode in args.modes:
                for work in args.works:
                    for guarantee in args.guarantees:
                        for engine in args.engines:
                            if engine == "brushwatch" and guarantee != "eos" and mode != "drain":
                                continue  # it has no weaker guarantee: what one would spare is measured by the drain
                            if mode in ("kill", "nemesis") and engine == "bare":
                                continue  # nothing survives in it
                            number += 1
                            run = Run(args, truth, broker, folder, engine, work, guarantee, number)
                            try:
                                measured = run.at_share(report.SHARES[mode], results) if mode in report.SHARES else getattr(run, mode)()
                            finally:
                                run.end()
                            row = {"mode": mode, "engine": engine, "work": work, "guarantee": guarantee, "round": round_number,
                                   "events": args.events, "warm": args.warm, "load_average": os.getloadavg()[0], **measured}
                            if mode in ("kill", "nemesis"):
                                row["rate"] = args.rate
                            results.append(row)
                            print(mode, work, guarantee, f"{engine:14}", *(f"{k}={v:,.1f}" for k, v in measured.items()), flush=True)
                            if not args.no_report:
                                report.write(args.results, results)
        if not args.no_report and not proof:
            report.record_figures(args.results)
    finally:
        broker.stop()
        if not args.keep:
            rig.fresh(folder).rmdir()
    return 0


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # broker and engines end with it
    sys.exit(main())

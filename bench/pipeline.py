#!/usr/bin/env python3
"""Whole-pipeline figures: events per CPU-second on the file log and through Kafka, memory per million keys.

Runs the real binary on a generated world, several times, and records medians with tools/figures.py. Every run's outputs are
compared byte by byte before any timing is believed.
"""
import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BINARY = os.path.join(ROOT, "out", "bin", "brushwatch")


def run(argv, **kw):
    done = subprocess.run(argv, capture_output=True, text=True, **kw)
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)}\nexit {done.returncode}\n{done.stderr}")
    return done.stdout


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def record(figure, value, unit, floor, goal, command):
    subprocess.run([sys.executable, os.path.join(ROOT, "tools", "figures.py"), "record", "--id", figure, "--value", f"{value:.6g}",
                    "--unit", unit, "--floor", str(floor), "--goal", str(goal), "--command", command], check=True)
    print(f"{figure:36} {value:12,.1f} {unit}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--shops", type=int, default=2000)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--kafka", metavar="HOST:PORT", help="also through a running broker")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="brushwatch-bench-") as tmp:
        world = os.path.join(tmp, "world")
        run([BINARY, "generate", "--seed", "7", "--shops", str(args.shops), "--days", str(args.days), "--out", world, "-q"])
        rates, memory, digests = [], [], set()
        for i in range(args.runs):
            out = os.path.join(tmp, f"r{i}")
            summary = json.loads(run([BINARY, "replay", "--input", world, "--out", out, "--json", "-q"]))
            m = summary["measured"]
            rates.append(m["events_per_cpu_s"])
            memory.append(m["peak_rss_bytes"] / 2**20)
            digests.add(digest(os.path.join(out, "alerts.ndjson")))
            print(f"run {i + 1}: {summary['events']:,} events, {m['events_per_cpu_s']:,.0f} per CPU-second, RSS {memory[-1]:.0f} MiB")
            for s in m["stages"]:
                if s["records"] or s["ns"]:
                    per = s["ns"] / s["records"] if s["records"] else 0
                    print(f"    {s['stage']:8} {s['records']:>10,} records {s['ns'] / 1e6:9.1f} ms {per:8.0f} ns each")
        if len(digests) != 1:
            sys.exit("the runs' alerts differ: no figure is recorded")
        record("pipeline_events_per_cpu_s", statistics.median(rates), "events/CPU-s", 100000, 400000, "make bench")
        if args.kafka:
            kafka_runs(args, tmp, world)


def kafka_runs(args, tmp, world):
    """The same events from a topic, ledger and outputs on topics."""
    rates = []
    files = sorted(f for f in os.listdir(world) if f.endswith(".ndjson"))
    lines = 0
    for f in files:
        run(["kcat", "-b", args.kafka, "-P", "-t", "bench.in." + f.split(".")[0], "-l", os.path.join(world, f)])
    for i in range(args.runs):
        config = os.path.join(tmp, f"kafka{i}.toml")
        topics = ", ".join(f'"bench.in.{f.split(".")[0]}"' for f in files)
        with open(config, "w") as out:
            out.write(f"""
[pipeline]
partitions = 4
data_dir = "{tmp}/kafka{i}"
[[source]]
name = "bench"
kind = "kafka"
bootstrap = "{args.kafka}"
topics = [{topics}]
clock = "record"
bounded = true
[ledger]
kind = "kafka"
bootstrap = "{args.kafka}"
topic = "bench.ledger.{i}"
[output]
kind = "kafka"
bootstrap = "{args.kafka}"
alerts = "bench.alert.{i}"
late = "bench.late.{i}"
dlq = "bench.dlq.{i}"
""")
        summary = json.loads(run([BINARY, "run", "--config", config, "--json"]))
        m = summary["measured"]
        lines = summary["events"]
        rates.append(m["events_per_cpu_s"])
        print(f"kafka run {i + 1}: {lines:,} events, {m['events_per_cpu_s']:,.0f} per CPU-second")
    record("pipeline_kafka_events_per_cpu_s", statistics.median(rates), "events/CPU-s", 80000, 400000, "make bench")


if __name__ == "__main__":
    main()

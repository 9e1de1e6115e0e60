#!/usr/bin/env python3
"""Whole-pipeline figures, all detectors on: events per CPU-second on the file log and through a real Kafka broker, memory at a
million keys, event to alert, and malformed records lost.

Runs the real binary several times and records medians with tools/figures.py. Before any timing is believed, the runs' alerts are
compared: byte by byte from files, by their number through the broker (its order of records is not ours). The broker is started
here, on the loopback, and ended here.

  bench/pipeline.py [--runs N] [--shops N] [--days N] [--only file|kafka|memory|malformed|allocations]
"""
import argparse
import hashlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BINARY = os.path.join(ROOT, "out", "bin", "brushwatch")
COMMAND = "make bench"
DETECTOR_STAGES = ("parcel", "shop", "party", "ring")


def run(argv, **kw):
    done = subprocess.run(argv, capture_output=True, text=True, **kw)
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)}\nexit {done.returncode}\n{done.stderr}")
    return done.stdout


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def record(figure, value, unit, floor, goal, what):
    subprocess.run([sys.executable, os.path.join(ROOT, "tools", "figures.py"), "record", "--id", figure, "--value", f"{value:.6g}",
                    "--unit", unit, "--floor", str(floor), "--goal", str(goal), "--command", COMMAND, "--what", what], check=True)
    print(f"{figure:36} {value:12,.1f} {unit}")


def replay(out, *argv):
    return json.loads(run([BINARY, "replay", "--out", out, "--json", "-q", *argv]))


def file_runs(args, tmp, world):
    rates, chains, latencies, digests = [], [], [], set()
    for i in range(args.runs):
        out = os.path.join(tmp, f"r{i}")
        summary = replay(out, "--input", world)
        m = summary["measured"]
        rates.append(m["events_per_cpu_s"])
        digests.add(digest(os.path.join(out, "alerts.ndjson")))
        print(f"run {i + 1}: {summary['events']:,} events, {m['events_per_cpu_s']:,.0f} per CPU-second, "
              f"{m['peak_live_rows']:,} rows, RSS {m['peak_rss_bytes'] / 2**20:.0f} MiB")
        # Nothing is decoded from JSON beside it: a thread that does takes from the fold what cores share, and the figure is by core.
        alone = replay(os.path.join(tmp, f"alone{i}"), "--ledger", os.path.join(out, "ledger"), "--threads", "1")
        digests.add(digest(os.path.join(tmp, f"alone{i}", "alerts.ndjson")))
        chains.append(sum(s["ns"] for s in alone["measured"]["stages"] if s["stage"] in DETECTOR_STAGES) / alone["events"])
        for s in m["stages"]:
            if s["records"] or s["ns"]:
                per = s["ns"] / s["records"] if s["records"] else 0
                print(f"    {s['stage']:8} {s['records']:>10,} records {s['ns'] / 1e6:9.1f} ms {per:8.0f} ns each")
        demo = json.loads(run([BINARY, "demo", "--out", os.path.join(tmp, f"demo{i}"), "--json"]))
        latencies.append(demo["summary"]["measured"]["event_to_alert_p99_ms"])
    if len(digests) != 1:
        sys.exit("the runs' alerts differ: no figure is recorded")
    # 400 k is the goal of the whole pipeline; the floor is a quarter of it, the first figure that was ever measured.
    record("pipeline_events_per_cpu_s", statistics.median(rates), "events/CPU-s", 100000, 400000,
           f"whole pipeline from NDJSON to alerts, file log, {args.shops} shops × {args.days} days")
    record("detector_chain_ns", statistics.median(chains), "ns", 2000, 800,
           "folding a ledger at parcel, shop, party and ring, all detectors, by event of the input, one thread's wall time")
    record("event_to_alert_p99_ms", statistics.median(latencies), "ms", 100, 20, "demo: first record of a round read → its alerts in the file")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def kafka_runs(args, tmp, world):
    """The same events from topics, ledger and outputs on topics."""
    broker_dir = os.path.join(tmp, "broker")
    script = os.path.join(ROOT, "tools", "kafka", "broker.sh")
    # The broker's own words go to its log; a pipe would stay open as long as it lives.
    subprocess.run([script, "start", broker_dir, port := str(free_port()), str(free_port())], check=True, stdout=subprocess.DEVNULL)
    bootstrap = f"127.0.0.1:{port}"
    try:
        files = sorted(f for f in os.listdir(world) if f.endswith(".ndjson"))
        topics = ["bench.in." + f.split(".")[0] for f in files]
        rates, sets = [], set()
        for i in range(args.runs):
            config = os.path.join(tmp, f"kafka{i}.toml")
            with open(config, "w", encoding="utf-8") as out:
                out.write(f"""
[pipeline]
partitions = 4
data_dir = "{tmp}/kafka{i}"
[[source]]
name = "bench"
kind = "kafka"
bootstrap = "{bootstrap}"
topics = {json.dumps(topics)}
clock = "record"
bounded = true
[ledger]
kind = "kafka"
bootstrap = "{bootstrap}"
topic = "bench.ledger.{i}"
[output]
kind = "kafka"
bootstrap = "{bootstrap}"
alerts = "bench.alert.{i}"
late = "bench.late.{i}"
dlq = "bench.dlq.{i}"
cases = "bench.cases.{i}"
lists = "bench.lists.{i}"
credit = "bench.credit.{i}"
""")
            run([BINARY, "topics", "apply", "--config", config])
            if i == 0:
                for f, topic in zip(files, topics):
                    run(["kcat", "-b", bootstrap, "-P", "-t", topic, "-p", "0", "-l", os.path.join(world, f)])
            summary = json.loads(run([BINARY, "run", "--config", config, "--json"]))
            m = summary["measured"]
            rates.append(m["events_per_cpu_s"])
            sets.add(summary["alerts"])
            print(f"kafka run {i + 1}: {summary['events']:,} events, {summary['alerts']} alerts, {m['events_per_cpu_s']:,.0f} per CPU-second")
        if len(sets) != 1:
            sys.exit("the runs' alerts differ: no figure is recorded")
        record("pipeline_kafka_events_per_cpu_s", statistics.median(rates), "events/CPU-s", 80000, 400000,
               "the same, events, ledger and alerts on a real broker")
    finally:
        run([script, "stop", broker_dir])


def token(kind, n):
    """A pseudonym as the world writes them: a letter and twelve of the alphabet."""
    alphabet = "23456789abcdefghijkmnpqrstuvwxyz"
    digits = int.from_bytes(hashlib.sha256(f"{kind}{n}".encode()).digest()[:8], "big")
    return kind + "".join(alphabet[digits >> 5 * i & 31] for i in range(12))


def memory_run(_args, tmp, _world):
    """Orders from ever new devices, payers and rooms until a million rows live; the cap is the default one."""
    folder = os.path.join(tmp, "keys")
    os.makedirs(folder)
    orders = 360_000
    with open(os.path.join(folder, "orders.ndjson"), "w", encoding="utf-8") as out:
        start = 1_790_000_000_000
        for n in range(orders):
            t = start + n * 240
            out.write(json.dumps({
                "type": "order.paid", "source": "pdd", "event_time": t, "ingest_time": t + 200, "order_id": str(n), "shop_id": f"S{n % 3000}",
                "buyer_pid": token("b", n), "payer_pid": token("y", n), "device_pid": token("d", n), "room_token": token("r", n),
                "total_fen": 5000 + n % 977, "paid_fen": 5000 + n % 977}) + "\n")
    summary = replay(os.path.join(tmp, "keys-out"), "--input", folder)
    m = summary["measured"]
    if summary["dead_letters"]:
        sys.exit(f"{summary['dead_letters']} of the orders were refused: this is no measurement")
    print(f"memory: {summary['events']:,} orders, {m['peak_live_rows']:,} live rows at the peak, RSS {m['peak_rss_bytes'] / 2**20:.0f} MiB")
    if m["peak_live_rows"] < 1_000_000:
        sys.exit("fewer than a million rows: this is no measurement")
    # Ten million keys are to fit into 1 GiB (issue of the engine), so one million has to as well; half of it is the cap of the rows.
    record("rss_1m_keys_mib", m["peak_rss_bytes"] / 2**20, "MiB", 1024, 640, "peak RSS with over a million live rows, default cap of 512 MiB for hot ones")


def said_by_test(name, what, *options):
    """A test that counts prints `what=number`; it is asked rather than counted again here."""
    out = run([os.path.join(ROOT, "build", "release", "tests", name), *options], cwd=ROOT)
    value = next((line.split("=")[1] for line in out.splitlines() if line.startswith(what + "=")), None)
    if value is None:
        sys.exit(f"the test {name} did not say {what}")
    return float(value)


def malformed_run(_args, _tmp, _world):
    record("malformed_lost", said_by_test("integration", "malformed_lost", "--gtest_filter=Malformed.*"), "records", 0, 0,
           "of 10,000 malformed records, neither dead letter nor accounted for")


def allocations_run(_args, _tmp, _world):
    record("allocations_per_event", said_by_test("allocations", "allocations_per_event"), "allocations", 0.02, 0,
           "steady state, all detectors; what is left are the buffers of frames, by events")


PARTS = {"file": file_runs, "kafka": kafka_runs, "memory": memory_run, "malformed": malformed_run, "allocations": allocations_run}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--shops", type=int, default=2000)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--only", choices=PARTS, action="append")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="brushwatch-bench-") as tmp:
        world = os.path.join(tmp, "world")
        run([BINARY, "generate", "--seed", "7", "--shops", str(args.shops), "--days", str(args.days), "--out", world, "-q"])
        for part in args.only or PARTS:
            PARTS[part](args, tmp, world)


if __name__ == "__main__":
    main()

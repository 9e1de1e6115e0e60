#!/usr/bin/env python3
"""Memory under many keys: a live run that reads orders of ever new devices, payers, rooms and buyers, and its resident set.

  bench/memory.py keys   10 million live keys with the default memory_mib; also how long a start with them takes
  bench/memory.py start  from exec to ready on the state of a province of 2,000 shops, median of nine starts
  bench/memory.py days   a month of 150 shops: bytes of stored shop rows for each day on which a shop had an order, a review or a view
  bench/memory.py bomb   50 million ids thrown at an honest province: the resident set over memory_mib, and what became of the province's
                         alerts (they are compared with a run without the bomb)
  --scale 0.01           the same, smaller; nothing is recorded

The orders are written to the folder of --tmp (default: the system's): 0.7 GB for keys, 4 GB for bomb, and as much again for ledger and
state. Keys and start run live, because at the end of a bounded input all windows close at once, which no live run does; the bomb is a
replay, so that both of its runs have one order.
"""
import argparse
import atexit
import json
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / "out" / "bin" / "brushwatch"
KEYS_AN_ORDER = 4  # buyer, payer, device, room
START_MS = 1_790_000_000_000
ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"
PAIRS = [a + b for a in ALPHABET for b in ALPHABET]
MASK = (1 << 64) - 1
SHOP = re.compile(r'"shop_id":"([^"]+)"')
DAY_MS, SHANGHAI_MS = 86_400_000, 8 * 3_600_000
INGEST_TIME = re.compile(r'"ingest_time":(\d+)')


def token(kind, n):
    """A pseudonym as the world writes them: a letter and twelve of the alphabet."""
    x = (n * 0x9E3779B97F4A7C15 + ord(kind) * 0xBF58476D1CE4E5B9) & MASK
    x ^= x >> 31
    x = x * 0x94D049BB133111EB & MASK
    x ^= x >> 29
    return kind + "".join(PAIRS[x >> shift & 1023] for shift in (0, 10, 20, 30, 40, 50))


def write_orders(path, count, start_ms, span_ms):
    """Every one from a buyer, payer, device and room of its own, to 3,000 shops, evenly over the span."""
    with open(path, "w", encoding="utf-8") as out:
        for n in range(count):
            t = start_ms + span_ms * n // count
            paid = 5000 + n % 977
            out.write(f'{{"type":"order.paid","source":"bomb","event_time":{t},"ingest_time":{t + 200},"order_id":"{n}","shop_id":"S{n % 3000}",'
                      f'"buyer_pid":"{token("b", n)}","payer_pid":"{token("y", n)}","device_pid":"{token("d", n)}","room_token":"{token("r", n)}",'
                      f'"total_fen":{paid},"paid_fen":{paid}}}\n')


class LiveRun:
    """`brushwatch run` over growing files, asked over HTTP."""

    def __init__(self, folder, files):
        self.folder = pathlib.Path(folder)
        sources = "".join(f'[[source]]\nname = "s{i}"\npath = "{path}"\nclock = "record"\nfollow = true\n' for i, path in enumerate(files))
        config = self.folder / "run.toml"
        config.write_text(f'[pipeline]\ndata_dir = "{folder}/data"\n{sources}[http]\nenabled = true\nport = 0\n[log]\nformat = "json"\n', encoding="utf-8")
        self.process = None
        atexit.register(self.kill)
        self.command = [str(BINARY), "run", "--config", str(config)]
        self.log = self.folder / "run.log"
        self.start()

    def start(self):
        started = time.monotonic()
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=open(self.log, "ab"))  # noqa: SIM115
        self.url = None
        while True:
            if self.process.poll() is not None:
                sys.exit(f"the run stopped with {self.process.returncode}: {self.log.read_text(errors='replace')[-2000:]}")
            found = re.findall(r"^http://\S+", self.log.read_text(errors="replace"), re.M)
            if found and found[-1] != self.url:
                try:
                    with urllib.request.urlopen(found[-1] + "/readyz", timeout=5) as answer:
                        if answer.status == 200:
                            self.url = found[-1]
                            break
                except OSError:
                    pass
            time.sleep(0.005)
        self.ready_s = time.monotonic() - started

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def metric(self, name):
        with urllib.request.urlopen(self.url + "/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        values = [float(line.rsplit(" ", 1)[1]) for line in lines if re.match(rf"{name}(\{{|\s)", line)]
        if not values:
            sys.exit(f"the run has no metric {name}")
        return sum(values)

    def series(self):
        with urllib.request.urlopen(self.url + "/metrics", timeout=30) as answer:
            return sum(1 for line in answer.read().decode("utf-8").splitlines() if line and not line.startswith("#"))

    def until_read(self, events):
        last = 0
        while True:
            if self.process.poll() is not None:
                sys.exit(f"the run stopped with {self.process.returncode}: {self.log.read_text(errors='replace')[-2000:]}")
            now = self.metric("brushwatch_pipeline_events_total")
            folded = self.metric("brushwatch_stage_records_total") if now >= events else 0
            if now >= events and folded == last:
                return
            last = folded
            print(f"\r{now:14,.0f} of {events:,} events, {self.metric('brushwatch_state_rows'):14,.0f} rows, {self.resident_mib():6,.0f} MiB", end="", file=sys.stderr, flush=True)
            time.sleep(1)

    def resident_mib(self, peak=False):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(rf"{'VmHWM' if peak else 'VmRSS'}:\s+(\d+)", text)[1]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=600) != 0:
            sys.exit(f"after SIGTERM the run ended with {self.process.returncode}: {self.log.read_text(errors='replace')[-2000:]}")
        print(file=sys.stderr)


def record(args, figure, value, unit, floor, goal, what):
    print(f"{figure:28} {value:12,.1f} {unit}   {what}")
    if args.scale == 1:
        subprocess.run([sys.executable, ROOT / "tools" / "figures.py", "record", "--id", figure, "--value", f"{value:.6g}", "--unit", unit, "--floor", str(floor),
                        "--goal", str(goal), "--command", f"bench/memory.py {args.part}", "--what", what], check=True)


def keys(args, tmp):
    orders = int(10_200_000 * args.scale / KEYS_AN_ORDER)
    write_orders(tmp / "orders.ndjson", orders, START_MS, 86_400_000)
    run = LiveRun(tmp, [tmp / "orders.ndjson"])
    run.until_read(orders)
    rows, peak, series = run.metric("brushwatch_state_rows"), run.resident_mib(peak=True), run.series()
    if args.scale == 1 and rows < 10_000_000:
        sys.exit(f"{rows:,.0f} live rows: this is no measurement of ten million")
    run.stop()
    record(args, "rss_10m_keys_mib", peak, "MiB", 1024, 768, f"peak RSS of a live run with {rows:,.0f} live keys, default memory_mib")
    record(args, "series_at_10m_keys", series, "series", 2000, 1000, f"series at /metrics of a live run with {rows:,.0f} live keys")
    run.start()
    print(f"a start with these keys: {run.ready_s:.2f} s until ready, {run.resident_mib():,.0f} MiB")
    run.stop()


def live_world(tmp, shops, days):
    """A run that has read a generated world, and its lines."""
    world = tmp / "world"
    subprocess.run([BINARY, "generate", "--seed", "7", "--shops", str(shops), "--days", str(days), "--out", world, "-q"], check=True)
    # One file in the order of arrival: files that are read side by side as fast as they go would make each other late.
    lines = [line for f in sorted(world.glob("*.ndjson")) for line in f.open(encoding="utf-8")]
    lines.sort(key=lambda line: int(INGEST_TIME.search(line)[1]))
    (tmp / "all.ndjson").write_text("".join(lines), encoding="utf-8")
    run = LiveRun(tmp, [tmp / "all.ndjson"])
    run.until_read(len(lines))
    return run, lines


def days(args, tmp):
    program = ROOT / "build" / "release" / "bench" / "bench_state_bytes"
    subprocess.run(["cmake", "--build", ROOT / "build" / "release", "--target", "bench_state_bytes"], check=True, stdout=subprocess.DEVNULL)
    run, lines = live_world(tmp, int(150 * args.scale), 30)
    run.stop()
    active = {(shop[1], (int(INGEST_TIME.search(line)[1]) + SHANGHAI_MS) // DAY_MS) for line in lines if (shop := SHOP.search(line)) and '"type":"ref.' not in line}
    stages = [json.loads(line) for line in subprocess.run([program, tmp / "data" / "state"], check=True, capture_output=True, text=True).stdout.splitlines()]
    for stage in stages:
        print(f"{stage['stage']:10} {stage['rows']:>10,} rows {stage['bytes']:>13,} B stored, {stage['bytes'] / stage['rows']:8,.0f} B a row")
    shop = next(stage for stage in stages if stage["stage"] == "shop")
    record(args, "state_bytes_per_shop_day", shop["bytes"] / len(active), "B", 120, 80,
           f"stored rows of {shop['rows']:,} shops after a month, over {len(active):,} days on which one of them had an event")


def start(args, tmp):
    run, _ = live_world(tmp, int(2000 * args.scale), 3)
    rows = run.metric("brushwatch_state_rows")
    run.stop()
    times = []
    for _ in range(9):
        run.start()
        times.append(1000 * run.ready_s)
        run.stop()
    record(args, "cold_start_ms", statistics.median(times), "ms", 300, 150, f"exec to ready, state of {rows:,.0f} rows after a clean stop, its outputs checked; {min(times):.0f} to {max(times):.0f} ms")


def alerts_of(path, keep):
    """The identity of each alert about the province: what it says, without where it stands in the chain."""
    out = set()
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        alert = json.loads(line)
        if alert.get("type") == "alert" and keep(alert):
            out.add((alert["subject"]["id"] if isinstance(alert.get("subject"), dict) else alert.get("subject"), alert.get("direction")))
    return out


def bomb(args, tmp):
    orders = int(50_000_000 * args.scale / KEYS_AN_ORDER)
    world = tmp / "world"
    subprocess.run([BINARY, "generate", "--seed", "7", "--shops", "400", "--days", "3", "--out", world, "-q"], check=True)
    files = sorted(world.glob("*.ndjson"))
    times = [json.loads(line)["ingest_time"] for line in (world / "orders.ndjson").read_text(encoding="utf-8").splitlines()]
    events = sum(1 for f in files for _ in f.open(encoding="utf-8"))
    subprocess.run([BINARY, "replay", "--input", world, "--out", tmp / "calm", "-q"], check=True)
    # The bomb goes first over the whole time of the province, merged with it by time: a replay, so that both runs have one order.
    attacked = tmp / "attacked"
    shutil.copytree(world, attacked, ignore=shutil.ignore_patterns("truth"))
    write_orders(attacked / "bomb.ndjson", orders, min(times), max(times) - min(times))
    process = subprocess.Popen([BINARY, "replay", "--input", attacked, "--out", tmp / "stormy", "--memory-mib", str(args.memory_mib), "--json", "-q"], stdout=subprocess.PIPE, text=True)
    peak = 0.0
    while process.poll() is None:
        try:
            text = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
            peak = int(re.search(r"VmHWM:\s+(\d+)", text)[1]) / 1024
        except (OSError, TypeError):
            pass
        time.sleep(1)
    if process.returncode != 0:
        sys.exit(f"the attacked replay ended with {process.returncode}: it measures nothing")
    summary = json.loads(process.stdout.read())
    if summary["events"] < events + orders:
        sys.exit(f"{summary['events']:,} of {events + orders:,} events were folded: this is no measurement of the bomb")
    print(f"{summary['events']:,} events ({events:,} of the province), {summary['measured']['peak_live_rows']:,} live rows, peak RSS {peak:,.0f} MiB")
    province = lambda alert: "bomb" not in json.dumps(alert.get("subject"))
    calm, stormy = alerts_of(tmp / "calm" / "alerts.ndjson", province), alerts_of(tmp / "stormy" / "alerts.ndjson", province)
    kept = len(calm & stormy) / max(1, len(calm))
    cap = args.memory_mib
    record(args, "bomb_rss_over_cap_pct", max(0.0, 100 * (peak / cap - 1)), "%", 5, 0, f"{KEYS_AN_ORDER * orders:,} ids; peak RSS {peak:,.0f} MiB, memory_mib {cap}")
    record(args, "bomb_alerts_kept_pct", 100 * kept, "%", 99, 100, f"alerts of the province that the bomb left as they were, {len(calm)} without it")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=("keys", "start", "days", "bomb"))
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--memory-mib", type=int, default=1024, help="of the bomb's run")
    parser.add_argument("--tmp")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="brushwatch-memory-", dir=args.tmp) as tmp:
        {"keys": keys, "start": start, "days": days, "bomb": bomb}[args.part](args, pathlib.Path(tmp))


if __name__ == "__main__":
    main()

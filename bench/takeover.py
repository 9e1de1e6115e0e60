#!/usr/bin/env python3
"""How long nobody watches: takeover by a standby, restart with local state, restore elsewhere.

  takeover_s           the group has given the lead to a standby → it writes ledger and outputs; leader killed under load
  kill_to_alert_s      kill -9 → the next alert line is in the topic; the same instance is started again at once, over its own state
  restore_10m_keys_s   a snapshot of ten million live keys, carried elsewhere: checked, copied, opened, the ledger behind it folded

Medians of several runs on a broker that is started here. Before a figure is believed, what the topics hold is compared with a fold
of the ledger. Records with tools/figures.py; --dry only prints.

  bench/takeover.py [--runs 3] [--keys 10000000] [--only takeover|restart|restore] [--dry]
"""

import argparse
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True

from prove import instances  # noqa: E402

BINARY = ROOT / "build" / "release" / "bin" / "brushwatch"
BUILD_KEYS = ["cmake", "--build", str(ROOT / "build" / "release"), "--target", "bench_keys"]
KEYS = ROOT / "build" / "release" / "bench" / "bench_keys"
TOOK_OVER = re.compile(r"writer epoch \d+, ([0-9.]+) s after")


def record(arguments, figure, value, floor, goal, what):
    print(f"{figure:24} {value:8.3f} s")
    if not arguments.dry:
        subprocess.run([sys.executable, str(ROOT / "tools" / "figures.py"), "record", "--id", figure, "--value", f"{value:.6g}", "--unit", "s", "--floor", str(floor),
                        "--goal", str(goal), "--command", "bench/takeover.py", "--what", what], check=True)


def checked(group):
    difference, repeats, lines = group.difference()
    if difference:
        sys.exit(f"no figure is recorded: {difference}")
    return repeats, lines


def takeovers(arguments, folder, brokers):
    rows, seconds, from_kill = instances.golden_world(), [], []
    for run in range(arguments.runs):
        group = instances.Group(BINARY, folder / f"takeover{run}", brokers, f"takeover{run}")
        leader = group.instance("a").start()
        if not leader.wait_for("ready"):
            sys.exit(leader.text())
        standby = group.instance("b").start()
        standby.wait_for("standing_by")
        feeder = group.feed(rows, 100)
        time.sleep(0.5)  # under load
        killed = time.monotonic()
        leader.end()
        if not standby.wait_for("took_over"):
            sys.exit(standby.text())
        from_kill.append(time.monotonic() - killed)
        seconds.append(float(TOOK_OVER.search(standby.text()).group(1)))
        feeder.join()
        group.settle()
        repeats, lines = checked(group)
        print(f"takeover {run + 1}: {seconds[-1]:.3f} s after detection, {from_kill[-1]:.3f} s after the kill (session {group.session_ms} ms), {lines} lines, {repeats} repeated")
        group.close()
    record(arguments, "takeover_s", statistics.median(seconds), 1.0, 0.3, "standby: the group has given it the lead → it writes; leader killed under load, one broker")


class Arrivals:
    """The moments at which lines arrive in a topic."""

    def __init__(self, group, role):
        self.times = []
        self.process = subprocess.Popen(["kcat", "-b", group.brokers.bootstrap, "-C", "-t", group.topic(role), "-o", "beginning", "-q", "-u", "-X", "fetch.wait.max.ms=10"],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for _ in self.process.stdout:
            self.times.append(time.monotonic())

    def close(self):
        self.process.kill()
        self.process.wait()


def first_alert(folder, brokers):
    """How much of the world may be sent without an alert."""
    rows = instances.golden_world()
    group = instances.Group(BINARY, folder / "dry", brokers, "dry", standby=False)
    group.instance("a").start().wait_for("ready")
    low, step = 0, len(rows) // 12
    while low < len(rows) and not group.received("alerts"):
        group.send(rows[low:low + step])
        low += step
        group.settle()
    group.close()
    return max(0, low - step)


def restarts(arguments, folder, brokers):
    rows, seconds = instances.golden_world(), []
    before = first_alert(folder, brokers)
    for run in range(arguments.runs):
        group = instances.Group(BINARY, folder / f"restart{run}", brokers, f"restart{run}", standby=False)
        one = group.instance("a").start()
        if not one.wait_for("ready"):
            sys.exit(one.text())
        group.send(rows[:before])
        group.settle()
        arrivals = Arrivals(group, "alerts")
        time.sleep(2)  # until the reader reads: what it has to wait for is not ours
        if arrivals.times:
            sys.exit("an alert came too early to be measured")
        killed = time.monotonic()
        one.end()
        one.start()
        group.send(rows[before:])
        until = time.monotonic() + instances.READY_S
        while not arrivals.times and time.monotonic() < until:
            time.sleep(0.001)
        if not arrivals.times:
            sys.exit(f"no alert came: {one.text()}")
        seconds.append(arrivals.times[0] - killed)
        arrivals.close()
        group.settle()
        _, lines = checked(group)
        print(f"restart {run + 1}: {seconds[-1]:.3f} s from the kill to the next alert, {lines} lines")
        group.close()
    record(arguments, "kill_to_alert_s", statistics.median(seconds), 2.0, 0.5, "kill -9 → next alert in its topic; the same instance started again at once, with its local state")


def restores(arguments, folder):
    if not KEYS.exists():
        subprocess.run(BUILD_KEYS, check=True, stdout=subprocess.DEVNULL)
    here = folder / "here"
    started = time.monotonic()
    made = subprocess.run([KEYS, here, str(arguments.keys)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        sys.exit(made.stderr)
    rows = int(made.stdout)
    if rows < arguments.keys:
        sys.exit(f"{rows} rows of {arguments.keys}")
    print(f"state of {rows:,} rows made in {time.monotonic() - started:.0f} s")
    created = subprocess.run([BINARY, "snapshot", "create", "--state", here / "state", "--to", folder / "snapshots", "--json"], capture_output=True, text=True, check=True)
    snapshot = json.loads(created.stdout)
    shutil.rmtree(here / "state")  # elsewhere there is none, and the copy is no longer the same file
    seconds = []
    for run in range(arguments.runs):
        out = folder / f"there{run}"
        begun = time.monotonic()
        done = subprocess.run([BINARY, "replay", "--ledger", here / "ledger", "--restore", snapshot["snapshot"], "--out", out, "--json", "--quiet"], capture_output=True, text=True, check=False)
        seconds.append(time.monotonic() - begun)
        if done.returncode != 0:
            sys.exit(done.stderr)
        live = json.loads(done.stdout)["measured"]["live_rows"]
        if live < arguments.keys:
            sys.exit(f"only {live} rows are there after the restore")
        print(f"restore {run + 1}: {seconds[-1]:.1f} s, {live:,} rows, {snapshot['bytes'] / 2**20:.0f} MiB")
        shutil.rmtree(out)
    record(arguments, "restore_10m_keys_s", statistics.median(seconds), 60, 20, f"snapshot of {rows:,} live keys ({snapshot['bytes'] / 2**20:.0f} MiB) checked, copied, opened elsewhere")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keys", type=int, default=10_000_000)
    parser.add_argument("--only", choices=("takeover", "restart", "restore"))
    parser.add_argument("--dry", action="store_true", help="record nothing")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="brushwatch-takeover-"))
    brokers = None
    try:
        if arguments.only != "restore":
            brokers = instances.Brokers(1)
            if arguments.only != "restart":
                takeovers(arguments, folder, brokers)
            if arguments.only != "takeover":
                restarts(arguments, folder, brokers)
        if arguments.only in (None, "restore"):
            restores(arguments, folder)
    finally:
        if brokers:
            brokers.close()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Plants faults into healthy live runs, checks that the overview names each, and draws what it shows: docs/pictures/fault-*.png, for
docs/operating/faults.{en,zh}.md.

Usage: faults.py [--binary FILE] [slow_disk stuck_partition poisoned_source silent_detector switched_off]   default: all

A run is healthy first: every number on top of the overview is green at one moment, or the run fails. Then the fault is planted. Exit code 1
unless there comes a moment at which the number that should name the fault is red and names it, what must follow from it may be red, too, and
everything else is green. That moment is the picture. Each run takes about three minutes. slow_disk needs root: it uses a control group.
"""

import argparse
import json
import os
import pathlib
import sys
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import preview  # noqa: E402
import rig as rigs  # noqa: E402
from lint import panels_of  # noqa: E402

# Detectors need days of a world to have a pace: so much of a run is healthy at least. Afterwards the half minute of a rate must be full of the
# fault. The world lasts longer than both and the patience with them.
HEALTHY_S, FAULTY_S, PATIENCE_S = 60, 40, 150
SEEN_S = 150  # of the picture
GREEN = "#73bf69"
# Where the disk is not the question, what others do to it shall not be in the picture.
MEMORY = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None


def filled(expr):
    """The variables as Grafana would fill them in for a scrape every seven seconds: rates over half a minute."""
    return expr.replace("$__rate_interval", "30s").replace("$job", ".+").replace("$instance", ".+")


class SlowDisk:
    """So many writes a second for one process on the disk under a folder, by a control group (io of version 2, or blkio of version 1): a disk
    that is worn out or shared with a loud neighbour. Nothing else on the machine is slower."""

    def __init__(self, pid, folder, writes_per_s):
        self.pid, self.disk, self.writes_per_s = pid, disk_under(folder), writes_per_s
        if pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists():
            self.root, self.controller = pathlib.Path("/sys/fs/cgroup"), ""
            (self.root / "cgroup.subtree_control").write_text("+io")
            self.limit, self.value = "io.max", f"{self.disk} wiops={writes_per_s}"
        else:
            mounted = [line.split() for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
            self.root = next((pathlib.Path(m[1]) for m in mounted if m[2] == "cgroup" and "blkio" in m[3].split(",")), None)
            if self.root is None:
                raise RuntimeError("a slow disk needs the kernel's control groups for disks: io (version 2) or blkio (version 1)")
            self.controller = "blkio"
            self.limit, self.value = "blkio.throttle.write_iops_device", f"{self.disk} {writes_per_s}"

    def __enter__(self):
        groups = [line.split(":") for line in pathlib.Path(f"/proc/{self.pid}/cgroup").read_text(encoding="utf-8").splitlines()]
        before = next(path for _, controllers, path in groups if self.controller in controllers.split(","))
        self.before = self.root / before.lstrip("/") / "cgroup.procs"
        self.group = self.root / f"brushwatch-slow-disk-{self.pid}"
        self.group.mkdir()
        (self.group / self.limit).write_text(self.value)
        (self.group / "cgroup.procs").write_text(str(self.pid))

    def __exit__(self, *_):
        self.before.write_text(str(self.pid))
        self.group.rmdir()


def disk_under(folder):
    """"major:minor" of the whole disk: a control group does not know partitions."""
    device = os.stat(folder).st_dev
    block = pathlib.Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
    if not block.exists():
        raise RuntimeError(f"{folder} is not on a disk of its own that a control group could slow down")
    if (block / "partition").exists():
        block = block.parent
    return (block / "dev").read_text(encoding="utf-8").strip()


def slow_disk(rig, until):
    """The disk under the ledger and the state does four writes a second for the engine."""
    pid = next(process.pid for name, process in rig.processes if name == "run")
    with SlowDisk(pid, rig.folder, 4):
        until.wait()


def stuck_partition(rig, until):
    """One source partition sends the same old event again and again: not idle, and not moving."""
    old, n = rig.feed.moment, 0
    while not until.wait(1):
        n += 1
        line = json.dumps({"type": "order.paid", "source": "taobao", "event_time": old, "ingest_time": old, "order_id": f"O-{n}", "shop_id": "S-1", "buyer_pid": "b-1", "paid_fen": 100, "total_fen": 100})
        subprocess.run(["kcat", "-b", rig.broker, "-P", "-t", "brushwatch.in"], input=line + "\n", text=True, check=True, timeout=60)


def poisoned_source(rig, until):
    """A platform changed its format: a third of its records cannot be read."""
    rig.feed.bad, rig.feed.bad_every = 20, 1
    until.wait()


def silent_detector(rig, until):
    """The platforms no longer send reviews: every record that comes is good, and who lives on reviews says nothing more."""
    rig.feed.change = lambda line: b"" if line.startswith(b'{"type":"review.') else line
    until.wait()


def switched_off(rig, until):
    """An office switched D13 off, by an event in the ledger: silent by decision, and no fault."""
    now = rig.feed.moment
    rig.feed.post(json.dumps({"type": "rule.set", "source": "office", "event_time": now, "ingest_time": now, "name": "D13.enabled", "value": 0}).encode() + b"\n")
    until.wait()


class Fault:
    def __init__(self, plant, panel, names, *follows, red=True, lasts_s=FAULTY_S, on_disk=False):
        self.plant, self.panel, self.names, self.follows, self.red, self.lasts_s, self.on_disk = plant, panel, names, follows, red, lasts_s, on_disk


# Where the overview names it (the panel's English title), what it may say there, and which of the four answers on top follows from it.
FAULTS = {
    "slow_disk": Fault(slow_disk, "Slowest step", {"ledger", "epoch"}, "Event to alert, p99", on_disk=True),
    "stuck_partition": Fault(stuck_partition, "Holds event time back", {"brushwatch.in/0"}, "Watermark lag"),
    "poisoned_source": Fault(poisoned_source, "Refused most", {"http"}, "Records refused"),
    # They look back a week, and are used to silences of a day or two: ten days of the world after the last review, of 6.7 s each.
    "silent_detector": Fault(silent_detector, "Too silent", {"D12", "D13", "D31"}),
    # As long as a silence takes to become red, and longer.
    "switched_off": Fault(switched_off, "Switched off", {"D13.enabled"}, red=False, lasts_s=90),
}


def top_of(dashboard, ask):
    """{title: (name, number as a person reads it, is it red)} of the numbers on top of the overview."""
    out = {}
    for panel in panels_of(dashboard):
        if panel["type"] != "stat":
            continue
        found = ask(panel["targets"][0]["expr"], False)
        value = float(found[0]["value"][1]) if found else float("nan")
        name = preview.name_of(found[0], panel["targets"][0].get("legendFormat")) if found else ""
        out[panel["title"]] = (name, preview.number(value, panel["fieldConfig"]["defaults"]["unit"]), value == value and preview.colour_of(panel, value) != GREEN)
    return out


def red_of(top):
    return {title for title, (_, _, red) in top.items() if red}


def told(top):
    return ", ".join(f"{title}: {name + ' ' if name else ''}{number}{' RED' if red else ''}" for title, (name, number, red) in top.items())


def moment(rig, dashboard, holds, least_s):
    """(whether there was a moment at which `holds`, when, the numbers then); the last one when there was none. Not before `least_s`."""
    began = time.monotonic()
    while True:
        time.sleep(1)
        at = time.time()
        top = top_of(dashboard, preview.asker(rig, filled, SEEN_S, at))
        spent = time.monotonic() - began
        if rig.feed.ended.is_set():
            raise RuntimeError("the world is over: everybody is silent now")
        if spent >= least_s and (holds(top) or spent >= least_s + PATIENCE_S):
            return holds(top), at, top


def run(name, fault, binary):
    dashboard = json.loads((HERE / "grafana" / "dashboards" / "en" / "overview.json").read_text(encoding="utf-8"))
    with rigs.Rig(rate=1500, days=50, binary=binary, now_after_s=HEALTHY_S + fault.lasts_s, within=None if fault.on_disk else MEMORY, settled=True) as rig:
        healthy, _, before = moment(rig, dashboard, lambda top: not red_of(top), HEALTHY_S)
        print(f"{name}: before: {told(before)}", flush=True)
        if not healthy:
            return False
        until = threading.Event()
        planted = threading.Thread(target=fault.plant, args=(rig, until))
        planted.start()

        def named(top):
            own = {fault.panel} if fault.red else set()
            return top[fault.panel][0] in fault.names and own <= red_of(top) <= own | set(fault.follows)

        try:
            seen, at, after = moment(rig, dashboard, named, fault.lasts_s)
            print(f"{name}: after: {told(after)}", flush=True)
            preview.draw(dashboard, "en", preview.asker(rig, filled, SEEN_S, at), f"fault-{name}")
            rules = sorted({found["metric"]["alertname"] + " (" + found["metric"]["alertstate"] + ")" for found in rig.query("ALERTS")})
        finally:
            until.set()
            planted.join()
        print(f"{name}: {'named' if seen else 'NOT NAMED'}; {', '.join(rules) or 'no rule pending'}", flush=True)
        return seen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faults", nargs="*", choices=[*FAULTS, []], help="default: all")
    parser.add_argument("--binary", default=str(rigs.BINARY))
    arguments = parser.parse_args()
    return 0 if all([run(name, FAULTS[name], arguments.binary) for name in arguments.faults or FAULTS]) else 1


if __name__ == "__main__":
    sys.exit(main())

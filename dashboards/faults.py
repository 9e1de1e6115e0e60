#!/usr/bin/env python3
"""Plants four faults into live runs and draws what the overview shows: docs/pictures/fault-*.png, for docs/guide/*/faults.md.
Exit code 1 when the overview does not name the fault.

Usage: faults.py [slow_output stuck_partition poisoned_source silent_detector]   default: all four
Each run takes about a minute and a half. The run is healthy first and faulty then, so that the picture shows the difference.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import preview  # noqa: E402
import rig as rigs  # noqa: E402
from lint import panels_of  # noqa: E402
from live import filled  # noqa: E402

HEALTHY_S, FAULTY_S = 35, 40


def slow_output(rig):
    """The broker of the outputs stands still for half of each second: what a slow disk under it looks like."""
    pid = next(process.pid for name, process in rig.processes if name == "broker")
    end = time.monotonic() + FAULTY_S
    while time.monotonic() < end:
        for way in (signal.SIGSTOP, signal.SIGCONT):
            os.kill(pid, way)
            time.sleep(0.5)


def stuck_partition(rig):
    """One source partition sends the same old event again and again: not idle, and not moving."""
    old = rig.feed.moment
    end = time.monotonic() + FAULTY_S
    n = 0
    while time.monotonic() < end:
        n += 1
        line = json.dumps({"type": "order.paid", "source": "taobao", "event_time": old, "ingest_time": old, "order_id": f"O-{n}", "shop_id": "S-1", "buyer_pid": "b-1", "paid_fen": 100, "total_fen": 100})
        subprocess.run(["kcat", "-b", rig.broker, "-P", "-t", "brushwatch.in"], input=line + "\n", text=True, check=True, timeout=60)
        time.sleep(1)


def poisoned_source(rig):
    """A platform changed its format: a third of its records cannot be read."""
    rig.feed.bad, rig.feed.bad_every = 20, 1
    time.sleep(FAULTY_S)


def silent_detector(rig):
    """A rule switched D16 off, by an event in the ledger."""
    now = rig.feed.moment
    rig.feed.post(json.dumps({"type": "rule.set", "source": "office", "event_time": now, "ingest_time": now, "name": "D16.enabled", "value": 0}).encode() + b"\n")
    time.sleep(FAULTY_S)


FAULTS = {"slow_output": slow_output, "stuck_partition": stuck_partition, "poisoned_source": poisoned_source, "silent_detector": silent_detector}
# What the first look at the overview must name, and where it stands: the panel's title in English, and the name in it.
NAMED = {"slow_output": ("Busiest step", "output"), "stuck_partition": ("Holds event time back", "brushwatch.in"), "poisoned_source": ("Refused most", "http"), "silent_detector": ("Detector most overdue", "D16")}


def main(wanted):
    missed = 0
    for name in wanted or FAULTS:
        plant = FAULTS[name]
        with rigs.Rig(rate=1500, days=12, now_after_s=HEALTHY_S + FAULTY_S) as rig:
            time.sleep(HEALTHY_S)
            thread = threading.Thread(target=plant, args=(rig,))
            thread.start()
            thread.join()
            dashboard = json.loads((HERE / "grafana" / "dashboards" / "en" / "overview.json").read_text(encoding="utf-8"))
            title, word = NAMED[name]
            panel = next(p for p in panels_of(dashboard) if p["title"] == title)
            told = preview.name_of(rig.query(filled(panel["targets"][0]["expr"]))[0], panel["targets"][0]["legendFormat"])
            missed += word not in told
            preview.draw(dashboard, "en", preview.asker(rig, filled, HEALTHY_S + FAULTY_S), f"fault-{name}")
            rules = sorted({found["metric"]["alertname"] + " (" + found["metric"]["alertstate"] + ")" for found in rig.query("ALERTS")})
            print(f"{name}: {title}: {told}; {', '.join(rules) or 'no rule pending'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

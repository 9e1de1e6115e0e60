#!/usr/bin/env python3
"""What 1.2 million events a second need, on paper, from figures that were measured: docs/figures.json → docs/performance/capacity.md.

  bench/capacity.py measure    one replay on this machine: the cost of an event at the door and in the folds, its bytes in the ledger
  bench/capacity.py render     writes the page from the figures
  bench/capacity.py check      exits 1 when the page is not what render would write, or the model does not give the measured rate
"""

import json
import math
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIGURES = ROOT / "docs" / "figures.json"
PAGE = ROOT / "docs" / "performance" / "capacity.md"
INSTRUCTIONS = ROOT / "bench" / "baselines" / "instructions.json"
BINARY = ROOT / "build" / "release" / "bin" / "brushwatch"

GOAL = 1_200_000  # events a second
# What a core is loaded with in a plan: the rest is for peaks, compaction, and a takeover's refold.
UTILISATION = 0.6
STANDBYS = 1
REPLICATION = 3
# The model's own rate against the measured one: beyond this it explains nothing.
TOLERANCE = 0.25


def figures():
    return {figure["id"]: figure for figure in json.loads(FIGURES.read_text(encoding="utf-8"))}


def record(identity, value, unit, what):
    subprocess.run([sys.executable, ROOT / "tools" / "figures.py", "record", "--id", identity, "--value", f"{value:.5g}", "--unit", unit, "--command", "bench/capacity.py measure", "--what", what], check=True)


def measure():
    with tempfile.TemporaryDirectory(prefix="brushwatch-capacity-") as folder:
        world, out = pathlib.Path(folder) / "world", pathlib.Path(folder) / "out"
        subprocess.run([BINARY, "generate", "--seed", "7", "--shops", "600", "--days", "2", "--out", world, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        done = subprocess.run([BINARY, "replay", "--input", world, "--out", out, "--threads", "1", "--json", "--quiet"], check=True, capture_output=True, text=True)
        summary = json.loads(done.stdout)
        events = summary["events"]
        cpu_ns = summary["measured"]["cpu_s"] * 1e9 / events
        ledger = sum(path.stat().st_size for path in (out / "ledger").rglob("*") if path.is_file()) / events
        source = sum(path.stat().st_size for path in world.glob("*.ndjson")) / events
    what = f"{events:,} events, 600 shops × 2 days, one folding thread"
    # How the CPU divides is counted in instructions: a busy machine cannot blur them.
    parts = json.loads(INSTRUCTIONS.read_text(encoding="utf-8"))["per_event"]
    record("event_cpu_ns", cpu_ns, "ns", f"CPU of an event from NDJSON to alerts: {what}")
    record("event_door_share_pct", 100 * parts["ingest"] / (parts["ingest"] + parts["fold"]), "%", "of an event's instructions, those at the door: reading, decoding, frames, ledger (bench/baselines)")
    record("event_source_bytes", source, "B", f"an event as JSON: {what}")
    record("event_ledger_bytes", ledger, "B", f"an event in the ledger: {what}")


def page(known):
    value = {name: known[name]["value"] for name in ("event_cpu_ns", "event_door_share_pct", "event_source_bytes", "event_ledger_bytes", "pipeline_events_per_cpu_s", "pipeline_kafka_events_per_cpu_s")}
    cpu, share, source, ledger = (value[name] for name in ("event_cpu_ns", "event_door_share_pct", "event_source_bytes", "event_ledger_bytes"))
    door, folds = cpu * share / 100, cpu * (1 - share / 100)
    modelled = 1e9 / cpu
    kafka_ns = 1e9 / value["pipeline_kafka_events_per_cpu_s"]
    broker_tax = max(0.0, kafka_ns - 1e9 / value["pipeline_events_per_cpu_s"])
    door_kafka = door + broker_tax  # the clients' threads work beside the door: their cost is CPU, and bounds the door from above
    ledgers = math.ceil(GOAL * door / 1e9 / UTILISATION)
    per_ledger = GOAL / ledgers
    leader_cores = per_ledger * (door_kafka + folds) / 1e9 / UTILISATION
    standby_cores = per_ledger * (folds + broker_tax / 2) / 1e9 / UTILISATION
    mib = 2**20
    into = GOAL * source / mib
    out = GOAL * ledger / mib
    commits = sorted({known[name]["commit"] for name in value})
    return f"""# Capacity: 1.2 million events a second, on paper

A model with measured inputs. It says what to provide, not what was run: no machine here has that many cores.
Written by `bench/capacity.py render` from `docs/figures.json`; do not edit.

## Inputs
| figure | value |
|---|---:|
| `event_cpu_ns`: CPU of an event from NDJSON to alerts | {cpu:,.0f} ns |
| `event_door_share_pct`: of it at the door (reading, decoding, frames, ledger), by instructions | {share:.0f} %: {door:,.0f} ns; in the folds {folds:,.0f} ns |
| `event_source_bytes`: an event as JSON | {source:,.0f} B |
| `event_ledger_bytes`: an event in the ledger | {ledger:,.0f} B |
| `pipeline_events_per_cpu_s`, `pipeline_kafka_events_per_cpu_s`: the whole, from files and through a broker | {value['pipeline_events_per_cpu_s']:,.0f}, {value['pipeline_kafka_events_per_cpu_s']:,.0f} |

Commits of these figures: {', '.join(f'`{commit}`' for commit in commits)}; machine: {known['event_cpu_ns']['machine']}.

## Is the model right where it can be checked?
An event's CPU gives {modelled:,.0f} events per CPU-second; the pipeline's own figure, of another world, is {value['pipeline_events_per_cpu_s']:,.0f}:
{100 * (modelled / value['pipeline_events_per_cpu_s'] - 1):+.0f} %. `bench/capacity.py check` fails beyond ±{100 * TOLERANCE:.0f} %.

## One ledger
Its door is one thread (rounds need one order): at {100 * UTILISATION:.0f} % of a core {UTILISATION * 1e9 / door:,.0f} events a second. Its folds spread over partitions and
threads. A broker in between costs {broker_tax:,.0f} ns an event more, on the client's own threads.

## 1.2 million events a second
| | value | from |
|---|---:|---|
| ledgers (docs/adr/0009) | {ledgers} | {GOAL:,} × door, at {100 * UTILISATION:.0f} % of a core each |
| events a second and ledger | {per_ledger:,.0f} | |
| cores of a leader | {leader_cores:.1f} | door, broker clients and folds, at {100 * UTILISATION:.0f} % |
| cores of a standby | {standby_cores:.1f} | folds and half of the clients' work: it reads one topic instead of two |
| cores in all | {ledgers * (leader_cores + STANDBYS * standby_cores):.0f} | {STANDBYS} standby a ledger |
| into the brokers | {into + out:,.0f} MiB/s | events {into:,.0f}, ledger {out:,.0f}; × {REPLICATION} on their disks: {REPLICATION * (into + out):,.0f} MiB/s |
| out of the brokers | {into + out * STANDBYS:,.0f} MiB/s | leaders read events, standbys read ledgers |
| ledger a day | {out * 86_400 / mib:,.1f} TiB | before replication; what is behind the oldest snapshot may go |

## What the model leaves out
A hot key: one partition folds on one thread. Uneven partitions: a round ends with its slowest. Memory and disks of the state: they
follow the number of live keys, not the rate (`rss_1m_keys_mib`). Alerts: a few a second.
"""


def main():
    verb = sys.argv[1] if len(sys.argv) == 2 else ""
    if verb == "measure":
        measure()
    if verb in ("measure", "render"):
        PAGE.write_text(page(figures()), encoding="utf-8")
        return 0
    if verb != "check":
        print(__doc__)
        return 2
    known = figures()
    modelled = 1e9 / known["event_cpu_ns"]["value"]
    off = modelled / known["pipeline_events_per_cpu_s"]["value"] - 1
    stale = PAGE.read_text(encoding="utf-8") != page(known)
    if stale:
        print("capacity: the page is not current; run bench/capacity.py render")
    if abs(off) > TOLERANCE:
        print(f"capacity: the model is {100 * off:+.0f} % off the measured rate")
    return 1 if stale or abs(off) > TOLERANCE else 0


if __name__ == "__main__":
    sys.exit(main())

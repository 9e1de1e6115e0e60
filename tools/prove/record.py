"""docs/reliability/ledger.jsonl: what was run, when, on which commit, and what came of it. Appended, never rewritten."""

import ctypes
import datetime
import json
import os
import subprocess
import sys

from prove.world import ROOT

LEDGER = ROOT / "docs" / "reliability" / "ledger.jsonl"
# figure id → (goal of the build item, less is better). A differing byte is never allowed: floor and goal 0.
FIGURES = {
    "kills_random": ("kills", 20_000), "kills_differing": ("kills", 0),
    "failpoint_cells": ("cells", None), "failpoint_cells_differing": ("cells", 0),
    "sim_seeds": ("seeds", 200_000), "sim_differing": ("seeds", 0), "planted_bugs_found": ("bugs", None),
    "flips": ("flips", 50_000), "flips_silent": ("flips", 0),
    "broker_engine_kills": ("kills", 1_000), "broker_kills": ("kills", 200), "broker_kills_differing": ("cases", 0), "zombies_fenced": ("zombies", 100), "network_faults": ("faults", None),
}
WHAT = {
    "kills_random": "SIGKILLs of the real engine at random times, each run compared byte by byte",
    "kills_differing": "runs after kills whose outputs differ from the uninterrupted run",
    "failpoint_cells": "failpoint × action cells and pairs in recovery, visited and compared",
    "failpoint_cells_differing": "cells after which outputs differ, or that hid an error",
    "sim_seeds": "seeds of the simulated log, store and outputs",
    "sim_differing": "seeds whose outputs differ, but for those that hold since a fault was mended (sim-mended in the ledger)",
    "planted_bugs_found": "planted bugs that the simulator finds",
    "flips": "bit flips and torn writes in ledger, outputs and state",
    "broker_engine_kills": "SIGKILLs of engines whose events, ledger and outputs are topics of a real broker",
    "broker_kills": "SIGKILLs of the real broker under running engines",
    "broker_kills_differing": "cases of either after which a topic lacks, doubles or changes a line",
    "zombies_fenced": "leaders stopped until another one led, then woken: each ended with E4030 and changed nothing",
    "network_faults": "requests and answers lost, cut, late, repeated or held between engine and real broker (tools/prove/wire.py)",
    "flips_silent": "flips after which an alert differs and nobody says so",
}


def commit():
    run = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    return run.stdout.strip() or "unknown"


# What every entry says beside its counts.
ABOUT = {}


def use_librdkafka(folder):
    """Everything that is started from now on finds this library first; entries name its version. None: the installed one."""
    if folder is None:
        return
    path = folder.resolve() / "lib"
    library = ctypes.CDLL(str(path / "librdkafka.so.1"))
    library.rd_kafka_version_str.restype = ctypes.c_char_p
    ABOUT["librdkafka"] = library.rd_kafka_version_str().decode()
    os.environ["LD_LIBRARY_PATH"] = str(path)
    print(f"librdkafka {ABOUT['librdkafka']}")


def append(part, **members):
    members = {**ABOUT, **members}
    LEDGER.parent.mkdir(parents=True, exist_ok=True)
    entry = {"time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), "commit": commit(), "part": part, **members}
    with LEDGER.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def entries(part=None):
    if not LEDGER.exists():
        return []
    lines = [json.loads(line) for line in LEDGER.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if part is None or line["part"] == part]


def next_number(part):
    """Where a long form goes on: one past the last case of this part that the ledger holds."""
    return max((entry.get("next", 0) for entry in entries(part)), default=0)


def figure(identity, value, command):
    unit, goal = FIGURES[identity]
    arguments = ["record", "--id", identity, "--value", str(value), "--unit", unit, "--command", command, "--what", WHAT[identity]]
    if goal is not None:
        arguments += ["--goal", str(goal)]
    if goal == 0:
        arguments += ["--floor", "0"]
    subprocess.run([sys.executable, str(ROOT / "tools" / "figures.py"), *arguments], check=True)

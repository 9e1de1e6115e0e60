#!/usr/bin/env python3
"""Tries every state × command × role × person on the machines of alert, case and list entry, and records what came of it.

  tools/explore_machines.py [--binary PATH] [--no-record]   prints the reachable set; exit 1 when a path is unsafe

Writes the figures machine_states_explored and machine_paths_unsafe (docs/figures.json).
"""

import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=ROOT / "build" / "release" / "bin" / "brushwatch")
    parser.add_argument("--no-record", action="store_true")
    options = parser.parse_args()
    done = subprocess.run([str(options.binary), "machines", "--explore", "--json"], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        sys.exit(f"explore_machines: {done.stderr.strip()}")
    found = json.loads(done.stdout)
    for machine in found["machines"]:
        print(f"{machine['machine']}: {machine['configurations']} configurations, {machine['tried']} acts tried, {machine['accepted']} taken")
        print("  " + " ".join(f"{state}:{count}" for state, count in sorted(machine["states"].items())))
        for path in machine["unsafe"]:
            print(f"  UNSAFE {path}")
    print(f"together {found['configurations']} configurations, {found['tried']} acts tried, {found['unsafe']} unsafe paths")
    if not options.no_record:
        command = "tools/explore_machines.py"
        record = [sys.executable, str(ROOT / "tools" / "figures.py"), "record", "--command", command]
        subprocess.run([*record, "--id", "machine_states_explored", "--value", str(found["configurations"]), "--unit", "configurations",
                        "--floor", "1000", "--goal", "1000",
                        "--what", f"reachable configurations of the alert, case and list-entry machines; {found['tried']} acts tried from them"], check=True)
        subprocess.run([*record, "--id", "machine_paths_unsafe", "--value", str(found["unsafe"]), "--unit", "paths", "--floor", "0", "--goal", "0",
                        "--what", "paths that list or confirm somebody without notice, two persons and a decision, or let the engine decide"], check=True)
    return 1 if found["unsafe"] else 0


if __name__ == "__main__":
    sys.exit(main())

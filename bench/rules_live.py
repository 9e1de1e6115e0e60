#!/usr/bin/env python3
"""How long after `rules apply` a change is in force on a running Kafka pipeline, and whether a replay meets it at the same place.

A broker and an instance are started here; a golden world goes through in a loop of small batches while rules change back and forth.
Each change is timed by `rules apply --watch`: from the send to the moment at which the instance's door tells the new version. Before the
figure is believed: the ledger holds each change once, every alert carries the version of its round, and the ledger folded in one go gives
the very bytes of the topics.

  bench/rules_live.py [--changes 40] [--dry]
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True

from prove import instances  # noqa: E402


class RulesGroup(instances.Group):
    """One instance that reads commands and has a door."""

    def configuration(self, name):
        text = super().configuration(name).replace('clock = "record"\n', 'clock = "record"\ncommands = true\n')
        return text + '[http]\nenabled = true\nport = 0\n[rules]\n"D19.min_parcels" = 2\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--binary", default=str(ROOT / "build" / "release" / "bin" / "brushwatch"))
    parser.add_argument("--dry", action="store_true")
    arguments = parser.parse_args()
    brokers = instances.Brokers(1)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="brushwatch-rules-"))
    try:
        group = RulesGroup(arguments.binary, folder, brokers, "rules", standby=False)
        one = group.instance("a").start()
        if not one.wait_for("ready"):
            sys.exit(one.text())
        door = re.search(r"http://(\S+)", one.text()).group(1)
        group.settle()  # the first round holds the configuration's rules: a change in it would make no version of its own
        feeder = group.feed(instances.golden_world(), 50)
        waited, versions = [], []
        for change in range(arguments.changes):
            file = folder / "new.toml"
            file.write_text(f'[rules]\nfusion.urgent_permille = {900 + change}\n[rules.D16]\nenabled = "{"shadow" if change % 2 else "on"}"\n')
            done = subprocess.run([arguments.binary, "rules", "apply", str(file), "--to", f"kafka://{brokers.bootstrap}/{group.topic('in')}", "--watch", door, "--json"],
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                sys.exit(done.stderr)
            answer = json.loads(done.stdout)
            waited.append(answer["visible_ms"])
            versions.append(answer["version"])
        fed = feeder.is_alive()
        feeder.join()
        group.settle()
        history = json.loads(subprocess.run([arguments.binary, "rules", "history", f"kafka://{brokers.bootstrap}/{group.topic('ledger')}", "--json"],
                                            capture_output=True, text=True, check=True).stdout)
        if [v["version"] for v in history[1:]] != versions:
            sys.exit(f"no figure is recorded: the ledger tells other versions than the door did: {[v['version'] for v in history]} and {versions}")
        first = [v["round"] for v in history]
        for line in group.received("alerts"):
            alert = json.loads(line)
            if "rules" not in alert:
                continue
            at = max(i for i, r in enumerate(first) if r <= alert["round"])
            if history[at]["version"] != alert["rules"]:
                sys.exit(f"no figure is recorded: a line of round {alert['round']} carries another version than the ledger's")
        difference, _, lines = group.difference()
        if difference:
            sys.exit(f"no figure is recorded: {difference}")
        waited.sort()
        worst, median = waited[-1], waited[len(waited) // 2]
        print(f"{arguments.changes} changes under load{'' if fed else ' (for the first of them)'}: median {median} ms, worst {worst} ms; {lines} lines replay to the same bytes")
        if not arguments.dry:
            subprocess.run([sys.executable, str(ROOT / "tools" / "figures.py"), "record", "--id", "rule_change_visible_ms", "--value", str(worst), "--unit", "ms", "--floor", "1000",
                            "--goal", "500", "--command", "bench/rules_live.py", "--what",
                            f"worst of {arguments.changes} changes on a running Kafka pipeline: sent → told at the door; median {median} ms; replayed at the same round"], check=True)
        one.end()
    finally:
        for running in getattr(locals().get("group"), "instances", {}).values():
            running.end()
        brokers.close()


if __name__ == "__main__":
    main()

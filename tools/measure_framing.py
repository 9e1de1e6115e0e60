#!/usr/bin/env python3
"""A thousand framing campaigns against innocent shops, through the whole pipeline and past officers who wave everything through.

  tools/measure_framing.py [--campaigns N] [--binary PATH] [--no-record]

Writes the figures framed_listed and framed_marked_share (docs/figures.json). What a campaign is: tests/support/framing.h.
"""

import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--campaigns", type=int, default=1000)
    parser.add_argument("--binary", default=ROOT / "build" / "release" / "bench" / "bench_framing")
    parser.add_argument("--no-record", action="store_true")
    options = parser.parse_args()
    done = subprocess.run([str(options.binary), str(options.campaigns)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"measure_framing: {done.stderr.strip()}")
    sys.stderr.write(done.stderr)
    found = json.loads(done.stdout)
    print(json.dumps(found))
    share = found["marked"] / found["campaigns"]
    if not options.no_record:
        command = f"tools/measure_framing.py --campaigns {options.campaigns}"
        record = [sys.executable, str(ROOT / "tools" / "figures.py"), "record", "--command", command]
        what = f"of {found['campaigns']} framing campaigns with up to {found['most_fakes']} fake orders"
        subprocess.run([*record, "--id", "framed_listed", "--value", str(found["listed"]), "--unit", "shops", "--floor", "0", "--goal", "0",
                        "--what", f"shops listed {what}, though officers waved every alert through"], check=True)
        subprocess.run([*record, "--id", "framed_marked_share", "--value", f"{share:.4f}", "--unit", "share", "--floor", "0.95", "--goal", "0.95",
                        "--what", f"shops marked possibly framed {what}"], check=True)
    return 0 if found["listed"] == 0 and share >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())

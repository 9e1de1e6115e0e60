#!/usr/bin/env python3
"""The console in a real Chromium against a live run with a real broker: every page, both languages, light and dark, keyboard, axe; and
the live stream under forced reconnects.

Usage: console_live.py [--soak SECONDS] [--stream] [--record] [--pictures] [--binary FILE]
  --stream    the stream alone, on a world that lasts as long as the soak; with --record it writes sse_soak_gaps (an hour: --soak 3600)
"""

import argparse
import gzip
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import rig as rigs  # noqa: E402

TESTS = HERE / "console" / "test"
PICTURES = rigs.ROOT / "docs" / "pictures"


def node(script, *arguments):
    run = subprocess.run(["node", str(TESTS / script), *[str(a) for a in arguments]], capture_output=True, text=True, check=False, cwd=HERE / "console")
    if not run.stdout.strip():
        raise RuntimeError(f"{script}: {run.stderr[-2000:]}")
    return run.returncode, json.loads(run.stdout.strip().splitlines()[-1])


def record(identity, value, unit, what, *bounds, command="dashboards/console_live.py --record"):
    subprocess.run([sys.executable, str(rigs.ROOT / "tools" / "figures.py"), "record", "--id", identity, "--value", str(value), "--unit", unit, "--what", what,
                    "--command", command, *bounds], check=True)


def tell_stream(soak, arguments):
    print(f"stream: {soak['messages']} messages, {soak['reconnects']} reconnects, {soak['gaps']} gaps, {soak['repeats']} repeats, {soak['resyncs']} resyncs")
    if arguments.record and arguments.stream:  # a few seconds beside the pages do not stand for the long run
        record("sse_soak_gaps", soak["gaps"] + soak["repeats"], "faults",
               f"gaps and repeats among {soak['messages']} messages in {arguments.soak:.0f} s with {soak['reconnects']} forced reconnects of {soak['readers']} readers", "--floor", "0", "--goal", "0",
               command=f"dashboards/console_live.py --stream --soak {arguments.soak:.0f} --record")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--soak", type=float, default=10, help="seconds of forced reconnects")
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--pictures", action="store_true")
    parser.add_argument("--binary", default=str(rigs.BINARY))
    arguments = parser.parse_args()
    if arguments.stream:
        # An hour of messages needs a world that lasts an hour: they have to come while readers are cut off.
        with rigs.Rig(binary=arguments.binary, prometheus=False, lasts_s=arguments.soak, days=12) as rig:
            soaked, soak = node("soak.mjs", rig.run_url, arguments.soak)
        tell_stream(soak, arguments)
        return 1 if soaked else 0
    subprocess.run([rigs.ROOT / "tools" / "console.sh", "check"], check=True)  # installs the libraries, too
    with rigs.Rig(binary=arguments.binary, prometheus=False, rate=1500, days=12) as rig:
        # Readers come while alerts rise: that is what they have to live with.
        soaked, soak = node("soak.mjs", rig.run_url, arguments.soak)

        def enough():
            page = json.loads(rigs.get(rig.run_url + "/api/v1/alerts?limit=200"))
            return len(page["items"]) >= 5

        rigs.wait_for("five alerts", 120, enough)
        code, found = node("browser.mjs", rig.run_url, rig.folder / "world", *([PICTURES] if arguments.pictures else []))
    if arguments.pictures:
        for path in PICTURES.glob("console-*.png"):
            subprocess.run(["pngquant", "--force", "--ext", ".png", "64", str(path)], check=True)
    packed = sum(len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in (HERE / "console" / "dist").iterdir())
    for fault in found["faults"]:
        print(fault)
    print(f"console: {found['pages']} pages, {found['axe_violations']} axe violations, {found['keys']} keyboard checks, first row after {found['first_paint_ms']} ms, {packed} bytes gzipped")
    tell_stream(soak, arguments)
    if arguments.record:
        record("console_gz_kb", packed / 1000, "kB", "all files of the page, gzip -9", "--floor", "100", "--goal", "80")
        record("axe_violations", found["axe_violations"], "violations", f"axe-core, {found['pages']} combinations of page, language and colours in Chromium", "--floor", "0", "--goal", "0")
        record("first_paint_ms", found["first_paint_ms"], "ms", "navigation to the first row with data, empty cache, loopback, median of 5", "--floor", "1000", "--goal", "300")
    return 1 if code or soaked else 0


if __name__ == "__main__":
    sys.exit(main())

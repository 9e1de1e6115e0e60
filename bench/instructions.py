#!/usr/bin/env python3
"""Instructions per event, by part of the pipeline and by detector: a budget that no busy machine can blur.

Replays a small world under callgrind and compares with bench/baselines/instructions.json. valgrind shows every program the same
processor, so the counts move with the code and with Debian's libraries, not with the machine.

  bench/instructions.py            prints the table; exit 1 when a part needs over TOLERANCE more than its baseline
  bench/instructions.py --update   writes the baseline: a commit that does so says why
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASELINE = ROOT / "bench" / "baselines" / "instructions.json"
TOLERANCE = 0.05  # a compiler's inlining moves a part by 1–2 %; an allocation an event moves it by more than this
# Inclusive counts of these functions. What they call is theirs: `decode` is part of `ingest`, `tasks` and `epoch` of `fold`.
PARTS = {
    "ingest": r"brushwatch::Ingest::next_round\(",
    "decode": r"JsonDecoder::decode\(brushwatch::SourceRecord",
    "encode": r"brushwatch::FrameBuilder::add\(",
    "fold": r"brushwatch::Pipeline::fold\(brushwatch::Round const&, bool\) \[",
    "tasks": r"brushwatch::Task::fold_round\(",
    "epoch": r"brushwatch::Pipeline::close_epoch\(",
}
DETECTOR = re.compile(r"brushwatch::DetectorOf<brushwatch::(?:\(anonymous namespace\)::)?(\w+)>::on_event\(")


def measure(binary):
    with tempfile.TemporaryDirectory(prefix="brushwatch-instructions-") as tmp:
        run = lambda *argv: subprocess.run([str(a) for a in argv], check=True, capture_output=True, text=True).stdout
        run(binary, "generate", "--seed", 7, "--shops", 120, "--days", 1, "--out", f"{tmp}/world", "-q")
        summary = run("valgrind", "--tool=callgrind", f"--callgrind-out-file={tmp}/out", "-q", binary, "replay", "--input", f"{tmp}/world",
                      "--out", f"{tmp}/replay", "--threads", 1, "--json", "-q")
        events = json.loads(summary)["events"]
        table = run("callgrind_annotate", "--inclusive=yes", "--threshold=100", f"{tmp}/out")
    counts = {}
    for line in table.splitlines():
        match = re.match(r"\s*([\d,]+) \([^)]*\)\s+(.*)", line)
        if not match:
            continue
        number, name = int(match[1].replace(",", "")), match[2]
        if name.startswith("PROGRAM TOTALS"):
            counts["total"] = number
        for part, pattern in PARTS.items():
            if re.search(pattern, name):
                counts[part] = max(counts.get(part, 0), number)
        if detector := DETECTOR.search(name):
            key = f"detector {detector[1]}"
            counts[key] = max(counts.get(key, 0), number)
    missing = [p for p in ("total", *PARTS) if p not in counts]
    if missing:
        sys.exit(f"instructions: callgrind does not name {', '.join(missing)}: were functions renamed?")
    return {"events": events, "per_event": {part: round(n / events, 1) for part, n in sorted(counts.items())}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--binary", default=ROOT / "build" / "release" / "bin" / "brushwatch")
    args = parser.parse_args()
    if shutil.which("valgrind") is None:
        sys.exit("instructions: valgrind is missing: run \"make setup\"")
    now = measure(args.binary)
    if args.update:
        BASELINE.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        subprocess.run([sys.executable, str(ROOT / "tools" / "cards.py"), "render"], check=True)  # the detectors' cards quote it
    before = json.loads(BASELINE.read_text(encoding="utf-8"))
    over = []
    print(f"{'instructions per event':28}{'now':>10}{'baseline':>10}")
    for part, value in now["per_event"].items():
        base = before["per_event"].get(part)
        change = "" if base is None else f"{100 * (value / base - 1):+7.1f} %" if base else ""
        print(f"{part:28}{value:10,.0f}{base if base is not None else float('nan'):10,.0f}{change:>10}")
        # Parts below 20 instructions an event are noise of a few calls.
        if base is not None and value > base * (1 + TOLERANCE) and value - base > 20:
            over.append(part)
    if over:
        print(f"instructions: over the budget by more than {TOLERANCE:.0%}: {', '.join(over)}. If it is worth it, say why and run bench/instructions.py --update")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Measured figures, each with its floor, its goal and the command that gives it again: docs/figures.json → docs/figures.md.

  tools/figures.py record --id ingest_rate --value 812000 --unit events/s --floor 400000 --goal 1000000 --command "make bench"
  tools/figures.py render          writes docs/figures.md
  tools/figures.py check           exits 1 when docs/figures.md is not what render would write, or a figure misses its floor

A figure whose floor is above its goal is one where less is better (latency): the floor is then the most that is allowed.
"""

import argparse
import fcntl
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
STORE = ROOT / "docs" / "figures.json"
PAGE = ROOT / "docs" / "figures.md"
MEMBERS = ("id", "value", "unit", "floor", "goal", "command", "what", "commit", "machine")
# Beside them, when true: `not_met_yet`. Such a floor was never reached: the page says so, and the check lets it pass until it is.


def load():
    return json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else []


def save(figures):
    STORE.parent.mkdir(exist_ok=True)
    figures = sorted(figures, key=lambda figure: figure["id"])
    STORE.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def commit():
    run = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    dirty = subprocess.run(["git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs"],
                           capture_output=True, text=True, check=False)
    return (run.stdout.strip() or "unknown") + ("+" if dirty.stdout.strip() else "")


def machine():
    model = "unknown CPU"
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = " ".join(line.split(":", 1)[1].split())
                break
    except OSError:
        pass
    return f"{len(os.sched_getaffinity(0))} × {model}"


def number(value):
    """1234567.0 → '1,234,567'; 0.0123 stays as it is."""
    if isinstance(value, (int, float)):
        return f"{int(value):,}" if float(value).is_integer() else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return "–"


def standing(figure):
    value, floor, goal = figure["value"], figure.get("floor"), figure.get("goal")
    # Nothing can be below a floor of zero: where floor and goal are both zero, zero is what must be.
    less = floor is not None and goal is not None and (floor > goal or floor == goal == 0)
    reaches = (lambda bar: value <= bar) if less else (lambda bar: value >= bar)
    if floor is not None and not reaches(floor):
        return "floor not met yet" if figure.get("not_met_yet") else "below the floor"
    if goal is not None and reaches(goal):
        return "goal reached"
    return "above the floor" if floor is not None else "–"


def page(figures):
    lines = [
        "# Figures",
        "",
        "Every number that this project claims, as measured. `floor` is what a change must not fall below, `goal` what we work",
        "towards; where the floor is the larger of the two, less is better. A commit that ends in `+` had local changes.",
        "Written by `tools/figures.py render` from `figures.json`; do not edit.",
        "",
        "| figure | value | unit | floor | goal | standing | commit | machine | command |",
        "|---|---:|---|---:|---:|---|---|---|---|",
    ]
    for figure in figures:
        name = f"`{figure['id']}`" + (f" {figure['what']}" if figure.get("what") else "")
        cells = [name, number(figure["value"]), figure["unit"], number(figure.get("floor")), number(figure.get("goal")), standing(figure),
                 f"`{figure['commit']}`", figure["machine"], f"`{figure['command']}`"]
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    record = verbs.add_parser("record", help="add or replace one figure")
    record.add_argument("--id", required=True)
    record.add_argument("--value", required=True, type=float)
    record.add_argument("--unit", required=True)
    record.add_argument("--floor", type=float)
    record.add_argument("--goal", type=float)
    record.add_argument("--not-met-yet", action="store_true", help="should the value miss the floor: it was never reached, say so on the page")
    record.add_argument("--command", required=True, help="gives the figure again")
    record.add_argument("--what", default="", help="one phrase: what was measured on what work")
    verbs.add_parser("render", help="write docs/figures.md")
    verbs.add_parser("check", help="is the page current, are the floors held")
    arguments = parser.parse_args()
    # Long runs record when they end, perhaps two at once: one at a time reads, changes and writes.
    STORE.parent.mkdir(exist_ok=True)
    lock = os.open(STORE.parent, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    figures = load()
    if arguments.verb == "record":
        given = {member: getattr(arguments, member, None) for member in MEMBERS}
        given.update(commit=commit(), machine=machine())
        if arguments.not_met_yet and standing(given) == "below the floor":
            given["not_met_yet"] = True
        figures = [figure for figure in figures if figure["id"] != arguments.id] + [given]
        save(figures)
    if arguments.verb in ("record", "render"):
        PAGE.write_text(page(load()), encoding="utf-8")
        return 0
    bad = [figure["id"] for figure in figures if standing(figure) == "below the floor"]
    stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(figures)
    for identity in bad:
        print(f"figures: {identity} is below its floor")
    if stale:
        print("figures: docs/figures.md is not current; run tools/figures.py render")
    if not bad and not stale:
        print(f"figures: {len(figures)} recorded, the page is current")
    return 1 if bad or stale else 0


if __name__ == "__main__":
    sys.exit(main())

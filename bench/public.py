#!/usr/bin/env python3
"""Runs bench_public, records its figures (docs/figures.json) and writes table A into docs/performance/public.md.

  bench/public.py --binary build/release/bench/bench_public [--data FOLDER] [--only SECTION] [--dry]

--data defaults to BRUSHWATCH_DATA, then ../shared/data. Nothing is written when a set is absent or with --only or --dry: a page of half
the table would read like the whole. The text around the table is kept; the table lies between two marks in the page.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance" / "public.md"
BEGIN, END = "<!-- table A: written by bench/public.py -->", "<!-- end of table A -->"


def shown(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def standing(row):
    floor, goal, ours = row["floor"], row["goal"], row["ours"]
    less = floor is not None and goal is not None and floor > goal
    reaches = (lambda bar: ours <= bar) if less else (lambda bar: ours >= bar)
    if floor is not None and not reaches(floor):
        return "below the floor"
    if goal is not None:
        return "goal reached" if reaches(goal) else "goal missed"
    return ""


def table(rows):
    lines = ["| figure | work | published | floor | goal | ours | unit | standing |", "|---|---|---|---:|---:|---:|---|---|"]
    for row in rows:
        name = f"`{row['id']}`" if row["id"] else ""
        cells = [name, row["what"], row["published"], shown(row["floor"]), shown(row["goal"]), shown(row["ours"]), row["unit"], standing(row)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def record(row):
    argv = [sys.executable, str(ROOT / "tools" / "figures.py"), "record", "--id", row["id"], "--value", repr(row["ours"]), "--unit", row["unit"],
            "--command", "make bench-public", "--what", row["what"]]
    for bar in ("floor", "goal"):
        if row[bar] is not None:
            argv += [f"--{bar}", repr(row[bar])]
    subprocess.run(argv, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data")
    parser.add_argument("--only")
    parser.add_argument("--dry", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = pathlib.Path(scratch) / "rows.jsonl"
        argv = [arguments.binary, "--json", str(out)]
        for name in ("data", "only"):
            if getattr(arguments, name):
                argv += [f"--{name}", getattr(arguments, name)]
        code = subprocess.run(argv, cwd=ROOT, check=False).returncode
        if code not in (0, 1) or not out.exists():
            return code or 2
        rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    skipped = [row["skipped"] for row in rows if "skipped" in row]
    if skipped or arguments.only or arguments.dry:
        print("bench-public: nothing written: " + ("; ".join(skipped) if skipped else "asked for a part"))
        return code
    for row in rows:
        if row["id"]:
            record(row)
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN, 1)
    PAGE.write_text(head + BEGIN + "\n" + table(rows) + "\n" + END + rest.split(END, 1)[1], encoding="utf-8")
    print(f"bench-public: {sum(1 for row in rows if row['id'])} figures recorded, {PAGE.relative_to(ROOT)} written")
    return code


if __name__ == "__main__":
    sys.exit(main())

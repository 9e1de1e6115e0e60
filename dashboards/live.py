#!/usr/bin/env python3
"""Runs every query of every panel and rule on a real Prometheus that scrapes a live run: none may fail, none may be empty.

Usage: live.py [--seconds N] [--record] [--pictures] [--binary FILE]
  --record    writes the figure empty_panels
  --pictures  draws docs/pictures/dashboard-*.png with our own renderer (needs Chromium)
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE / "grafana"))
import rig as rigs  # noqa: E402
import rules  # noqa: E402
from lint import panels_of  # noqa: E402

COMPARISON = re.compile(r"(<|>)(=?)\s*([0-9.]+)\b")


def filled(expr):
    """The variables as Grafana would fill them in for a scrape a second."""
    return expr.replace("$__rate_interval", "10s").replace("$job", ".+").replace("$instance", ".+")


def rule_parts(expr):
    """What a rule looks at: its sides without the comparison that keeps it silent."""
    return [COMPARISON.sub(r"\1\2 bool \3", part) for part in re.split(r"\b(?:unless|and|or)\b", expr)]


def dashboards(language="en"):
    for path in sorted((HERE / "grafana" / "dashboards" / language).glob("*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))


def ask_all(rig):
    """(asked, [what came back empty or not at all])."""
    asked, empty = 0, []
    for name, dashboard in dashboards():
        for panel in panels_of(dashboard):
            for target in panel["targets"]:
                asked += 1
                if not rig.query(filled(target["expr"])):
                    empty.append(f"{name}: {panel['title']}: {target['expr']}")
    for name, (_, _, rule) in rules.load().items():
        for part in rule_parts(rule["expr"]):
            asked += 1
            if not rig.query(part):
                empty.append(f"{name}: {part}")
    return asked, empty


def check_exposition(rig):
    """promtool's own linter on what the run exposes."""
    text = rigs.get(rig.run_url + "/metrics")
    run = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    series = [line for line in text.splitlines() if line and not line.startswith("#")]
    return len(series), run.stderr.strip() if run.returncode != 0 else ""


PAGE = rigs.ROOT / "docs" / "metrics.md"


def page_of(text):
    """docs/metrics.md from what a run exposes: every family, its kind, its labels, its meaning."""
    families, labels = {}, {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, words = line[7:].split(" ", 1)
            families[name] = [words, ""]
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ", 1)
            families[name][1] = kind
        elif line:
            base = re.sub(r"_(bucket|sum|count)$", "", line.split("{")[0].split(" ")[0])
            base = base if base in families else line.split("{")[0].split(" ")[0]
            labels.setdefault(base, set()).update(found for found in re.findall(r'([a-z_]+)="', line) if found != "le")
    lines = ["# Metrics", "", "What `run` exports at `/metrics` (Prometheus text). Base units; counters end in `_total`. No label names a shop, a buyer, an order",
             "or anything else that grows with the data; beyond 2,000 series new label values share one series, `other`.",
             "Written by `dashboards/live.py --record` from a live run; do not edit.", "", "| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for name in sorted(families):
        words, kind = families[name]
        lines.append(f"| `{name}` | {kind} | {', '.join(sorted(labels.get(name, ())))} | {words} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=25, help="of feeding before the questions")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--pictures", action="store_true")
    parser.add_argument("--binary", default=str(rigs.BINARY))
    arguments = parser.parse_args()
    # For pictures a world that lasts as long as they are; for the questions alone a quick one.
    with rigs.Rig(binary=arguments.binary, rate=1500 if arguments.pictures else 3000, days=12, members=True, settled=arguments.pictures,
                  now_after_s=arguments.seconds if arguments.pictures else 3600) as rig:
        time.sleep(arguments.seconds)  # Prometheus scrapes in real time
        asked, empty = ask_all(rig)
        series, complaint = check_exposition(rig)
        page = page_of(rigs.get(rig.run_url + "/metrics"))
        if arguments.pictures:
            import preview
            preview.draw_all(rig, dashboards, filled)
        firing = sorted({found["metric"]["alertname"] for found in rig.query('ALERTS{alertstate="firing"}')})
        posted = rig.feed.posted
    for line in empty:
        print("empty:", line)
    if complaint:
        print(complaint)
    print(f"live: {posted} events fed, {series} series, {asked} queries, {len(empty)} empty, firing: {', '.join(firing) or 'none'}")
    if arguments.record:
        PAGE.write_text(page, encoding="utf-8")
        subprocess.run([sys.executable, str(rigs.ROOT / "tools" / "figures.py"), "record", "--id", "empty_panels", "--value", str(len(empty)), "--unit", "queries",
                        "--floor", "0", "--goal", "0", "--what", f"of {asked} queries of panels and rules on a Prometheus that scrapes a live run",
                        "--command", "dashboards/live.py --record"], check=True)
    stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page
    if stale and not arguments.record:
        print("docs/metrics.md is not what the run exports; run dashboards/live.py --record")
    return 1 if empty or complaint or (stale and not arguments.record) else 0


if __name__ == "__main__":
    sys.exit(main())

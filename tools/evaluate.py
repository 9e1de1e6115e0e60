#!/usr/bin/env python3
"""Runs `brushwatch evaluate` on the test worlds, writes docs/evaluation and records the figures it measures.

  tools/evaluate.py [--seeds 20] [--clean 20] [--binary build/release/bin/brushwatch]
  tools/evaluate.py --only evasion [--adaptive 200]    the attacker who adapts: docs/evaluation/evasion.md (worlds of his own, so a run of its own)
  tools/evaluate.py --only table                       everything else
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# id, attack, camouflage, floor, goal (detection goals, table B)
RECALL = [
    ("recall_burst", "M1", -1, 0.95, 0.995),
    ("recall_lockstep_1to1", "S2", 1, 0.90, 0.98),
    ("recall_lockstep_1to3", "S2", 2, 0.75, 0.93),
    ("recall_star", "M3", -1, 0.60, 0.85),
    ("recall_virtual_parcel", "S4", -1, 0.95, 0.995),
    ("recall_empty_bag", "S5", -1, 0.85, 0.95),
    ("recall_recycled", "S6", -1, 0.99, 0.9999),
    ("recall_purchased", "P4", -1, 0.70, 0.90),
    ("recall_swap", "P5", -1, 0.75, 0.92),
    ("recall_drip_small", "M4S", -1, 0.40, 0.75),
    ("recall_drip_large", "M4L", -1, 0.10, 0.35),
    ("recall_invading", "M5", -1, 0.20, 0.50),
    ("recall_review_boost", "S7", -1, 0.85, 0.96),
    ("recall_malicious_low", "S9", -1, 0.85, 0.96),
    ("recall_reverse", "S8", -1, 0.90, 0.98),
]


def record(command, figure, value, unit, floor, goal, what):
    """A floor that is not met yet stands in the page as such."""
    subprocess.run([sys.executable, str(ROOT / "tools" / "figures.py"), "record", "--id", figure, "--value", f"{value:.6g}", "--unit", unit,
                    "--floor", str(floor), "--not-met-yet", "--goal", str(goal), "--command", command, "--what", what], check=True)


def evasion(args):
    """The attacker's search: its page is its part of the report, its figure the cheapest plan that survives."""
    with tempfile.TemporaryDirectory(prefix="brushwatch-evasion-") as folder:
        run = subprocess.run([args.binary, "evaluate", "--seeds", "0", "--clean", "0", "--adaptive", str(args.adaptive), "--threads", str(args.threads), "--out", folder, "--json"],
                             check=True, capture_output=True, text=True)
        page = (pathlib.Path(folder) / "report.md").read_text(encoding="utf-8")
    command = f"tools/evaluate.py --only evasion --adaptive {args.adaptive}"
    found = json.loads(run.stdout)["adaptive"]
    part = page[page.index("## An attacker who adapts"):].split("\n## ", 1)[0]
    (ROOT / "docs" / "evaluation" / "evasion.md").write_text(f"# Evasion cost\n\nWritten by `{command}`; do not edit. What it means: `README.md` beside this file.\n\n{part.rstrip()}\n",
                                                             encoding="utf-8")
    if not found["found"]:
        print(f"no plan of {found['tries']} tries survives: the ratio has no bound, and no figure is recorded")
        return
    weakest = min((k["yuan"] for k in found["alone"] if k["survives"]), default=0) / found["free_yuan"]
    record(command, "evasion_cost_ratio", found["ratio"], "ratio", 2, 4,
           f"yuan per surviving fake order, cheapest plan of {found['tries']} black-box tries against no detector; cheapest single knob "
           + (f"{weakest:.2f}" if weakest else "does not survive"))


def table(args):
    run = subprocess.run([args.binary, "evaluate", "--seeds", str(args.seeds), "--clean", str(args.clean), "--ablation", "--base-rates", args.base_rates,
                          "--threads", str(args.threads), "--out", str(ROOT / "docs" / "evaluation"), "--json"],
                         check=True, capture_output=True, text=True)
    result = json.loads(run.stdout)
    (ROOT / "docs" / "evaluation" / "report.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    attacked, clean = result["with_attacks"], result.get("fraud_free", {})
    attacks = {(a["attack"], a["camouflage"]): a for a in attacked["attacks"]}
    command = f"tools/evaluate.py --seeds {args.seeds} --clean {args.clean}"
    for figure, attack, camouflage, floor, goal in RECALL:
        if (attack, camouflage) in attacks:
            share = attacks[attack, camouflage]["found"]
            record(command, figure, share["value"], "share", floor, goal,
                   f"campaigns of {attack} found within the budget; 95 % {share['low']:.2f}–{share['high']:.2f}, n = {share['n']}")
    record(command, "recall_outlet", attacked["outlets_found"]["value"], "share", 0.80, 0.95, f"complicit outlets with a case, n = {attacked['outlets_found']['n']}")
    record(command, "precision_at_100", attacked["precision_at_100"], "share", 0.90, 0.99, "of the 100 highest cases of all test worlds")
    record(command, "precision_at_1000", attacked["precision_at_1000"], "share", 0.80, 0.95, f"of the 1,000 highest, or of all {attacked['promote_cases']} when fewer")
    record(command, "calibration_ece", attacked["ece"], "probability", 0.05, 0.02, "expected calibration error of standing cases")
    record(command, "victims_accused", attacked["victims_accused"], "count", 0.5, 0, f"of {attacked['victims']} victims of reverse brushing and extortion")
    record(command, "victims_named_share", attacked["victims_named"]["value"], "share", 0.95, 0.995, "victims of reverse brushing and extortion named victim or target")
    if ("S8", -1) in attacks:
        reverse = attacks["S8", -1]["subjects_found"]
        record(command, "reverse_victims_named_share", reverse["value"], "share", 0.95, 0.995,
               f"victims of reverse brushing named victims; 95 % {reverse['low']:.3f}–{reverse['high']:.3f}, n = {reverse['n']}")
    if clean:
        episodes = attacked["lookalike_episodes"] + clean["lookalike_episodes"]
        wrong = attacked["lookalike_false"] + clean["lookalike_false"]
        record(command, "false_cases_per_1m_orders", clean["false_per_1m_orders"]["value"], "cases per 10^6 orders", 20, 2,
               f"fraud-free test worlds, {clean['orders']} orders")
        record(command, "lookalike_false_per_1000", 1000 * wrong / max(1, episodes), "episodes per 1,000", 10, 1, f"look-alike episodes with a false case, of {episodes}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--clean", type=int, default=20)
    parser.add_argument("--adaptive", type=int, default=200, help="tries of the attacker who adapts")
    parser.add_argument("--base-rates", default="0.1,1,10", help="percent of guilty shops")
    parser.add_argument("--threads", type=int, default=2, help="folding threads; change no verdict")
    parser.add_argument("--binary", default=str(ROOT / "build" / "release" / "bin" / "brushwatch"))
    parser.add_argument("--only", choices=["table", "evasion"])
    args = parser.parse_args()
    if args.only != "evasion":
        table(args)
        subprocess.run([sys.executable, str(ROOT / "tools" / "cards.py"), "render"], check=True)
    if args.only != "table":
        evasion(args)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes what was measured into each detector's card (detectors/*/README.md, row "Measured").

  tools/cards.py render   from docs/evaluation/report.json (`make evaluate`) and bench/baselines/instructions.json (`bench/instructions.py --update`);
                          into the card of what all share, shop_core, the whole chain's time and state, from docs/figures.json
  tools/cards.py check    exits 1 when a card is not what render would write
"""

import argparse
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CARDS = ROOT / "detectors"
TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)  # the first is the card's
TITLE = re.compile(r"^# ((?:D\d+(?:, | and )?)+)")


def detectors_of(card):
    """The numbers that the title names; () of the cards of what detectors share."""
    title = TITLE.match(card)
    return tuple(int(n) for n in re.findall(r"D(\d+)", title[1])) if title else ()


def instructions_of(folder, per_event):
    """Instructions an event of the input, of all parts whose states this folder declares."""
    declared = set(re.findall(r"^struct (\w+)", "".join(p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.h")) + sorted(folder.glob("*.cc"))), re.MULTILINE))
    counts = [n for name, n in per_event.items() if name.startswith("detector ") and name.split()[1] in declared]
    return sum(counts) if counts else None


def said(row, clean):
    who, of = ("offenders", "offenders' shops") if row["says"] == "offender" else ("victims and targets", "victims and targets")
    text = f"D{row['detector']} speaks of {row['told']} subjects, {100 * row['right'] / row['told']:.1f} % of them {who}; of {100 * row['seen'] / max(1, row['of']):.0f} % of the {of}"
    if row["says"] == "offender" and clean is not None:
        text += f"; of {clean} in fraud-free worlds"
    return text


def measured(folder, numbers, report, per_event):
    """The row's text; '' when nothing was measured."""
    parts = []
    clean = {(r["detector"], r["says"]): r["told"] for r in report.get("fraud_free", {}).get("detectors", [])}
    has_clean = "fraud_free" in report
    ablation = {row["without"]: row for row in report.get("ablation", [])}
    for number in numbers:
        rows = [r for r in report["with_attacks"].get("detectors", []) if r["detector"] == number]
        parts += [said(r, clean.get((number, r["says"]), 0) if has_clean else None) for r in rows] or [f"D{number} speaks of nobody in the test worlds"]
        lost = ablation.get(f"D{number}")
        if lost:
            whole = ablation["nothing"]
            gone = [f"{name} {before:.3f} → {after:.3f}" for name, before, after in (
                ("campaigns found", whole["found"], lost["found"]), ("average precision", whole["pr_auc"], lost["pr_auc"]),
                ("victims named", whole["victims_named"], lost["victims_named"])) if f"{before:.3f}" != f"{after:.3f}"]
            parts.append("without it " + (", ".join(gone) if gone else "nothing is lost that others do not find"))
    count = instructions_of(folder, per_event)
    if count is not None:
        parts.append(f"{count:.0f} instructions an event of the whole input")
    return "; ".join(parts)


def whole(figures):
    """The rows about all detectors together; a figure that was never recorded is said to be missing."""
    def told(name, unit):
        return f"{figures[name]['value']:,.4g} {unit} (`{figures[name]['command']}`)" if name in figures else "not recorded"
    return {"Whole chain": f"parcel, shop, party and ring with all detectors, one core: {told('detector_chain_ns', 'ns an event')}: figure `detector_chain_ns`",
            "Whole row": f"all detectors of the stage, as stored: {told('state_bytes_per_shop_day', 'bytes')} for each day on which a shop had an event: figure `state_bytes_per_shop_day`"}


def with_row(card, title, text):
    """In the place of the row of this title, else at the end of the first table."""
    old = re.search(rf"^\| {title} \|.*\n", card, re.MULTILINE)
    start, end = old.span() if old else 2 * (TABLE.search(card).end(),)
    return f"{card[:start]}| {title} | {text} |\n{card[end:]}"


def rendered(path, report, per_event, figures):
    card = path.read_text(encoding="utf-8")
    numbers = detectors_of(card)
    if path.parent.name == "shop_core":
        for title, text in whole(figures).items():
            card = with_row(card, title, text)
    if not numbers:
        return card
    return with_row(card, "Measured", f"{measured(path.parent, numbers, report, per_event)} (`tools/cards.py`)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("render", "check"))
    args = parser.parse_args()
    report = json.loads((ROOT / "docs" / "evaluation" / "report.json").read_text(encoding="utf-8"))
    per_event = json.loads((ROOT / "bench" / "baselines" / "instructions.json").read_text(encoding="utf-8"))["per_event"]
    figures = {f["id"]: f for f in json.loads((ROOT / "docs" / "figures.json").read_text(encoding="utf-8"))}
    stale = []
    for path in sorted(CARDS.glob("*/README.md")):
        text = rendered(path, report, per_event, figures)
        if text == path.read_text(encoding="utf-8"):
            continue
        if args.action == "render":
            path.write_text(text, encoding="utf-8")
        else:
            stale.append(str(path.relative_to(ROOT)))
    if stale:
        print(f"cards: not what was measured: {', '.join(stale)}: run \"tools/cards.py render\"")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The alert rules as the dashboards and the linter need them: name → threshold and side."""

import pathlib
import re

import yaml

PATH = pathlib.Path(__file__).parent.parent / "prometheus" / "alerts.yml"
COMPARISON = re.compile(r"(<|>)=?\s*([0-9.]+)\b")


def load(path=PATH):
    """{alert: (side, threshold, rule)}; the first comparison is the one that a panel draws."""
    found = {}
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            side, number = COMPARISON.search(rule["expr"]).groups()
            found[rule["alert"]] = (side, float(number), rule)
    return found

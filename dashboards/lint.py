#!/usr/bin/env python3
"""Reads the committed dashboards and alert rules against the rules of the house; prints each offence, exits 1 when there is one.

The rules are those of Grafana's dashboard linter as far as they apply, and our own: templated data source, job and instance;
title, description and unit on every panel, all within the grid; counters in rate or increase, gauges never; $__rate_interval; job and instance in
every selector; expressions that Prometheus parses; thresholds that are an alert's; links to every sibling; both languages
with the same queries. Alerts: at most 15, each with summary, description, runbook in both languages, a test that fires and one that does not.

Usage: lint.py [--record]   --record writes the figures panels, panel_lint_errors, alert_rules, alert_rules_tested.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE / "grafana"))
import rules  # noqa: E402

LANGUAGES = ("en", "zh")
COLUMNS = 24  # of Grafana's grid; what goes beyond is not seen
SELECTOR = re.compile(r"\b((?:brushwatch_[a-z0-9_]+)|up)\b\s*(\{[^}]*\})?")
CJK = re.compile(r"[\u4e00-\u9fff]")
COUNTER = re.compile(r"_(total|bucket|sum|count)$")


class Report:
    def __init__(self):
        self.lines = []

    def add(self, where, what):
        self.lines.append(f"{where}: {what}")


def panels_of(dashboard):
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def datasource_uids(value):
    """Every uid of a data source, wherever it stands."""
    if isinstance(value, dict):
        source = value.get("datasource")
        if isinstance(source, dict) and "uid" in source:
            yield source["uid"]
        for member in value.values():
            yield from datasource_uids(member)
    elif isinstance(value, list):
        for member in value:
            yield from datasource_uids(member)


def lint_expression(where, expr, report):
    for match in SELECTOR.finditer(expr):
        name, matchers = match.group(1), match.group(2) or ""
        if 'job=~"$job"' not in matchers or 'instance=~"$instance"' not in matchers:
            report.add(where, f"{name} without the matchers of job and instance")
        before = expr[:match.start()].rstrip()
        function = re.search(r"(\w+)\($", before)
        wrapped = function is not None and function.group(1) in ("rate", "irate", "increase")
        if COUNTER.search(name) and not wrapped and name != "brushwatch_store_background_errors_total":
            report.add(where, f"the counter {name} outside of rate and increase")
        if not COUNTER.search(name) and wrapped:
            report.add(where, f"{function.group(1)} of the gauge {name}")
    for function, window in re.findall(r"\b(rate|irate)\([^()]*\[([^\]]+)\]", expr):
        if window != "$__rate_interval":
            report.add(where, f"{function} over [{window}] instead of [$__rate_interval]")


def lint_panel(where, panel, alerts, report):
    for member in ("title", "description"):
        if len(panel.get(member, "")) < 2:
            report.add(where, f"no {member}")
    place = panel.get("gridPos", {})
    if place.get("x", 0) + place.get("w", 0) > COLUMNS:
        report.add(where, f"ends in column {place['x'] + place['w']} of {COLUMNS}")
    defaults = panel.get("fieldConfig", {}).get("defaults", {})
    if not defaults.get("unit"):
        report.add(where, "no unit")
    drawn = [step["value"] for step in defaults.get("thresholds", {}).get("steps", []) if step.get("value") is not None]
    named = [name for name in alerts if name in panel.get("description", "")]
    for value in drawn:
        if not any(alerts[name][1] == value for name in named):
            report.add(where, f"the threshold {value} is of no alert that the description names")
    if named and not drawn:
        report.add(where, f"names {named[0]} and draws no threshold")
    if not panel.get("targets"):
        report.add(where, "no query")
    if panel.get("datasource", {}).get("uid") != "${datasource}":
        report.add(where, "a data source of its own")
    for target in panel.get("targets", []):
        lint_expression(where, target["expr"], report)
    if len(panel.get("targets", [])) > 1 and any(not target.get("legendFormat") for target in panel["targets"]):
        report.add(where, "several queries and one has no legend")


def lint_dashboard(path, language, siblings, alerts, report):
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    where = f"{language}/{path.stem}"
    if dashboard.get("uid") != f"brushwatch-{path.stem}-{language}":
        report.add(where, "its uid is not brushwatch-<name>-<language>")
    if dashboard.get("editable") is not False:
        report.add(where, "editable: what is changed by hand is lost with the next release")
    if not dashboard.get("description") or "brushwatch" not in dashboard.get("tags", []):
        report.add(where, "no description or no tag")
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    for name, kind, label in (("datasource", "datasource", None), ("job", "query", "Job"), ("instance", "query", "Instance")):
        variable = variables.get(name)
        if variable is None or variable["type"] != kind or (label and variable.get("label") != label):
            report.add(where, f"no variable {name} as it should be")
        elif kind == "query" and variable.get("refresh") != 2:
            report.add(where, f"{name} is not read again when the time range changes")
    for uid in datasource_uids(dashboard):
        if uid != "${datasource}":
            report.add(where, f"a hard-coded data source: {uid}")
    linked = {link["url"].rsplit("/", 1)[1] for link in dashboard.get("links", [])}
    for sibling in siblings - {path.stem}:
        if f"brushwatch-{sibling}-{language}" not in linked:
            report.add(where, f"no link to {sibling}")
    for link in linked:
        if not any(link == f"brushwatch-{s}-{language}" for s in siblings):
            report.add(where, f"a link to nowhere: {link}")
    count = 0
    for panel in panels_of(dashboard):
        count += 1
        lint_panel(f"{where}: {panel.get('title', '?')}", panel, alerts, report)
        if language == "zh" and not CJK.search(panel.get("description", "")):
            report.add(f"{where}: {panel.get('title', '?')}", "not told in Chinese")
    return count, [target["expr"] for panel in panels_of(dashboard) for target in panel["targets"]]


def lint_syntax(expressions, report):
    """Lets promtool parse them, as recording rules with the variables filled in."""
    records = []
    for place, expr in enumerate(sorted(expressions)):
        plain = expr.replace("$__rate_interval", "1m").replace("$job", ".+").replace("$instance", ".+")
        records.append({"record": f"panel:expression:{place}", "expr": plain})
    with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
        yaml.safe_dump({"groups": [{"name": "panels", "rules": records}]}, file)
        file.flush()
        run = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        report.add("promtool", run.stderr.strip() or run.stdout.strip())


def lint_alerts(alerts, report):
    tests = [test for path in sorted((HERE / "prometheus" / "tests").glob("*.yml")) for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]]
    seen = {}
    for test in tests:
        for case in test["alert_rule_test"]:
            seen.setdefault(case["alertname"], set()).add(bool(case.get("exp_alerts")))
    if len(alerts) > 15:
        report.add("alerts", f"{len(alerts)} rules: more than a person can know")
    tested = 0
    for name, (_, _, rule) in alerts.items():
        for member in ("summary", "description", "runbook_url"):
            if not rule.get("annotations", {}).get(member):
                report.add(name, f"no {member}")
        if rule.get("labels", {}).get("severity") not in ("page", "ticket") or "for" not in rule:
            report.add(name, "no severity (page, ticket) or no duration")
        for language in LANGUAGES:
            if not (ROOT / "docs" / "runbooks" / f"{name}.{language}.md").exists():
                report.add(name, f"no runbook in {language}")
        if seen.get(name) == {True, False}:
            tested += 1
        else:
            report.add(name, "no test that fires, or none that stays silent")
    return tested


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true", help="write the figures")
    record = parser.parse_args().record
    report, alerts = Report(), rules.load()
    folder = HERE / "grafana" / "dashboards"
    siblings = {path.stem for path in (folder / "en").glob("*.json")}
    queries, panels = {}, 0
    for language in LANGUAGES:
        queries[language] = {}
        for path in sorted((folder / language).glob("*.json")):
            count, queries[language][path.stem] = lint_dashboard(path, language, siblings, alerts, report)
            panels += count if language == "en" else 0
    if queries["en"] != queries["zh"]:
        report.add("dashboards", "the two languages do not ask the same")
    if not siblings:
        report.add("dashboards", "there are none")
    lint_syntax({expr for board in queries["en"].values() for expr in board}, report)
    tested = lint_alerts(alerts, report)
    for line in report.lines:
        print(line)
    print(f"dashboards: {len(siblings)} × {len(LANGUAGES)}, {panels} panels, {len(alerts)} alerts, {tested} tested, {len(report.lines)} errors")
    if record:
        for identity, value, unit, what in (("panels", panels, "panels", f"in {len(siblings)} dashboards, each in two languages"),
                                            ("panel_lint_errors", len(report.lines), "errors", "own linter with the reference rules"),
                                            ("alert_rules", len(alerts), "rules", "each with a runbook in two languages"),
                                            ("alert_rules_tested", tested, "rules", "firing and silent, by promtool")):
            bounds = ["--floor", "0", "--goal", "0"] if identity == "panel_lint_errors" else []
            subprocess.run([sys.executable, str(ROOT / "tools" / "figures.py"), "record", "--id", identity, "--value", str(value), "--unit", unit,
                            "--what", what, "--command", "dashboards/lint.py --record", *bounds], check=True)
    return 1 if report.lines else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The linter of dashboards and alert rules: the committed ones pass, and each rule of it can fail."""

import copy
import json
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "dashboards"))
import lint  # noqa: E402
import rules  # noqa: E402

FOLDER = ROOT / "dashboards" / "grafana" / "dashboards" / "en"


class Linted(unittest.TestCase):
    def errors_after(self, change):
        """What is said about the overview once `change` has spoilt it."""
        dashboard = json.loads((FOLDER / "overview.json").read_text(encoding="utf-8"))
        panel = next(p for p in lint.panels_of(dashboard) if "BrushwatchLatencyHigh" in p["description"] and p["type"] == "timeseries")
        change(dashboard, panel)
        report = lint.Report()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "overview.json"
            path.write_text(json.dumps(dashboard), encoding="utf-8")
            lint.lint_dashboard(path, "en", {p.stem for p in FOLDER.glob("*.json")}, rules.load(), report)
        return "\n".join(report.lines)

    def expect(self, words, change):
        self.assertIn(words, self.errors_after(change))

    def test_the_committed_one_passes(self):
        self.assertEqual(self.errors_after(lambda d, p: None), "")

    def test_words_and_units(self):
        self.expect("no title", lambda d, p: p.update(title=""))
        self.expect("no description", lambda d, p: p.update(description=""))
        self.expect("ends in column 30 of 24", lambda d, p: p["gridPos"].update(x=18, w=12))
        self.expect("no unit", lambda d, p: p["fieldConfig"]["defaults"].pop("unit"))

    def test_thresholds_are_an_alerts(self):
        self.expect("is of no alert", lambda d, p: p["fieldConfig"]["defaults"]["thresholds"]["steps"][1].update(value=0.2))
        self.expect("draws no threshold", lambda d, p: p["fieldConfig"]["defaults"]["thresholds"]["steps"].pop())

    def test_expressions(self):
        def set_expr(text):
            return lambda d, p: p["targets"][0].update(expr=text)
        matchers = '{job=~"$job",instance=~"$instance"}'
        self.expect("outside of rate", set_expr(f"sum(brushwatch_pipeline_rounds_total{matchers})"))
        self.expect("of the gauge", set_expr(f"rate(brushwatch_state_rows{matchers}[$__rate_interval])"))
        self.expect("without the matchers", set_expr("sum(brushwatch_state_rows)"))
        self.expect("instead of [$__rate_interval]", set_expr(f"rate(brushwatch_pipeline_rounds_total{matchers}[5m])"))

    def test_variables_links_and_sources(self):
        self.expect("no variable job", lambda d, p: d["templating"]["list"].pop(1))
        self.expect("not read again", lambda d, p: d["templating"]["list"][1].update(refresh=1))
        self.expect("no link to", lambda d, p: d["links"].pop())
        self.expect("a hard-coded data source", lambda d, p: p["targets"][0]["datasource"].update(uid="abc"))
        self.expect("editable", lambda d, p: d.update(editable=True))

    def test_promtool_reads_every_expression(self):
        report = lint.Report()
        lint.lint_syntax({"sum(rate(x_total[$__rate_interval])"}, report)
        self.assertIn("unclosed left parenthesis", "\n".join(report.lines))

    def test_alerts_need_words_runbooks_and_tests(self):
        alerts = rules.load()
        report = lint.Report()
        self.assertEqual(lint.lint_alerts(alerts, report), len(alerts))
        self.assertEqual(report.lines, [])
        side, number, rule = alerts["BrushwatchDown"]
        spoilt = copy.deepcopy(rule)
        spoilt["annotations"].pop("summary")
        lint.lint_alerts({"BrushwatchUnheardOf": (side, number, spoilt)}, report)
        said = "\n".join(report.lines)
        for words in ("no summary", "no runbook in en", "no runbook in zh", "no test that fires"):
            self.assertIn(words, said)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Writes the Grafana dashboards (dashboards/{en,zh}/*.json) from boards/*.py.

Usage: generate.py [--check]   --check writes nothing and fails when a committed file differs.
Needs requirements.txt (make dashboards installs it into a place of its own).
"""

import argparse
import importlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE / "boards"))

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries  # noqa: E402
from grafana_foundation_sdk.cog.encoder import JSONEncoder  # noqa: E402
from grafana_foundation_sdk.models import common as kinds, dashboard as model  # noqa: E402

import rules  # noqa: E402
from board import expression, text  # noqa: E402

NAMES = ["overview", "pipeline", "detection", "delivery", "cases", "state", "kafka"]  # the order of the links
LANGUAGES = ("en", "zh")
SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
GREEN, RED = "green", "red"


def thresholds(panel, alerts):
    steps = [model.Threshold(value=None, color=GREEN)]
    if panel.alert:
        side, number, _ = alerts[panel.alert]
        steps = [model.Threshold(value=None, color=GREEN if side == ">" else RED), model.Threshold(value=number, color=RED if side == ">" else GREEN)]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)


def description(panel, language):
    about = text(panel.about, language)
    if not panel.alert:
        return about
    return about + (f" Threshold of the alert {panel.alert}; runbook: docs/runbooks/{panel.alert}.en.md." if language == "en" else f" 阈值取自告警 {panel.alert};处置手册:docs/runbooks/{panel.alert}.zh.md。")


def build_panel(panel, language, alerts):
    make = {"stat": stat.Panel, "named": stat.Panel, "lines": timeseries.Panel, "bars": bargauge.Panel, "table": table.Panel}[panel.kind]
    built = make().title(text(panel.title, language)).description(description(panel, language)).unit(panel.unit).datasource(SOURCE)
    built = built.thresholds(thresholds(panel, alerts)).span(panel.width).height(panel.height).min(0)
    if panel.most is not None:
        built = built.max(panel.most)
    if panel.kind == "stat":
        built = built.graph_mode(kinds.BigValueGraphMode.AREA).reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    if panel.kind == "named":
        built = built.graph_mode(kinds.BigValueGraphMode.NONE).text_mode(kinds.BigValueTextMode.VALUE_AND_NAME).reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    if panel.kind == "bars":
        built = built.orientation(kinds.VizOrientation.HORIZONTAL).reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    if panel.kind == "lines":
        built = built.line_width(1).fill_opacity(20 if panel.stack else 5).show_points(kinds.VisibilityMode.NEVER)
        built = built.legend(common.VizLegendOptions().show_legend(True).display_mode(kinds.LegendDisplayMode.TABLE).placement(kinds.LegendPlacement.BOTTOM).calcs(["lastNotNull", "max"]))
        built = built.tooltip(common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI).sort(kinds.SortOrder.DESCENDING))
        if panel.stack:
            built = built.stacking(common.StackingConfig().mode(kinds.StackingMode.NORMAL))
        if panel.alert:
            built = built.thresholds_style(common.GraphThresholdsStyleConfig().mode(kinds.GraphThresholdsStyleMode.DASHED))
    for place, (query, legend) in enumerate(panel.queries):
        target = prometheus.Dataquery().expr(expression(query)).ref_id(chr(ord("A") + place)).datasource(SOURCE)
        if legend:
            target = target.legend_format(legend)
        instant = panel.kind in ("named", "table", "bars")
        target = target.instant() if instant else target.range()
        if panel.kind == "table":
            target = target.format(kinds_format())
        built = built.with_target(target)
    return built


def kinds_format():
    from grafana_foundation_sdk.models import prometheus as models
    return models.PromQueryFormat.TABLE


def variables(language):
    label = dashboard.DatasourceVariable("datasource").label("Data source" if language == "en" else "数据源").type("prometheus")
    def query(name, title, of):
        return (dashboard.QueryVariable(name).label(title).datasource(SOURCE).query(of).refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
                .include_all(True).multi(True).all_value(".+").sort(model.VariableSort.ALPHABETICAL_ASC)
                .current(model.VariableOption(selected=True, text="All", value="$__all")))
    return [label, query("job", "Job", "label_values(brushwatch_build_info, job)"),
            query("instance", "Instance", 'label_values(brushwatch_build_info{job=~"$job"}, instance)')]


def build(board, boards, language, alerts):
    built = (dashboard.Dashboard(text(board.title, language)).uid(f"brushwatch-{board.name}-{language}").description(text(board.about, language))
             .tags(["brushwatch", language]).refresh("30s").time("now-3h", "now").timezone("browser").readonly())
    for variable in variables(language):
        built = built.with_variable(variable)
    # Up to the overview and across to the others, time and variables kept.
    for other in boards:
        if other.name == board.name:
            continue
        built = built.link(dashboard.DashboardLink(text(other.title, language).split(" · ")[1]).type(model.DashboardLinkType.LINK)
                           .url(f"/d/brushwatch-{other.name}-{language}").keep_time(True).include_vars(True))
    for row in board.rows:
        built = built.with_row(dashboard.Row(text(row.title, language)))
        for panel in row.panels:
            built = built.with_panel(build_panel(panel, language, alerts))
    made = json.loads(json.dumps(built.build(), cls=JSONEncoder))
    for variable in made["templating"]["list"]:
        for member in ("auto", "auto_min", "auto_count"):  # of interval variables only; the library gives them to all
            variable.pop(member, None)
    return json.dumps(made, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with what is committed")
    check = parser.parse_args().check
    boards = [importlib.import_module(name).BOARD for name in NAMES if (HERE / "boards" / f"{name}.py").exists()]
    alerts = rules.load()
    wrong = panels = 0
    for language in LANGUAGES:
        for board in boards:
            path = HERE / "dashboards" / language / f"{board.name}.json"
            made = build(board, boards, language, alerts)
            panels += sum(len(row.panels) for row in board.rows)
            if check:
                if not path.exists() or path.read_text(encoding="utf-8") != made:
                    print(f"{path.relative_to(HERE)} is not what boards/{board.name}.py says; run generate.py")
                    wrong += 1
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(made, encoding="utf-8")
    print(f"dashboards: {len(boards)} × {len(LANGUAGES)}, {panels} panels, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

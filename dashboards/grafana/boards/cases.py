"""Cases and clocks: what people did, what the machines refused, which terms ran out."""

from board import Board, Row, bars, lines, stat

BOARD = Board(
    "cases",
    ("Brushwatch · Cases and clocks", "刷单哨 · 案件与期限"),
    ("What people made of alerts, how cases and list entries moved, which terms ran out before anybody acted.", "人们如何处理预警,案件与名单条目如何流转,哪些期限无人处理而届满。"),
    [
        Row(("Today", "今日"), [
            stat(("Alerts taken in 24 h", "24 小时受理预警"), ("Alerts that an analyst took.", "分析人员受理的预警。"), "short", 'sum(increase(brushwatch_alliance_transitions_total{%,machine="alert",to="TRIAGE"}[1d]))', width=4),
            stat(("Cases opened in 24 h", "24 小时立案"), ("From an alert in triage; a machine opens none.", "由受理中的预警立案;机器从不立案。"), "short", 'sum(increase(brushwatch_alliance_transitions_total{%,machine="case",to="OPEN"}[1d]))', width=4),
            stat(("Confirmed in 24 h", "24 小时认定"), ("By a second person who did not work on the case.", "由未办理本案的第二人认定。"), "short", 'sum(increase(brushwatch_alliance_transitions_total{%,machine="case",to="CONFIRMED"}[1d]))', width=4),
            stat(("Listed in 24 h", "24 小时列入"), ("Entries that came into force.", "开始生效的名单条目。"), "short", 'sum(increase(brushwatch_alliance_transitions_total{%,machine="entry",to="LISTED"}[1d]))', width=4),
            stat(("Terms run out in 24 h", "24 小时届满期限"), ("Before anybody acted. Some are meant to (an objection's window), a triage's is not.", "无人处理而届满。有些本应届满(异议期),受理期限则不应。"), "short", 'sum(increase(brushwatch_alliance_terms_over_total{%}[1d]))', width=4),
            stat(("Calendar left", "日历剩余"), ("Until the end of the working-day table. Terms beyond it are provisional.", "距工作日表末尾;其后的期限为暂定。"), "s", 'min(brushwatch_calendar_left_seconds{%})', "BrushwatchCalendarExpiring", width=4),
        ]),
        Row(("The machines", "状态机"), [
            lines(("Alerts by step", "预警流转"), ("Steps of the alert machine a second, by the state they led to.", "预警状态机每秒步数,按到达状态。"), "cps", [('sum by (to) (rate(brushwatch_alliance_transitions_total{%,machine="alert"}[R]))', "{{to}}")]),
            lines(("Cases by step", "案件流转"), ("Steps of the case machine.", "案件状态机的步数。"), "cps", [('sum by (to) (rate(brushwatch_alliance_transitions_total{%,machine="case"}[R]))', "{{to}}")]),
            lines(("List entries by step", "名单流转"), ("Steps of the entry machine; removals are steps, too.", "名单状态机的步数;移除同样是一步。"), "cps", [('sum by (to) (rate(brushwatch_alliance_transitions_total{%,machine="entry"}[R]))', "{{to}}")]),
            bars(("Refused commands, 24 h", "被拒命令,24 小时"), ("By what was missing. four_eyes: the same person wanted to confirm. Nothing changes by a refusal.", "按缺少之物。four_eyes:同一人想自行认定。拒绝不改变任何事。"), "short", [('sum by (reason) (increase(brushwatch_alliance_refusals_total{%}[1d]))', "{{reason}}")], width=12),
            lines(("Terms run out", "届满期限"), ("By machine, an hour.", "按状态机,每小时。"), "short", [('sum by (machine) (increase(brushwatch_alliance_terms_over_total{%}[1h]))', "{{machine}}")], width=12),
        ]),
        Row(("Verdicts", "结论"), [
            bars(("Worth a case, by family, 30 d", "值得立案比例,按证据族,30 天"), ("Share of the decided alerts with evidence of this family that analysts found worth a case: precision, as people see it.", "含该证据族且已处理的预警中,分析人员认为值得立案的比例:人所见的精确率。"), "percentunit",
                 [('sum by (family) (increase(brushwatch_alliance_verdicts_total{%,verdict="case_worthy"}[30d])) / sum by (family) (increase(brushwatch_alliance_verdicts_total{%}[30d]))', "{{family}}")], "BrushwatchPrecisionLow", width=12, most=1),
            lines(("Verdicts", "结论数"), ("What analysts made of alerts, once for each family in the alert.", "分析人员对预警的结论,预警中每个证据族计一次。"), "short", [('sum by (verdict) (increase(brushwatch_alliance_verdicts_total{%}[1h]))', "{{verdict}}")], width=12),
        ]),
    ])

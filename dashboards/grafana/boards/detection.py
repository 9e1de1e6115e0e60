"""Detection quality: who speaks, what becomes an alert, what is taken back."""

from board import Board, Row, bars, lines, stat

BOARD = Board(
    "detection",
    ("Brushwatch · Detection quality", "刷单哨 · 检测质量"),
    ("Findings by detector, alerts by pattern, what was withdrawn and why.", "各检测器的发现、各模式的预警、撤回及其原因。"),
    [
        Row(("Alerts", "预警"), [
            stat(("Opened in 24 h", "24 小时新开"), ("Alerts opened in the last day.", "最近一天新开的预警。"), "short", 'sum(increase(brushwatch_alert_lines_total{%,event="opened"}[1d]))', width=6),
            stat(("Urgent in 24 h", "24 小时紧急"), ("Of them, urgent ones.", "其中紧急的。"), "short", 'sum(increase(brushwatch_alert_lines_total{%,event="opened",severity="urgent"}[1d]))', width=6),
            stat(("Withdrawn share in 24 h", "24 小时撤回比例"), ("Withdrawn against opened. High: thresholds tremble, or retractions come late.", "撤回与新开之比;高说明阈值抖动或撤证来得晚。"),
                 "percentunit", 'sum(increase(brushwatch_alert_lines_total{%,event="withdrawn"}[1d])) / sum(increase(brushwatch_alert_lines_total{%,event="opened"}[1d]))', width=6),
            stat(("Victims in 24 h", "24 小时受害者"), ("Subjects named as victims of reverse brushing: they are protected, not accused.", "被认定为反向刷单受害者的主体:受保护,不受指控。"),
                 "short", 'sum(increase(brushwatch_alert_lines_total{%,event="opened",pattern="reverse_brushing_victim"}[1d]))', width=6),
            lines(("Opened by pattern", "新开,按模式"), ("Alerts a second. A storm on one pattern: a rule changed, or an attack began.", "每秒新开;单一模式的风暴意味着规则变动或攻击开始。"),
                  "cps", [('sum by (pattern) (rate(brushwatch_alert_lines_total{%,event="opened"}[R]))', "{{pattern}}")], "BrushwatchAlertStorm", stack=True),
            lines(("Opened by severity", "新开,按级别"), ("notice accuses nobody.", "notice 不指控任何人。"),
                  "cps", [('sum by (severity) (rate(brushwatch_alert_lines_total{%,event="opened"}[R]))', "{{severity}}")], stack=True),
            lines(("Opened, updated, withdrawn", "新开、更新、撤回"), ("What happens to alerts.", "预警的变化。"),
                  "cps", [('sum by (event) (rate(brushwatch_alert_lines_total{%}[R]))', "{{event}}")]),
        ]),
        Row(("Detectors", "检测器"), [
            lines(("Findings by detector", "各检测器发现"), ("Findings that reached fusion, a second.", "每秒到达融合阶段的发现。"),
                  "cps", [('sum by (detector) (rate(brushwatch_detector_findings_total{%,kind="made"}[R]))', "{{detector}}")], width=12),
            lines(("Retractions by detector", "各检测器撤证"), ("Findings taken back by a late record. A detector that retracts much speaks too early.", "因迟到记录撤回的发现;撤得多说明说得太早。"),
                  "cps", [('sum by (detector) (rate(brushwatch_detector_findings_total{%,kind="retracted"}[R]))', "{{detector}}")], width=12),
            bars(("Findings in 6 h", "6 小时发现数"), ("All zero while events flow is silence: the alert below watches the sum.", "有事件而全为零即为静默,由预警规则看总和。"),
                 "short", [('sum by (detector) (increase(brushwatch_detector_findings_total{%,kind="made"}[6h]))', "{{detector}}")]),
            bars(("Voices in alerts, 24 h", "预警中的发声,24 小时"), ("How often a detector is the best voice of its family in an opened alert.", "检测器在新开预警中成为所属证据族最佳发声者的次数。"),
                 "short", [('sum by (detector) (increase(brushwatch_alert_voices_total{%}[1d]))', "{{detector}}")]),
            bars(("Precision by verdicts", "按结论的精确率"), ("Of the alerts in which the detector is a voice and that people decided, the share confirmed or found worth a case.", "检测器发声且人员已处理的预警中,被认定或值得立案的比例。"),
                 "percentunit", [('sum by (detector) (brushwatch_detector_alerts{%,verdict=~"confirmed|worthy"}) / (sum by (detector) (brushwatch_detector_alerts{%,verdict=~"confirmed|worthy|rejected"}) > 0)', "{{detector}}")], "BrushwatchPrecisionLow", most=1),
            bars(("Silence", "静默"), ("Event time since each detector's last finding, as a multiple of its longest silence before; 0 until its pace is known.", "各检测器自上次发现以来的事件时间,为以往最长静默的倍数;节奏未知时为 0。"),
                 "short", [('max by (detector) (brushwatch_detector_silence_ratio{%})', "{{detector}}")], "BrushwatchAlertSilence", width=12),
            bars(("Findings behind an alert", "每个预警背后的发现"), ("Findings made for each time the detector was a voice: how selective fusion is.", "每次发声对应的发现数:融合有多挑剔。"),
                 "short", [('sum by (detector) (increase(brushwatch_detector_findings_total{%,kind="made"}[1d])) / (sum by (detector) (increase(brushwatch_alert_voices_total{%}[1d])) > 0)', "{{detector}}")], width=12),
        ]),
        Row(("Taken back", "收回"), [
            bars(("Withdrawals by reason, 24 h", "撤回原因,24 小时"), ("victim_of_reverse_brushing: the subject turned out to be the target.", "victim_of_reverse_brushing:主体其实是被攻击者。"),
                 "short", [('sum by (reason) (increase(brushwatch_alert_withdrawals_total{%}[1d]))', "{{reason}}")], width=12),
            lines(("Findings that found no second family", "未成预警的发现"), ("Findings for each opened alert. One family never accuses: most findings stay findings.", "每个新开预警对应的发现数。单一证据族不指控,多数发现只是发现。"),
                  "short", [('sum(increase(brushwatch_detector_findings_total{%,kind="made"}[1h])) / sum(increase(brushwatch_alert_lines_total{%,event="opened"}[1h]))', "findings an alert")], width=12),
        ]),
    ])

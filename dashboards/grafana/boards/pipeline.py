"""Pipeline: stage by stage, from the sources to the epoch."""

from board import Board, Row, bars, lines, stat, table

BOARD = Board(
    "pipeline",
    ("Brushwatch · Pipeline", "刷单哨 · 流水线"),
    ("Stage by stage: what comes in, what waits, who holds the watermark back, where the time goes.", "逐阶段查看:流入、等待、谁拖住水位线、时间花在哪里。"),
    [
        Row(("Sources", "来源"), [
            lines(("Records taken, by result", "接收记录,按结果"), ("event, rejected (dead letter), duplicate (delivered again).", "event 正常,rejected 进死信,duplicate 重复投递。"),
                  "cps", [('sum by (result) (rate(brushwatch_ingest_records_total{%}[R]))', "{{result}}")], stack=True),
            lines(("Records that wait", "等待中的记录"), ("Records in the transport behind what was taken. Growing: the pipeline is slower than the source.", "传输层里尚未取走的记录;持续增长说明流水线慢于来源。"),
                  "short", [('max by (source) (brushwatch_ingest_lag_records{%})', "{{source}}")]),
            lines(("Lag in seconds", "滞后秒数"), ("The same lag as time.", "同一滞后,以时间表示。"),
                  "s", [('max by (source) (brushwatch_ingest_lag_seconds{%})', "{{source}}")], "BrushwatchLagGrowing"),
            lines(("Events ahead of the clock", "超前于时钟的事件"), ("Share of events whose own time lies after their arrival: a platform's clock runs ahead.", "事件时间晚于到达时间的比例:某平台时钟超前。"),
                  "percentunit", [('sum by (source) (rate(brushwatch_ingest_ahead_events_total{%}[R])) / sum by (source) (rate(brushwatch_ingest_records_total{%,result="event"}[R]))', "{{source}}")], "BrushwatchClockSkew"),
            bars(("Dead letters by error", "死信按错误"), ("Records refused in the last hour, by what was wrong.", "近一小时拒收的记录,按原因。"),
                 "short", [('sum by (error) (increase(brushwatch_ingest_dead_letters_by_error_total{%}[1h]))', "{{error}}")]),
            lines(("Time in the ledger", "写账本时间"), ("Share of time spent making rounds durable. High: the disk or the broker of the ledger is slow.", "让每轮落盘所占时间;高说明账本的磁盘或代理慢。"),
                  "percentunit", [('sum by (instance) (rate(brushwatch_ingest_ledger_seconds_total{%}[R]))', "{{instance}}")]),
        ]),
        Row(("Event time", "事件时间"), [
            lines(("Watermark lag by source", "各来源水位线滞后"), ("How far each source's latest event is behind the clock. The highest that is not idle holds everybody back.", "各来源最新事件落后时钟多少;未闲置者中最高的拖住全体。"),
                  "s", [('max by (source) (brushwatch_ingest_watermark_lag_seconds{%})', "{{source}}"),
                        ('max(brushwatch_pipeline_watermark_lag_seconds{%})', "pipeline")], "BrushwatchWatermarkStalled", width=12),
            table(("Who holds the watermark back", "谁拖住水位线"), ("1 marks the source whose event time is the lowest of those that are not idle.", "1 标出未闲置来源中事件时间最低者。"),
                  "none", [('max by (source) (brushwatch_ingest_watermark_holder{%})', "holds")], width=6),
            table(("Idle sources", "闲置来源"), ("1 marks a source that is silent for so long that it does not hold time back any more.", "1 标出长时间无声、不再拖住时间的来源。"),
                  "none", [('max by (source) (brushwatch_ingest_source_idle{%})', "idle")], width=6),
            lines(("Late events by stage", "各阶段迟到事件"), ("Events behind the watermark by more than the allowed lateness, as a share of what the stage folds.", "超过容许迟到时间的事件占该阶段折叠记录的比例。"),
                  "percentunit", [('sum by (stage) (rate(brushwatch_stage_late_events_total{%}[R])) / sum by (stage) (rate(brushwatch_stage_records_total{%}[R]))', "{{stage}}")], "BrushwatchLateSpike", width=12),
            lines(("Rows woken by time", "被时间唤醒的行"), ("Timers a second. A leap of the watermark brings a wave.", "每秒定时器;水位线跳跃会带来一波。"),
                  "cps", [('sum by (stage) (rate(brushwatch_stage_timers_total{%}[R]))', "{{stage}}")], width=12),
        ]),
        Row(("Stages", "阶段"), [
            lines(("Records by stage", "各阶段记录"), ("Records folded a second. An order becomes several records on its way.", "每秒折叠记录;一笔订单沿途变成多条。"),
                  "cps", [('sum by (stage) (rate(brushwatch_stage_records_total{%}[R]))', "{{stage}}")], stack=True),
            lines(("Busy share by stage", "各阶段忙碌占比"), ("Seconds of work a second. Near 1 there is back-pressure: sources wait.", "每秒工作秒数;接近 1 即出现背压,来源等待。"),
                  "percentunit", [('sum by (stage) (rate(brushwatch_stage_busy_seconds_total{%}[R]))', "{{stage}}")], stack=True),
            lines(("Cost of a record", "单条记录成本"), ("Time of a stage divided by its records.", "阶段耗时除以记录数。"),
                  "s", [('sum by (stage) (rate(brushwatch_stage_busy_seconds_total{%,stage!="intake"}[R])) / sum by (stage) (rate(brushwatch_stage_records_total{%}[R]))', "{{stage}}")]),
            lines(("Records by partition", "各分区记录"), ("All stages of a partition. A partition far above the others holds a hub or a flood.", "分区内全部阶段;远高于其他分区者藏着枢纽或洪峰。"),
                  "cps", [('sum by (partition) (rate(brushwatch_partition_records_total{%}[R]))', "{{partition}}")]),
            stat(("Skew of partitions", "分区倾斜"), ("Largest partition against the mean. 1 is even.", "最大分区与均值之比;1 为均匀。"),
                 "short", 'max(rate(brushwatch_partition_records_total{%}[R])) / avg(rate(brushwatch_partition_records_total{%}[R]))', width=8, height=7),
            lines(("Rounds", "轮次"), ("Rounds folded a second, and events in each.", "每秒轮次及每轮事件数。"),
                  "short", [('sum(rate(brushwatch_pipeline_rounds_total{%}[R]))', "rounds a second"),
                            ('sum(rate(brushwatch_pipeline_events_total{%}[R])) / sum(rate(brushwatch_pipeline_rounds_total{%}[R]))', "events a round")]),
        ]),
        Row(("Latency", "延迟"), [
            lines(("Time of a round by step, p99", "每轮各步耗时,p99"), ("wait: between arrival and fold.", "wait:到达与折叠之间的等待。"),
                  "s", [('histogram_quantile(0.99, sum by (step, le) (rate(brushwatch_pipeline_step_seconds_bucket{%}[R])))', "{{step}}")], "BrushwatchLatencyHigh", width=12),
            lines(("Time of a round by step, mean", "每轮各步耗时,均值"), ("Where the time of a typical round goes.", "一般轮次的时间去向。"),
                  "s", [('sum by (step) (rate(brushwatch_pipeline_step_seconds_sum{%}[R])) / sum by (step) (rate(brushwatch_pipeline_step_seconds_count{%}[R]))', "{{step}}")], stack=True, width=12),
        ]),
    ])

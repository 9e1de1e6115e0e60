"""Kafka client: what librdkafka says about its clients, by role: source, ledger, output."""

from board import Board, Row, lines, stat

BOARD = Board(
    "kafka",
    ("Brushwatch · Kafka client", "刷单哨 · Kafka 客户端"),
    ("librdkafka's own statistics, by role: source, ledger, output. Empty when nothing of the run is on Kafka.", "librdkafka 的自述统计,按角色:来源、账本、输出;运行不使用 Kafka 时为空。"),
    [
        Row(("Connections", "连接"), [
            stat(("Brokers down", "断开的代理"), ("Connections that are not up. One for minutes: ask the broker's operator.", "未建立的连接;持续数分钟则询问代理运维。"), "short", 'sum(brushwatch_kafka_brokers{%,state="down"})', "BrushwatchBrokerDown", width=6),
            stat(("Brokers up", "连通的代理"), ("Connections that are up, over all clients.", "所有客户端已建立的连接。"), "short", 'sum(brushwatch_kafka_brokers{%,state="up"})', width=6),
            stat(("Clients", "客户端"), ("Clients that report: one a source partition, one for the ledger, one an output.", "在报告的客户端:每个来源分区一个,账本一个,每个输出一个。"), "short", 'sum(brushwatch_kafka_clients{%})', width=6),
            stat(("Messages not acknowledged", "未确认消息"), ("Produced, not yet held by all replicas in sync.", "已产生、尚未被全部同步副本持有。"), "short", 'sum(brushwatch_kafka_queued_messages{%})', width=6),
            lines(("Bytes on the wire", "线上字节"), ("Sent and received, by role.", "发送与接收,按角色。"), "Bps", [('sum by (role, direction) (rate(brushwatch_kafka_bytes_total{%}[R]))', "{{role}} {{direction}}")]),
            lines(("Messages", "消息"), ("Sent and received, by role.", "发送与接收,按角色。"), "cps", [('sum by (role, direction) (rate(brushwatch_kafka_messages_total{%}[R]))', "{{role}} {{direction}}")]),
            lines(("Requests", "请求"), ("Requests a second, by role.", "每秒请求,按角色。"), "reqps", [('sum by (role) (rate(brushwatch_kafka_requests_total{%}[R]))', "{{role}}")]),
        ]),
        Row(("Waiting", "等待"), [
            lines(("Round trip, p99", "往返用时,p99"), ("Of the worst client and broker.", "最差的客户端与代理。"), "s", [('max by (role) (brushwatch_kafka_latency_seconds{%,what="round_trip_p99"})', "{{role}}")], "BrushwatchLatencyHigh"),
            lines(("Wait in the client, p99", "客户端内等待,p99"), ("From produce to the first byte sent.", "从产生到首字节发出。"), "s", [('max by (role) (brushwatch_kafka_latency_seconds{%,what="queue_p99"})', "{{role}}")]),
            lines(("Throttling", "限流"), ("Longest throttle that a broker asked for: a quota is reached.", "代理要求的最长限流:达到配额。"), "s", [('max by (role) (brushwatch_kafka_latency_seconds{%,what="throttle_max"})', "{{role}}")]),
            lines(("Bytes not acknowledged", "未确认字节"), ("Bounded by the client's own queue.", "受客户端自身队列限制。"), "bytes", [('sum by (role) (brushwatch_kafka_queued_bytes{%})', "{{role}}")]),
            lines(("Requests that wait", "等待的请求"), ("To be sent; answers that wait to be polled.", "待发送的请求与待轮询的应答。"), "short", [('sum by (role) (brushwatch_kafka_waiting_requests{%})', "{{role}} to send"), ('sum by (role) (brushwatch_kafka_waiting_operations{%})', "{{role}} to poll")]),
            lines(("Troubles", "故障"), ("Errors, retries, timeouts, reconnects.", "错误、重试、超时、重连。"), "cps", [('sum by (role, kind) (rate(brushwatch_kafka_request_troubles_total{%}[R]))', "{{role}} {{kind}}")]),
        ]),
    ])

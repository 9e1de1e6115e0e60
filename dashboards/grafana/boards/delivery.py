"""Alliance delivery: what leaves, how fast, and who is answered."""

from board import Board, Row, lines, stat

BOARD = Board(
    "delivery",
    ("Brushwatch · Alliance delivery", "刷单哨 · 联盟送达"),
    ("What leaves the pipeline by output and by HTTP, how long it takes and what fails.", "流水线经输出与 HTTP 送出了什么、用时多久、失败多少。"),
    [
        Row(("Outputs", "输出"), [
            stat(("Alert lines in 24 h", "24 小时预警行"), ("Lines of the alert output: opened, updated, withdrawn.", "预警输出的行:新开、更新、撤回。"), "short", 'sum(increase(brushwatch_output_lines_total{%,output="alert"}[1d]))', width=6),
            stat(("Dead letters in 24 h", "24 小时死信"), ("Records refused, kept with their bytes.", "拒收并保留原始字节的记录。"), "short", 'sum(increase(brushwatch_ingest_dead_letters_total{%}[1d]))', width=6),
            stat(("Late lines in 24 h", "24 小时迟到行"), ("Events that came too late to count, each with its reason.", "来得太晚而不计入的事件,各附原因。"), "short", 'sum(increase(brushwatch_output_lines_total{%,output="late"}[1d]))', width=6),
            stat(("Requests that failed", "失败请求"), ("Share of HTTP requests answered with a 5xx.", "以 5xx 应答的 HTTP 请求比例。"), "percentunit",
                 '(sum(rate(brushwatch_http_requests_total{%,status="5xx"}[R])) or vector(0)) / sum(rate(brushwatch_http_requests_total{%}[R]))', "BrushwatchDeliveryFailing", width=6),
            lines(("Lines by output", "各输出行数"), ("Lines a second.", "每秒行数。"), "cps", [('sum by (output) (rate(brushwatch_output_lines_total{%}[R]))', "{{output}}")], width=12),
            lines(("Time on the way out", "送出用时"), ("Share of time spent chaining lines and making them visible. High: the sink's disk or broker is slow.", "串链并使输出可见所占时间;高说明输出端磁盘或代理慢。"),
                  "percentunit", [('sum by (instance) (rate(brushwatch_output_seconds_total{%}[R]))', "{{instance}}")], width=12),
        ]),
        Row(("HTTP", "HTTP"), [
            lines(("Requests by route", "各路由请求"), ("Answered requests a second.", "每秒应答的请求。"), "reqps", [('sum by (route) (rate(brushwatch_http_requests_total{%}[R]))', "{{route}}")], stack=True),
            lines(("Requests by status", "各状态请求"), ("2xx well, 4xx refused, 5xx failed.", "2xx 正常,4xx 拒绝,5xx 失败。"), "reqps", [('sum by (status) (rate(brushwatch_http_requests_total{%}[R]))', "{{status}}")], stack=True),
            lines(("Time to answer, p99", "应答用时,p99"), ("An ingest request waits until the ledger holds it: its time is the ledger's.", "写入请求等到账本落盘才应答,其用时即账本用时。"),
                  "s", [('histogram_quantile(0.99, sum by (route, le) (rate(brushwatch_http_request_seconds_bucket{%}[R])))', "{{route}}")]),
        ]),
        Row(("Members", "成员"), [
            lines(("Webhook posts", "Webhook 投递"), ("Posts a second, by what came of them; retries are posts of a message that was not taken before.", "每秒投递,按结果;重试为此前未被接收的消息再次投递。"), "cps",
                  [('sum by (result) (rate(brushwatch_webhook_posts_total{%}[R]))', "{{result}}"), ('sum(rate(brushwatch_webhook_retries_total{%}[R]))', "retries")]),
            lines(("Time of a webhook post", "单次 Webhook 投递用时"), ("From the post's beginning to the answer or the failure, by what came of it. It is given up after 15 s.", "从投递开始到应答或失败的用时,按结果;15 秒放弃。"), "s",
                  [('histogram_quantile(0.5, sum by (result, le) (rate(brushwatch_webhook_post_seconds_bucket{%}[R])))', "{{result}} p50"),
                   ('histogram_quantile(0.99, sum by (result, le) (rate(brushwatch_webhook_post_seconds_bucket{%}[R])))', "{{result}} p99")]),
            lines(("Age of a message when taken", "消息被接收时的时长"), ("Since its endpoint came to it, retries included: what a member feels. Far above the time of a post: messages are taken only after retries.", "自端点轮到该消息起,含重试:成员的感受。远高于单次投递用时,说明多次重试后才被接收。"), "s",
                  [('histogram_quantile(0.5, sum by (le) (rate(brushwatch_webhook_delivery_seconds_bucket{%}[R])))', "p50"),
                   ('histogram_quantile(0.99, sum by (le) (rate(brushwatch_webhook_delivery_seconds_bucket{%}[R])))', "p99")]),
            lines(("Webhook messages that wait", "等待中的 Webhook 消息"), ("Waiting: taken up and not settled. Dead: the schedule ended, somebody must resend them.", "等待:已取未送达。死信:重试已尽,须人工重发。"), "short",
                  [('sum(brushwatch_webhook_waiting{%})', "waiting"), ('sum(brushwatch_webhook_dead_letters{%})', "dead")]),
            lines(("Oldest message not taken", "最久未被接收的消息"), ("Age of the oldest message that was posted and that its endpoint did not take.", "已投递但端点未接收的最早消息的时长。"), "s",
                  [('max(brushwatch_webhook_oldest_waiting_seconds{%})', "oldest")]),
            lines(("Live stream clients", "实时流客户端"), ("Clients of the live stream. A fall to zero of all at once: the door or what stands in front of it.", "实时流的客户端数;同时归零说明门户或其前置有问题。"), "short",
                  [('sum by (instance) (brushwatch_stream_clients{%})', "{{instance}}")]),
            lines(("Lag of the live stream", "实时流滞后"), ("From a line's being readable to its being written to a reader that has caught up. Growing at p99 alone: one slow reader; all of it: the door's thread is busy.", "从行可读到写给已追上的读者。仅 p99 上升:个别读者慢;整体上升:门户线程繁忙。"), "s",
                  [('histogram_quantile(0.5, sum by (le) (rate(brushwatch_stream_lag_seconds_bucket{%}[R])))', "p50"),
                   ('histogram_quantile(0.99, sum by (le) (rate(brushwatch_stream_lag_seconds_bucket{%}[R])))', "p99")]),
            lines(("Members' topics", "成员主题"), ("Records written a second, and turns in which a topic could not be written.", "每秒写入记录数,及写入失败的轮次。"), "cps",
                  [('sum by (kind) (rate(brushwatch_member_topic_lines_total{%}[R]))', "{{kind}}"), ('sum(rate(brushwatch_member_topic_failures_total{%}[R]))', "failures")], width=16),
        ]),
    ])

"""State: rows in memory, epochs, RocksDB, disk."""

from board import Board, Row, lines, stat

BOARD = Board(
    "state",
    ("Brushwatch · State", "刷单哨 · 状态"),
    ("Rows in memory and on disk, epochs, and what RocksDB says of itself. All of it can be folded again from the ledger.", "内存与磁盘中的行、纪元以及 RocksDB 的自述;这一切都能由账本重新折叠。"),
    [
        Row(("Rows", "行"), [
            stat(("Rows", "行数"), ("Keys with a row, wherever it lies.", "拥有行的键,无论在何处。"), "short", 'sum(brushwatch_state_rows{%})'),
            stat(("Hot share", "热行比例"), ("Rows in memory against all rows.", "内存中的行占全部行的比例。"), "percentunit", 'sum(brushwatch_state_hot_rows{%}) / sum(brushwatch_state_rows{%})'),
            stat(("Dirty rows", "脏行"), ("Rows changed since the last epoch: what a crash would fold again.", "上个纪元后改动的行:崩溃后将重新折叠。"), "short", 'sum(brushwatch_state_dirty_rows{%})'),
            stat(("Age of the epoch", "纪元年龄"), ("Time since the last epoch was written.", "距上次写入纪元的时间。"), "s", 'max(time() - brushwatch_state_epoch_timestamp_seconds{%})', "BrushwatchEpochOverdue"),
            stat(("Hot memory", "热行内存"), ("Memory of the rows; capped by pipeline.memory_mib.", "行所占内存,受 pipeline.memory_mib 限制。"), "bytes", 'sum(brushwatch_state_hot_bytes{%})'),
            stat(("Store on disk", "存储占盘"), ("Table files of RocksDB.", "RocksDB 的表文件。"), "bytes", 'sum(brushwatch_store_table_bytes{%})'),
            lines(("Rows by stage", "各阶段行数"), ("Rows live until their detectors let them go; a stage that only grows forgets nothing.", "行存活到检测器放手为止;只增不减的阶段没有遗忘。"), "short", [('sum by (stage) (brushwatch_state_rows{%})', "{{stage}}")], stack=True),
            lines(("Rows by partition", "各分区行数"), ("Even partitions mean a good key.", "分区均匀说明键选得好。"), "short", [('sum by (partition) (brushwatch_partition_rows{%})', "{{partition}}")]),
            lines(("Rows read from the store", "从存储读取的行"), ("Misses of the hot rows, a second. Each costs some 4 µs: raise pipeline.memory_mib when it dominates.", "热行未命中,每秒;每次约 4 微秒,占主导时调大 pipeline.memory_mib。"), "cps", [('sum(rate(brushwatch_state_reads_total{%}[R]))', "reads")]),
        ]),
        Row(("Epochs", "纪元"), [
            lines(("Epochs", "纪元次数"), ("Epochs written an hour.", "每小时写入的纪元。"), "short", [('sum(rate(brushwatch_state_epochs_total{%}[R])) * 3600', "an hour")]),
            lines(("Time of an epoch", "纪元用时"), ("Folding waits for it.", "折叠要等待它。"), "s", [('sum(rate(brushwatch_state_epoch_seconds_total{%}[R])) / (sum(rate(brushwatch_state_epochs_total{%}[R])) > 0)', "mean")]),
            lines(("Share of time in epochs", "纪元占时"), ("Above a tenth: epochs are too small or the disk too slow.", "超过十分之一:纪元太小或磁盘太慢。"), "percentunit", [('sum(rate(brushwatch_state_epoch_seconds_total{%}[R]))', "share")]),
        ]),
        Row(("RocksDB", "RocksDB"), [
            lines(("Bytes moved", "字节流动"), ("By why: log, flush, compaction. Compaction far above flush is write amplification.", "按原因:日志、刷写、压实;压实远高于刷写即写放大。"), "Bps", [('sum by (kind) (rate(brushwatch_store_io_bytes_total{%}[R]))', "{{kind}}")]),
            lines(("Block cache hits", "块缓存命中"), ("Share of block look-ups answered from memory.", "块查找由内存应答的比例。"), "percentunit",
                  [('sum(rate(brushwatch_store_block_lookups_total{%,result="hit"}[R])) / sum(rate(brushwatch_store_block_lookups_total{%}[R]))', "hits")], most=1),
            lines(("Cache and memtables", "缓存与内存表"), ("Memory of the store, under its cap.", "存储所占内存及其上限。"), "bytes", [('sum(brushwatch_store_cache_bytes{%})', "cache"), ('sum(brushwatch_store_memtable_bytes{%})', "memtables"), ('sum(brushwatch_store_cache_capacity_bytes{%})', "cap")]),
            lines(("Files of level 0", "第 0 层文件"), ("RocksDB slows writes down from 20 on.", "自 20 个起 RocksDB 会减慢写入。"), "short", [('max by (instance) (brushwatch_store_level0_files{%})', "{{instance}}")]),
            lines(("Pending compaction", "待压实"), ("Bytes that compaction has still to rewrite.", "压实尚需重写的字节。"), "bytes", [('sum by (instance) (brushwatch_store_pending_compaction_bytes{%})', "{{instance}}")]),
            lines(("Background jobs", "后台任务"), ("Jobs running now.", "正在运行的任务。"), "short", [('sum by (task) (brushwatch_store_background_tasks{%})', "{{task}}")]),
            lines(("Stall of writes", "写入停顿"), ("Share of time that writes were held up, and whether they are stopped.", "写入受阻的时间比例,及是否已停止。"), "percentunit", [('sum(rate(brushwatch_store_stall_seconds_total{%}[R]))', "stalled"), ('max(brushwatch_store_write_stopped{%})', "stopped")]),
            lines(("Reads that a filter saved", "过滤器省下的读取"), ("Look-ups of absent keys that never touched a block.", "查找不存在的键而未触碰数据块。"), "cps", [('sum(rate(brushwatch_store_filter_skips_total{%}[R]))', "saved")]),
            stat(("Background errors", "后台错误"), ("Any is damage: the state is folded again from the ledger at the next start.", "只要出现即为损坏:下次启动会由账本重新折叠。"), "short", 'sum(brushwatch_store_background_errors_total{%})', width=8, height=7),
        ]),
        Row(("Disk", "磁盘"), [
            lines(("Disk free", "磁盘剩余"), ("Room on the disk of the data directory.", "数据目录所在磁盘的剩余比例。"), "percentunit", [('min by (instance) (brushwatch_disk_free_bytes{%} / brushwatch_disk_size_bytes{%})', "{{instance}}")], "BrushwatchDiskFilling", width=12, most=1),
            lines(("Days until the disk is full", "距磁盘写满天数"), ("As the last six hours go on.", "按最近六小时的走势推算。"), "d", [('clamp_max((brushwatch_disk_free_bytes{%} / clamp_min(-deriv(brushwatch_disk_free_bytes{%}[6h]), 1)) / 86400, 365)', "{{instance}}")], width=12),
        ]),
    ])

"""The peer benchmark's results: rows as JSON, and from them a table (Markdown) and a picture (SVG).

One row is one run. Tables show the median, and the least and the most where there are several.
"""

import json
import math
import os
import pathlib
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NAMES = {"brushwatch": "Brushwatch", "flink-rocksdb": "Flink, RocksDB", "flink-heap": "Flink, heap", "kstreams": "Kafka Streams",
         "bare": "bare C++ loop, no durable state"}
GUARANTEES = {"eos": "exactly once", "alo": "at least once"}
# Modes that load an engine with a share of what it drained, in per cent.
SHARES = {"latency_50": 50, "latency_80": 80}
LATENCY = [("p50_ms", "p50, ms", 0), ("p99_ms", "p99, ms", 0), ("p999_ms", "p99.9, ms", 0), ("cpu_percent_of_core", "CPU, % of a core", 0),
           ("samples", "alerts", 0), ("feeder_late_ms", "feeder late at worst, ms", 1)]
# Column, its heading, digits. In the order of the table.
COLUMNS = {
    "drain": [("events_per_cpu_s", "orders per CPU-second", 0), ("events_per_cpu_s_with_broker", "… broker included", 0),
              ("events_per_s", "orders/s, wall", 0), ("peak_rss_mib", "peak RSS, MiB", 0),
              ("kafka_bytes_per_event", "bytes to Kafka per order", 1)],
    "latency": LATENCY,
    **{mode: [("rate", "orders/s sent", 0), *LATENCY] for mode in SHARES},
    "kill": [("kill_to_alert_s", "kill -9 → next alert, s", 1), ("doubled", "alerts doubled", 0)],
    "nemesis": [("kills", "kills", 0), ("expected", "alerts due", 0), ("lost", "lost", 0), ("doubled", "doubled", 0), ("different", "different", 0),
                ("recovery_s", "kill → next alert, median, s", 1), ("recovery_max_s", "at worst, s", 1)],
}
TITLES = {
    "drain": "Drain: as fast as it goes, from a full topic",
    "latency": "Latency in an open loop, from the time an order was due to its alert's arrival (committed reads)",
    **{mode: f"Latency in an open loop at {percent} % of what each engine drained" for mode, percent in SHARES.items()},
    "kill": "kill -9 in the middle of an open loop, started again at once",
    "nemesis": "kill -9 again and again in an open loop, started again each time at once",
}
INTRO = {
    "performance": "Written by `make bench-peers`. {about} Work, tuning and method: `bench/peers/README.md`. In every run the alerts were the oracle's, none missing, "
                   "none more; after a kill an at-least-once engine may double some, and the table says how many.",
    "reliability": "Written by `bench/peers/run.py --modes nemesis`. {about} The same kills for all, and the same oracle (`bench/peers/oracle`): what it says is the "
                   "result. Lost: an alert that the oracle gives and the topic lacks two minutes after the last one; doubled: the same alert once more; different: one "
                   "that the oracle never gives. Readers read what is committed. Work, tuning and method: `bench/peers/README.md`.",
}


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []


def machine():
    model = "unknown CPU"
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("model name"):
                model = " ".join(line.split(":", 1)[1].split())
                break
    return f"{len(os.sched_getaffinity(0))} × {model}"


def commit():
    run = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    return run.stdout.strip() or "unknown"


def cells(rows, mode):
    """(work, guarantee, engine) → column → values, in the order of the report."""
    groups = {}
    for row in rows:
        if row["mode"] == mode:
            groups.setdefault((row["work"], row["guarantee"], row["engine"]), []).append(row)
    order = list(NAMES)
    keys = sorted(groups, key=lambda k: (k[0], k[1] != "eos", order.index(k[2])))
    return {k: {c: [r[c] for r in groups[k]] for c, _, _ in COLUMNS[mode]} for k in keys}


def shown(values, digits):
    text = lambda v: f"{v:,.{digits}f}"
    middle = text(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} [{text(min(values))}–{text(max(values))}]"


def cell(values, column, digits):
    """A thousandth needs a thousand alerts."""
    return "–" if column == "p999_ms" and min(values["samples"]) < 1000 else shown(values[column], digits)


def guarantee_of(engine, guarantee):
    """Brushwatch has one guarantee; without its ledger it is there to show what that costs."""
    return "none: no ledger" if (engine, guarantee) == ("brushwatch", "alo") else GUARANTEES[guarantee]


def table(rows, mode):
    columns = COLUMNS[mode]
    lines = [f"| work | guarantee | engine | runs | {' | '.join(h for _, h, _ in columns)} |", "|---" * 4 + "|---:" * len(columns) + "|"]
    for (work, guarantee, engine), values in cells(rows, mode).items():
        n = len(values[columns[0][0]])
        lines.append(f"| {work.upper()} | {guarantee_of(engine, guarantee)} | {NAMES[engine]} | {n} | "
                     + " | ".join(cell(values, c, digits) for c, _, digits in columns) + " |")
    return "\n".join(lines)


def picture(rows):
    """Orders per CPU-second as bars on a logarithmic scale: the engines lie a factor of ten apart."""
    bars = [(k, statistics.median(v["events_per_cpu_s"])) for k, v in cells(rows, "drain").items()]
    left, width, step, low = 330, 480, 26, 1000.0
    decades = 3.2  # 1,000 to 1.6 M
    x = lambda v: left + width * min(decades, max(0.0, math.log10(v / low))) / decades
    height = 56 + step * len(bars)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="940" height="{height}" font-family="sans-serif" font-size="13">',
           f'<rect width="940" height="{height}" fill="#fff"/>',
           '<text x="16" y="22" font-weight="bold">Orders per CPU-second of the engine (median, logarithmic)</text>']
    for v in (1e3, 1e4, 1e5, 1e6):
        out.append(f'<line x1="{x(v):.0f}" x2="{x(v):.0f}" y1="34" y2="{height - 18}" stroke="#ddd"/>'
                   f'<text x="{x(v):.0f}" y="{height - 4}" fill="#666" text-anchor="middle">{v:,.0f}</text>')
    for i, ((work, guarantee, engine), value) in enumerate(bars):
        y = 36 + step * i
        colour = {"brushwatch": "#c0392b", "bare": "#999999"}.get(engine, "#2c6fbb" if guarantee == "eos" else "#8db6e0")
        label = f"{work.upper()}, {guarantee_of(engine, guarantee)}: {NAMES[engine].split(',')[0] if engine == 'bare' else NAMES[engine]}"
        out.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{label}</text>'
                   f'<rect x="{left}" y="{y}" width="{x(value) - left:.0f}" height="{step - 8}" fill="{colour}"/>'
                   f'<text x="{x(value) + 6:.0f}" y="{y + 14}">{value:,.0f}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def span(rows, column):
    """"1,000,000", or "5 to 12" when the runs differ."""
    values = sorted({r[column] for r in rows})
    return f"{values[0]:,.0f}" if len(values) == 1 else f"{values[0]:,.0f} to {values[-1]:,.0f}"


def write(path, rows):
    """The rows as JSON, and the page and the picture beside them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"machine": machine(), "commit": commit()}
    path.write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    about_text = (f"{about['machine']}, commit {about['commit']}. Load average of the machine at the end of the runs: {span(rows, 'load_average')} "
                  "(processes that want a core: this benchmark's own and whatever else the machine did). Median [least–most].")
    proof = all(r["mode"] == "nemesis" for r in rows)
    page = [f"# {'Peers under the same kills' if proof else 'Peers on the same work'}\n\n{INTRO['reliability' if proof else 'performance'].format(about=about_text)}\n"]
    for mode, title in TITLES.items():
        if any(r["mode"] == mode for r in rows):
            own = [{**r, "measured": r["events"] - r["warm"]} for r in rows if r["mode"] == mode]
            load = f"{span(own, 'measured')} orders" if mode == "drain" else "As many orders a second as the table says" if mode in SHARES \
                else f"{span(own, 'rate')} orders a second"
            page.append(f"## {title}\n\n{load}, behind a warm-up of {span(own, 'warm')}.\n")
            if mode == "drain":
                page.append(f"![Orders per CPU-second]({path.stem}.svg)\n")
                path.with_suffix(".svg").write_text(picture(rows), encoding="utf-8")
            page.append(table(rows, mode) + "\n")
    path.with_suffix(".md").write_text("\n".join(page), encoding="utf-8")


def record_figure(identity, value, unit, floor, goal, what):
    """A floor that is not met stands in the page as such."""
    subprocess.run([ROOT / "tools" / "figures.py", "record", "--id", identity, "--value", f"{value:.3g}", "--unit", unit, "--floor", str(floor), "--goal", str(goal),
                    "--command", "make bench-peers", "--what", what, "--not-met-yet"], check=True)


def medians(results, mode, column, guarantee="eos"):
    return {(work, engine): statistics.median(values[column]) for (work, g, engine), values in cells(load(results), mode).items() if g == guarantee}


def record_figures(results):
    """Ratios of medians into docs/figures.json, by tools/figures.py; only of engines that ran beside each other."""
    drained = medians(results, "drain", "events_per_cpu_s")
    for work, floor, goal in (("w1", 5, 8), ("w2", 7, 10)):
        for peer, name in (("flink-rocksdb", "flink"), ("kstreams", "kstreams")):
            if (work, "brushwatch") in drained and (work, peer) in drained:
                record_figure(f"{work}_ratio_{name}_eos", drained[work, "brushwatch"] / drained[work, peer], "×", floor, goal,
                              f"orders per CPU-second on {work.upper()}, exactly once, over {NAMES[peer]} beside it")
    if ("w1", "brushwatch") in drained and ("w1", "bare") in drained:
        record_figure("w1_share_of_bare_loop", 100 * drained["w1", "brushwatch"] / drained["w1", "bare"], "%", 60, 80,
                      "orders per CPU-second on W1, exactly once with durable state, of those of a bare loop without")
    without = medians(results, "drain", "events_per_cpu_s", "alo")
    taxes = [100 * (1 - drained[key] / rate) for key, rate in without.items() if key[1] == "brushwatch" and key in drained]
    if taxes:
        # 10 % is the bound; half of it is what we work towards.
        record_figure("eos_tax_pct", max(taxes), "%", 10, 5, "orders per CPU-second that the ledger costs: with it, exactly once, against the same job with a ledger "
                      "that keeps nothing; the dearer of W1 and W2")
    p50, p99 = medians(results, "latency", "p50_ms"), medians(results, "latency", "p99_ms")
    if ("w1", "brushwatch") in p99:
        ours = p99["w1", "brushwatch"]
        record_figure("eos_p50_ms", p50["w1", "brushwatch"], "ms", 20, 5, "due time of an order → its alert in a topic, W1, exactly once, open loop on a real broker")
        record_figure("eos_p99_ms", ours, "ms", 100, 20, "the same")
        for peer, name in (("flink-rocksdb", "flink"), ("kstreams", "kstreams")):
            if ("w1", peer) in p99:
                record_figure(f"eos_p99_ratio_{name}", p99["w1", peer] / ours, "×", 5, 13, f"p99 of {NAMES[peer]} beside it over ours, W1, exactly once")


if __name__ == "__main__":
    record_figures(ROOT / "docs" / "performance" / "peers.json")

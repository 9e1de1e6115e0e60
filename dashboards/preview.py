"""Draws what a dashboard shows of a live run, without Grafana: a preview, and labelled so.

One SVG a dashboard, laid out by the panels' own grid positions, turned into a PNG by Chromium. Called by live.py --pictures.
"""

import html
import pathlib
import subprocess
import tempfile
import time

from lint import panels_of

UNIT, LINE, HEAD = 50, 34, 58  # px: one of 24 columns, one row of height, the head of the page
COLOURS = ["#7eb26d", "#eab839", "#6ed0e0", "#ef843c", "#e24d42", "#1f78c1", "#ba43a9", "#705da0", "#508642", "#cca300", "#447ebc", "#c15c17"]
OUT = pathlib.Path(__file__).parent.parent / "docs" / "pictures"
LABEL = {"en": "Preview drawn by Brushwatch's own renderer from a live run. Not a picture of Grafana.", "zh": "由刷单哨自带绘图程序依据实时运行绘制的预览,并非 Grafana 画面。"}


def number(value, unit):
    """A value as a person reads it."""
    if value != value:
        return "–"
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit in ("bytes", "Bps"):
        for name in ("B", "KiB", "MiB", "GiB", "TiB"):
            if abs(value) < 1024 or name == "TiB":
                return f"{value:.3g} {name}" + ("/s" if unit == "Bps" else "")
            value /= 1024
    if unit == "s":
        for name, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
            if abs(value) >= size:
                return f"{value / size:.3g} {name}"
        return f"{value * 1e9:.3g} ns" if value else "0 s"
    suffix = {"cps": "/s", "reqps": " req/s", "d": " d"}.get(unit, "")
    for name, size in (("M", 1e6), ("k", 1e3)):
        if abs(value) >= size:
            return f"{value / size:.3g} {name}{suffix}"
    return f"{value:.3g}{suffix}"


def say(x, y, words, size=12, fill="#d8d9da", anchor="start", weight="normal"):
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}">{html.escape(str(words))}</text>'


def name_of(series, legend):
    if not legend:
        return ""
    out = legend
    for label, value in series["metric"].items():
        out = out.replace("{{" + label + "}}", value)
    return out


def threshold_of(panel):
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return [(step["value"], step["color"]) for step in steps if step.get("value") is not None], steps[0]["color"]


def colour_of(panel, value):
    steps, colour = threshold_of(panel)
    for bound, next_colour in steps:
        if value >= bound:
            colour = next_colour
    return {"green": "#73bf69", "red": "#f2495c"}[colour]


def draw_stat(panel, box, ask, unit):
    x, y, w, h = box
    found = ask(panel["targets"][0]["expr"], False)
    value = float(found[0]["value"][1]) if found else float("nan")
    name = name_of(found[0], panel["targets"][0].get("legendFormat")) if found else ""
    return [say(x + w / 2, y + h / 2 + (34 if name else 22), number(value, unit), 24 if name else 30, colour_of(panel, value) if value == value else "#888", "middle", "bold")] + ([say(x + w / 2, y + h / 2 + 4, name[:30], 18, "#fff", "middle", "bold")] if name else [])


def draw_bars(panel, box, ask, unit):
    x, y, w, h = box
    rows = [(name_of(s, t.get("legendFormat")), float(s["value"][1])) for t in panel["targets"] for s in ask(t["expr"], False)]
    rows = sorted(((n, v) for n, v in rows if v == v), key=lambda row: -row[1])[: int((h - 34) // 19)]
    top = max([v for _, v in rows] + [1e-12])
    out = []
    for place, (name, value) in enumerate(rows):
        at = y + 34 + place * 19
        out.append(f'<rect x="{x + 120}" y="{at}" width="{max(1, (w - 200) * value / top):.1f}" height="13" fill="#73bf69"/>')
        out.append(say(x + 114, at + 11, name[:18], 11, anchor="end") + say(x + w - 8, at + 11, number(value, unit), 11, anchor="end"))
    return out


def draw_table(panel, box, ask, unit):
    x, y, w, h = box
    rows = [(", ".join(v for k, v in s["metric"].items()), float(s["value"][1])) for t in panel["targets"] for s in ask(t["expr"], False)]
    out = []
    for place, (name, value) in enumerate(rows[: int((h - 34) // 20)]):
        out.append(say(x + 12, y + 46 + place * 20, name[:40]) + say(x + w - 12, y + 46 + place * 20, number(value, unit), anchor="end"))
    return out


def draw_lines(panel, box, ask, unit):
    x, y, w, h = box
    defaults = panel["fieldConfig"]["defaults"]
    stack = defaults.get("custom", {}).get("stacking", {}).get("mode") == "normal"
    series = []
    for target in panel["targets"]:
        for s in ask(target["expr"], True):
            points = [(float(t), float(v)) for t, v in s["values"] if v not in ("NaN", "+Inf", "-Inf")]
            if points:
                series.append((name_of(s, target.get("legendFormat")), points))
    if stack:
        below, stacked = {}, []
        for name, points in series:
            for t, v in points:
                below[t] = below.get(t, 0) + v
            stacked.append((name, [(t, below[t]) for t, _ in points], points[-1][1]))
        drawn = list(reversed(stacked))
    else:
        drawn = [(name, points, points[-1][1]) for name, points in series]
    left, right, upper, lower = x + 62, x + w - 10, y + 32, y + h - 40
    top = max([v for _, points, _ in drawn for _, v in points] + [0])
    limits, _ = threshold_of(panel)
    shown = [(bound, colour) for bound, colour in limits if bound <= top * 3 or top == 0]
    top = defaults.get("max") or max([top] + [bound * 1.1 for bound, _ in shown]) or 1
    first = min([points[0][0] for _, points, _ in drawn] + [time.time()])
    last = max([points[-1][0] for _, points, _ in drawn] + [first + 1])
    place = lambda t, v: (left + (right - left) * (t - first) / max(1, last - first), lower - (lower - upper) * min(v, top) / top)  # noqa: E731
    out = []
    for part in range(4):
        at = lower - (lower - upper) * part / 3
        out.append(f'<line x1="{left}" y1="{at:.0f}" x2="{right}" y2="{at:.0f}" stroke="#2f3239"/>' + say(left - 6, at + 4, number(top * part / 3, unit), 10, "#9a9da3", "end"))
    for n, (name, points, _) in enumerate(drawn):
        colour = COLOURS[(len(drawn) - 1 - n if stack else n) % len(COLOURS)]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in (place(t, v) for t, v in points))
        if stack:
            out.append(f'<polygon points="{place(points[0][0], 0)[0]:.1f},{lower} {path} {place(points[-1][0], 0)[0]:.1f},{lower}" fill="{colour}" fill-opacity="0.55"/>')
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.4"/>')
    for bound, colour in shown:
        at = place(first, bound)[1]
        out.append(f'<line x1="{left}" y1="{at:.0f}" x2="{right}" y2="{at:.0f}" stroke="{"#f2495c" if colour == "red" else "#73bf69"}" stroke-dasharray="6 4"/>')
    at = left - 50
    for n, (name, _, value) in enumerate(sorted(drawn, key=lambda d: -d[2])):
        colour = COLOURS[[d[0] for d in (reversed(drawn) if stack else drawn)].index(name) % len(COLOURS)] if name else COLOURS[0]
        words = f"{name} {number(value, unit)}"
        if at + 16 + len(words) * 6.4 > right:
            break
        out.append(f'<rect x="{at:.0f}" y="{y + h - 22}" width="9" height="3" fill="{colour}"/>' + say(at + 13, y + h - 17, words, 11))
        at += 24 + len(words) * 6.4
    return out


def svg(dashboard, language, ask):
    out, bottom = [], HEAD
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        x, y, w, h = place["x"] * UNIT + 3, place["y"] * LINE + HEAD + 3, place["w"] * UNIT - 6, place["h"] * LINE - 6
        bottom = max(bottom, y + h)
        if panel["type"] == "row":
            out.append(say(x + 6, y + 20, "▾ " + panel["title"], 14, "#c7d0d9", weight="bold"))
            continue
        out.append(f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="3" fill="#181b1f" stroke="#2c3235"/>')
        out.append(say(x + 10, y + 20, panel["title"], 13, weight="bold"))
        draw = {"stat": draw_stat, "bargauge": draw_bars, "table": draw_table, "timeseries": draw_lines}[panel["type"]]
        out += draw(panel, (x, y, w, h), ask, panel["fieldConfig"]["defaults"]["unit"])
    head = say(14, 26, dashboard["title"], 18, "#fff", weight="bold") + say(14, 46, LABEL[language], 12, "#eab839")
    size = f'width="1206" height="{bottom + 8}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="DejaVu Sans, Noto Sans CJK SC, sans-serif"><rect {size} fill="#111217"/>{head}{"".join(out)}</svg>', bottom + 8


def picture(svg_text, height, path):
    """Chromium paints it; few colours make a small file."""
    # Headless Chromium takes some 90 px of the window for a frame that nobody sees.
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "page.html"
        page.write_text(f'<!doctype html><meta charset="utf-8"><style>body{{margin:0;background:#111217}}</style>{svg_text}', encoding="utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                        "--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/profile", "--hide-scrollbars",
                        f"--window-size=1206,{height + 92}", f"--screenshot={path}", page.as_uri()], check=True, capture_output=True, timeout=120)
    subprocess.run(["pngquant", "--force", "--ext", ".png", "48", str(path)], check=True)


def asker(rig, filled, seconds, end=None):
    """ask(expression, over_time?) about the last `seconds` of a run, up to `end` (default: now)."""
    end = time.time() if end is None else end

    def ask(expr, over_time):
        expr = filled(expr)
        return rig.query(expr, start=end - seconds, end=end, step=1) if over_time else rig.query(expr, time=end)

    return ask


def draw(dashboard, language, ask, name):
    assert list(panels_of(dashboard)), name
    text, height = svg(dashboard, language, ask)
    picture(text, height, OUT / f"{name}.png")


def draw_all(rig, dashboards, filled):
    ask = asker(rig, filled, 90)
    for language in ("en", "zh"):
        for name, dashboard in dashboards(language):
            if language == "en" or name == "overview":  # the words differ, the picture does not
                draw(dashboard, language, ask, f"dashboard-{name}-{language}")

#!/usr/bin/env python3
"""Turns coloured terminal text on stdin into an SVG: `brushwatch explain … | terminal_picture.py TITLE OUT.svg`. The text stays text."""

import html
import pathlib
import re
import sys
import unicodedata

COLOURS = {"31": "#ff7b7f", "32": "#6fcf8e", "33": "#f2b45c", "34": "#7cb7f2", "35": "#cf9df0", "36": "#63d2cf", "37": "#e7eaee", "90": "#a3abb5", "2": "#a3abb5"}
WEIGHT = {False: "", True: ' font-weight="700"'}
CELL, LINE = 8.4, 19  # px of one column and one line at 14 px


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def spans(line):
    """(text, colour, bold) pieces of a line."""
    colour, bold = "#d8dde3", False
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b["):
            for code in part[2:-1].split(";"):
                if code in ("", "0"):
                    colour, bold = "#d8dde3", False
                elif code == "1":
                    bold = True
                elif code in COLOURS:
                    colour = COLOURS[code]
        elif part:
            yield part, colour, bold


def main(title, out):
    lines = sys.stdin.read().rstrip("\n").split("\n")
    columns = max([width(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines] + [40])
    w, h = columns * CELL + 32, len(lines) * LINE + 58
    body = []
    for row, line in enumerate(lines):
        at = 16.0
        for piece, colour, bold in spans(line):
            body.append(f'<text x="{at:.1f}" y="{row * LINE + 54}" fill="{colour}"{WEIGHT[bold]} textLength="{width(piece) * CELL:.1f}" xml:space="preserve">{html.escape(piece)}</text>')
            at += width(piece) * CELL
    dots = "".join(f'<circle cx="{18 + n * 18}" cy="17" r="5.5" fill="{c}"/>' for n, c in enumerate(("#ff5f57", "#febc2e", "#28c840")))
    pathlib.Path(out).write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w:.0f}" height="{h}" viewBox="0 0 {w:.0f} {h}" font-family="ui-monospace,DejaVu Sans Mono,Noto Sans Mono CJK SC,monospace" font-size="14">'
        f'<rect width="{w:.0f}" height="{h}" rx="8" fill="#14181d"/>{dots}<text x="{w / 2:.0f}" y="22" fill="#a3abb5" text-anchor="middle" font-size="12">{html.escape(title)}</text>{"".join(body)}</svg>\n',
        encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

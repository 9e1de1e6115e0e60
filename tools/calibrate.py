#!/usr/bin/env python3
"""Learns what a score was worth on train worlds, and shows it on train and test worlds side by side.

  tools/calibrate.py [--train 20] [--test 20] [--clean 5] [--binary build/release/bin/brushwatch] [--cases DIR]

Runs `brushwatch evaluate --missed`, which lists the standing cases with their truth, on both splits (with --cases DIR: reads what an earlier run left there), fits on the train cases alone
logit p = slope x total + offset, one slope for all and an offset for each category, and writes
  alliance/calibration_table.h     the defaults of the rules `calibration.*`
  docs/evaluation/calibration.md   and its pictures: reliability of both splits, before and after.
The defaults are part of the rules' digest: afterwards `UPDATE_GOLDEN=1 build/release/tests/unit_alliance` writes api/examples/alert.json anew.
The fit is Cox's recalibration ("Two further applications of a model for binary regression", Biometrika 45, 1958) with a prior around the score
itself: slope 1 +- 0.5, offsets 0 +- 2 nats. Few train alerts are wrong: where the cases say little, the score's own posterior stays, and nothing is certain
because nothing was wrong. So a category with few cases needs no other rule. Deterministic.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CATEGORIES = ["fake_trade", "suspicion", "malicious_review", "complicit_logistics", "reverse_brushing_victim"]
SLOPE_SD, OFFSET_SD = 0.5, 2.0  # of the prior around the score: no slope is believed to double, no category to be off by more than e^4
CLAMP_MILLI = 24_000  # as alliance/calibration.cc
BINS = 10


def run(binary, split, seeds, clean, path):
    told = subprocess.run([binary, "evaluate", *(["--train"] if split == "train" else []), "--seeds", str(seeds), "--clean", str(clean), "--missed", "--quiet"],
                          check=True, capture_output=True, text=True).stdout
    path.write_text("".join(line + "\n" for line in told.splitlines() if line.startswith('{"seed":')), encoding="utf-8")


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def solve(a, b):
    """Gaussian elimination with pivots: a handful of unknowns."""
    n = len(b)
    m = [row[:] + [b[i]] for i, row in enumerate(a)]
    for c in range(n):
        pivot = max(range(c, n), key=lambda r: abs(m[r][c]))
        m[c], m[pivot] = m[pivot], m[c]
        for r in range(c + 1, n):
            f = m[r][c] / m[c][c]
            for k in range(c, n + 1):
                m[r][k] -= f * m[c][k]
    x = [0.0] * n
    for r in range(n - 1, -1, -1):
        x[r] = (m[r][n] - sum(m[r][k] * x[k] for k in range(r + 1, n))) / m[r][r]
    return x


def fit(cases, groups, free_slope=True):
    """The most probable slope, and offset of each category, by Newton's method with halved steps. slope >= 0: a louder score is never
    worth less."""
    index = {g: i for i, g in enumerate(groups)}

    def loss(w):
        total = (w[0] - 1) ** 2 / (2 * SLOPE_SD**2) + sum(b * b for b in w[1:]) / (2 * OFFSET_SD**2)
        for c in cases:
            z = w[0] * c["total_milli"] / 1000 + w[1 + index[c["category"]]]
            total += max(z, 0) - (z if c["right"] else 0) + math.log1p(math.exp(-abs(z)))
        return total

    w = [1.0 if free_slope else 0.0] + [0.0] * len(groups)
    for _ in range(200):
        n = len(w)
        gradient = [(w[0] - 1) / SLOPE_SD**2] + [b / OFFSET_SD**2 for b in w[1:]]
        hessian = [[(1 / SLOPE_SD**2 if i == 0 else 1 / OFFSET_SD**2) if i == j else 0.0 for j in range(n)] for i in range(n)]
        for c in cases:
            s, g = c["total_milli"] / 1000, 1 + index[c["category"]]
            q = sigmoid(w[0] * s + w[g])
            d, v = q - (1 if c["right"] else 0), q * (1 - q)
            gradient[0] += d * s
            gradient[g] += d
            hessian[0][0] += v * s * s
            hessian[0][g] += v * s
            hessian[g][0] += v * s
            hessian[g][g] += v
        if not free_slope:
            gradient[0] = 0.0
            hessian[0] = [1.0] + [0.0] * (n - 1)
            for row in hessian[1:]:
                row[0] = 0.0
        step = solve(hessian, gradient)
        before, scale = loss(w), 1.0
        while scale > 1e-6 and loss([a - scale * b for a, b in zip(w, step)]) > before:
            scale /= 2
        w = [a - scale * b for a, b in zip(w, step)]
        if max(abs(scale * b) for b in step) < 1e-10:
            break
    return w if w[0] >= 0 else fit(cases, groups, free_slope=False)


def permille(total_milli):
    """As posterior_permille() of alliance/judgement.cc."""
    return math.floor(1000 / (1 + math.exp(-total_milli / 1000)) + 0.5)


def probability(case, table):
    slope, offset = table[case["category"]]
    total = max(-CLAMP_MILLI, min(CLAMP_MILLI, case["total_milli"]))
    return max(1, min(999, permille((slope * total) // 1000 + offset)))


def bins_of(cases, value):
    bins = [[0.0, 0, 0] for _ in range(BINS)]
    for c in cases:
        v = value(c)
        b = bins[min(BINS - 1, v * BINS // 1000)]
        b[0] += v / 1000
        b[1] += c["right"]
        b[2] += 1
    return [b for b in bins if b[2]]


def ece(cases, value):
    return sum(abs(b[0] - b[1]) for b in bins_of(cases, value)) / max(1, len(cases))


def picture(sets, value, title):
    size, at = 300, 50
    x = lambda p: at + p * size
    y = lambda p: 20 + (1 - p) * size
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{at + size + 40}" height="{at + size + 40}" font-family="sans-serif" font-size="12">',
           '<rect width="100%" height="100%" fill="white"/>', f'<rect x="{at}" y="20" width="{size}" height="{size}" fill="none" stroke="#888"/>',
           f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}" stroke="#bbb"/>']
    for k, (name, cases, colour) in enumerate(sets):
        for total, right, n in bins_of(cases, value):
            out.append(f'<circle cx="{x(total / n):.1f}" cy="{y(right / n):.1f}" r="5" fill="{colour}" fill-opacity="0.7"><title>{name}: {n} cases</title></circle>')
        out.append(f'<circle cx="{at + 16}" cy="{36 + 18 * k}" r="5" fill="{colour}" fill-opacity="0.7"/><text x="{at + 28}" y="{40 + 18 * k}">{name}</text>')
    out += [f'<text x="{x(0.5)}" y="{y(0) + 28}" text-anchor="middle">{title}</text>',
            f'<text x="14" y="{y(0.5)}" transform="rotate(-90 14 {y(0.5)})" text-anchor="middle">share that was right</text>', "</svg>"]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=int, default=20)
    parser.add_argument("--test", type=int, default=20)
    parser.add_argument("--clean", type=int, default=5, help="fraud-free worlds of each split")
    parser.add_argument("--binary", default=str(ROOT / "build" / "release" / "bin" / "brushwatch"))
    parser.add_argument("--cases", type=pathlib.Path, help="folder with train.ndjson and test.ndjson; written when they are not there")
    args = parser.parse_args()
    folder = args.cases or ROOT / "build" / "calibration"
    folder.mkdir(parents=True, exist_ok=True)
    for split, seeds in (("train", args.train), ("test", args.test)):
        if not args.cases or not (folder / f"{split}.ndjson").exists():
            run(args.binary, split, seeds, args.clean, folder / f"{split}.ndjson")
    train, test = read(folder / "train.ndjson"), read(folder / "test.ndjson")
    if {c["seed"] for c in train} & {c["seed"] for c in test}:
        sys.exit("calibrate: a world is in both splits")

    of = {k: [c for c in train if c["category"] == k] for k in CATEGORIES}
    w = fit(train, CATEGORIES)
    table = {k: (round(1000 * w[0]), round(1000 * w[1 + i])) for i, k in enumerate(CATEGORIES)}

    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    command = f"tools/calibrate.py --train {args.train} --test {args.test} --clean {args.clean}"
    seeds = sorted({c["seed"] for c in train})
    rows = ",\n".join(f'    {{"{k}", {table[k][0]}, {table[k][1]}, "{sum(c["right"] for c in of[k])} of {len(of[k])} train cases were right"}}' for k in CATEGORIES)
    (ROOT / "alliance" / "calibration_table.h").write_text(f"""#pragma once
/// Written by `{command}` at {commit}, from {len(train)} cases of {len(seeds)} train worlds (seeds {seeds[0]} … {seeds[-1]}); do not edit.

#include <cstdint>
#include <string_view>

namespace brushwatch {{

struct LearntLine {{
  std::string_view category;
  std::int64_t slope_milli, offset_milli;
  std::string_view from;
}};
inline constexpr LearntLine kLearnt[] = {{
{rows},
}};

}}  // namespace brushwatch
""", encoding="utf-8")

    raw = lambda c: c["posterior_permille"]
    learnt = lambda c: probability(c, table)
    docs = ROOT / "docs" / "evaluation"
    sets = [("train", train, "#c0772a"), ("test", test, "#4a7fb5")]
    (docs / "calibration_score.svg").write_text(picture(sets, raw, "posterior of the score"), encoding="utf-8")
    (docs / "calibration_learnt.svg").write_text(picture(sets, learnt, "learnt probability"), encoding="utf-8")
    out = [f"# Calibration\n\nWritten by `{command}` at {commit}; do not edit. Learnt on the train worlds alone; the test worlds have other seeds, another season,\nbusier shops, "
           "milder fakes and a mix of attacks that no train world has.\n\nlogit p = slope × total + offset, one slope for all, an offset for each category (`tools/calibrate.py` says how).\n"
           "Alerts carry p as `probability_permille`; which alerts open, and how urgent they are, hangs on the score as before.\n\n"
           "| | cases, train | right | cases, test | right | slope | offset | p at the mean total of test |\n|---|---|---|---|---|---|---|---|\n"]
    for k in CATEGORIES:
        tested = [c for c in test if c["category"] == k]
        mean = sum(c["total_milli"] for c in tested) // len(tested) if tested else 0
        shown = f"{probability({'category': k, 'total_milli': mean}, table) / 10:.1f} %" if tested else "–"
        out.append(f"| {k} | {len(of[k])} | {sum(c['right'] for c in of[k])} | {len(tested)} | {sum(c['right'] for c in tested)} | "
                   f"{table[k][0] / 1000:.3f} | {table[k][1] / 1000:.3f} | {shown} |\n")
    out.append("\n| expected calibration error | train | test |\n|---|---|---|\n")
    for name, value in (("posterior of the score", raw), ("learnt probability", learnt)):
        out.append(f"| {name} | {ece(train, value):.4f} | {ece(test, value):.4f} |\n")
    out.append("\nTen equal bins, all categories. Reliability of the score, and of the learnt probability:\n\n![score](calibration_score.svg) ![learnt](calibration_learnt.svg)\n")
    for name, value in (("posterior of the score", raw), ("learnt probability", learnt)):
        for split, cases, _ in sets:
            out.append(f"\n| {name}, {split} | was right | cases |\n|---|---|---|\n")
            out += [f"| {total / n:.3f} | {right / n:.3f} | {n} |\n" for total, right, n in bins_of(cases, value)]
    (docs / "calibration.md").write_text("".join(out), encoding="utf-8")
    print(f"calibration error on test worlds: {ece(test, raw):.4f} of the score, {ece(test, learnt):.4f} learnt ({len(test)} cases)")


if __name__ == "__main__":
    main()

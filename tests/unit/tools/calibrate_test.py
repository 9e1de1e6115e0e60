#!/usr/bin/env python3
"""tools/calibrate.py: what it learns from cases whose truth is known, and that the shipped table is the one its page shows."""

import math
import pathlib
import random
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))
import calibrate  # noqa: E402


def cases_of(slope, offsets, n):
    chance = random.Random(3)
    out = []
    for _ in range(n):
        category = chance.choice(calibrate.CATEGORIES)
        total = chance.uniform(0, 8)
        right = chance.random() < 1 / (1 + math.exp(-(slope * total + offsets[category])))
        out.append({"category": category, "total_milli": int(1000 * total), "right": right})
    return out


class Calibrate(unittest.TestCase):
    def test_finds_the_line_that_made_the_cases(self):
        offsets = dict(zip(calibrate.CATEGORIES, (1.0, -1.0, 0.0, 1.5, 0.5)))
        w = calibrate.fit(cases_of(0.6, offsets, 8000), calibrate.CATEGORIES)
        self.assertAlmostEqual(w[0], 0.6, delta=0.06)
        for k, b in zip(calibrate.CATEGORIES, w[1:]):
            self.assertAlmostEqual(b, offsets[k], delta=0.25, msg=k)

    def test_stays_with_the_score_where_the_cases_say_nothing(self):
        self.assertEqual(calibrate.fit([], calibrate.CATEGORIES), [1.0] + [0.0] * len(calibrate.CATEGORIES))
        few = [{"category": "suspicion", "total_milli": 822, "right": True}] * 3
        w = dict(zip(["slope", *calibrate.CATEGORIES], calibrate.fit(few, calibrate.CATEGORIES)))
        self.assertEqual(w["fake_trade"], 0.0)
        self.assertGreater(w["suspicion"], 0.2)
        self.assertLess(1 / (1 + math.exp(-(w["slope"] * 0.822 + w["suspicion"]))), 0.95, "three of three are no certainty")

    def test_a_louder_score_is_never_worth_less(self):
        falling = [{"category": k, "total_milli": 1000 * s, "right": s < 4} for k in calibrate.CATEGORIES for s in range(8)] * 9
        self.assertEqual(calibrate.fit(falling, calibrate.CATEGORIES)[0], 0.0)

    def test_the_shipped_table_is_the_one_that_the_page_shows(self):
        table = re.findall(r'\{"(\w+)", (-?\d+), (-?\d+), "(\d+) of (\d+) ', (ROOT / "alliance" / "calibration_table.h").read_text(encoding="utf-8"))
        self.assertEqual([row[0] for row in table], calibrate.CATEGORIES)
        page = (ROOT / "docs" / "evaluation" / "calibration.md").read_text(encoding="utf-8")
        for name, slope, offset, right, n in table:
            self.assertRegex(page, rf"\| {name} \| {n} \| {right} \| \d+ \| \d+ \| {int(slope) / 1000:.3f} \| {int(offset) / 1000:.3f} \|")


if __name__ == "__main__":
    unittest.main()

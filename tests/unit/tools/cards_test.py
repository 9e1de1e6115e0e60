"""What is written into the detectors' cards."""

import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))
import cards  # noqa: E402

REPORT = {
    "with_attacks": {"detectors": [{"detector": 15, "says": "victim", "told": 40, "right": 38, "seen": 38, "of": 80},
                                   {"detector": 5, "says": "offender", "told": 10, "right": 9, "seen": 8, "of": 32}]},
    "fraud_free": {"detectors": []},
    "ablation": [{"without": "nothing", "found": 0.96, "pr_auc": 0.97, "victims_named": 1.0}, {"without": "D5", "found": 0.95, "pr_auc": 0.97, "victims_named": 1.0},
                 {"without": "D15", "found": 0.96, "pr_auc": 0.97, "victims_named": 1.0}],
}

FIGURES = {"detector_chain_ns": {"value": 1404.53, "command": "make bench"}}


class Cards(unittest.TestCase):
    def render(self, card, header="struct RingState {};\n", name="ring"):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name / "README.md"
            path.parent.mkdir()
            path.write_text(card, encoding="utf-8")
            (path.parent / "it.h").write_text(header, encoding="utf-8")
            return cards.rendered(path, REPORT, {"detector RingState": 12.4, "detector Other": 99.0, "fold": 1000.0}, FIGURES)

    def test_a_row_is_added_at_the_end_of_the_table_and_replaced_the_next_time(self):
        card = "# D5 lockstep: it\n\n| | |\n|---|---|\n| Pattern | p |\n\n- Words.\n\n| other | table |\n"
        once = self.render(card)
        self.assertEqual(once, "# D5 lockstep: it\n\n| | |\n|---|---|\n| Pattern | p |\n"
                               "| Measured | D5 speaks of 10 subjects, 90.0 % of them offenders; of 25 % of the offenders' shops; of 0 in fraud-free worlds; without it campaigns found "
                               "0.960 → 0.950; 12 instructions an event of the whole input (`tools/cards.py`) |\n\n- Words.\n\n| other | table |\n")
        self.assertEqual(self.render(once), once)

    def test_a_card_of_two_detectors_tells_of_both(self):
        row = self.render("# D15 and D30 malice: it\n\n| a | b |\n", header="")
        self.assertIn("D15 speaks of 40 subjects, 95.0 % of them victims and targets; of 48 % of the victims and targets; without it nothing is lost that others do not find; "
                      "D30 speaks of nobody in the test worlds (`tools", row)

    def test_what_detectors_share_has_no_such_row(self):
        self.assertEqual(self.render("# shop_core: shared\n\n| a | b |\n"), "# shop_core: shared\n\n| a | b |\n")

    def test_the_card_of_what_all_share_tells_of_the_whole_chain(self):
        card = "# shop_core: shared\n\n| | |\n|---|---|\n| Whole row | |\n| Whole chain | old |\n| Cost | c |\n"
        once = self.render(card, name="shop_core")
        self.assertIn("| Whole chain | parcel, shop, party and ring with all detectors, one core: 1,405 ns an event (`make bench`): figure `detector_chain_ns` |\n| Cost | c |\n", once)
        self.assertIn("| Whole row | all detectors of the stage, as stored: not recorded for each day", once)
        self.assertEqual(self.render(once, name="shop_core"), once)
        self.assertEqual(self.render(card), card, "only there")


if __name__ == "__main__":
    unittest.main()

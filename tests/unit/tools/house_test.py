"""The house tools: what they refuse, what they count, what they write."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))
import check_layers  # noqa: E402


def tool(name, *arguments):
    return subprocess.run([sys.executable, str(ROOT / "tools" / name), *map(str, arguments)], capture_output=True, text=True, check=False)


class CheckLayers(unittest.TestCase):
    def allowed(self, path, kind, target):
        self.assertIsNone(check_layers.offence(path, kind, target), (path, target))

    def refused(self, path, kind, target):
        self.assertIsNotNone(check_layers.offence(path, kind, target), (path, target))

    def test_lets_includes_go_down_and_stay_inside(self):
        self.allowed("apps/run.cc", '"', "connectors/http/server.h")
        self.allowed("engine/stage/task.cc", '"', "state/store.h")
        self.allowed("detectors/order_velocity/order_velocity.cc", '"', "detectors/shop_core/shop_core.h")
        self.allowed("state/rocksdb/rocks_store.cc", '"', "state/store.h")
        self.allowed("tests/unit/state/x_test.cc", '"', "apps/config.h")
        self.allowed("engine/base/time.cc", "<", "vector")

    def test_refuses_includes_that_go_up_or_sideways(self):
        self.refused("engine/base/time.cc", '"', "engine/event/event.h")
        self.refused("engine/detect/fold.cc", '"', "engine/log/log.h")
        self.refused("detectors/x/x.cc", '"', "state/store.h")
        self.refused("connectors/http/server.cc", '"', "connectors/kafka/kafka_log.h")
        self.refused("alliance/alerts.cc", '"', "detectors/registry.h")
        self.refused("engine/stage/task.cc", '"', "apps/config.h")
        self.refused("apps/run.cc", '"', "tests/support/temp_dir.h")

    def test_gives_each_foreign_header_one_home(self):
        self.allowed("connectors/http/server.cc", "<", "boost/asio/io_context.hpp")
        self.refused("apps/run.cc", "<", "boost/beast/http.hpp")
        self.refused("connectors/kafka/log.cc", "<", "rocksdb/db.h")
        self.refused("engine/stage/task.cc", "<", "prometheus/registry.h")
        self.refused("apps/run.cc", "<", "nlohmann/json.hpp")
        self.allowed("alliance/fusion.cc", "<", "boost/math/special_functions/beta.hpp")

    def test_prints_the_offending_line(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "engine/base").mkdir(parents=True)
            (root / "engine/base/a.h").write_text('#pragma once\n#include "apps/config.h"\n', encoding="utf-8")
            run = tool("check_layers.py", root)
            self.assertEqual(run.returncode, 1)
            self.assertIn('engine/base/a.h:2: #include "apps/config.h"', run.stdout)


class CountTests(unittest.TestCase):
    def count(self, cases, reports):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "junit.xml").write_text("<testsuite>" + "".join(cases) + "</testsuite>", encoding="utf-8")
            for name, tests in reports.items():
                suite = {"name": "S", "testsuite": tests}
                (root / f"{name}.json").write_text(json.dumps({"testsuites": [suite]}), encoding="utf-8")
            run = tool("count_tests.py", root / "junit.xml", root)
            return run.returncode, run.stdout.splitlines()

    def test_adds_reports_and_counts_other_entries_as_one(self):
        code, lines = self.count(['<testcase name="a" status="run"/>', '<testcase name="layers" status="run"/>'],
                                 {"a": [{"name": "x", "result": "COMPLETED"}, {"name": "y", "result": "COMPLETED"},
                                        {"name": "z", "result": "SKIPPED"}]})
        self.assertEqual((code, lines), (0, ["1 skipped", "3 passed, 0 failed"]))

    def test_counts_a_failed_test_and_names_it(self):
        code, lines = self.count(['<testcase name="a" status="fail"/>'],
                                 {"a": [{"name": "x", "result": "COMPLETED", "failures": [{}]}, {"name": "y", "result": "COMPLETED"}]})
        self.assertEqual((code, lines), (1, ["failed: a: S.x", "1 passed, 1 failed"]))

    def test_counts_an_executable_that_died_as_a_failure(self):
        self.assertEqual(self.count(['<testcase name="a" status="fail"/>'], {}), (1, ["failed: a", "0 passed, 1 failed"]))
        code, lines = self.count(['<testcase name="a" status="fail"/>'], {"a": [{"name": "x", "result": "COMPLETED"}]})
        self.assertEqual((code, lines[-1]), (1, "1 passed, 1 failed"))

    def test_calls_nothing_run_a_failure(self):
        code, lines = self.count([], {})
        self.assertEqual((code, lines[-1]), (1, "0 passed, 1 failed"))


class Figures(unittest.TestCase):
    def test_keeps_figures_sorted_and_judges_them_by_their_floor(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "tools" / "figures.py"
            copy.parent.mkdir()
            copy.write_text((ROOT / "tools/figures.py").read_text(encoding="utf-8"), encoding="utf-8")

            def figures(*arguments):
                return subprocess.run([sys.executable, str(copy), *arguments], capture_output=True, text=True, check=False)

            for identity, value, floor, goal in (("rate", 500, 400, 1000), ("latency", 15, 50, 20), ("rate", 1200, 400, 1000)):
                run = figures("record", "--id", identity, "--value", str(value), "--unit", "u", "--floor", str(floor), "--goal", str(goal),
                              "--command", "make bench")
                self.assertEqual(run.returncode, 0, run.stderr)
            page = (pathlib.Path(folder) / "docs/figures.md").read_text(encoding="utf-8")
            self.assertLess(page.index("`latency`"), page.index("`rate`"))
            self.assertEqual(page.count("goal reached"), 2)
            self.assertIn("| 1,200 | u | 400 | 1,000 |", page)
            self.assertEqual(figures("check").returncode, 0)
            figures("record", "--id", "latency", "--value", "60", "--unit", "u", "--floor", "50", "--goal", "20", "--command", "c")
            run = figures("check")
            self.assertEqual(run.returncode, 1)
            self.assertIn("latency is below its floor", run.stdout)


class NewDetector(unittest.TestCase):
    def test_lays_down_four_files_once(self):
        with tempfile.TemporaryDirectory() as folder:
            arguments = ("new_detector.py", "--name", "order_burst", "--number", "29", "--root", folder)
            self.assertEqual(tool(*arguments).returncode, 0)
            source = (pathlib.Path(folder) / "detectors/order_burst/order_burst.cc").read_text(encoding="utf-8")
            self.assertIn("class OrderBurst final", source)
            self.assertNotIn("@", source)
            self.assertTrue((pathlib.Path(folder) / "tests/unit/detectors/order_burst/order_burst_test.cc").exists())
            self.assertEqual(tool(*arguments).returncode, 1)

    def test_refuses_a_name_that_is_not_snake_case(self):
        self.assertEqual(tool("new_detector.py", "--name", "OrderBurst", "--number", "29").returncode, 2)


class CheckContract(unittest.TestCase):
    """The checker on a copy of what it reads, with one thing broken at a time."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        for part in ("api", "connectors/codec", "engine/base"):
            shutil.copytree(ROOT / part, self.root / part)
        for file in ("tools/check_contract.py", "apps/config.cc", "apps/config.h", "examples/ten-events.ndjson"):
            (self.root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, self.root / file)

    def change(self, file, old, new):
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def said(self):
        run = subprocess.run([sys.executable, str(self.root / "tools/check_contract.py")], capture_output=True, text=True, check=False)
        return run.returncode, run.stderr

    def test_says_what_is_wrong_in_schemas_examples_topics_and_codec(self):
        self.assertEqual(self.said(), (0, ""))
        self.change("api/examples/valid/order.closed__minimal.json", '"order_id": "O-1"', '"order_id": 1')
        shutil.copy(self.root / "api/examples/valid/order.signed__minimal.json", self.root / "api/examples/invalid/bad_type__nothing.json")
        self.change("api/asyncapi.yaml", "action: send", "action: push")
        self.change("connectors/codec/event_reader.cc", '"search", "live"', '"search", "radio", "live"')
        self.change("examples/ten-events.ndjson", '"paid_fen":12900', '"paid_fen":-1')
        code, text = self.said()
        self.assertEqual(code, 1)
        for part in ("valid/order.closed__minimal.json: should be valid: /order_id", "bad_type__nothing.json: passes the schema",
                     "action is send or receive", "kChannels differ in ['radio']", "ten-events.ndjson:1: "):
            self.assertIn(part, text)

    def test_says_which_schema_is_none(self):
        self.change("api/schema/order.schema.json", "common.schema.json#/$defs/u32", "common.schema.json#/$defs/u33")
        self.change("api/schema/common.schema.json", '"maxLength": 64', '"maxLength": "64"')
        code, text = self.said()
        self.assertEqual(code, 1)
        self.assertIn("order.schema.json: a reference does not resolve: 'u33'", text)
        self.assertIn("common.schema.json: not a valid schema at /$defs/name/maxLength", text)


if __name__ == "__main__":
    unittest.main()

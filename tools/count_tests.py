#!/usr/bin/env python3
"""Adds up what ctest ran: GoogleTest reports count test by test, other entries as one each. Last line: "N passed, N failed".

Usage: tools/count_tests.py JUNIT_XML RESULTS_DIR. Exit 1 when something failed or nothing ran.
An executable that died, or that ctest stopped, has no report (or a report without its failure): that counts as a failure.
"""

import json
import pathlib
import sys
import xml.etree.ElementTree


def main():
    junit, results = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    passed = failed = skipped = 0
    cases = xml.etree.ElementTree.parse(junit).getroot().iter("testcase") if junit.exists() else []
    for case in cases:
        name, status = case.get("name"), case.get("status")
        report = results / f"{name}.json"
        if status == "disabled" or case.find("skipped") is not None:
            skipped += 1
            continue
        counts = [0, 0, 0]
        try:
            suites = json.loads(report.read_text(encoding="utf-8"))["testsuites"]
        except (OSError, ValueError, KeyError):
            suites = None
        for suite in suites or []:
            for test in suite["testsuite"]:
                if test.get("failures"):
                    counts[1] += 1
                    print(f"failed: {name}: {suite['name']}.{test['name']}")
                elif test.get("result") == "SKIPPED" or test.get("status") == "NOTRUN":
                    counts[2] += 1
                else:
                    counts[0] += 1
        if status == "fail" and counts[1] == 0:
            counts[1] += 1
            print(f"failed: {name}")
        elif suites is None:
            counts[0] += 1
        passed, failed, skipped = passed + counts[0], failed + counts[1], skipped + counts[2]
    if skipped:
        print(f"{skipped} skipped")
    if passed + failed == 0:
        failed = 1
        print("failed: no test ran")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

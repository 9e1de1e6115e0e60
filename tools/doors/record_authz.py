#!/usr/bin/env python3
"""Writes what the authorisation test counted (BW_AUTHZ_FIGURES=FILE) into docs/figures.json.  tools/doors/record_authz.py FILE"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
counted = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
for name, bounds, what in (("authz_cells", [], "route × role × audience × TLP × ownership, each asked over HTTP and compared with a table written by hand"),
                           ("authz_cells_wrong", ["--floor", "0", "--goal", "0"], "of them answered otherwise")):
    subprocess.run([sys.executable, str(ROOT / "tools/figures.py"), "record", "--id", name, "--value", str(counted[name]), "--unit", "cells", "--command", "make doors", "--what", what, *bounds],
                   check=True)

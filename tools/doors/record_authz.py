#!/usr/bin/env python3
"""Writes what the authorisation tests counted (BW_AUTHZ_FIGURES, BW_AUTHZ_CERTIFICATES) into docs/figures.json.  tools/doors/record_authz.py FILE…"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
counted = [json.loads(pathlib.Path(file).read_text(encoding="utf-8")) for file in sys.argv[1:]]
for name, bounds, what in (("authz_cells", [], "route × role × audience × TLP × ownership by token, and route × role by client certificate, each asked over HTTP and compared with a table written by hand"),
                           ("authz_cells_wrong", ["--floor", "0", "--goal", "0"], "of them answered otherwise")):
    subprocess.run([sys.executable, str(ROOT / "tools/figures.py"), "record", "--id", name, "--value", str(sum(c[name] for c in counted)), "--unit", "cells", "--command", "make doors", "--what", what, *bounds],
                   check=True)

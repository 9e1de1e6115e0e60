#!/usr/bin/env python3
"""Runs the ```sh blocks of Markdown pages, each page from top to bottom in an empty folder, as a reader would.

Usage: run_snippets.py [--binary FILE] [--record] PAGE…
A page's blocks share one shell and stop at the first command that fails. `brushwatch` is the given binary; examples/, dashboards/ and docs/ are those of
the tree. --record writes the figure docs_snippets_executed.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)


def run_page(path, binary):
    """Number of blocks that ran; prints and raises when one fails."""
    blocks = BLOCK.findall(path.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        (here / "bin").mkdir()
        (here / "bin" / "brushwatch").symlink_to(pathlib.Path(binary).resolve())
        for name in ("examples", "dashboards", "docs"):
            (here / name).symlink_to(ROOT / name)
        script = "set -eu\n" + "".join(f"echo '# block {n}' >&2\n{block}" for n, block in enumerate(blocks, 1))
        run = subprocess.run(["bash", "-c", script], cwd=here, capture_output=True, text=True, timeout=300, check=False,
                             env={**os.environ, "PATH": f"{here / 'bin'}:{os.environ['PATH']}", "NO_COLOR": "1"})
    if run.returncode != 0:
        print(run.stdout[-2000:], run.stderr[-2000:], sep="\n")
        raise SystemExit(f"{path.relative_to(ROOT)}: a block ended with {run.returncode}")
    return len(blocks)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "build" / "release" / "bin" / "brushwatch"))
    parser.add_argument("--record", action="store_true")
    parser.add_argument("pages", nargs="+")
    arguments = parser.parse_args()
    count = sum(run_page(pathlib.Path(page).resolve(), arguments.binary) for page in arguments.pages)
    print(f"snippets: {count} blocks of {len(arguments.pages)} pages ran")
    if count == 0:
        return 1
    if arguments.record:
        subprocess.run([sys.executable, str(ROOT / "tools" / "figures.py"), "record", "--id", "docs_snippets_executed", "--value", str(count), "--unit", "blocks",
                        "--what", f"shell blocks of the {len(arguments.pages)} guide pages, run in order by a test", "--command", "tools/run_snippets.py --record docs/guide/*/*.md"], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Makes every picture of docs/pictures from a real run: dashboard previews, console pages, the terminal.

Usage: tools/pictures.py [terminal|dashboards|console …]   default: all
"""

import os
import pathlib
import pty
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "dashboards"))
OUT = ROOT / "docs" / "pictures"


def on_a_terminal(argv):
    """What the command prints when it believes that somebody looks: with colours."""
    chunks = []

    def read(fd):
        data = os.read(fd, 65536)
        chunks.append(data)
        return b""  # not to our own terminal

    pty.spawn([str(a) for a in argv], read)
    return b"".join(chunks).decode("utf-8").replace("\r\n", "\n")


def picture(name, title, text):
    subprocess.run([sys.executable, ROOT / "tools" / "terminal_picture.py", title, OUT / f"{name}.svg"], input=text, text=True, check=True)


def terminal():
    import rig as rigs
    with rigs.Rig(kafka=False, prometheus=False, rate=2000, days=8) as rig:
        time.sleep(8)
        picture("top", "brushwatch top", on_a_terminal([rigs.BINARY, "top", f"127.0.0.1:{rig.port}", "--once"]))
        alerts = sorted(rig.folder.glob("data/out/alerts.*"))[0]
        lines = alerts.read_text(encoding="utf-8").splitlines()
        opened = [line.split('"id":"')[1].split('"')[0] for line in lines if '"type":"alert' in line and '"severity":"urgent"' in line]
        most = max(set(opened), key=opened.count)
        for language in ("en", "zh"):
            picture(f"explain-{language}", f"brushwatch explain {most[:6]}", on_a_terminal([rigs.BINARY, "explain", most, "--file", alerts, "--lang", language]))


def main(wanted):
    OUT.mkdir(parents=True, exist_ok=True)
    for part in wanted or ("terminal", "dashboards", "console"):
        if part == "terminal":
            terminal()
        elif part == "dashboards":
            subprocess.run([sys.executable, ROOT / "dashboards" / "live.py", "--seconds", "80", "--pictures"], check=True)
        elif part == "console":
            subprocess.run([sys.executable, ROOT / "dashboards" / "console_live.py", "--pictures"], check=True)
        else:
            sys.exit(f"pictures: no part {part}")


if __name__ == "__main__":
    main(sys.argv[1:])

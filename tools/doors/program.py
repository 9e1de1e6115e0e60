"""A running program over the recorded world, for the tools that try its doors."""

import pathlib
import re
import signal
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORLD = ROOT / "tests/golden/world_s3"


class Program:
    """`brushwatch run` on a free port of 127.0.0.1; ends with the `with` block. Its log is in folder/log."""

    def __init__(self, binary, folder, access='anonymous_role = "analyst"', http="", source_kind="file", signing="", more=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        text = (f'[pipeline]\npartitions = 2\ndata_dir = "{self.folder}/data"\n[http]\nenabled = true\nport = 0\n'
                f"rate_per_s = 1000000\nrate_burst = 1000000\n{http}\n[access]\n{access}\n{signing}\n")
        if source_kind == "http":
            text += '[[source]]\nname = "door"\nkind = "http"\nclock = "record"\n'
        else:
            for name in ("reference", "orders", "parcels", "reviews", "complaints"):
                text += f'[[source]]\nname = "{name}"\nkind = "file"\npath = "{WORLD}/{name}.ndjson"\nfollow = true\nclock = "record"\n'
        (self.folder / "run.toml").write_text(text + more, encoding="utf-8")
        self.binary = binary
        self.process = None
        self.address = ""

    def __enter__(self):
        log = open(self.folder / "log", "w", encoding="utf-8")
        self.process = subprocess.Popen([self.binary, "run", "--config", str(self.folder / "run.toml"), "--json"], stdout=log, stderr=log)
        while True:
            found = re.search(r"http://[0-9.]+:\d+", (self.folder / "log").read_text(encoding="utf-8"))
            if found:
                self.address = found[0]
                break
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text(encoding="utf-8"))
            time.sleep(0.01)
        while True:
            try:
                with urllib.request.urlopen(self.address + "/readyz", timeout=10):
                    return self
            except OSError:
                time.sleep(0.01)

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)

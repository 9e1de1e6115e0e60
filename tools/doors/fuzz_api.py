#!/usr/bin/env python3
"""Calls every operation of api/openapi.yaml with what schemathesis makes of it, until CALLS calls were answered; counts 5xx.

  tools/doors/fuzz_api.py --binary build/release/bin/brushwatch [--calls 10000] [--seed 1] [--record]

Schemathesis comes from PyPI into a virtual environment of its own (.cache/schemathesis). 503 is an answer of the contract (Retry-After:
starting, stopping, no place) and not counted when it carries Retry-After; any other 5xx is. Exit 1 when there was one.
"""

import argparse
import http.server
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from program import ROOT, Program  # noqa: E402

PINS = ["schemathesis==4.32.5"]


def environment():
    home = ROOT / ".cache/schemathesis"
    if not (home / "bin/st").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin/pip"), "-q", "install", *PINS], check=True)
    return home / "bin/st"


class Counter:
    """Between schemathesis and the program: counts calls and answers by status, so that the figure is not the fuzzer's own word."""

    def __init__(self, target):
        counter = self
        self.calls, self.server_errors, self.statuses = 0, [], {}
        lock = threading.Lock()

        class Relay(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def relay(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else None
                request = urllib.request.Request(target + self.path, data=body, method=self.command)
                for name, value in self.headers.items():
                    if name.lower() not in ("host", "content-length", "connection", "transfer-encoding", "accept-encoding"):
                        request.add_header(name, value)
                try:
                    reply = urllib.request.urlopen(request, timeout=60)
                except urllib.error.HTTPError as error:
                    reply = error
                except OSError as error:  # the program refused the connection or broke it: worse than any status
                    reply = None
                    broken = f"{self.command} {self.path[:200]}: {error}"
                endless = reply is not None and (reply.headers.get("Content-Type") or "").startswith("text/event-stream")
                data = b"" if reply is None or endless else reply.read()
                status = 599 if reply is None else reply.status
                with lock:
                    counter.calls += 1
                    counter.statuses[status] = counter.statuses.get(status, 0) + 1
                    if status >= 500 and not (status == 503 and reply.headers.get("Retry-After")):
                        counter.server_errors.append(broken if reply is None else f"{self.command} {self.path[:200]}: {status} {data[:200]!r}")
                self.send_response(status)
                for name, value in ([] if reply is None else reply.headers.items()):
                    if name.lower() not in ("content-length", "connection", "transfer-encoding", "server", "date"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = do_TRACE = do_QUERY = relay

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / "build/release/bin/brushwatch"))
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    st = environment()
    with tempfile.TemporaryDirectory() as folder, Program(args.binary, folder) as program:
        counter = Counter(program.address)
        seed = args.seed
        while counter.calls < args.calls:
            before = counter.calls
            subprocess.run([str(st), "run", str(ROOT / "api/openapi.yaml"), "--url", counter.address, "--seed", str(seed), "--checks", "not_a_server_error",
                            "--max-examples", "60", "--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--request-timeout", "60", "--no-color"],
                           stdout=open(pathlib.Path(folder) / "st.log", "a", encoding="utf-8"), stderr=subprocess.STDOUT, cwd=folder, check=False)
            print(f"seed {seed}: {counter.calls} calls, {len(counter.server_errors)} server errors, statuses {dict(sorted(counter.statuses.items()))}", flush=True)
            if counter.calls == before:
                print((pathlib.Path(folder) / "st.log").read_text(encoding="utf-8")[-3000:])
                return 1
            seed += 1
        alive = program.process.poll() is None
    for line in counter.server_errors[:20]:
        print(line)
    print(f"schemathesis_calls {counter.calls} schemathesis_5xx {len(counter.server_errors)} alive {alive}")
    if args.record:
        for name, value, floor, goal, what in (("schemathesis_calls", counter.calls, None, None, "calls made of api/openapi.yaml by schemathesis and answered"),
                                               ("schemathesis_5xx", len(counter.server_errors), 0, 0, "of them answered with a server error (503 with Retry-After not counted)")):
            command = [sys.executable, str(ROOT / "tools/figures.py"), "record", "--id", name, "--value", str(value), "--unit", "calls", "--command", "tools/doors/fuzz_api.py", "--what", what]
            if floor is not None:
                command += ["--floor", str(floor), "--goal", str(goal)]
            subprocess.run(command, check=True)
    return 1 if counter.server_errors or not alive else 0


if __name__ == "__main__":
    sys.exit(main())

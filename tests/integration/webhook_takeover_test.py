#!/usr/bin/env python3
"""Webhooks over deaths: what an endpoint was sent, what waits and what was given up outlive a kill -9, of one process and of a leader.

Real parts: the program, a broker, receivers on the loopback. Needs the Kafka jars (make setup).

  BW_BINARY=build/release/bin/brushwatch tests/integration/webhook_takeover_test.py
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/doors"))
from program import WORLD  # noqa: E402

BINARY = os.environ.get("BW_BINARY", str(ROOT / "build/release/bin/brushwatch"))
PATIENCE_S = 180  # a cold JVM on a busy machine


class Receiver:
    """Endpoints on one port: /take answers 204, /down 503 until it is told otherwise, /gone 410. Keeps what came, in order."""

    def __init__(self):
        receiver = self
        self.got, self.secrets, self.bad, self.down = {}, {}, [], True
        lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                text = b".".join((self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), body))
                with lock:
                    if self.path in receiver.secrets:
                        mac = base64.b64encode(hmac.new(receiver.secrets[self.path], text, hashlib.sha256).digest()).decode()
                        if f"v1,{mac}" not in self.headers["webhook-signature"].split(" "):
                            receiver.bad.append(self.headers["webhook-id"])
                    status = 410 if self.path == "/gone" else 503 if self.path == "/down" and receiver.down else 204
                    if status == 204:
                        receiver.got.setdefault(self.path, []).append(self.headers["webhook-id"])
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"


class Instance:
    """`brushwatch run` with a configuration; its address when its door is open."""

    def __init__(self, folder, name, config, *more):
        self.log = pathlib.Path(folder) / f"{name}.log"
        file = pathlib.Path(folder) / f"{name}.toml"
        file.write_text(config, encoding="utf-8")
        self.log.write_text("", encoding="utf-8")
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([BINARY, "run", "--config", str(file), *more], stdout=log, stderr=log)
        self.address = self.until(r"http://[0-9.]+:\d+")

    def until(self, pattern):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            found = re.search(pattern, self.log.read_text(encoding="utf-8"))
            if found:
                return found[0]
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"{pattern} is not in: {self.log.read_text(encoding='utf-8')}")

    def ask(self, method, path, body=None, key=None):
        request = urllib.request.Request(self.address + path, method=method, data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)

    def add(self, receiver, path, topics=None):
        made = self.ask("POST", "/api/v1/webhooks", {"url": receiver.address + path, "since": "start", **({"topics": topics} if topics else {})})
        receiver.secrets[path] = base64.b64decode(made["secret"].removeprefix("whsec_"))
        return made["id"]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=60)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


def waited(condition):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def alert_ids(instance):
    return {item["id"] for item in instance.ask("GET", "/api/v1/alerts?limit=200")["items"]}


class Deaths(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)  # after what is added later: a broker stops before its folder goes
        self.receiver = Receiver()
        self.running = []

    def tearDown(self):
        for instance in self.running:
            if instance.process.poll() is None:
                instance.kill()
        self.receiver.server.shutdown()

    def started(self, *arguments):
        self.running.append(Instance(self.folder.name, *arguments))
        return self.running[-1]

    def told(self, path):
        return set(self.receiver.got.get(path, []))

    def messages(self, instance):
        """The webhook-ids of everything that an analyst may see, by the stream."""
        out = set()
        with urllib.request.urlopen(instance.address + "/api/v1/stream?since=start", timeout=30) as stream:
            newest = instance.ask("GET", "/api/v1/health")["newest_id"]
            place, data = None, False
            for line in stream:
                if line.startswith(b"id: "):
                    place = line[4:].strip().decode()
                elif line.startswith(b"data: "):
                    data = True
                elif line == b"\n":
                    if data:
                        out.add(f"msg_{place}")
                    data = False
                    if place == newest:
                        return out
        return out

    def check(self, before, kill, after):
        """Two endpoints, one of them down and one gone; `kill` ends the first and `after` gives who goes on."""
        taking, down, gone = before.add(self.receiver, "/take"), before.add(self.receiver, "/down"), before.add(self.receiver, "/gone")
        self.assertTrue(waited(lambda: len(self.told("/take")) >= 5))
        self.assertTrue(waited(lambda: before.ask("GET", f"/api/v1/webhooks/{down}")["waiting"] > 0))
        self.assertTrue(waited(lambda: before.ask("GET", f"/api/v1/webhooks/{gone}")["state"] == "disabled"))
        waiting = before.ask("GET", f"/api/v1/webhooks/{down}")["waiting"]
        self.assertTrue(waited(lambda: before.ask("GET", f"/api/v1/webhooks/{taking}")["waiting"] == 0))
        first = list(self.receiver.got["/take"])
        kill()
        instance = after()
        self.assertEqual({e["id"] for e in instance.ask("GET", "/api/v1/webhooks")["items"]}, {taking, down, gone})
        self.assertEqual(instance.ask("GET", f"/api/v1/webhooks/{gone}")["state"], "disabled", "a receiver that is gone is not asked again")
        self.assertGreaterEqual(instance.ask("GET", f"/api/v1/webhooks/{down}")["waiting"], min(1, waiting))
        # A line of after the death, so that there is something that only the second can have sent.
        alert = sorted(alert_ids(instance))[0]
        instance.ask("POST", "/api/v1/commands", {"command": "answer", "target": alert, "reason": "after the death"}, "key-after-death")
        self.receiver.down = False
        instance.ask("POST", f"/api/v1/webhooks/{down}", {"action": "enable"})  # due at once: the schedule's next step is minutes away
        wanted = self.messages(instance)
        self.assertTrue(waited(lambda: wanted <= self.told("/take")), f"{len(wanted - self.told('/take'))} lost")
        self.assertTrue(waited(lambda: wanted <= self.told("/down")), f"{len(wanted - self.told('/down'))} lost")
        self.assertEqual(self.receiver.bad, [], "the keys are the same")
        repeats = len(self.receiver.got["/take"]) - len(self.told("/take"))
        # At least once: what was under way at the death is sent again, and no more than an endpoint's open messages.
        self.assertLessEqual(repeats, 64)
        self.assertGreater(len(self.told("/take")), len(set(first)))
        return repeats

    def test_one_process_goes_on_where_it_was_killed(self):
        config = (f'[pipeline]\npartitions = 2\ndata_dir = "{self.folder.name}/data"\n[http]\nenabled = true\nport = 0\nrate_per_s = 100000\nrate_burst = 100000\n'
                  '[access]\nanonymous_role = "analyst"\n[webhooks]\nallow_loopback = true\n[log]\nformat = "json"\n')
        for name in ("reference", "orders", "parcels", "reviews", "complaints"):
            config += f'[[source]]\nname = "{name}"\nkind = "file"\npath = "{WORLD}/{name}.ndjson"\nfollow = true\nclock = "record"\n'
        one = self.started("one", config)
        one.until('"event":"ready"')

        def again():
            two = self.started("two", config)
            two.until('"event":"ready"')
            return two
        self.check(one, one.kill, again)

    def test_a_standby_goes_on_where_the_leader_was_killed(self):
        while True:
            port = random.randrange(20_000, 30_000)
            with socket.socket() as a, socket.socket() as b:
                try:
                    a.bind(("127.0.0.1", port))
                    b.bind(("127.0.0.1", port + 1))
                    break
                except OSError:
                    continue
        broker, at = str(pathlib.Path(self.folder.name) / "kafka"), f"127.0.0.1:{port}"
        subprocess.run([str(ROOT / "tools/kafka/broker.sh"), "start", broker, str(port)], check=True, stdout=subprocess.DEVNULL)
        self.addCleanup(subprocess.run, [str(ROOT / "tools/kafka/broker.sh"), "stop", broker], check=False)

        def config(name):
            return (f'[pipeline]\npartitions = 2\ndata_dir = "{self.folder.name}/{name}"\n[http]\nenabled = true\nport = 0\nrate_per_s = 100000\nrate_burst = 100000\n'
                    '[access]\nanonymous_role = "analyst"\n[webhooks]\nallow_loopback = true\n[[source]]\nname = "bus"\nkind = "kafka"\nclock = "record"\ntopics = ["in"]\n'
                    f'[ledger]\nkind = "kafka"\ntopic = "ledger"\n[output]\nkind = "kafka"\n[standby]\ninstance = "{name}"\nsession_ms = 6000\n[log]\nformat = "json"\n'
                    f'[kafka]\n"bootstrap.servers" = "{at}"\n')
        events = []
        for file in sorted(WORLD.glob("*.ndjson")):
            events += file.read_text(encoding="utf-8").splitlines()
        events.sort(key=lambda line: int(line.rsplit('"ingest_time":', 1)[1].rstrip("} \n")))
        leader = self.started("a", config("a"), "--standby")
        leader.until('"event":"ready"')
        standby = self.started("b", config("b"), "--standby")
        standby.until('"event":"standing_by"')
        subprocess.run(["kcat", "-b", at, "-P", "-t", "in", "-p", "0"], input="\n".join(events) + "\n", text=True, check=True, timeout=PATIENCE_S)
        self.assertTrue(waited(lambda: alert_ids(leader)))

        def lead():
            standby.until('"event":"ready"')
            self.assertTrue(waited(lambda: alert_ids(standby)))
            return standby
        self.check(leader, leader.kill, lead)
        # And back: what the second has done is known to the first, which begins with what it knew when it died.
        count = {path: len(rows) for path, rows in self.receiver.got.items()}
        third = self.started("a", config("a"), "--standby")
        third.until('"event":"ready"')  # of those that are there the first by name leads
        wanted = self.messages(third)
        self.assertTrue(waited(lambda: wanted <= self.told("/take") and wanted <= self.told("/down")))
        for path in ("/take", "/down"):
            self.assertLessEqual(len(self.receiver.got[path]) - count[path], 64, path)


if __name__ == "__main__":
    unittest.main()

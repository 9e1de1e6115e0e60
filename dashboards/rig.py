"""A live run to look at: Brushwatch on the embedded ledger, a world that feeds it, outputs on a real broker, a real Prometheus.

Everything listens on the loopback on free ports and lives in one temporary folder; leaving the `with` block ends it all.
"""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).parent.parent
BINARY = ROOT / "build" / "release" / "bin" / "brushwatch"

CONFIG = """
[pipeline]
partitions = 2
data_dir = "{folder}/data"
epoch_events = 20000
[[source]]
name = "door"
kind = "http"
clock = "record"
{commands}
{sources}
[http]
port = 0
{access}
{output}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, seconds, ready):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = ready()
        if value:
            return value
        time.sleep(0.05)
    raise RuntimeError(f"{what} did not come within {seconds} s")


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode("utf-8")


class Feed(threading.Thread):
    """Posts a world's lines as a platform would, in the order of their arrival, paced; then bad, late and repeated ones."""

    def __init__(self, port, world, rate, now_after_s):
        super().__init__(daemon=True)
        self.port, self.rate = port, rate
        self.lines, self.posted, self.refused = [], 0, 0
        self.bad, self.bad_every = 1, 20  # so many pairs of bad lines, every so many posts
        self.change = None  # what becomes of each line on its way, when something does
        self.ended = threading.Event()
        arrival = re.compile(rb'"ingest_time":(\d+)')
        moment = re.compile(rb':(1[78]\d{11})\b')
        for path in sorted(pathlib.Path(world).glob("*.ndjson")):
            for line in path.read_bytes().splitlines():
                found = arrival.search(line)
                # Reference data first: it has to be there before what it explains.
                self.lines.append((int(found.group(1)) if found and path.stem != "reference" else 0, line))
        self.lines.sort(key=lambda pair: pair[0])
        # The world's days pass in seconds; what is posted after so many seconds is of that moment.
        present = self.lines[min(len(self.lines) - 1, int(rate * now_after_s))][0]
        shift = int((time.time() + min(now_after_s, len(self.lines) / rate)) * 1000) - present
        self.shift, self.moment = shift, 0  # `moment`: of the world, ms, as posted
        self.lines = [(at, moment.sub(lambda found: b":%d" % (int(found.group(1)) + shift), line)) for at, line in self.lines]
        self.stopping = threading.Event()

    def post(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", "/api/v1/events", body, {"Content-Type": "application/x-ndjson"})
        status = connection.getresponse().status
        connection.close()
        return status

    def run(self):
        chunk = max(1, self.rate // 20)
        at, began = 0, time.monotonic()
        bad = b'{"type":"order.paid","source":"taobao","event_time":"yesterday"}\n{"type":"order.paid","source":"taobao"\n'
        while not self.stopping.is_set():
            part = [line for _, line in self.lines[at:at + chunk]]
            if not part:  # the world is over: its last lines again, which are too late or known by now
                self.ended.set()
                part = [line for _, line in self.lines[:chunk]]
            body = b"\n".join(map(self.change, part) if self.change else part) + b"\n"
            if at % (self.bad_every * chunk) == 0:
                body += bad * self.bad
            if self.post(body) == 202:
                self.posted += len(part)
                self.moment = self.lines[min(at, len(self.lines) - 1)][0] + self.shift
                at += len(part)
            else:
                self.refused += 1
            behind = began + at / self.rate - time.monotonic()
            if behind > 0:
                self.stopping.wait(behind)


class Officers(threading.Thread):
    """People at work: they take alerts, dismiss some, open cases, ask, confirm with four eyes, close; once in a while somebody tries
    what the machines refuse. Their commands come as events of the contract, as another system would send them."""

    def __init__(self, feed, lines_of):
        super().__init__(daemon=True)
        self.feed, self.lines_of = feed, lines_of
        self.stopping = threading.Event()
        self.step = {}  # how far each alert and case is

    def say(self, command, target, subject, actor, role, **papers):
        now = int(time.time() * 1000)
        line = {"type": "command.issued", "source": "office", "event_time": now, "ingest_time": now, "command": command, "target": target, "actor": actor, "role": role,
                "subject_kind": subject["kind"], "subject_id": subject["id"], **papers}
        self.feed.post(json.dumps(line).encode() + b"\n")

    def work_on_alert(self, n, alert):
        step = self.step.get(alert["id"], 0)
        dismiss = n % 4 == 3
        script = [lambda: self.say("take", alert["id"], alert["subject"], "an-1", "analyst"),
                  lambda: self.say("dismiss", alert["id"], alert["subject"], "an-1", "analyst", reason="promotion") if dismiss
                  else self.say("open", alert["id"], alert["subject"], "an-1", "analyst", reason="two families")]
        if step < len(script):
            script[step]()
            self.step[alert["id"]] = step + 1

    def work_on_case(self, n, case):
        step, target, subject = self.step.get(case["id"], 0), case["id"], case["subject"]
        script = [lambda: self.say("confirm", target, subject, "an-1", "senior", reason="framing_ruled_out", behaviour="FAKE_TRADE"),  # refused: the same person
                  lambda: self.say("ask_subject", target, subject, "an-2", "analyst"),
                  lambda: self.say("answer", target, subject, "shop", "subject", note="These were our own test orders."),
                  lambda: self.say("confirm", target, subject, "sr-1", "senior", reason="framing_ruled_out", behaviour="FAKE_TRADE") if n % 2 == 0
                  else self.say("close", target, subject, "sr-1", "senior", reason="unproven"),
                  lambda: self.say("propose", target, subject, "rg-1", "regulator", list="BLACK", behaviour="FAKE_TRADE", basis="反不正当竞争法第九条", note="Fake orders.")]
        # Every third waits for an answer: a queue that is never empty is what officers see.
        if step < (2 if n % 3 == 2 else len(script)):
            script[step]()
            self.step[case["id"]] = step + 1

    def run(self):
        while not self.stopping.wait(0.7):
            alerts = self.newest("alert", lambda line: line["type"].startswith("alert"))
            cases = self.newest("case", lambda line: line["type"] == "case")
            for n, (_, alert) in enumerate(sorted(alerts.items())):
                if alert["direction"] == "promote" and alert["type"] != "alert_withdrawn":
                    self.work_on_alert(n, alert)
            for n, (_, case) in enumerate(sorted(cases.items())):
                self.work_on_case(n, case)

    def newest(self, output, wanted):
        """The newest line of each id of an output, as any subscriber reads it."""
        found = {}
        for line in self.lines_of(output):
            if line.startswith("{") and line.endswith("}"):
                told = json.loads(line)
                if "id" in told and wanted(told):
                    found[told["id"]] = told
        return found


class Members:
    """Two members at their ends: one reads the live stream, one has what it may see posted to an endpoint that refuses every tenth post."""

    def __init__(self, rig_port):
        members = self

        class Endpoint(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                members.posts += 1
                self.send_response(500 if members.posts % 10 == 0 else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.posts, self.messages, self.ended = 0, 0, False
        self.endpoint = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        self.connection = http.client.HTTPConnection("127.0.0.1", rig_port, timeout=60)
        self.connection.connect()
        self.socket = self.connection.sock  # the connection forgets it once an answer without an end has begun
        asked = http.client.HTTPConnection("127.0.0.1", rig_port, timeout=60)
        asked.request("POST", "/api/v1/webhooks", json.dumps({"url": f"http://127.0.0.1:{self.endpoint.server_port}/hook"}), {"Content-Type": "application/json"})
        answer = asked.getresponse()
        if answer.status != 201:
            raise RuntimeError(f"no webhook was taken: {answer.status} {answer.read()}")
        asked.close()
        self.threads = [threading.Thread(target=self.endpoint.serve_forever, daemon=True), threading.Thread(target=self.read, daemon=True)]
        for thread in self.threads:
            thread.start()

    def read(self):
        self.connection.request("GET", "/api/v1/stream")
        answer = self.connection.getresponse()
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            while line := answer.readline():
                self.messages += line.startswith(b"data:")

    def stop(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.endpoint.shutdown()
        for thread in self.threads:
            thread.join(timeout=70)
        self.endpoint.server_close()


class Rig:
    """`with Rig(kafka=True) as rig:` rig.run_url, rig.prometheus_url, rig.feed."""

    def __init__(self, kafka=True, prometheus=True, shops=60, days=8, rate=3000, seed=7, binary=BINARY, config="", run=(), now_after_s=10_000, lasts_s=0, members=False, within=None, settled=False):
        self.settled = settled  # the topic beside the door is idle before the world begins: else it holds event time back for half a minute
        self.with_members, self.within = members, within  # `within`: the folder that the run's own is made in; default: the system's
        self.kafka, self.with_prometheus, self.binary = kafka, prometheus, pathlib.Path(binary)
        self.world = (seed, shops, days)
        self.lasts_s = lasts_s  # instead of a rate: the world takes so long
        self.rate, self.extra, self.run_flags, self.now_after_s = rate, config, list(run), now_after_s
        self.processes = []

    def start(self, name, argv, **more):
        log = open(self.folder / f"{name}.log", "wb")
        process = subprocess.Popen([str(a) for a in argv], stdout=log, stderr=subprocess.STDOUT, **more)
        log.close()
        self.processes.append((name, process))
        return process

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="brushwatch-rig-", dir=self.within))
        try:
            self.begin()
        except BaseException:
            self.end()
            raise
        return self

    def begin(self):
        seed, shops, days = self.world
        subprocess.run([self.binary, "generate", "--seed", str(seed), "--shops", str(shops), "--days", str(days), "--out", self.folder / "world"],
                       check=True, capture_output=True)
        sources = output = ""
        if self.kafka:
            port = free_port()
            self.broker = f"127.0.0.1:{port}"
            self.start("broker", [ROOT / "tools" / "kafka" / "broker.sh", "run", self.folder / "broker", port, free_port()])
            wait_for("the broker", 180, lambda: self.answers(port))
            # A clock of its own: this source only carries a few events, beside the door.
            sources = f'[[source]]\nname = "topic"\nkind = "kafka"\nclock = "record"\nbootstrap = "{self.broker}"\ntopics = ["brushwatch.in"]'
            output = f'[output]\nkind = "kafka"\nbootstrap = "{self.broker}"'
        # Where doors ask who comes, whoever comes from this machine is a senior, and the door may carry officers' commands.
        guarded = subprocess.run([self.binary, "config", "check", ROOT / "examples" / "http.toml", "--set", "access.anonymous_role=senior"], capture_output=True, check=False).returncode == 0
        access, commands = ('[access]\nanonymous_role = "senior"\n[webhooks]\nallow_loopback = true', "commands = true") if guarded else ("", "")
        (self.folder / "run.toml").write_text(CONFIG.format(folder=self.folder, sources=sources, output=output, access=access, commands=commands) + self.extra, encoding="utf-8")
        run = self.start("run", [self.binary, "run", "--config", self.folder / "run.toml", "--json", *self.run_flags])

        def address():
            if run.poll() is not None:
                raise RuntimeError("the run ended: " + self.log("run"))
            return re.search(r"http://127\.0\.0\.1:(\d+)", self.log("run"))

        self.port = int(wait_for("the address of the run", 180, address).group(1))
        self.run_url = f"http://127.0.0.1:{self.port}"
        wait_for("readiness", 180, lambda: self.ready())
        if self.with_prometheus:
            self.start_prometheus()
        if self.lasts_s:
            lines = sum(path.read_bytes().count(b"\n") for path in (self.folder / "world").glob("*.ndjson"))
            self.rate = max(20, int(lines / self.lasts_s))
        if self.kafka:
            subprocess.run(["kcat", "-b", self.broker, "-P", "-t", "brushwatch.in", "-l", ROOT / "examples" / "ten-events.ndjson"], check=True, timeout=60)
            if self.settled:
                wait_for("an idle topic", 180, lambda: 'brushwatch_ingest_source_idle{source="brushwatch.in/0"} 1' in get(self.run_url + "/metrics"))
        self.feed = Feed(self.port, self.folder / "world", self.rate, self.now_after_s)
        self.feed.start()
        self.officers = Officers(self.feed, self.lines_of)
        self.officers.start()
        if self.with_members:
            self.members = Members(self.port)

    def lines_of(self, output):
        if self.kafka:
            run = subprocess.run(["kcat", "-b", self.broker, "-C", "-e", "-q", "-t", f"brushwatch.{output}.v1"], capture_output=True, text=True, check=False, timeout=60)
            return run.stdout.splitlines()
        found = list((self.folder / "data" / "out").glob(f"{output}*"))
        return found[0].read_text(encoding="utf-8").splitlines() if found else []

    def start_prometheus(self):
        port = free_port()
        here = ROOT / "dashboards" / "prometheus"
        (self.folder / "prometheus.yml").write_text(
            f"global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\nrule_files: [{here}/alerts.yml]\nscrape_configs:\n"
            f"  - job_name: brushwatch\n    static_configs: [{{ targets: ['127.0.0.1:{self.port}'] }}]\n", encoding="utf-8")
        self.start("prometheus", ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/tsdb",
                                  f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"])
        self.prometheus_url = f"http://127.0.0.1:{port}"
        wait_for("Prometheus", 180, lambda: self.answers(port))

    @staticmethod
    def answers(port):
        with socket.socket() as s:
            s.settimeout(0.5)
            return s.connect_ex(("127.0.0.1", port)) == 0

    def ready(self):
        try:
            return "true" in get(self.run_url + "/readyz")
        except OSError:
            return False

    def query(self, expr, **range_of):
        """The result of an instant query (at `time`, else now), or of a range query with start, end and step."""
        path = "query_range" if "start" in range_of else "query"
        try:
            answer = json.loads(get(f"{self.prometheus_url}/api/v1/{path}?" + urllib.parse.urlencode({"query": expr, **range_of})))
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{expr}: {error.read().decode('utf-8')}") from error
        return answer["data"]["result"]

    def __exit__(self, kind, *_):
        if kind is not None:  # what it says itself goes with the folder
            print("".join(f"{name}: {self.log(name)[-1500:]}\n" for name in ("run", "broker") if (self.folder / f"{name}.log").exists()), file=sys.stderr)
        self.end()

    def end(self):
        if hasattr(self, "officers"):
            self.officers.stopping.set()
            self.officers.join(timeout=70)
        if hasattr(self, "members"):
            self.members.stop()
        if hasattr(self, "feed"):
            self.feed.stopping.set()
            self.feed.join(timeout=70)
        for name, process in reversed(self.processes):  # what feeds on another ends before it
            if process.poll() is None:
                process.send_signal(signal.SIGINT if name == "run" else signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with contextlib.suppress(OSError):
            shutil.rmtree(self.folder)

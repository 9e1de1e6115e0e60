"""What the peer benchmark stands on: one broker, topics, engines as processes, and the clocks of the kernel.

Nothing here knows W1 or W2. CPU time and memory come from /proc, for every engine alike, broker and engine apart.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "bench" / "peers"
BUILD = ROOT / "build" / "peers"
TICK = os.sysconf("SC_CLK_TCK")
PARTITIONS = 4

# The same collector and no compiler limits for both: two cores, few long-lived objects, throughput before pauses. Flink reflects
# into java.base, as its own start script allows it to.
JVM = ["-XX:+UseParallelGC", "-Xms1g", "-Xmx1g"]
FLINK_OPENS = [f"--add-opens=java.base/{p}=ALL-UNNAMED" for p in
               ("java.lang", "java.net", "java.io", "java.nio", "java.lang.reflect", "java.text", "java.time", "java.util",
                "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks", "sun.nio.ch")]
BROKER_JVM = "-Xms1g -Xmx1g -XX:+UseG1GC"


def build():
    """Compiles the C++ clients and the JVM peers; fast when nothing changed."""
    if shutil.which("javac") is None:
        raise SystemExit("javac is missing: install openjdk-17-jdk-headless")
    run = lambda *argv: subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    run("cmake", "-S", str(HERE), "-B", str(BUILD), "-G", "Ninja")
    run("cmake", "--build", str(BUILD))
    if not (ROOT / "build" / "release" / "CMakeCache.txt").exists():
        subprocess.run(["cmake", "--preset", "release"], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    run("cmake", "--build", str(ROOT / "build" / "release"), "--target", "peer_brushwatch")
    sources = [p for d in ("work", "kstreams", "flink") for p in (HERE / d).rglob("*") if p.is_file()] + [HERE / "pom.xml"]
    jars = [BUILD / "java" / m / f"{m}-1.jar" for m in ("kstreams", "flink")]
    if all(j.exists() for j in jars) and max(p.stat().st_mtime for p in sources) < min(j.stat().st_mtime for j in jars):
        return
    for attempt in range(3):  # a registry may be busy for a moment
        if subprocess.run(["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "clean", "package"], check=False).returncode == 0:
            return
        time.sleep(3 * (attempt + 1))
    raise SystemExit("Maven cannot build the JVM peers")


def cpu_s(pid):
    """User and system time of the process so far, all threads."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_rss_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) / 1024


def free_port_pair():
    """Two neighbouring free ports: the broker's and its controller's."""
    while True:
        with socket.socket() as a, socket.socket() as b:
            a.bind(("127.0.0.1", 0))
            port = a.getsockname()[1]
            try:
                b.bind(("127.0.0.1", port + 1))
                return port
            except (OSError, OverflowError):
                continue


class Broker:
    def __init__(self, folder):
        self.folder = folder / "broker"
        port = free_port_pair()
        self.bootstrap = f"127.0.0.1:{port}"
        subprocess.run([ROOT / "tools/kafka/fetch.sh"], check=True)
        subprocess.run([ROOT / "tools/kafka/broker.sh", "start", self.folder, str(port)], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "BW_KAFKA_JVM": BROKER_JVM})
        self.pid = int((self.folder / "pid").read_text())

    def topics(self, create=(), delete=()):
        argv = [BUILD / "peer_topics", "--bootstrap", self.bootstrap]
        if create:
            argv += ["--create", ",".join(f"{t}:{PARTITIONS}" for t in create)]
        if delete:
            argv += ["--delete", ",".join(delete)]
        subprocess.run(argv, check=True)

    def names(self, prefix):
        """Topics that begin with the prefix, the ones that an engine made for itself too."""
        return sorted({d.name.rsplit("-", 1)[0] for d in (self.folder / "data").iterdir()
                       if d.name.startswith(prefix) and not d.name.endswith("-delete")})

    def stored_bytes(self, prefix, without):
        """Bytes of log segments of the run's topics, except the input."""
        logs = (self.folder / "data").glob(f"{prefix}*/*.log")
        return sum(p.stat().st_size for p in logs if p.parent.name.rsplit("-", 1)[0] != without)

    def stop(self):
        subprocess.run([ROOT / "tools/kafka/broker.sh", "stop", self.folder], check=True)


class Engine:
    """A peer as a process; `counts` is its newest progress line."""

    def __init__(self, argv, log):
        self.log = open(log, "ab")
        self.process = subprocess.Popen([str(a) for a in argv], stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.pid = self.process.pid
        self.counts = [0, 0, 0]
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            if line.startswith("progress "):
                self.counts = [int(n) for n in line.split()[1:]]

    def wait_for(self, reached, timeout_s):
        end = time.monotonic() + timeout_s
        while not reached(self.counts):
            if self.process.poll() is not None:
                raise SystemExit(f"an engine ended by itself with {self.process.returncode}; see {self.log.name}")
            if time.monotonic() > end:
                raise SystemExit(f"an engine did not come to its end: {self.counts}; see {self.log.name}")
            time.sleep(0.005)

    def send(self, number):
        os.kill(self.pid, number)

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.send(number)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.send(signal.SIGKILL)
                self.process.wait()
        self.reader.join()
        self.log.close()


# A line of Brushwatch stands between its number and its hashes; what the peers say is in the middle.
CHAINED = re.compile(r'\{"seq":\d+,"task":"[^"]*","of":\d+,"round":\d+,(.*),"prev":"[0-9a-f]{64}","hash":"[0-9a-f]{64}"\}')


class Collector:
    """Alerts as they arrive: (µs since 1970, line), committed ones only."""

    def __init__(self, broker, topic):
        argv = [BUILD / "peer_collect", "--bootstrap", broker.bootstrap, "--topic", topic, "--partitions", str(PARTITIONS)]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        self.alerts = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            at, alert = line.rstrip("\n").split(" ", 1)
            chained = CHAINED.match(alert)
            if chained and chained[1].startswith('"type":"seal"'):
                continue  # Brushwatch's last word on a chain
            self.alerts.append((int(at), "{" + chained[1] + "}" if chained else alert))

    def wait_for(self, number, timeout_s):
        """True when so many have come; a set that is short is for the caller to show."""
        end = time.monotonic() + timeout_s
        while len(self.alerts) < number and time.monotonic() < end:
            time.sleep(0.02)
        return len(self.alerts) >= number

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.reader.join()


def feed(broker, topic, source, start, count, rate=0):
    """Starts the feeder; its answer is JSON on standard output."""
    return subprocess.Popen([BUILD / "peer_feed", "--bootstrap", broker.bootstrap, "--topic", topic, "--in", source, "--from", str(start),
                             "--count", str(count), "--rate", str(rate)], stdout=subprocess.PIPE, text=True)


def classpath(module):
    return f"{BUILD}/java/{module}/{module}-1.jar:{BUILD}/java/{module}/libs/*"


def command(engine, work, guarantee, broker, run, state, restore="", tune=None):
    """The command line of a peer, with its tuning (README.md says why). `tune`: further words, to try another one."""
    tune = tune or []
    common = ["--bootstrap", broker.bootstrap, "--in", f"{run}-in", "--out", f"{run}-out", "--group", run, "--work", work,
              "--guarantee", guarantee]
    log4j = f"-Dlog4j2.configurationFile={HERE}/log4j2.xml"
    if engine == "brushwatch":
        return [ROOT / "build/release/bench/peer_brushwatch", *common, "--state", state / "brushwatch"]
    if engine == "bare":
        return [BUILD / "peer_bare", *common]
    if engine == "kstreams":
        cache = "128" if work == "w1" else "0"
        commit = "100" if guarantee == "eos" else "1000"
        return ["java", *JVM, log4j, "-cp", classpath("kstreams"), "brushwatch.peers.KStreamsPeer", *common, "--state", state / "kstreams",
                "--cache-mib", cache, "--commit-ms", commit, *tune]
    backend = engine.split("-")[1]
    heap = ["-Xmx3g"] if backend == "heap" else []
    return ["java", *JVM, *heap, *FLINK_OPENS, log4j, "-cp", classpath("flink"), "brushwatch.peers.FlinkPeer", *common, "--state",
            state / "flink", "--backend", backend, *(["--restore", restore] if restore else []), *tune]


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder

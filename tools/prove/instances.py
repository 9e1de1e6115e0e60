"""Several instances of the program over one ledger on real brokers: started, killed, stopped, and what they wrote compared."""

import collections
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from prove.world import ROOT

READY_S = 120  # a cold JVM on a busy machine; a hang is longer
OUTPUTS = ("alerts", "late", "dlq", "cases", "lists", "credit")
TASK = re.compile(r'"task":"([^"]+)"')
INGEST_TIME = re.compile(rb'"ingest_time":(\d+)')


def golden_world():
    """The lines of the golden world as they arrived."""
    rows = []
    for path in (ROOT / "tests" / "golden" / "world_s3").glob("*.ndjson"):
        rows += path.read_bytes().splitlines(keepends=True)
    return sorted(rows, key=lambda row: int(INGEST_TIME.search(row).group(1)))


def free_ports(count, step=1):
    """The first of `count` ports in a row that are free now."""
    for base in range(20_000 + os.getpid() % 10_000, 60_000, 16):
        held = []
        try:
            for at in range(0, count * step, step):
                held.append(socket.socket())
                held[-1].bind(("127.0.0.1", base + at))
            return base
        except OSError:
            continue
        finally:
            for one in held:
                one.close()
    raise RuntimeError("no free ports in a row")


class Brokers:
    """One broker, or three with every topic replicated three times. `advertised`: the port that the one tells clients to come to."""

    def __init__(self, count, advertised=None):
        # Of their own, on the disk: three nodes keep segments that memory has no room for, and they outlive a case's folder.
        self.folder, self.count = pathlib.Path(tempfile.mkdtemp(prefix="brushwatch-brokers-")), count
        self.environment = {**os.environ, "BW_KAFKA_ADVERTISED": str(advertised)} if advertised else None
        port = free_ports(13)
        script = "cluster.sh" if count == 3 else "broker.sh"
        self.script = ROOT / "tools" / "kafka" / script
        done = subprocess.run([self.script, "start", self.folder, str(port)], capture_output=True, text=True, check=False, timeout=READY_S, stdin=subprocess.DEVNULL, env=self.environment)
        if done.returncode != 0:
            raise RuntimeError(f"{script}: {done.stderr}")
        self.bootstrap = done.stdout.strip()

    def kill(self, node):
        subprocess.run([self.script, "kill", self.folder, str(node)], check=True, timeout=READY_S)

    def node(self, node):
        subprocess.run([self.script, "node", self.folder, str(node)], check=True, timeout=READY_S, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait_whole(self, seconds=READY_S):
        """Until every replica of every partition is in sync: only then does the death of one broker leave another that may lead."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            done = subprocess.run(["kcat", "-b", self.bootstrap, "-L", "-J"], capture_output=True, text=True, check=False, timeout=READY_S)
            if done.returncode == 0 and all(len(of["isrs"]) == len(of["replicas"]) for topic in json.loads(done.stdout)["topics"] for of in topic["partitions"]):
                return True
            time.sleep(0.1)
        return False

    def close(self):
        subprocess.run([self.script, "stop", self.folder], check=False, timeout=READY_S)
        shutil.rmtree(self.folder, ignore_errors=True)


class Instance:
    def __init__(self, group, name):
        self.group, self.name = group, name
        self.log = group.folder / f"{name}.log"
        self.config = group.folder / f"{name}.toml"
        self.config.write_text(group.configuration(name))
        self.process, self.stopped, self.starts = None, False, 0

    def start(self, *more):
        self.starts += 1
        if self.log.exists():
            self.log.rename(self.log.with_suffix(f".{self.starts}"))
        with self.log.open("wb") as err:
            self.process = subprocess.Popen([self.group.binary, "run", *(["--standby"] if self.group.standby else []), "--config", str(self.config), *more], stdout=subprocess.DEVNULL, stderr=err)
        self.stopped = False
        return self

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def said(self, event):
        return f'"event":"{event}"' in self.text()

    def leads(self):
        return self.alive() and not self.stopped and self.said("took_over")

    def wait_for(self, *events, seconds=READY_S):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            alive = self.alive()
            if any(self.said(event) for event in events):
                return True
            if not alive:
                return False
            time.sleep(0.005)
        return False

    def send_signal(self, number):
        self.process.send_signal(number)
        if number == signal.SIGSTOP:
            self.stopped = True
        if number == signal.SIGCONT:
            self.stopped = False

    def end(self, number=signal.SIGKILL):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
        return self.ended()

    def ended(self):
        """Its exit code, or what it was last heard to say and where it stands."""
        try:
            return self.process.wait(timeout=READY_S)
        except subprocess.TimeoutExpired:
            stacks = ""
            if shutil.which("gdb"):
                stacks = subprocess.run(["gdb", "-p", str(self.process.pid), "-batch", "-ex", "thread apply all bt 12"], capture_output=True, text=True, check=False, timeout=READY_S).stdout
            self.process.kill()
            raise RuntimeError(f"{self.name} does not end within {READY_S} s; it says: {self.text()[-2000:]}\n{stacks}") from None


class Group:
    """Instances, their topics, and what is sent."""

    def __init__(self, binary, folder, brokers, name, session_ms=1_000, partitions=2, standby=True, threads=1, epoch_events=2000, memory_mib=64, events_per_s=0):
        self.binary, self.folder, self.brokers = str(binary), pathlib.Path(folder), brokers
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name, self.session_ms, self.partitions = name, session_ms, partitions
        self.standby = standby  # else one instance alone, which needs no group
        self.pipeline = f"threads = {threads}\nepoch_events = {epoch_events}\nmemory_mib = {memory_mib}\n"
        self.events_per_s = events_per_s  # 0: as many as come
        self.dead_letters = 0
        self.instances = {}

    def topic(self, role):
        return f"{self.name}.{role}"

    def configuration(self, name):
        replication = self.brokers.count
        return (f'[pipeline]\npartitions = {self.partitions}\n{self.pipeline}data_dir = "{self.folder}/{name}"\n'
                f'[[source]]\nname = "bus"\nkind = "kafka"\nclock = "record"\ntopics = ["{self.topic("in")}"]\nevents_per_s = {self.events_per_s}\n'
                f'[ledger]\nkind = "kafka"\ntopic = "{self.topic("ledger")}"\nreplication = {replication}\n'
                f'[output]\nkind = "kafka"\nreplication = {replication}\n' + "".join(f'{role} = "{self.topic(role)}"\n' for role in OUTPUTS) +
                f'[standby]\ninstance = "{name}"\nsession_ms = {self.session_ms}\n[log]\nformat = "json"\n[kafka]\nbootstrap.servers = "{self.brokers.bootstrap}"\n')

    def instance(self, name):
        if name not in self.instances:
            self.instances[name] = Instance(self, name)
        return self.instances[name]

    def leader(self):
        """The one that took over last, when it is alive and awake."""
        leading = [one for one in self.instances.values() if one.leads()]
        return max(leading, key=lambda one: int(re.findall(r"writer epoch (\d+)", one.text())[-1]), default=None)

    def wait_leader(self, seconds=READY_S):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            leader = self.leader()
            if leader:
                return leader
            time.sleep(0.005)
        return None

    def send(self, lines):
        done = subprocess.run(["kcat", "-b", self.brokers.bootstrap, "-P", "-t", self.topic("in"), "-p", "0"], input=b"".join(lines), capture_output=True, check=False, timeout=READY_S)
        if done.returncode != 0:
            raise RuntimeError(f"kcat: {done.stderr.decode(errors='replace')}")

    def feed(self, rows, piece):
        """A thread that sends the rows in pieces of so many; join() waits for the last."""
        def work():
            for at in range(0, len(rows), piece):
                self.send(rows[at:at + piece])

        feeder = threading.Thread(target=work)
        feeder.start()
        return feeder

    def received(self, role):
        done = subprocess.run(["kcat", "-b", self.brokers.bootstrap, "-C", "-t", self.topic(role), "-e", "-q"], capture_output=True, text=True, check=False, timeout=READY_S)
        return done.stdout.splitlines()

    def settle(self, seconds=READY_S):
        """Sends what cannot be decoded and waits until its dead letter is out: all that was sent before is folded then."""
        self.dead_letters += 1
        self.send([f"no event {self.dead_letters}\n".encode()])
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if len(set(self.received("dlq"))) >= self.dead_letters:
                return True
            time.sleep(0.05)
        return False

    def difference(self):
        """What is in the topics against the ledger folded in one go: (None or what differs, repeated lines, lines)."""
        again = self.folder / "again"
        done = subprocess.run([self.binary, "replay", "--ledger", f"kafka://{self.brokers.bootstrap}/{self.topic('ledger')}", "--out", str(again), "--force", "--quiet"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"folding the ledger stopped with {done.returncode}: {done.stderr}", 0, 0
        repeats = count = 0
        for role in OUTPUTS:
            found, seen = collections.defaultdict(list), set()
            for line in self.received(role):
                if line in seen:
                    repeats += 1  # of lines with the same bytes the first counts
                    continue
                seen.add(line)
                found[TASK.search(line).group(1)].append(line)
            wanted = collections.defaultdict(list)
            for line in (again / f"{role}.ndjson").read_text().splitlines():
                wanted[TASK.search(line).group(1)].append(line)
            count += len(seen)
            if found != wanted:
                return f"{role} differs from a fold of the ledger", repeats, count
        return None, repeats, count

    def close(self):
        for one in self.instances.values():
            one.end()

"""One instance on a real broker: events, ledger and outputs are topics; the engine is killed again and again, and so is the broker.

The input is bounded and merged by time, so its rounds are a function of it: the topics of every case must hold the lines of the run that
nobody disturbed, each chain whole. A line may stand there twice (a writer that died had sent it); of lines with the same bytes the
first counts, as for every subscriber.
"""

import collections
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

from prove import instances, world as worlds

INPUTS = ("orders.ndjson", "reviews.ndjson", "parcels.ndjson")
PARTITIONS = 2
# A case ends when the input is folded; early kills leave more of it for the next one, and opening and recovery are what they hit.
KILLS_MAX = 24


class Broker(instances.Brokers):
    """One real broker that can be killed without a word and started again on the same files."""

    def __init__(self, advertised=None):
        super().__init__(1, advertised)
        self.port = self.bootstrap.rsplit(":", 1)[1]

    def alive(self):
        """False when it ended by itself, without a strike."""
        try:
            return str(self.folder) in pathlib.Path(f"/proc/{(self.folder / 'pid').read_text().strip()}/cmdline").read_text(encoding="utf-8")
        except OSError:
            return False

    def strike(self):
        os.kill(int((self.folder / "pid").read_text()), signal.SIGKILL)

    def rise(self):
        subprocess.run([self.script, "start", self.folder, self.port], check=True, timeout=instances.READY_S, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=self.environment)


class Chaos:
    def __init__(self, world, broker, seed):
        self.world, self.seed = world, seed
        self.expected, self.seconds, self.repeats = None, 0.0, 0
        self.move(broker)

    def move(self, broker):
        """To a broker that knows nothing yet: it gets the inputs; the run that nobody disturbed stays what it was."""
        self.broker = broker
        for name in INPUTS:
            topic = self.source(name)
            self.kcat_topics([topic])
            subprocess.run(["kcat", "-b", broker.bootstrap, "-P", "-t", topic, "-p", "0", "-l", str(self.world.input / name)], check=True, timeout=instances.READY_S)

    @staticmethod
    def source(name):
        return f"chaos.in.{name.split('.')[0]}"

    def kcat_topics(self, topics):
        """A configuration whose `topics apply` makes them."""
        config = self.world.folder / "inputs.toml"
        config.write_text(f'[pipeline]\npartitions = 1\ndata_dir = "{self.world.folder}/unused"\n[[source]]\nname = "bus"\nkind = "kafka"\n'
                          f'topics = [{", ".join(repr(t) for t in topics)}]\n[kafka]\nbootstrap.servers = "{self.broker.bootstrap}"\n'.replace("'", '"'))
        subprocess.run([self.world.binary, "topics", "apply", "--config", config], check=True, capture_output=True, timeout=instances.READY_S)

    def configuration(self, name, chance):
        out = self.world.folder / name
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        config = out / "run.toml"
        topics = ", ".join(f'"{self.source(n)}"' for n in INPUTS)
        config.write_text(
            f'[pipeline]\npartitions = {PARTITIONS}\nthreads = {chance.choice((1, 2))}\nepoch_events = {chance.choice((500, 2000, 400000))}\nmemory_mib = 64\ndata_dir = "{out}"\n'
            f'[[source]]\nname = "bus"\nkind = "kafka"\nclock = "record"\nbounded = true\ntopics = [{topics}]\n[ledger]\nkind = "kafka"\ntopic = "{name}.ledger"\n'
            '[output]\nkind = "kafka"\n' + "".join(f'{role} = "{name}.{role}"\n' for role in instances.OUTPUTS) +
            f'[log]\nlevel = "error"\n[kafka]\nbootstrap.servers = "{self.broker.bootstrap}"\n', encoding="utf-8")
        subprocess.run([self.world.binary, "topics", "apply", "--config", config], check=True, capture_output=True, timeout=instances.READY_S)
        return config

    def lines(self, name):
        found = {}
        for role in instances.OUTPUTS:
            by_task, seen = collections.defaultdict(list), set()
            done = subprocess.run(["kcat", "-b", self.broker.bootstrap, "-C", "-t", f"{name}.{role}", "-e", "-q"], capture_output=True, text=True, check=True, timeout=instances.READY_S)
            for line in done.stdout.splitlines():
                if line in seen:
                    self.repeats += 1
                    continue
                seen.add(line)
                by_task[instances.TASK.search(line).group(1)].append(line)
            found[role] = dict(by_task)
        return found

    def start(self, config):
        return subprocess.Popen([self.world.binary, "run", "--config", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def reference(self):
        if self.expected is None:
            name = f"chaos.{self.seed}.reference.{int(time.time() * 1000)}"
            config = self.configuration(name, random.Random(0))
            began = time.monotonic()
            process = self.start(config)
            _, err = process.communicate(timeout=worlds.RUN_TIMEOUT_S)
            if process.returncode != worlds.EXIT_OK:
                raise RuntimeError(f"the undisturbed run stopped with {process.returncode}: {err.decode(errors='replace')}")
            self.seconds = time.monotonic() - began
            self.expected = self.lines(name)
            text = self.world.folder / "reference.ndjson"
            for role in instances.OUTPUTS:
                text.write_text("".join(line + "\n" for task in self.expected[role].values() for line in task), encoding="utf-8")
                if not any(self.expected[role].values()):
                    continue  # nobody decided anything: nothing to verify
                people = ["--open"] if role in ("cases", "lists", "credit") else []  # their files have no end, so no seal
                done = subprocess.run([self.world.binary, "verify", "--topic", *people, text], capture_output=True, text=True, check=False)
                if done.returncode != worlds.EXIT_OK:
                    raise RuntimeError(f"verify of the undisturbed run's {role}: {done.stdout}{done.stderr}")
            if sum(len(task) for task in self.expected["alerts"].values()) < PARTITIONS + 5:
                raise RuntimeError("the world says too little to lose anything")
        return self.expected

    def case(self, number):
        """Returns (engine kills, broker kills, failure or None). Everything random comes from (seed, number), but for the machine's timing."""
        chance = random.Random(f"chaos/{self.seed}/{number}")
        self.reference()
        name = f"chaos.{self.seed}.{number}.{int(time.time() * 1000)}"
        config = self.configuration(name, chance)
        kills = strikes = 0
        process = None
        for _ in range(KILLS_MAX):
            process = self.start(config)
            try:
                share = chance.random() if chance.random() < 0.4 else chance.random() ** 3
                if chance.random() < 0.17:
                    # The broker dies under the running engine, stays away for a moment, and comes back; the engine may wait or give up.
                    time.sleep(share * self.seconds * 0.8)
                    if process.poll() is None:
                        self.broker.strike()
                        strikes += 1
                        time.sleep(chance.random() * 0.5)
                        if chance.random() < 0.3:
                            process.kill()
                        self.broker.rise()
                process.wait(timeout=share * self.seconds)
            except subprocess.TimeoutExpired:
                process.kill()
            _, err = process.communicate()
            kills += process.returncode == -9
            if process.returncode == worlds.EXIT_OK:
                break
            if process.returncode not in (-9, worlds.EXIT_UNAVAILABLE):
                return kills, strikes, f"after {kills} kills and {strikes} of the broker it stopped with {process.returncode}: {err.decode(errors='replace').strip()[-1500:]}"
        failure = self.end(config, name)
        return kills, strikes, f"after {kills} kills and {strikes} of the broker {failure}" if failure else None

    def end(self, config, name):
        """Undisturbed to the end: None when the topics hold the lines of the run that nobody disturbed, else a sentence."""
        for _ in range(5):
            process = self.start(config)
            _, err = process.communicate(timeout=worlds.RUN_TIMEOUT_S)
            if process.returncode != worlds.EXIT_UNAVAILABLE:
                break
        if process.returncode == worlds.EXIT_UNAVAILABLE and not self.broker.alive():
            # Whatever we do, nobody can read the topics any more: this says nothing about the engine.
            words = (self.broker.folder / "broker.log").read_text(encoding="utf-8", errors="replace").strip()[-1500:]
            raise RuntimeError(f"the broker has ended by itself: {words}")
        if process.returncode != worlds.EXIT_OK:
            return f"it stopped with {process.returncode}: {err.decode(errors='replace').strip()[-1500:]}"
        expected, found = self.reference(), self.lines(name)
        for role in instances.OUTPUTS:
            if found[role] != expected[role]:
                lost = sum(len(t) for t in expected[role].values()) - sum(len(t) for t in found[role].values())
                return f"{role} differs from the undisturbed run ({lost} lines fewer)"
        shutil.rmtree(pathlib.Path(config).parent, ignore_errors=True)
        return None

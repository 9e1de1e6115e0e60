"""An engine and its broker with a bad network between them: everything goes through the fault proxy (wire.py), and the engine is killed as well.

The oracle is that of chaos.py: the topics of every case hold the lines of the run that nobody disturbed, each chain whole.
"""

import random
import subprocess
import time

from prove import chaos, wire, world as worlds

# What a case may aim at: everything, or what a record, a reader, a start, a place in a group hang on.
TARGETS = (None, (wire.PRODUCE,), (wire.FETCH,), (wire.METADATA, wire.LIST_OFFSETS, wire.API_VERSIONS), (wire.INIT_PRODUCER_ID, wire.PRODUCE))
STARTS_MAX = 4
# Longer than the engine waits for a delivery (30 s) is an outage, not a bad network; that is chaos.py's.
HELD_MAX_S = 2.0


def faults_of(chance):
    """One to four faults; rare enough that something gets through."""
    return [wire.Fault(chance.choice(wire.KINDS), chance.choice((0.005, 0.02, 0.08)), chance.choice(TARGETS)) for _ in range(chance.randint(1, 4))]


class Broker(chaos.Broker):
    """A real broker that clients reach through the proxy alone: it advertises the proxy's port."""

    def __init__(self, seed):
        # The proxy first: the broker advertises its port.
        self.proxy = wire.Proxy(0, None, seed)
        super().__init__(advertised=self.proxy.port)
        self.proxy.upstream = ("127.0.0.1", int(self.port))
        self.bootstrap = f"127.0.0.1:{self.proxy.port}"

    def close(self):
        self.proxy.close()
        super().close()


class Net:
    def __init__(self, world, broker, seed):
        self.proxy, self.seed = broker.proxy, seed
        self.chaos = chaos.Chaos(world, broker, seed)

    def disturb(self, chance, process):
        """Until the process has ended by itself or was killed (True)."""
        until = time.monotonic() + chance.random() * 2 * self.chaos.seconds
        while process.poll() is None:
            if time.monotonic() > until:
                process.kill()
                return True
            act = chance.random()
            if act < 0.15:
                self.proxy.reset_all()
            elif act < 0.35:
                self.proxy.hold(*chance.choice((("up",), ("down",), ("up", "down"))))
                self.wait(process, chance.random() ** 3 * HELD_MAX_S)
                if chance.random() < 0.5:
                    self.proxy.reset_all()  # what was held is lost with its connection
                self.proxy.heal()
            elif act < 0.5:
                self.proxy.arm(*faults_of(chance))
            self.wait(process, chance.random() * 0.3)
        return False

    @staticmethod
    def wait(process, seconds):
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            pass

    def case(self, number):
        """Returns (kills, faults, failure or None). Everything random comes from (seed, number), but for the machine's timing."""
        chance = random.Random(f"net/{self.seed}/{number}")
        self.proxy.calm()
        self.chaos.reference()
        name = f"net.{self.seed}.{number}.{int(time.time() * 1000)}"
        config = self.chaos.configuration(name, chance)
        before, kills, failure = self.proxy.counts.total(), 0, None
        for _ in range(STARTS_MAX):
            self.proxy.arm(*faults_of(chance))
            process = self.chaos.start(config)
            kills += self.disturb(chance, process)
            _, err = process.communicate()
            self.proxy.heal()
            if process.returncode == worlds.EXIT_OK:
                break
            if process.returncode not in (-9, worlds.EXIT_UNAVAILABLE):
                failure = f"it stopped with {process.returncode}: {err.decode(errors='replace').strip()[-1500:]}"
                break
        self.proxy.calm()
        done = self.proxy.counts.total() - before
        failure = failure or self.chaos.end(config, name)
        return kills, done, f"after {done} faults and {kills} kills {failure}" if failure else None

"""One small world, its uninterrupted run, and the comparison that every kind of violence ends with.

The oracle is bytes: after any number of deaths, every output file must be that of the run that nobody disturbed. The reference itself is checked by `brushwatch verify`, so equal bytes are a whole chain.
"""

import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUTPUTS = ("alerts.ndjson", "late.ndjson", "dlq.ndjson", "cases.ndjson", "lists.ndjson", "credit.ndjson")
EXIT_OK, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_UNAVAILABLE = 0, 1, 130, 69
# Nothing here takes a second by itself; a minute is a machine that does something else, ten are a hang.
RUN_TIMEOUT_S = 600


def scratch_folder():
    """Memory when there is some: the device is not what is tested, and a kill loop would wear it."""
    memory = pathlib.Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1 << 30:
        return tempfile.mkdtemp(prefix="brushwatch-prove-", dir=memory)
    return tempfile.mkdtemp(prefix="brushwatch-prove-")


class Shape:
    """How a case runs the engine. Partitions change the bytes (chains are per partition), the rest must not."""

    def __init__(self, chance, partitions):
        self.partitions = partitions
        self.threads = chance.choice((1, 1, 2, 4))
        self.epoch_records = chance.choice((300, 1000, 3000, 9000, 400000))
        # The smallest cap makes rows leave memory and come back from the store; the largest keeps all of them.
        self.memory_mib = chance.choice((1, 4, 512))
        self.command = chance.choice(("replay", "run"))
        self.fsync = chance.random() < 0.3  # of the ledger; only `run` can be asked for it

    def __str__(self):
        return (f"{self.command} partitions={self.partitions} threads={self.threads} epoch={self.epoch_records} "
                f"memory={self.memory_mib}MiB")


class World:
    def __init__(self, binary, folder=None, seed=7):
        self.binary = str(binary)
        self.own_folder = folder is None
        self.folder = pathlib.Path(folder or scratch_folder())
        self.input = self.folder / "world"
        self.references = {}
        self.seconds = 0.0  # an uninterrupted run, as measured here and now; follows the load of the machine
        if not (self.input / "orders.ndjson").exists():
            self._generate(seed)

    def close(self):
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _generate(self, seed):
        whole = self.folder / "whole"
        subprocess.run([self.binary, "generate", "--seed", str(seed), "--shops", "20", "--days", "1", "--intensity", "0.2",
                        "--out", str(whole), "--quiet"], check=True, stdout=subprocess.DEVNULL, timeout=RUN_TIMEOUT_S)
        self.input.mkdir()
        chance = random.Random(seed)
        for path in sorted(whole.glob("*.ndjson")):
            lines = path.read_bytes().splitlines(keepends=True)
            if path.name == "views.ndjson":
                lines = [line for line in lines if chance.random() < 0.3]  # 44 of 57 events an order, and all alike
            if path.name == "orders.ndjson":
                # Dead letters and late events, so that every output has lines to lose.
                for at in sorted(chance.sample(range(len(lines)), 40), reverse=True):
                    lines.insert(at, b'{"type":"order.paid","broken":\n')
                for at in range(len(lines) // 2, len(lines) - 1, 400):
                    if b'"event_time":' in lines[at]:
                        event = json.loads(lines[at])
                        event["event_time"] -= 20 * 86_400_000
                        lines[at] = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            (self.input / path.name).write_bytes(b"".join(lines))
        shutil.rmtree(whole)

    # ---- commands ----

    def argv(self, shape, out):
        if shape.command == "replay":
            return [self.binary, "replay", "--input", str(self.input), "--out", str(out), "--threads", str(shape.threads),
                    "--partitions", str(shape.partitions), "--memory-mib", str(shape.memory_mib),
                    "--epoch-records", str(shape.epoch_records), "--quiet"]
        config = pathlib.Path(out) / "run.toml"
        if not config.exists():
            config.parent.mkdir(parents=True, exist_ok=True)
            config.write_text("\n".join([
                "[pipeline]", f"partitions = {shape.partitions}", f'data_dir = "{out}"', f"threads = {shape.threads}",
                f"memory_mib = {max(16, shape.memory_mib)}", f"epoch_events = {shape.epoch_records}",
                "[[source]]", 'name = "world"', f'path = "{self.input}/*.ndjson"', 'clock = "record"',
                "[output]", f'path = "{out}"', 'alerts = "alerts.ndjson"', 'late = "late.ndjson"', 'dlq = "dlq.ndjson"',
                'cases = "cases.ndjson"', 'lists = "lists.ndjson"', 'credit = "credit.ndjson"',
                "[ledger]", f"fsync = {str(shape.fsync).lower()}", "[log]", 'level = "error"', ""]))
        return [self.binary, "run", "--config", str(config)]

    def start(self, shape, out, env=None, preexec=None):
        return subprocess.Popen(self.argv(shape, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                env={**os.environ, **(env or {})}, preexec_fn=preexec)

    def finish(self, shape, out, env=None, preexec=None):
        """Runs to the end; (exit code, stderr)."""
        process = self.start(shape, out, env, preexec)
        try:
            _, err = process.communicate(timeout=RUN_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return 124, "hung"
        return process.returncode, err.decode(errors="replace").strip()

    # ---- the oracle ----

    def reference(self, partitions):
        """{output: bytes} of the run that nobody disturbed."""
        if partitions not in self.references:
            out = self.folder / f"reference-{partitions}"
            shape = Shape(random.Random(0), partitions)
            shape.command, shape.threads, shape.memory_mib, shape.epoch_records = "replay", 1, 512, 400000
            started = time.monotonic()
            code, err = self.finish(shape, out)
            self.seconds = max(time.monotonic() - started, 0.05)
            if code != EXIT_OK:
                raise RuntimeError(f"the uninterrupted run failed with {code}: {err}")
            for name in OUTPUTS:
                done = subprocess.run([self.binary, "verify", str(out / name)], capture_output=True, text=True, check=False)
                if done.returncode != EXIT_OK:
                    raise RuntimeError(f"verify of the uninterrupted run's {name}: {done.stdout}{done.stderr}")
            self.references[partitions] = {name: (out / name).read_bytes() for name in OUTPUTS}
            # Lists stay empty while nobody decides; what the stream itself says must be worth losing.
            if min(len(self.references[partitions][name].splitlines()) for name in OUTPUTS[:3]) < partitions + 5:
                raise RuntimeError("the world says too little to lose anything")
            shutil.rmtree(out)
        return self.references[partitions]

    def difference(self, partitions, out):
        """None when every output has the reference's bytes, else a sentence."""
        for name, expected in self.reference(partitions).items():
            path = pathlib.Path(out) / name
            found = path.read_bytes() if path.exists() else b""
            if found == expected:
                continue
            at = next((i for i, (a, b) in enumerate(zip(found, expected)) if a != b), min(len(found), len(expected)))
            verify = subprocess.run([self.binary, "verify", str(path)], capture_output=True, text=True, check=False)
            return (f"{name} differs from byte {at} (line {expected[:at].count(bytes([10])) + 1}): {len(found)} bytes for "
                    f"{len(expected)}; verify says {verify.returncode}")
        return None

    def is_prefix(self, partitions, out):
        """What a stopped or refused run has written: whole lines of the reference and nothing else."""
        for name, expected in self.reference(partitions).items():
            path = pathlib.Path(out) / name
            found = path.read_bytes() if path.exists() else b""
            whole = found[:found.rfind(b"\n") + 1]
            if not expected.startswith(whole):
                return f"{name} holds lines that the uninterrupted run never wrote"
        return None

    def digest(self):
        h = hashlib.sha256()
        for path in sorted(self.input.iterdir()):
            h.update(path.name.encode())
            h.update(path.read_bytes())
        return h.hexdigest()[:16]

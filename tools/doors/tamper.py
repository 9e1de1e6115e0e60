#!/usr/bin/env python3
"""Tampers with signed chained outputs in every way we know and lets the client examples look: each attempt must be found by each client.

  tools/doors/tamper.py --binary build/release/bin/brushwatch [--attempts 100000] [--seed 1] [--clients python,go,java] [--progress FILE] [--record]

Half of the attempts are output files with their signatures beside them, half topics as kcat gives them, each record with the header that
signs it. A client is shown thousands of documents a start, all three clients side by side; what they verify is their own code. Among
the changed documents stand untouched ones, which must be believed. The attempts are counted by kind, and those that differ from all others
of the run once more. With --progress the attempts so far are kept in FILE: an interrupted run goes on there.

A client whose toolchain is absent is skipped with a message. What no reader of one copy can see is not tried: a file cut back,
together with its signatures, to an older signed place, or a topic that ends early or lacks a chain from end to end. Exit 1 when anything was missed, or an untouched
document was not believed.
"""

import argparse
import base64
import hashlib
import itertools
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from program import ROOT, WORLD  # noqa: E402

CLIENTS = ROOT / "examples/clients"
BATCH = 12600  # documents of a start, nine hundred of each kind: a JVM is warm after some thousand, and all names are a quarter of what a command line takes
# A verification is a document's whole length: long ones would say the same for more time. Chains of a few lines each, of which every
# kind can find its place in six; other lengths, so that few attempts are the same one again.
LENGTHS = range(6, 12)


def private_key(file):
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    return load_pem_private_key(file.read_bytes(), None)


class Signer:
    """Signs as the program does (docs/formats/signature.md), with a key of `brushwatch keys new`."""

    def __init__(self, file):
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
        self.key = private_key(file)
        self.name = hashlib.sha256(self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]

    def sign(self, output, task, seq, digest):
        return base64.b64encode(self.key.sign(f"brushwatch/v1/{output}/{task}/{seq}/{digest}".encode())).decode()


def signed_outputs(binary, folder):
    """The program's own signed outputs, several chains each: {output: (lines, signatures)}, and the key they are signed with."""
    subprocess.run([binary, "keys", "new", str(folder / "key")], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([binary, "keys", "new", str(folder / "other")], check=True, stdout=subprocess.DEVNULL)
    text = f'[pipeline]\npartitions = 2\ndata_dir = "{folder}/data"\n[signing]\nkey = "{folder}/key"\n'
    for name in ("reference", "orders", "parcels", "reviews", "complaints"):
        text += f'[[source]]\nname = "{name}"\nkind = "file"\npath = "{WORLD}/{name}.ndjson"\nclock = "record"\n'
    (folder / "run.toml").write_text(text, encoding="utf-8")
    subprocess.run([binary, "run", "--config", str(folder / "run.toml")], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    out = {}
    for name in ("alerts", "cases", "credit"):
        data, signatures = ((folder / "data/out" / file).read_bytes().splitlines(keepends=True) for file in (f"{name}.jsonl", f"{name}.jsonl.sig"))
        out[json.loads(signatures[0])["output"]] = (data, signatures)
    return out


def task_of(line):
    return re.match(rb'\{"seq":\d+,"task":"([a-z]+/\d+)"', line)[1]


def place_of(line):
    found = re.match(rb'\{"seq":(\d+),"task":"([a-z]+/\d+)".*"hash":"([0-9a-f]{64})"\}\n$', line, re.S)
    return found[2].decode(), int(found[1]), found[3].decode()


class Document:
    """A signed output: `lines`, and what signs them, a file's heads or a header a record."""

    def __init__(self, output, lines, heads, topic):
        self.output, self.lines, self.heads, self.topic = output, lines, heads, topic

    def copy(self):
        return Document(self.output, list(self.lines), list(self.heads), self.topic)

    def texts(self):
        """What a reader gets: the file and its signatures; of a topic one text."""
        if self.topic:
            return b"".join(head + b"\t" + line for head, line in itertools.zip_longest(self.heads, self.lines, fillvalue=b"")), None
        return b"".join(self.lines), b"".join(self.heads)

    def write(self, path):
        text, heads = self.texts()
        path.write_bytes(text)
        if heads is not None:
            path.with_name(path.name + ".sig").write_bytes(heads)
        return f"{self.output}:{path}" if self.topic else str(path)


def documents(outputs, signer):
    """Of each output its first lines, in every length, as a file (signed where the program signed last, cut there) and as a topic."""
    out = []
    for length, (output, (lines, heads)) in itertools.product(LENGTHS, outputs.items()):
        kept, chains = lines[:length], {}
        for line in kept:
            task, seq, digest = place_of(line)
            chains[task] = (seq, digest)
        # The program signs a chain's newest line now and then; the cut's last lines get a signature of the same key.
        known = [head for head in heads if json.loads(head)["task"] in chains and json.loads(head)["seq"] < chains[json.loads(head)["task"]][0]][-4:]
        ends = [json.dumps({"output": output, "task": task, "seq": seq, "hash": digest, "key": signer.name, "signature": signer.sign(output, task, seq, digest)},
                           separators=(",", ":")).encode() + b"\n" for task, (seq, digest) in chains.items()]
        out.append(Document(output, kept, known + ends, False))
        headers = [f"brushwatch-signature=v1a,{signer.name},{signer.sign(output, *place_of(line))}".encode() for line in kept]
        out.append(Document(output, kept, headers, True))
    return out


def rehashed(output, lines, task):
    """The chain of `task` with hashes as a forger without the key computes them."""
    head, out = None, []
    for line in lines:
        if task_of(line) == task:
            head = head or hashlib.sha256(f"brushwatch/{output}/".encode() + task).digest()
            body = re.sub(rb',"prev":"[0-9a-f]{64}","hash":"[0-9a-f]{64}"\}\n$', b',"prev":"' + head.hex().encode() + b'"', line)
            head = hashlib.sha256(head + body).digest()
            line = body + b',"hash":"' + head.hex().encode() + b'"}\n'
        out.append(line)
    return out


def flip(text, chance):
    place, bit = chance.randrange(len(text)), 1 << chance.randrange(8)
    return text[:place] + bytes([text[place] ^ bit]) + text[place + 1:]


def edit(line, chance):
    places = [m.start() for m in re.finditer(rb"\d", line[30:-150])]
    place = 30 + chance.choice(places)
    return line[:place] + bytes([48 + (line[place] - 48 + 1 + chance.randrange(9)) % 10]) + line[place + 1:]


class Altered(Document):
    """A document whose bytes are no longer lines."""

    def __init__(self, of, text, heads):
        super().__init__(of.output, [], [], of.topic)
        self.text = (text, heads)

    def texts(self):
        return self.text


def change(kind, of, chance, other, true_ones):
    """`of`, changed in one way; `other` signs with a key that nobody trusts, `true_ones` are signatures of all places."""
    doc = of.copy()
    at = chance.randrange(len(doc.lines))
    last_heads = {json.loads(h)["task"]: i for i, h in enumerate(doc.heads)} if not doc.topic else {}
    text, heads = doc.texts()
    if kind == "flip":
        if doc.topic:  # of a record, not of a header that signs nothing
            doc.lines[at] = flip(doc.lines[at], chance)
            return doc
        return Altered(doc, flip(text, chance), heads)
    if kind == "delete":
        if doc.topic and task_of(doc.lines[at]) not in map(task_of, doc.lines[at + 1:]):
            at = next(i for i, line in enumerate(doc.lines) if task_of(line) in map(task_of, doc.lines[i + 1:]))  # else it only ends early
        del doc.lines[at]
        if doc.topic:
            del doc.heads[at]
        return doc
    if kind == "repeat":
        doc.lines.insert(at, doc.lines[at])
        if doc.topic:
            doc.heads.insert(at, doc.heads[at])
        return doc
    if kind == "swap":
        pairs = [(i, j) for i in range(len(doc.lines)) for j in range(i + 1, len(doc.lines)) if task_of(doc.lines[i]) == task_of(doc.lines[j])]
        i, j = chance.choice(pairs)
        for rows in [doc.lines, doc.heads] if doc.topic else [doc.lines]:
            rows[i], rows[j] = rows[j], rows[i]
        return doc
    if kind == "edit":
        doc.lines[at] = edit(doc.lines[at], chance)
        return doc
    if kind == "rewrite":
        doc.lines[at] = edit(doc.lines[at], chance)
        doc.lines = rehashed(doc.output, doc.lines, task_of(doc.lines[at]))
        return doc
    if kind == "cut":
        if doc.topic:  # the beginning is gone, and of some chain not the rest
            tasks = [task_of(line) for line in doc.lines]
            first = chance.choice([n for n in range(1, len(tasks)) if set(tasks[:n]) & set(tasks[n:])])
            doc.lines, doc.heads = doc.lines[first:], doc.heads[first:]
        else:
            doc.lines = doc.lines[:at]
        return doc
    if kind == "tear":
        if doc.topic:  # in the middle of its last record
            doc.lines[-1] = doc.lines[-1][:chance.randrange(len(doc.lines[-1]) - 1)]
            return doc
        return Altered(doc, text[:chance.randrange(len(text) - 1)], heads)
    if kind == "join":  # a record's end is lost: what two lines were is one, and what stands first must not pass for a header of the other
        at = at if at + 1 < len(doc.lines) else 0
        doc.lines[at] = doc.lines[at][:-1] + bytes([chance.choice(b"\x0b\x08\x0e\x1a*\t ")])
        return doc
    if kind == "append":
        task = task_of(doc.lines[at])
        seq = sum(task_of(line) == task for line in doc.lines)
        forged = b'{"seq":%d,"task":"%s","of":2,"round":99,"type":"alert_withdrawn","id":"A-%016x","prev":"%s","hash":"%s"}\n' % (seq, task, chance.getrandbits(64), b"0" * 64, b"0" * 64)
        doc.lines = rehashed(doc.output, doc.lines + [forged], task)
        if doc.topic:
            doc.heads.append(doc.heads[at])
        return doc
    if kind == "flip_signature":
        if not doc.topic:
            return Altered(doc, text, flip(heads, chance))
        begin = doc.heads[at].index(b"=") + 1
        doc.heads[at] = doc.heads[at][:begin] + flip(doc.heads[at][begin:], chance)
        return doc
    if kind == "drop_signature":
        if doc.topic:  # of the newest line of a chain: what stands before it is signed by what follows
            at = max(i for i, line in enumerate(doc.lines) if task_of(line) == task_of(doc.lines[at]))
            doc.lines[at] = edit(doc.lines[at], chance)
            doc.lines = rehashed(doc.output, doc.lines, task_of(doc.lines[at]))
            doc.heads[at] = b""
        else:
            del doc.heads[chance.choice(list(last_heads.values()))]
        return doc
    if doc.topic:
        task, seq, digest = place_of(doc.lines[at])
        doc.heads[at] = (f"brushwatch-signature=v1a,{other.name},{other.sign(doc.output, task, seq, digest)}".encode() if kind == "other_key"
                         else chance.choice([head for head in doc.heads if head != doc.heads[at]]))
        return doc
    place = chance.choice(list(last_heads.values()))
    head = json.loads(doc.heads[place])
    if kind == "other_key":  # signed anew, by somebody else
        head["key"], head["signature"] = other.name, other.sign(head["output"], head["task"], head["seq"], head["hash"])
    else:  # "foreign_signature": a true signature of another place
        head["signature"] = chance.choice([s for s in true_ones if s != head["signature"]])
    doc.heads[place] = json.dumps(head, separators=(",", ":")).encode() + b"\n"
    return doc


KINDS = ["flip", "delete", "repeat", "swap", "edit", "rewrite", "cut", "tear", "join", "append", "flip_signature", "drop_signature", "other_key", "foreign_signature"]


def clients(folder, wanted):
    out = {}
    if "python" in wanted:
        out["python"] = [sys.executable, str(CLIENTS / "verify.py")]
    if "go" in wanted:
        if shutil.which("go"):
            subprocess.run(["go", "build", "-o", str(folder / "verify-go"), str(CLIENTS / "verify.go")], check=True, cwd=folder)
            out["go"] = [str(folder / "verify-go")]
        else:
            print("skipped: the Go client, there is no go here")
    if "java" in wanted:
        if shutil.which("javac"):
            subprocess.run(["javac", "-d", str(folder), str(CLIENTS / "Verify.java")], check=True)
            out["java"] = ["java", "-XX:+UseSerialGC", "-cp", str(folder), "Verify"]
        else:
            print("skipped: the Java client, there is no javac here")
    return out


def shown(everybody, key, names, folder):
    """Shows the documents to all clients at once: {client: (those that it calls tampered, those that it believes, its complaints)}."""
    running = {}
    for name, command in everybody.items():
        with open(folder / f"{name}.out", "wb") as out, open(folder / f"{name}.err", "wb") as err:
            running[name] = subprocess.Popen([*command, str(key), *names], stdout=out, stderr=err)
    answers = {}
    for name, process in running.items():
        process.wait()
        lines = (folder / f"{name}.out").read_text(encoding="utf-8", errors="replace").splitlines()
        tampered = {line.split(" ", 1)[1].split(": ")[0] for line in lines if line.startswith("TAMPERED ")}
        believed = {line.split(" ", 2)[2] for line in lines if line.startswith("ok ")}
        answers[name] = (tampered, believed, (folder / f"{name}.err").read_text(encoding="utf-8", errors="replace")[-200:])
    return answers


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / "build/release/bin/brushwatch"))
    parser.add_argument("--attempts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", default="python,go,java")
    parser.add_argument("--progress", type=pathlib.Path)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    sum_up = {"clients": args.clients, "seed": args.seed, "made": 0, "missed": 0, "different": 0, "controls": 0, "kinds": dict.fromkeys(KINDS, 0)}
    if args.progress and args.progress.exists():
        earlier = json.loads(args.progress.read_text(encoding="utf-8"))
        if earlier.keys() == sum_up.keys() and (earlier["clients"], earlier["seed"]) == (args.clients, args.seed):
            sum_up = earlier
    seen = set()  # of this process; one that goes on has new keys, with which every document is another
    with tempfile.TemporaryDirectory() as home:
        folder = pathlib.Path(home)
        outputs = signed_outputs(args.binary, folder)
        everybody = clients(folder, args.clients.split(","))
        signer, other = Signer(folder / "key"), Signer(folder / "other")
        whole = documents(outputs, signer)
        true_ones = [json.loads(head)["signature"] for doc in whole if not doc.topic for head in doc.heads]
        # Untouched, also as long as the program wrote them: who calls everything tampered finds nothing.
        untouched = whole + [Document(output, *rows, False) for output, rows in outputs.items()]
        controls = [doc.write(folder / f"untouched-{n}") for n, doc in enumerate(untouched)]
        while sum_up["made"] < args.attempts:
            made = sum_up["made"]
            chance = random.Random(args.seed * 1_000_003 + made)  # of this batch alone: a run that goes on makes what one in one go makes
            made_here = {}
            for n in range(made, min(made + BATCH, args.attempts)):
                kind, doc = KINDS[n % len(KINDS)], whole[n // len(KINDS) % len(whole)]
                while True:
                    changed = change(kind, doc, chance, other, true_ones)
                    if changed.texts() != doc.texts():
                        break
                text = hashlib.sha256(repr((changed.output, changed.texts())).encode()).digest()
                sum_up["different"] += text not in seen
                seen.add(text)
                sum_up["kinds"][kind] += 1
                made_here[changed.write(folder / f"{n - made:05}-{kind}")] = f"{kind} of {doc.output} as a {'topic' if doc.topic else 'file'}"
            names = controls + list(made_here)
            chance.shuffle(names)
            for name, (tampered, believed, error) in shown(everybody, folder / "key.pub", names, folder).items():
                if not believed >= set(controls):
                    print(f"{name}: untouched documents are not believed: {sorted(set(controls) - believed)} {error}")
                    return 1
                for path in made_here.keys() - tampered:
                    sum_up["missed"] += 1
                    if sum_up["missed"] < 20:
                        print(f"{name} missed {made_here[path]} ({path}, attempts {made}…, seed {args.seed}) {error}")
            for path in folder.glob("[0-9]*-*"):
                path.unlink()
            sum_up["made"] += len(made_here)
            sum_up["controls"] += len(controls)
            if args.progress:
                args.progress.parent.mkdir(parents=True, exist_ok=True)
                args.progress.write_text(json.dumps(sum_up), encoding="utf-8")
    made, missed = sum_up["made"], sum_up["missed"]
    print(f"tamper_attempts {made} tamper_missed {missed} different {sum_up['different']} untouched_believed {sum_up['controls']} clients {','.join(everybody)}")
    print(*(f"{kind} {count}" for kind, count in sum_up["kinds"].items()), sep=", ")
    if args.record:
        for name, value, what in (("tamper_attempts", made, f"ways to change a signed output, as a file and as a topic, {len(KINDS)} kinds, {sum_up['different']:,} "
                                   f"different, each shown to the clients in {', '.join(everybody)}, beside {sum_up['controls']:,} untouched ones, all believed"),
                                  ("tamper_missed", missed, "of them that a client believed")):
            command = [sys.executable, str(ROOT / "tools/figures.py"), "record", "--id", name, "--value", str(value), "--unit", "attempts", "--command", "tools/doors/tamper.py", "--what", what]
            if name == "tamper_missed":
                command += ["--floor", "0", "--goal", "0"]
            subprocess.run(command, check=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

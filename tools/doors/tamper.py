#!/usr/bin/env python3
"""Tampers with signed output files in every way we know and lets the client examples look: each attempt must be found by each client.

  tools/doors/tamper.py --binary build/release/bin/brushwatch [--attempts 100000] [--seed 1] [--clients python,go,java] [--record]

A client whose toolchain is absent is skipped with a message. What no reader of one copy can see is not tried: a file cut back,
together with its signatures, to an older signed place. Exit 1 when anything was missed, or an untouched file was not believed.
"""

import argparse
import hashlib
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
BATCH = 500


def signed_file(binary, folder):
    """A small signed output of several chains, and the key that it is signed with."""
    subprocess.run([binary, "keys", "new", str(folder / "key")], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([binary, "keys", "new", str(folder / "other")], check=True, stdout=subprocess.DEVNULL)
    text = f'[pipeline]\npartitions = 2\ndata_dir = "{folder}/data"\n[signing]\nkey = "{folder}/key"\n'
    for name in ("reference", "orders", "parcels", "reviews", "complaints"):
        text += f'[[source]]\nname = "{name}"\nkind = "file"\npath = "{WORLD}/{name}.ndjson"\nclock = "record"\n'
    (folder / "run.toml").write_text(text, encoding="utf-8")
    subprocess.run([binary, "run", "--config", str(folder / "run.toml")], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    out = folder / "data/out/alerts.jsonl"
    return out.read_bytes(), (out.parent / "alerts.jsonl.sig").read_bytes()


def task_of(line):
    return re.match(rb'\{"seq":\d+,"task":"([a-z]+/\d+)"', line)[1]


def rehashed(lines, task):
    """The chain of `task` with hashes as a forger without the key computes them."""
    head, out = None, []
    for line in lines:
        if task_of(line) == task:
            head = head or hashlib.sha256(b"brushwatch/alert/" + task).digest()
            body = re.sub(rb',"prev":"[0-9a-f]{64}","hash":"[0-9a-f]{64}"\}\n$', b',"prev":"' + head.hex().encode() + b'"', line)
            head = hashlib.sha256(head + body).digest()
            line = body + b',"hash":"' + head.hex().encode() + b'"}\n'
        out.append(line)
    return out


def tampered(kind, data, signatures, chance, sign_as_other):
    lines, heads = data.splitlines(keepends=True), signatures.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    last_heads = {json.loads(h)["task"]: i for i, h in enumerate(heads)}
    def flip(text):
        place, bit = chance.randrange(len(text)), 1 << chance.randrange(8)
        return text[:place] + bytes([text[place] ^ bit]) + text[place + 1:]
    def edit(line):
        places = [m.start() for m in re.finditer(rb"\d", line[60:-150])]
        place = 60 + chance.choice(places)
        return line[:place] + bytes([48 + (line[place] - 48 + 1 + chance.randrange(9)) % 10]) + line[place + 1:]
    if kind == "flip":
        return flip(data), signatures
    if kind == "delete":
        return b"".join(lines[:at] + lines[at + 1:]), signatures
    if kind == "repeat":
        return b"".join(lines[:at] + [lines[at]] + lines[at:]), signatures
    if kind == "swap":
        pairs = [(i, j) for i in range(len(lines)) for j in range(i + 1, len(lines)) if task_of(lines[i]) == task_of(lines[j])]
        i, j = chance.choice(pairs)
        lines[i], lines[j] = lines[j], lines[i]
        return b"".join(lines), signatures
    if kind == "edit":
        lines[at] = edit(lines[at])
        return b"".join(lines), signatures
    if kind == "rewrite":
        alerts = [i for i, line in enumerate(lines) if len(line) > 400]
        at = chance.choice(alerts)
        lines[at] = edit(lines[at])
        return b"".join(rehashed(lines, task_of(lines[at]))), signatures
    if kind == "cut":
        return b"".join(lines[: chance.randrange(len(lines))]), signatures
    if kind == "tear":
        return data[: chance.randrange(len(data) - 1)], signatures
    if kind == "append":
        task = task_of(lines[at])
        seq = sum(task_of(line) == task for line in lines)
        forged = b'{"seq":%d,"task":"%s","of":2,"round":99,"type":"alert_withdrawn","id":"A-%016x","prev":"%s","hash":"%s"}\n' % (seq, task, chance.getrandbits(64), b"0" * 64, b"0" * 64)
        return b"".join(rehashed(lines + [forged], task)), signatures
    if kind == "flip_signature":
        return data, flip(signatures)
    if kind == "drop_signature":
        place = chance.choice(list(last_heads.values()))
        return data, b"".join(heads[:place] + heads[place + 1:])
    head = json.loads(heads[chance.choice(list(last_heads.values()))])
    if kind == "other_key":  # rewritten and signed anew, by somebody else
        head["key"], head["signature"] = sign_as_other[0], sign_as_other[1](head)
    else:  # "foreign_signature": a true signature of another place
        head["signature"] = json.loads(chance.choice([h for h in heads if json.loads(h)["signature"] != head["signature"]]))["signature"]
    place = last_heads[head["task"]]
    heads[place] = json.dumps(head, separators=(",", ":")).encode() + b"\n"
    return data, b"".join(heads)


KINDS = ["flip", "delete", "repeat", "swap", "edit", "rewrite", "cut", "tear", "append", "flip_signature", "drop_signature", "other_key", "foreign_signature"]


def other_signer(folder):
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
    import base64
    key = load_pem_private_key((folder / "other").read_bytes(), None)
    name = hashlib.sha256(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]
    def sign(head):
        return base64.b64encode(key.sign(f"brushwatch/v1/{head['output']}/{head['task']}/{head['seq']}/{head['hash']}".encode())).decode()
    return name, sign


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
            out["java"] = ["java", "-cp", str(folder), "Verify"]
        else:
            print("skipped: the Java client, there is no javac here")
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / "build/release/bin/brushwatch"))
    parser.add_argument("--attempts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", default="python,go,java")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    chance = random.Random(args.seed)
    missed = believed = made = 0
    with tempfile.TemporaryDirectory() as home:
        folder = pathlib.Path(home)
        data, signatures = signed_file(args.binary, folder)
        everybody = clients(folder, args.clients.split(","))
        signer = other_signer(folder)
        untouched = folder / "untouched"
        untouched.write_bytes(data)
        (folder / "untouched.sig").write_bytes(signatures)
        for name, command in everybody.items():
            run = subprocess.run([*command, str(folder / "key.pub"), str(untouched)], capture_output=True, text=True, check=False)
            if run.returncode != 0 or not run.stdout.startswith("ok"):
                print(f"{name}: an untouched file is not believed: {run.stdout}{run.stderr}")
                return 1
            believed += 1
        while made < args.attempts:
            batch, paths = min(BATCH, args.attempts - made), []
            for n in range(batch):
                kind = KINDS[(made + n) % len(KINDS)]
                while True:
                    changed = tampered(kind, data, signatures, chance, signer)
                    if changed != (data, signatures):
                        break
                path = folder / f"{n:04}-{kind}"
                path.write_bytes(changed[0])
                (folder / f"{n:04}-{kind}.sig").write_bytes(changed[1])
                paths.append(str(path))
            for name, command in everybody.items():
                run = subprocess.run([*command, str(folder / "key.pub"), *paths], capture_output=True, text=True, errors="replace", check=False)
                found = {line.split(" ", 1)[1].split(":")[0] for line in run.stdout.splitlines() if line.startswith("TAMPERED ")}
                for path in paths:
                    if path not in found:
                        missed += 1
                        if missed < 20:
                            print(f"{name} missed {pathlib.Path(path).name} (attempt {made}…, seed {args.seed}) {run.stderr[-200:]}")
            for path in paths:
                pathlib.Path(path).unlink()
                pathlib.Path(path + ".sig").unlink()
            made += batch
    print(f"tamper_attempts {made} tamper_missed {missed} clients {','.join(everybody)}")
    if args.record:
        for name, value, what in (("tamper_attempts", made, f"ways to change a signed output file, each shown to the clients in {', '.join(everybody)}"),
                                  ("tamper_missed", missed, "of them that a client believed")):
            command = [sys.executable, str(ROOT / "tools/figures.py"), "record", "--id", name, "--value", str(value), "--unit", "attempts", "--command", "tools/doors/tamper.py", "--what", what]
            if name == "tamper_missed":
                command += ["--floor", "0", "--goal", "0"]
            subprocess.run(command, check=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

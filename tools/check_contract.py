#!/usr/bin/env python3
"""Is the event contract in api/ whole, and does it say what the codec says?

Schemas are valid JSON Schema 2020-12 and their references resolve; there is one for every event type of the codec, with the
codec's words; every valid example and every recorded event passes, every invalid one fails; api/asyncapi.yaml is an AsyncAPI
3.0 document whose references resolve. That the examples mean to the running codec what their names say is tested in
tests/unit/connectors/codec/contract_examples_test.cc.

Exit 0 when all holds, 1 with one line a fault on stderr.
"""

import json
import pathlib
import re
import sys

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match

ROOT = pathlib.Path(__file__).resolve().parents[1]
API = ROOT / "api"
SCHEMAS = API / "schema"
EXAMPLES = API / "examples"
CODEC = ROOT / "connectors" / "codec"
BASE = "https://brushwatch.example/schema/"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Files that hold no event type of their own.
SHARED = {"common", "order", "review", "reference", "event", "cloudevent", "alert", "dead_letter", "late", "shadow_finding", "case", "list", "credit"}
# Lines that the program itself wrote or reads in its tests: the contract may not be narrower than what is in use.
RECORDED = ["examples/ten-events.ndjson", "tests/golden/*/*.ndjson"]
# The golden worlds hold thousands of lines of a few shapes: every 7th keeps the check at a few seconds and meets all types.
RECORDED_STEP = 7
OUTPUTS = {"alert.json": "alert", "dead_letter.json": "dead_letter", "late.json": "late", "shadow_finding.json": "shadow_finding", "case.json": "case",
           "list.json": "list", "credit.json": "credit"}


class Report:
    def __init__(self):
        self.faults = []
        self.counts = {}

    def fault(self, where, text):
        self.faults.append(f"{where}: {text}")

    def count(self, what, number=1):
        self.counts[what] = self.counts.get(what, 0) + number


def relative(path):
    return path.relative_to(ROOT).as_posix()


def pointed(document, pointer):
    """The node at a JSON pointer; KeyError when there is none."""
    for part in pointer.strip("/").split("/") if pointer.strip("/") else []:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list):
            document = document[int(part)]
        else:
            document = document[part]
    return document


class Schemas:
    """All files of api/schema, with references written out: the result is the same for every version of the library."""

    def __init__(self, report):
        self.documents = {}
        self.validators = {}
        for path in sorted(SCHEMAS.glob("*.json")):
            try:
                self.documents[path.name] = json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                report.fault(relative(path), f"not JSON: {error}")

    def check(self, report):
        for name, document in self.documents.items():
            where = f"api/schema/{name}"
            report.count("schemas")
            if document.get("$schema") != DIALECT:
                report.fault(where, f"$schema is not {DIALECT}")
            if document.get("$id") != BASE + name:
                report.fault(where, f"$id is not {BASE + name}")
            if not document.get("title"):
                report.fault(where, "title is absent")
            try:
                Draft202012Validator.check_schema(document)
                self.written_out(name, "")
            except SchemaError as error:
                report.fault(where, f"not a valid schema at /{'/'.join(map(str, error.absolute_path))}: {error.message}")
            except (KeyError, IndexError, ValueError) as error:
                report.fault(where, f"a reference does not resolve: {error}")
            except RecursionError:
                report.fault(where, "references run in a circle")

    def written_out(self, name, pointer):
        if name not in self.documents:
            raise KeyError(name)
        return self._expand(pointed(self.documents[name], pointer), name)

    def _expand(self, node, name):
        if isinstance(node, list):
            return [self._expand(value, name) for value in node]
        if not isinstance(node, dict):
            return node
        out = {key: value if key in ("enum", "const", "examples", "pattern") else self._expand(value, name)
               for key, value in node.items() if key not in ("$ref", "$id", "$defs")}
        reference = node.get("$ref")
        if reference is not None:
            file, _, pointer = reference.partition("#")
            target = self.written_out(file or name, pointer)
            # Beside a reference, other words hold as well.
            out["allOf"] = out.get("allOf", []) + [target]
        return out

    def validator(self, name):
        if name not in self.validators:
            self.validators[name] = Draft202012Validator(self.written_out(name, ""))
        return self.validators[name]

    def why_not(self, name, instance):
        """None when the instance is valid, else what is wrong with it."""
        error = best_match(self.validator(name).iter_errors(instance))
        if error is None:
            return None
        return f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def words(text, name):
    """The strings of a constant array of C++."""
    found = re.search(re.escape(name) + r"\[\] = \{(.*?)\};", text, re.DOTALL)
    return re.findall(r'"([^"]*)"', found.group(1)) if found else []


def check_codec(schemas, report):
    """The contract's types, words and forbidden names are the codec's."""
    reader = (CODEC / "event_reader.cc").read_text(encoding="utf-8")
    table = reader[reader.index("kPublicTypes[] = {"):reader.index("};", reader.index("kPublicTypes[] = {"))]
    types = set(re.findall(r'\{"([a-z_.]+)", EventType', table)) | {"order.status"}
    files = {name.removesuffix(".schema.json") for name in schemas.documents} - SHARED
    for name in sorted(types - files):
        report.fault("api/schema", f"no schema for the codec's type {name}")
    for name in sorted(files - types):
        report.fault(f"api/schema/{name}.schema.json", "the codec knows no such type")
    dispatch = json.dumps(schemas.documents["event.schema.json"]), json.dumps(schemas.documents["cloudevent.schema.json"])
    for name in sorted(types & files):
        for text, where in zip(dispatch, ("event", "cloudevent")):
            if f'"$ref": "{name}.schema.json"' not in text:
                report.fault(f"api/schema/{where}.schema.json", f"{name} is not dispatched")

    def offered(file, pointer):
        node = pointed(schemas.documents[file], pointer)
        choices = node["enum"] if "enum" in node else node["anyOf"][0]["enum"]
        return {word for word in choices if word is not None}

    lists = [("kChannels", "order.schema.json", "/properties/channel"),
             ("kGoodsStates", "order.schema.json", "/properties/goods_state"),
             ("kOutletKinds", "common.schema.json", "/$defs/outlet_kind"),
             ("kViewKinds", "traffic.view.schema.json", "/properties/kind"),
             ("kUaClasses", "traffic.view.schema.json", "/properties/ua_class"),
             ("kComplaintCodes", "complaint.filed.schema.json", "/properties/code")]
    sources = [(reader, *entry) for entry in lists]
    sources.append(((CODEC / "status_map.cc").read_text(encoding="utf-8"), "kScanWords", "parcel.scan.schema.json", "/properties/code"))
    for text, array, file, pointer in sources:
        try:
            said = offered(file, pointer)
        except (KeyError, IndexError) as error:
            report.fault(f"api/schema/{file}", f"no list of words at {pointer}: {error}")
            continue
        if said != set(words(text, array)):
            report.fault(f"api/schema/{file}", f"{pointer} and the codec's {array} differ in {sorted(said ^ set(words(text, array)))}")

    forbidden = set(words((CODEC / "personal_data.cc").read_text(encoding="utf-8"), "kForbidden"))
    said = {name.replace("_", "") for name in schemas.documents["common.schema.json"]["$defs"]["member_name"]["not"]["enum"]}
    if said != forbidden:
        report.fault("api/schema/common.schema.json", f"forbidden member names differ from the codec's in {sorted(said ^ forbidden)}")
    return types


def read_json(path):
    """The file's value, or None with the reason. Members that stand twice are the codec's business."""
    try:
        return json.loads(path.read_bytes().decode("utf-8")), None
    except (OSError, ValueError, RecursionError) as error:
        return None, str(error)


def check_examples(schemas, types, report):
    shown = set()
    for path in sorted((EXAMPLES / "valid").glob("*.json")):
        report.count("valid examples")
        value, reason = read_json(path)
        reason = reason or schemas.why_not("event.schema.json", value)
        if reason:
            report.fault(relative(path), f"should be valid: {reason}")
        elif "__" not in path.stem:
            report.fault(relative(path), "a name is <type>__<what>.json")
        shown.add(path.stem.partition("__")[0])
    for name in sorted(types - {"order.status"} - shown):
        report.fault("api/examples/valid", f"no example of {name}")
    for name in sorted(shown - types - {"order.other"}):
        report.fault("api/examples/valid", f"{name} is not an event type")

    names = set(re.findall(r'return "(\w+)"', (ROOT / "engine/base/error.cc").read_text(encoding="utf-8")))
    for path in sorted((EXAMPLES / "invalid").glob("*.json")):
        report.count("invalid examples")
        reason, separator, _ = path.name.partition("__")
        if not separator or reason not in names:
            report.fault(relative(path), "a name is <error>__<what>.json, with an error name of engine/base/error.cc")
        value, unreadable = read_json(path)
        passes = unreadable is None and schemas.why_not("event.schema.json", value) is None
        if path.name.endswith(".codec.json"):
            # What only the codec can see; whatever a schema can see belongs to the others.
            if unreadable is None and not passes:
                report.fault(relative(path), "the schema refuses it as well: drop .codec from the name")
        elif unreadable:
            report.fault(relative(path), f"not JSON, so no schema can judge it: name it .codec.json ({unreadable})")
        elif passes:
            report.fault(relative(path), "passes the schema")
    for name, schema in OUTPUTS.items():
        value, reason = read_json(EXAMPLES / name)
        reason = reason or schemas.why_not(f"{schema}.schema.json", value)
        report.count("output examples")
        if reason:
            report.fault(f"api/examples/{name}", reason)


def check_recorded(schemas, report):
    for pattern in RECORDED:
        for path in sorted(ROOT.glob(pattern)):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if number > 20 and number % RECORDED_STEP:
                    continue
                report.count("recorded events")
                reason = schemas.why_not("event.schema.json", json.loads(line))
                if reason:
                    report.fault(f"{relative(path)}:{number}", f"the contract refuses what the program takes: {reason}")
                    break


# ---- AsyncAPI 3.0: the parts of its structure that readers and generators rely on -----------------------------------

def references(node, at=""):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield at, node["$ref"]
        for key, value in node.items():
            yield from references(value, f"{at}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from references(value, f"{at}/{index}")


def check_asyncapi(schemas, types, report):
    where = "api/asyncapi.yaml"
    try:
        api = yaml.safe_load((API / "asyncapi.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        return report.fault(where, f"cannot be read: {error}")

    def fault(text):
        report.fault(where, text)

    if not isinstance(api, dict) or not re.fullmatch(r"3\.0\.\d+", str(api.get("asyncapi"))):
        return fault("asyncapi is not 3.0.x")
    for member in ("title", "version"):
        if not isinstance(api.get("info", {}).get(member), str):
            fault(f"info.{member} is absent")
    unknown = set(api) - {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"}
    if unknown:
        fault(f"unknown members {sorted(unknown)}")

    targets = {}
    for at, reference in references(api):
        report.count("references")
        file, _, pointer = reference.partition("#")
        try:
            if not file:
                targets[at] = pointed(api, pointer)
            else:
                path = (API / file).resolve()
                if path.parent != SCHEMAS:
                    raise KeyError("not a file of api/schema")
                targets[at] = pointed(schemas.documents[path.name], pointer)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            fault(f"{at}: {reference} does not resolve ({error})")

    def resolved(node, at):
        return targets.get(at, {}) if isinstance(node, dict) and "$ref" in node else node

    for name, server in (api.get("servers") or {}).items():
        for member in ("host", "protocol"):
            if member not in server:
                fault(f"/servers/{name} has no {member}")
    channels = api.get("channels") or {}
    operations = api.get("operations") or {}
    if not channels or not operations:
        fault("no channels or no operations")
    used = set()
    for name, operation in operations.items():
        at = f"/operations/{name}"
        if operation.get("action") not in ("send", "receive"):
            fault(f"{at}: action is send or receive")
        reference = (operation.get("channel") or {}).get("$ref", "")
        if not re.fullmatch(r"#/channels/[^/]+", reference):
            fault(f"{at}: channel is a reference to one of /channels")
            continue
        channel = reference.rsplit("/", 1)[1]
        used.add(channel)
        for index, message in enumerate(operation.get("messages") or []):
            # AsyncAPI 3.0: an operation's messages are a subset of its channel's, by reference to the channel.
            if not message.get("$ref", "").startswith(f"#/channels/{channel}/messages/"):
                fault(f"{at}/messages/{index}: not a message of its channel")
    for name in sorted(set(channels) - used):
        fault(f"/channels/{name}: no operation uses it")
    for name, channel in channels.items():
        report.count("channels")
        at = f"/channels/{name}"
        if not isinstance(channel.get("address"), str):
            fault(f"{at}: address is absent")
        if not channel.get("messages"):
            fault(f"{at}: no messages")
        named = set(re.findall(r"\{([^}]*)\}", str(channel.get("address"))))
        if named != set(channel.get("parameters") or {}):
            fault(f"{at}: the address names {sorted(named)}, the parameters are others")
        for key, message in (channel.get("messages") or {}).items():
            message = resolved(message, f"{at}/messages/{key}")
            if not isinstance(message, dict) or "payload" not in message:
                fault(f"{at}/messages/{key}: no payload")

    messages = (api.get("components") or {}).get("messages") or {}
    covered = set()
    for name, message in messages.items():
        for key in message:
            if key not in {"name", "title", "summary", "description", "contentType", "headers", "payload", "examples", "traits",
                           "correlationId", "tags", "externalDocs", "bindings", "deprecated"}:
                fault(f"/components/messages/{name}: unknown member {key}")
        reference = json.dumps(message.get("payload", {}))
        covered |= {t for t in types if f"schema/{t}.schema.json" in reference}
    for name in sorted(types - covered):
        fault(f"no message has the payload schema/{name}.schema.json")


def check_topics(report):
    """Addresses of the outputs are the program's defaults."""
    try:
        api = yaml.safe_load((API / "asyncapi.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return  # said above
    config = "".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "apps").glob("config*.[ch]*")))
    topics = set(re.findall(r'"(brushwatch\.[a-z.]+\.v1)"', config))
    said = {c.get("address") for c in (api.get("channels") or {}).values()}
    for topic in sorted(topics - said):
        report.fault("api/asyncapi.yaml", f"the program's default topic {topic} is no channel")


def main():
    report = Report()
    schemas = Schemas(report)
    schemas.check(report)
    if not report.faults:
        types = check_codec(schemas, report)
        check_examples(schemas, types, report)
        check_recorded(schemas, report)
        check_asyncapi(schemas, types, report)
        check_topics(report)
    for fault in report.faults:
        print(f"check_contract: {fault}", file=sys.stderr)
    print("check_contract: " + ", ".join(f"{number} {what}" for what, number in report.counts.items()) + f", {len(report.faults)} faults")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())

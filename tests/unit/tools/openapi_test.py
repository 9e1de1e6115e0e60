"""api/openapi.yaml says what connectors/http and doors/ serve: paths, methods, media types and problem codes."""

import pathlib
import re
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
HTTP = ROOT / "connectors" / "http"


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.api = yaml.safe_load((ROOT / "api/openapi.yaml").read_text(encoding="utf-8"))
        cls.sources = {path.name: path.read_text(encoding="utf-8") for path in [*HTTP.glob("*.cc"), *(ROOT / "doors").glob("*.cc")]}

    def test_names_the_built_in_routes(self):
        table = self.sources["route_table.cc"]
        served = {("get", path) for path in re.findall(r'get\("(/[^"]+)"', table)}
        served |= {(method.lower(), path) for method, path in re.findall(r'\{"([A-Z]+)", "(/[^"]+)"', table)}
        doors = (ROOT / "doors/routes.cc").read_text(encoding="utf-8")
        served |= {(method.lower(), path) for method, path in re.findall(r'\{Verb::\w+, "([A-Z]+)", "(/[^"]+)"', doors)}
        public = (ROOT / "doors/public_routes.cc").read_text(encoding="utf-8")
        served |= {(method.lower(), path) for method, path in re.findall(r'\{PublicPage::\w+, "([A-Z]+)", "(/[^"]+)"', public)}
        said = {(method, path) for path, item in self.api["paths"].items() for method in item}
        self.assertEqual(said, served)

    def test_names_the_media_types_of_ingest(self):
        body = self.sources["events_route.cc"]
        taken = set(re.findall(r'"(application/[^"]+)"', body[body.index("types = {"):body.index("};", body.index("types = {"))]))
        self.assertEqual(set(self.api["paths"]["/api/v1/events"]["post"]["requestBody"]["content"]), taken)

    def test_names_every_problem_code(self):
        used = set()
        for text in self.sources.values():
            used |= set(re.findall(r'problem\(\d+,\s*"(\w+)"', text))
        self.assertEqual(set(self.api["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]), used)

    def test_resolves_every_reference(self):
        def walk(node):
            if isinstance(node, dict):
                reference = node.get("$ref")
                if reference:
                    target = self.api
                    for part in reference.removeprefix("#/").split("/"):
                        self.assertIn(part, target, reference)
                        target = target[part]
                for value in node.values():
                    walk(value)
            elif isinstance(node, list):
                for value in node:
                    walk(value)
        walk(self.api)


if __name__ == "__main__":
    unittest.main()

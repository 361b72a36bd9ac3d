"""Check the JSON of a command against the schemas that are shipped with the package."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import collapse

FOLDER = Path(collapse.__file__).parent / "schemas"
SCHEMAS = {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
REGISTRY = Registry().with_resources(
    (name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)


def problems(document: dict) -> list[str]:
    """What in a document is not as its own schema says, with the path to it."""
    _, name, version = document["schema"].split("/")
    assert version == "1"
    validator = Draft202012Validator(SCHEMAS[f"{name}.json"], registry=REGISTRY)
    found = sorted(validator.iter_errors(document), key=lambda error: error.json_path)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]

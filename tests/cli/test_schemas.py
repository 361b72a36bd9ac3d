"""Every command's JSON is what its schema says. The fixture ``run`` checks all JSON of all tests;
here is one of each command, and what the schemas refuse."""

import copy
import json

import pytest
from jsonschema import Draft202012Validator

from collapse.cli import main
from tests.cli.test_main import CLAIMS, TINY
from tests.schemas import SCHEMAS, problems

# Long to compile, or in processes of their own: tests/commands of the same names look at these.
LONG = {"judge", "reproduce", "rerun", "sweep"}


def printed(run, *arguments):
    code, out, err = run(*arguments, "--json")
    assert code in (0, 1), err
    return json.loads(out)


@pytest.fixture
def documents(run, tmp_path):
    """The JSON of a call of each command, by the name of its schema."""
    (tmp_path / "claims.py").write_text(CLAIMS.replace("COUNT", "2"))
    rows = [f"{i % 2},{int(i % 3 > 0)},{'x ' * (1 + i % 5)}" for i in range(60)]
    (tmp_path / "verdicts.csv").write_text("\n".join(["label,choice,text", *rows]))
    (tmp_path / "answers.txt").write_text("\n".join(f"answer {i * i % 11}" for i in range(90)))
    (tmp_path / "judge.py").write_text("def size(texts):\n    return [len(t) for t in texts]\n")
    (tmp_path / "items.txt").write_text("\n".join(f"answer {i} of 30" for i in range(30)))
    return {
        "list": printed(run, "list"),
        "dry-run": printed(run, "run", TINY, "--dry-run"),
        "run": printed(run, "run", TINY),
        "compare": printed(run, "compare", "runs/tiny:judged", "runs/tiny:no-judge"),
        "verify": printed(run, "verify", "claims.py"),
        "export": printed(run, "export", "runs/tiny"),
        "new": printed(run, "new", "judge", "my-judge"),
        "calibrate": printed(run, "calibrate", "verdicts.csv"),
        "probe": printed(run, "probe", "--judge", "judge.py:size", "--items", "items.txt"),
        "measure": printed(run, "measure", "answers.txt"),
        "forecast": printed(run, "forecast", "answers.txt", "--real", "0"),
    }


@pytest.mark.slow
def test_every_command_prints_what_its_schema_says(run, documents):
    documents["figure"] = printed(run, "figure", "runs/tiny")
    for name, document in documents.items():
        assert document["schema"] == f"collapse/{name}/1"
        assert document["command"] == ("run" if name == "dry-run" else name)
        assert problems(document) == []
    verbs = {c.name or c.callback.__name__ for c in main.app.registered_commands}
    with_json = {name for name in verbs if any("--json" in p.opts for p in options(name))}
    assert with_json <= documents.keys() | LONG
    assert {f"{name}.json" for name in with_json} <= SCHEMAS.keys()


def options(name):
    import typer

    return typer.main.get_command(main.app).commands[name].params


@pytest.mark.slow
def test_other_documents_are_refused(documents):
    """A key that is missing, one too many, and a value of another type, at the top and inside."""
    for name, document in documents.items():
        assert problems(document | {"more": 1}), name
        assert problems({k: v for k, v in document.items() if k != "version"}), name
        assert problems(document | {"command": "other"}), name
    bad = copy.deepcopy(documents["run"])
    bad["table"][0]["last"]["value"] = "many"
    assert any("table[0].last.value" in problem for problem in problems(bad))
    bad = copy.deepcopy(documents["measure"])
    del bad["corpora"]["answers"]["effective_number"]["level"]
    assert any("effective_number" in problem for problem in problems(bad))


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name):
    Draft202012Validator.check_schema(SCHEMAS[name])

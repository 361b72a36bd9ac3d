"""Every option, command and name that a sentence of the package tells a user to write is there."""

import ast
import re

import pytest
import typer.main

import collapse
from collapse.cli.main import app
from tests.shared import ROOT

COMMANDS = typer.main.get_command(app).commands
OPTIONS = {
    option
    for command in COMMANDS.values()
    for parameter in command.params
    for option in (*parameter.opts, *parameter.secondary_opts)
} | {"--help", "--version", "--install-completion"}


def texts() -> list[tuple[str, str]]:
    """(file, text) of every string in the package; what stands in for a value is a blank."""
    found = []
    for path in sorted((ROOT / "collapse").rglob("*.py")):
        tree = ast.parse(path.read_text())
        inside = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in node.values
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [p.value if isinstance(p, ast.Constant) else "\0" for p in node.values]
                found.append((str(path.relative_to(ROOT)), "".join(parts)))
            elif isinstance(getattr(node, "value", None), str) and id(node) not in inside:
                found.append((str(path.relative_to(ROOT)), node.value))
    return found


TEXTS = texts()


def test_the_options_that_are_named_exist():
    named = {
        (path, option)
        for path, text in TEXTS
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z](?![\w\0-])", text)
    }
    assert len(named) > 40
    assert {(path, option) for path, option in named if option not in OPTIONS} == set()


def test_the_commands_that_are_named_exist():
    pattern = r"(?:^|[`:(]|run |with |by )\s?collapse (?!\0)([a-z]+)(?= [A-Z\0-]|`|\.|$)"
    named = {verb for _, text in TEXTS for verb in re.findall(pattern, text)}
    assert {"run", "figure", "verify"} <= named
    assert named <= set(COMMANDS)


def test_the_python_names_that_are_named_exist():
    packages = {path.name.removesuffix(".py") for path in (ROOT / "collapse").iterdir()}
    named = {
        name for _, text in TEXTS for name in re.findall(r"(?<![\w.])collapse\.([A-Za-z]\w*)", text)
    }
    known = {*collapse.__all__, *packages, "judges"}
    assert {"Arm", "Judge", "UserError"} & named
    assert {name for name in named if name not in known} == set()


@pytest.mark.parametrize("old", ["--band", "--at", "--seeds-at-once", "Mistake"])
def test_old_words_are_gone(old):
    word = re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w-])")
    assert [path for path, text in TEXTS if word.search(text)] == []

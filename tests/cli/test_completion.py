"""The version, completion in the shell, and ``python -m collapse``."""

import importlib.metadata
import os
import subprocess
import sys

import pytest

# As the console script starts it, and then: what must not be imported for it.
START = (
    "import sys; sys.argv = ['collapse', *sys.argv[1:]]\n"
    "from collapse.cli.main import main\n"
    "try: main()\nexcept SystemExit as end: code = end.code or 0\n"
    "assert not {'jax', 'numpy', 'matplotlib'} & {*sys.modules}\n"
    "sys.exit(code)"
)
VERSION = importlib.metadata.version("collapse")


def start(*arguments, **environment):
    command = [sys.executable, "-c", START, *arguments]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=True
    ).stdout


def completed(words: str) -> list[str]:
    """What bash offers for the last of the words."""
    count = str(len(words.split(" ")) - 1)
    return start(_COLLAPSE_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=count).split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("collapse fo", ["forecast"]),
        ("collapse new m", ["model", "measure"]),
        ("collapse list ju", ["judges"]),
        ("collapse run joke", ["jokes"]),
        ("collapse figure zipf-d", ["zipf-drift"]),
        ("collapse run --gen", ["--generations"]),
        ("collapse run no-such-", []),
    ],
)
def test_names_are_completed_without_jax(words, offered):
    assert completed(words) == offered


def test_completion_can_be_installed():
    script = start("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "complete_bash" in script
    assert "--install-completion" in start("--help")


def test_version(run):
    assert start("--version").strip() == VERSION
    code, out, _ = run("--version")
    assert (code, out.strip()) == (0, VERSION)


def test_collapse_is_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "collapse", "--version"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.strip()) == (0, VERSION)

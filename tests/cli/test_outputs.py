"""All mistakes of a command about files and judges are told at once."""

import pytest

WRONG = {
    "measure": (
        "measure a.jsonl no.jsonl --words x1 --normalise x2 --include x3 --exclude x4 --json "
        "--markdown --field x5 --prompt x6 --group-by x7 --scores x8 --options 1 --power x9 "
        "--fail-below y1 --fail-above y2 --embed y3.py:f --reference y4.txt --out a.jsonl",
        ["--json or --markdown", "no.jsonl", "needs --compare", "--options is", "a.jsonl is a file"]
        + [f"x{i}" for i in range(1, 10)]
        + [f"y{i}" for i in range(1, 5)],
    ),
    "measure by step": (
        "measure a.jsonl no.jsonl --by step --words x1 --include x3 --field x5 --json --markdown",
        ["--words does not go", "--markdown does not go", "x3", "x5", "no.jsonl", "not both"],
    ),
    "measure, by what the answers lack": (
        "measure a.jsonl --compare --fail-below same_answer=1 --fail-above distinct_2=1",
        ["--compare needs two", "same_answer=1: a has no prompts", "a has no distinct_2"],
    ),
    "forecast": (
        "forecast a.jsonl --include x1 --real 2 --judge x2 --field x3 --out a.jsonl",
        ["x1", "--real", "x2", "x3", "a.jsonl is a file"],
    ),
    "calibrate": (
        "calibrate no.jsonl a.jsonl --columns x1 --columns x2=t --columns text=x3 --threshold nan "
        "--figure x4.doc --out x5.txt --reference x6 --answers x7",
        ["no.jsonl", "--threshold", *(f"x{i}" for i in range(1, 8))],
    ),
    "judge": (
        "judge x1 --scenario x2 --seeds 1 --generations 1 -n 1 --calls 0 --key -1 --out a.jsonl",
        ["x1", "x2", "--seeds", "--generations", "-n must", "--calls", "--key", "is a file"],
    ),
    "probe": (
        "probe --judge x1 --scenario x2 --calls 0 --key -1 --items x3 --out a.jsonl",
        ["x1", "x2", "x3", "--calls", "--key", "is a file"],
    ),
    "probe of a judge in JAX": (
        "probe --judge top-fraction --scenario x2 --items x3 --field x4 --prompt x5 --calls 9",
        ["x2", "--items is", "--field is", "--prompt is", "--calls is"],
    ),
}


@pytest.mark.parametrize(("command", "told"), WRONG.values(), ids=WRONG)
def test_all_mistakes_of_a_command_are_told_at_once(run, write, command, told):
    write("a.jsonl", '{"text": "a", "q": "x"}\n{"text": "b", "q": "y"}\n')
    code, out, err = run(*command.split())
    assert (code, out) == (2, "")
    assert [part for part in told if part not in err] == []
    lines = err.splitlines()
    assert all(line.startswith("Error: ") for line in lines)
    assert len(lines) == len(set(lines))


def test_a_key_of_many_digits_is_refused(run):
    for command in (["judge", "top-fraction"], ["probe", "--judge", "top-fraction"]):
        code, _, err = run(*command, "--key", 10**30)
        assert (code, err.startswith("Error: --key must be from 0 to")) == (2, True)

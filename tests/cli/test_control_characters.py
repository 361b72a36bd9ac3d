"""Text of others reaches a terminal as text: no verb, table, note or error lets it do anything."""

import io
import json
import sys
import warnings
from pathlib import Path
from unicodedata import bidirectional, category

import pytest
from rich.table import Table

from collapse import UserError
from collapse.cli import main
from collapse.commands.judge.table import show_card
from collapse.commands.verify.table import show_claims
from collapse.errors import harmless
from collapse.report import console
from collapse.report.progress import live_bars
from collapse.report.run_table import show_plan
from tests.shared import ROOT

CLEAR, CSI, TURNED, RETURN = "\x1b[2J", "\x9b31m", "\u202e", "\r"
EVIL = f"a{CLEAR}{CSI}{TURNED}\x7f{RETURN}\u2066b"
TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
TINY = ROOT / "tests" / "tiny.py"


def obeyed(text: str) -> list[str]:
    """Characters that a terminal obeys or turns about, by the Unicode database."""
    kinds = ("Cc", "Cs", "Zl", "Zp")
    harmful = [c for c in text if category(c) in kinds or bidirectional(c) in TURNS]
    return [c for c in harmful if c not in "\n\t"]


def test_all_that_is_obeyed_is_written_out_and_nothing_else():
    every = "".join(map(chr, [*range(0xD7FF), *range(0xE000, 0x20000)])) + "\ud800\udfff"
    shown = harmless(every)
    assert not obeyed(shown)
    kept = [c for c in every if not obeyed(c)]
    assert [c for c in shown if ord(c) > 0x7E] == [c for c in kept if ord(c) > 0x7E]
    assert harmless("\tplain\n\u05d0\U0001f600 \\") == "\tplain\n\u05d0\U0001f600 \\"
    assert harmless("\x1b\u202e") == "\\u001b\\u202e"


def test_json_stays_the_same_document():
    document = {EVIL: ["\x85", "\ud83d", "\u2028", 'a"\\', "\U0001f600"], "n": [1.5, None]}
    for indent in (None, 1):
        text = json.dumps(document, indent=indent, ensure_ascii=False)
        assert obeyed(text)
        assert not obeyed(harmless(text))
        assert json.loads(harmless(text)) == document


def test_a_mistake_is_harmless_for_those_who_call_from_python():
    mistake = UserError(f"There is no file {EVIL}.", "Another.")
    assert not obeyed(str(mistake))
    assert mistake.sentences[0].startswith("There is no file a\\u001b[2J\\u009b31m\\u202e")
    assert UserError(*mistake.sentences).sentences == mistake.sentences


@pytest.mark.parametrize("wide", [True, False])
def test_consoles_bars_and_tables(wide, monkeypatch):
    """Also where rich draws colours and moves the cursor: all that is obeyed is its own."""

    class Screen(io.StringIO):
        def isatty(self):
            return wide

    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "90" if wide else "30")
    monkeypatch.setenv("TERM", "xterm")
    out = console.console(False)
    table = Table(title=EVIL, caption=EVIL)
    table.add_column(EVIL)
    table.add_column("x", justify="right")
    table.add_row(EVIL, EVIL)
    table.add_row("plain", "plain")
    out.print(table)
    out.print(EVIL, markup=False)
    console.say(EVIL)
    with live_bars() as bars:
        bars.add_task(f"reading [/x] {EVIL}", total=1, now=EVIL)
    text = screen.getvalue()
    assert "\\u202e" in text
    assert CLEAR not in text
    assert not {"\x9b", TURNED, "\x7f", "\u2066"} & set(text)
    edges = {len(line) for line in text.split("\n") if line.startswith("\u2502")}
    assert len(edges) == 1  # cells are cleaned before they are measured


def answers(name: str) -> Path:
    rows = [{"text": f"{EVIL} {i % 4}", "prompt": EVIL, "m": f"{EVIL}{i % 2}"} for i in range(60)]
    Path(name).write_text("\n".join(map(json.dumps, [*rows, {EVIL: 1}])))
    return Path(name)


def scenario_file() -> Path:
    source = TINY.read_text().replace('"A tiny scenario"', repr(f"Tiny {EVIL}"))
    source = source.replace("notes=tuple(notes)", f"notes=({EVIL!r},)")
    source = source.replace("show=lambda row: corpus", f"show=lambda row: {EVIL!r} + corpus")
    source = source.replace('"no-judge": arm(collapse.KeepAll()), ', "")
    assert source.count(repr(EVIL)[1:-1]) == 3
    Path("evil.py").write_text(source)
    return Path("evil.py")


@pytest.mark.slow
def test_run_figure_compare(run, tmp_path):
    file, out = scenario_file(), f"out {EVIL}"
    verbs = [
        ("run", file, "--out", out, "--seeds", 2, "--generations", 2),
        ("run", file, "--out", out, "--seeds", 2, "--generations", 2, "--json"),
        ("figure", out),
        ("compare", out, "--out", EVIL),
    ]
    for verb in verbs:
        code, said, told = run(*verb)
        assert code == 0, told
        assert "\\u202e" in said + told
        assert not obeyed(said + told), verb
        if "--json" in verb:
            samples = json.loads(said)["samples"]["judged"]
            assert EVIL in str(list(samples.values())[0][0])


@pytest.mark.parametrize("more", [(), ("--prompt", "prompt"), ("--group-by", "m"), ("--json",)])
def test_measure(run, monkeypatch, more):
    monkeypatch.setattr("collapse.report.figures.save_drawing", lambda draw, stem: [])
    code, said, told = run("measure", answers(f"{EVIL}.jsonl"), "--field", "text", *more)
    assert code == 0, told
    assert "\\u202e" in said
    assert not obeyed(said + told)
    if more == ("--json",):
        assert json.loads(said)["corpora"][EVIL]["top"][0]["text"] == " ".join(f"{EVIL} 0".split())


def test_forecast_and_calibrate(run, monkeypatch):
    monkeypatch.setattr("collapse.report.figures.save_drawing", lambda draw, stem: [])
    monkeypatch.setattr("collapse.commands.forecast.command.retrained", lambda *_: {})
    monkeypatch.setattr("collapse.commands.forecast.command.verdict", lambda *_: [EVIL])
    monkeypatch.setattr("collapse.commands.forecast.command._estimates", lambda _: {})
    monkeypatch.setattr(
        "collapse.commands.forecast.command.show",
        lambda document: console.say(f"Saved: {document['written']} {document['file']}"),
    )
    file = answers(f"{EVIL}.jsonl")
    code, said, told = run("forecast", file, "--field", "text", "--out", f"out {EVIL}")
    assert code == 0, told
    assert not obeyed(said + told)
    rows = [{"label": i % 2, "choice": (i % 3 > 0), "text": EVIL + "x" * i} for i in range(60)]
    Path(f"v{EVIL}.json").write_text(json.dumps(rows))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code, said, told = run("calibrate", f"v{EVIL}.json", "--out", f"{EVIL}.py")
    assert code == 0, told
    assert "\\u202e" in said
    assert not obeyed(said + told)


def test_the_tables_of_verify_judge_and_plans(capsys, monkeypatch):
    """Without the runs that fill them; and of a run that is only planned."""
    plan = {"scenario": EVIL, "seeds": 1, "arms": {}, "notes": [EVIL], "megabytes": 1}
    show_plan(plan | {"training_operations": 0})
    numbers = dict.fromkeys(("expected", "measured", "standard_error", "z", "detects"), 1.0)
    row = {"claim": EVIL, "source": EVIL, "kind": "law", "verdict": "passes"} | numbers
    row["generations"] = [1]
    show_claims([row], 1.0)
    monkeypatch.setattr("collapse.commands.judge.table.rows", lambda card: [("converges to", EVIL)])
    sizes = {"n": 1, "generations": 1, "seeds": 2, "scenario": EVIL}
    settings = sizes | {"real_data": EVIL, "keeps": EVIL}
    card = {
        "judge": EVIL,
        "settings": settings,
        "verdict": [EVIL],
        "written": [EVIL],
        "outside": None,
    }
    show_card(card | {"effective_number": {"last": {"clipped": False}}})
    said = "".join(capsys.readouterr())
    assert said.count("\\u202e") >= 11
    assert not obeyed(said)


WRONG = [
    ("reproduce", EVIL),
    ("reproduce", "--size", EVIL),
    ("figure", "jokes", "--venue", EVIL),
    ("list", EVIL),
    ("list", "parts", EVIL),
    ("run", EVIL),
    ("run", f"{EVIL}.py"),
    ("run", "--seeds", EVIL),
    ("run", f"--{EVIL}"),
    ("run", "jokes", EVIL),
    ("run", "jokes", "--data", EVIL),
    ("run", "jokes", "--judge", f"{EVIL}.py:{EVIL}"),
    ("run", "jokes", "--set", EVIL),
    ("figure", EVIL),
    ("rerun", EVIL),
    ("sweep", EVIL, "--over", f"{EVIL}={EVIL}", "--executor", EVIL),
    ("sweep", "jokes", "--find", EVIL, "--such-that", EVIL),
    ("verify", EVIL),
    ("compare", EVIL),
    ("judge", EVIL),
    ("judge", f"{EVIL}:{EVIL}"),
    ("probe", "--judge", EVIL),
    ("calibrate", EVIL, "--out", EVIL),
    ("measure", EVIL, "--embed", f"{EVIL}:{EVIL}"),
    ("forecast", EVIL, "--judge", EVIL),
    ("export", EVIL, "--format", EVIL),
    ("new", EVIL, EVIL, "--out", EVIL),
    (EVIL,),
    (f"--{EVIL}",),
]


@pytest.mark.parametrize("arguments", WRONG, ids=[w[0].replace(EVIL, "evil") for w in WRONG])
def test_errors(run, arguments):
    """Every verb, a verb there is not, and options there are not."""
    code, said, told = run(*arguments)
    assert code == 2
    assert told
    assert not obeyed(said + told)


def test_every_verb_is_tried():
    verbs = {c.name or c.callback.__name__ for c in main.app.registered_commands}
    assert verbs <= {w[0] for w in WRONG}

"""What is fuzzed: a name, how hostile input is made from good, and what is done with it."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import collapse as c
from collapse.commands.calibrate.reading import read_verdicts
from collapse.commands.figure_options import Chosen, published
from collapse.commands.measure.tally import Tally, read
from collapse.commands.request import Options
from collapse.commands.rerun import recorded
from collapse.data.images import load_images
from collapse.errors import HARMFUL
from collapse.files.answers import Columns
from collapse.files.read import read_items
from collapse.loop.prepare import prepare
from collapse.report.overwrite import place_for
from collapse.report.run_text import html, summary
from collapse.report.typeset import paragraph, typeset
from collapse.runs.checkpoints import read_checkpoint, whose_of
from collapse.runs.manifest_file import sealed
from collapse.runs.run import Run, load
from collapse.scenario.load import find, load_judge
from collapse.scenario.overrides import apply
from collapse.scenario.scenario import Scenario
from collapse.sweeps.axes import axes_of, points_of
from collapse.sweeps.executors import profile_of
from collapse.sweeps.find import condition_of
from collapse.sweeps.points import scenario_at, with_whole_numbers
from collapse.sweeps.store import Store
from collapse.sweeps.values import value_of
from tests.resilience.fuzz import seeds as good
from tests.resilience.fuzz.mutate import BYTES, NASTY, mutated, mutated_value


@dataclass(frozen=True)
class Target:
    """``make(random)`` gives a case, ``put(case)`` lays it down, and ``check`` takes what that
    gives."""

    name: str
    make: Callable[[Random], Any]
    check: Callable[[Any], None]
    put: Callable[[Any], Any] = lambda case: case


@cache
def base() -> Scenario:
    """A scenario whose arms have settings of every kind."""
    truth = c.Categorical(np.full(8, 1 / 8))
    more = {"truth": truth, "measures": (c.ModelDiversity(),), "n": 12, "generations": 3}
    judged = {"judge": c.TopFraction(c.Likelihood(), fraction=0.5), "regime": c.FreshMix(0.1)}
    arms = {"a": c.Arm(**more), "b": c.Arm(**more, **judged, sampler=c.Tempered(0.5))}
    return Scenario("fuzzed", "Fuzzed", arms, "tests", ("model_entropy",), seeds=2)


def over(texts: list[str]) -> None:
    axes = [with_whole_numbers(axis, base()) for axis in axes_of(texts)]
    for values in points_of(axes)[:2]:
        scenario_at(base(), axes, values)


def settings(texts: list[str]) -> None:
    for arm in apply(base(), texts).arms.values():
        prepare(arm, checked=False)


def value(text: str) -> None:
    made = value_of(text, base())
    curves = {name: np.linspace(2, 1, 8).reshape(2, 4) for name in ("model_entropy", "model_gini")}
    made.estimates({"a": curves, "b": curves})


def condition(text: str) -> None:
    one = condition_of(text)
    value_of(one.curve + (f"@{one.at}" if one.at >= 0 else ""), base())
    one.numbers(np.ones((2, 4)))


def name(text: str) -> None:
    """Names of scenarios, parts and results; what ends in .py is code, and so is what has a colon
    in a judge."""
    place = place_for("measures", text)
    assert place.parts[0] == "measures", place
    assert len(place.parts) == 2, place
    if ":" not in text and not text.endswith(".py"):
        for look in (find, load_judge):
            try:
                look(text)
            except c.UserError:
                continue


def look(texts: list[str]) -> None:
    interval, venue, label, log, curves, arms = texts
    chosen = Chosen(interval, venue, [label], log, curves, arms)
    chosen.look()
    chosen.check(["a", "b"], ["model_entropy"], "here")


def shown(text: str) -> None:
    """Text of others in a terminal, a page and a figure."""
    run = _run_of(text)
    assert not HARMFUL.search(summary(run))
    tags = _Tags()
    tags.feed(html(run))
    assert tags.found <= {"p", "table", "tr", "th", "td"}, tags.found
    for made in (typeset(text), paragraph(text, 40)):
        _mathematics().parse(made)


def answers(path: Path) -> None:
    with suppress(c.UserError):
        read_items(path)
    read([path], Columns(), Tally(), lambda *_: None)


def profile(path: Path) -> None:
    profile_of(path, "slurm:case.toml")


def points(path: Path) -> None:
    run = Run(None, good.manifest(), {"entropy": np.ones((2, 2, 4))})
    published(path, run, ["a", "b"])


def checkpoint(path: Path) -> None:
    read_checkpoint(path, whose_of(good.manifest(), "a", 0))


def manifest(place: Path) -> None:
    """What a manifest says is shown, and where it says so repeated."""
    run = load(place)
    for show in (summary, html, repr):
        show(run)
    for arm in run.arms:
        run.done(arm)
        run.label(arm)
    recorded(run, Options())


def directory(place: Path) -> None:
    """A run one of whose files has other bytes: never other numbers without a sentence."""
    run = load(place)
    assert np.array_equal(run.curves["entropy"], good.CURVES["entropy"])
    assert [run.samples(arm) for arm in run.arms] == [[], []]


def _run_of(text: str) -> Run:
    manifest = good.manifest() | {"arms": {text: good.manifest()["arms"]["a"]}, "labels": {}}
    manifest |= {"scenario": text, "headline": ["entropy"], "done": {text: [3, 3]}}
    return Run(None, manifest, {"entropy": np.ones((1, 2, 4))}, {text: []})


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag, attributes):
        self.found.add(tag if not attributes else f"{tag} {attributes}")


@cache
def _mathematics():
    from matplotlib.mathtext import MathTextParser

    class Parser:
        """As matplotlib takes a text: as mathematics if it has an even number of dollar signs."""

        parser = MathTextParser("path")

        def parse(self, text: str) -> None:
            from matplotlib.cbook import is_math_text

            if is_math_text(text):
                self.parser.parse(text)

    return Parser()


class Files:
    """Targets that read files, in a folder of their own. What is named ``put_...`` writes a case,
    unwatched, and gives what is read."""

    def __init__(self, place: Path):
        self.place = place
        good.manifest()  # which is made in a folder of its own, once
        self.run = good.run(place / "run")
        self.points = place / "sweep" / "points"
        self.digest = good.record(place / "sweep")
        self.whole = {p: p.read_bytes() for p in self.run.rglob("*") if p.is_file()}
        self.changed = self.run / "manifest.json"

    def put(self, case: tuple[str, bytes]) -> Path:
        path = self.place / f"case{case[0]}"
        path.write_bytes(case[1])
        return path

    def put_in_run(self, case: tuple[str, bytes]) -> Path:
        self.changed.write_bytes(self.whole[self.changed])
        self.changed = self.run / case[0]
        self.changed.write_bytes(case[1])
        return self.run

    def put_manifest(self, case: Any) -> Path:
        return self.put_in_run(("manifest.json", _json(case)))

    def put_record(self, data: bytes) -> Path:
        path = self.points / f"{self.digest}.npz"
        path.write_bytes(data)
        return path

    def record(self, path: Path) -> None:
        store = Store(self.points.parent)
        if store.has(self.digest):
            assert np.array_equal(store.curves(self.digest)["entropy"], np.ones((2, 4)))
        else:
            assert path.name in store.damaged[0]

    def targets(self) -> list[Target]:
        """All of them, those without files too."""
        text = lambda seeds: lambda random: mutated(random, seeds, good.WORDS)  # noqa: E731
        data = lambda seeds: lambda random: mutated(random, seeds, BYTES)  # noqa: E731

        def several(seeds, most: int):
            return lambda random: [text(seeds)(random) for _ in range(random.randint(0, most))]

        def file(seeds: list[tuple[str, bytes]]):
            def make(random: Random) -> tuple[str, bytes]:
                suffix, _ = random.choice(seeds)
                same = [seed for ending, seed in seeds if ending == suffix]
                other = random.choice(seeds)[0] if random.random() < 0.1 else suffix
                return other, mutated(random, same, BYTES)

            return make

        def of_run(random: Random) -> tuple[str, bytes]:
            name = random.choice(["curves.npz", "samples/a.jsonl", "manifest.json"])
            whole = self.whole[self.run / name]
            return name, mutated(random, [whole], BYTES)

        def sealed_manifest(random: Random) -> Any:
            made = mutated_value(random, good.manifest())
            return _sealed(made) if random.random() < 0.9 else made

        looks = lambda random: [  # noqa: E731
            "" if random.random() < 0.5 else mutated(random, good.LOOKS, NASTY) for _ in range(6)
        ]
        of_sweep = data([(self.points / f"{self.digest}.npz").read_bytes()])

        def npz(name: str):
            whole = self.whole[self.run / name]
            return lambda random: (".npz", mutated(random, [whole], BYTES))

        return [
            Target("--over", several(good.OVERS, 2), over),
            Target("--set", several(good.SETTINGS, 2), settings),
            Target("--value", text(good.VALUES), value),
            Target("--such-that", text(good.CONDITIONS), condition),
            Target("names", text(good.NAMES), name),
            Target("options of figure", looks, look),
            Target("text that is shown", text(good.TEXTS), shown),
            Target("answers", file(good.answers()), answers, self.put),
            Target("archives", file(good.archives()), answers, self.put),
            Target("verdicts", file(good.verdicts()), read_verdicts, self.put),
            Target("images", file(good.images()), load_images, self.put),
            Target("published points", file(good.published()), points, self.put),
            Target("profile of a queue", file([(".toml", good.PROFILE)]), profile, self.put),
            Target("manifest", sealed_manifest, manifest, self.put_manifest),
            Target("run directory", of_run, directory, self.put_in_run),
            Target("checkpoint", npz("checkpoints/a/0.npz"), checkpoint, self.put),
            Target("record of a sweep", of_sweep, self.record, self.put_record),
        ]


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value).encode()
    except (TypeError, ValueError):
        return b"{}"


def _sealed(manifest: Any) -> Any:
    try:
        return sealed(manifest)
    except (TypeError, ValueError, AttributeError, UnicodeEncodeError):
        return manifest

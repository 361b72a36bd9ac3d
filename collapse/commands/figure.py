"""``collapse figure``: draw a run, which is run first if nothing is saved."""

import re
from pathlib import Path

from collapse.commands.figure_options import Chosen
from collapse.commands.request import Options, scenario_of
from collapse.commands.run import run_to_disk
from collapse.errors import UserError
from collapse.files.atomic import clear
from collapse.numerics.device import start_jax
from collapse.report.console import say
from collapse.report.document import document
from collapse.report.figures import missing_evidence, script_of, write_figure
from collapse.runs.run import Run, load
from collapse.scenario.load import build, find
from collapse.scenario.scenario import scenario_files


def figure(name: str, out: Path | None, chosen: Chosen, quiet: bool) -> dict:
    """Draw the figure of one scenario or run, or of all scenarios."""
    look = chosen.look()
    names = list(scenario_files()) if name == "all" else [name]
    written = {}
    for each in names:
        saved = _saved_run(each, chosen, quiet)
        start_jax(saved.manifest["layout"]["precision"])  # arms are identified by their numbers
        chosen.check(saved.arms, list(saved.curves), str(saved.directory))
        place = out or saved.directory
        clear(place, rf"{re.escape(saved.manifest['scenario'])}\.(pdf|png|svg|csv)")
        file = Path(each) if each.endswith(".py") and Path(each).is_file() else None
        if file is None and not look.curves:
            _say_missing(saved, quiet)
        paths = write_figure(chosen.of(saved), place, look, file)
        written[each] = [str(path) for path in paths]
        for path in written[each]:
            say(path, quiet)
    return document("figure", {"written": written})


def _say_missing(run: Run, quiet: bool) -> None:
    """Say how to get what the figure of a paper needs beside the curves of the run."""
    module, name = script_of(run), run.manifest["scenario"]
    if module and missing_evidence(module, run):
        say(
            f"These are the curves of the run alone. The figure of the paper also shows what "
            f"`collapse reproduce {name}` computes: run that, then draw the run that it names.",
            quiet,
        )


def _saved_run(name: str, chosen: Chosen, quiet: bool):
    """The run in that directory or of that scenario, which is run first if there is none."""
    directory = given = Path(name)
    if not (directory / "manifest.json").is_file():
        if directory.is_dir():
            raise UserError(f"{name} holds no run: it has no manifest.json.")
        find(name)
        directory = Path("runs") / (build(name).name if name.endswith(".py") else name)
    if directory == given or (directory / "curves.npz").is_file():
        saved = load(directory)
        if saved.manifest["finished"]:
            return saved
        say(f"The run in {directory} is not finished: the figure shows what there is.", quiet)
        return saved
    options = Options(name=name, out=directory)
    scenario = scenario_of(options)
    curves = {c for arm in scenario.arms.values() for m in arm.measures for c in m.curves}
    chosen.check(list(scenario.arms), sorted(curves), name)
    say(f"There is no saved run in {directory}: running {name} first.", quiet)
    return run_to_disk(scenario, directory, options, quiet)

"""Check and complete every arm of a scenario before it runs."""

from collapse.errors import UserError
from collapse.judges.policies import CONTROLS
from collapse.loop.arm import Arm
from collapse.loop.check_judge import try_judge
from collapse.loop.prepare import prepare
from collapse.numerics.pytree import replace
from collapse.scenario.scenario import NAME, Scenario
from collapse.suggest import unknown


def prepare_scenario(scenario: Scenario, trial: bool = False, checked: bool = True) -> Scenario:
    """The scenario with all its arms prepared. Raises ``UserError`` with the errors of all arms.

    ``trial``: whether judges are also run on a first generation, as those of a user are.
    ``checked``, as for ``prepare``: whether the parts of each arm are tried together on shapes.
    """
    scenario = completed(scenario)
    errors = scenario_errors(scenario)
    arms, of_arms = {}, {}
    for name, arm in scenario.arms.items():
        try:
            arms[name] = prepare(arm, checked)
            if trial and not isinstance(arm.judge, CONTROLS):
                try_judge(arms[name])
        except UserError as mistake:
            for sentence in mistake.sentences:
                of_arms.setdefault(sentence, []).append(name)
    errors += [f"Arm {', '.join(names)}: {text}" for text, names in of_arms.items()]
    if errors:
        raise UserError(*errors)
    smoothed = [k for k, arm in arms.items() if arm.model.sample_smoothed]
    notes = list(scenario.notes)
    if smoothed:
        names = ", ".join(smoothed)
        notes.append(f"samples come from the SMOOTHED estimate, noise and all, in: {names}")
    return replace(scenario, arms=arms, notes=tuple(notes))


def completed(scenario: Scenario) -> Scenario:
    """The scenario with a title and headline curves where it names none."""
    headline = scenario.headline
    if headline is None:
        first = next(iter(scenario.arms.values()), None)
        measures = first.measures if isinstance(first, Arm) else ()
        curves = [curve for measure in measures for curve in measure.curves]
        headline = tuple(sorted(curves, key=lambda name: name != "effective_number")[:3])
    return replace(scenario, title=scenario.title or scenario.name, headline=headline)


def scenario_errors(scenario: Scenario) -> list[str]:
    """What is wrong with a scenario as a whole; names of arms and scenarios become file names."""
    errors = [
        f"{name!r} cannot be a name of a scenario or an arm: use letters, digits, '.', '_' and '-'."
        for name in (scenario.name, *scenario.arms)
        if not NAME.fullmatch(name)
    ]
    if not scenario.arms:
        errors.append(f"{scenario.name} has no arms, so that there is nothing to run.")
    strange = [name for name, arm in scenario.arms.items() if not isinstance(arm, Arm)]
    errors += [f"arms[{name!r}] must be an Arm: collapse.Arm(truth=...)." for name in strange]
    if strange:
        return errors
    lengths = sorted({arm.generations for arm in scenario.arms.values()})
    if len(lengths) > 1:
        errors.append(f"All arms must run as many generations, not {lengths}: use --generations.")
    curves = {c for arm in scenario.arms.values() for m in arm.measures for c in m.curves}
    errors += [
        f"The headline of {scenario.name}: {unknown('curve', name, sorted(curves))}"
        for name in scenario.headline
        if name not in curves
    ]
    return errors

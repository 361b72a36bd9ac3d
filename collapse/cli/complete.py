"""What the shell completes: names that can be typed. Nothing here imports jax."""


def scenarios(incomplete: str) -> list[str]:
    """The scenarios that ship. Files are completed by the shell itself, where none fits."""
    from collapse.scenario.scenario import scenario_files

    return _beginning(scenario_files(), incomplete)


def papers(incomplete: str) -> list[str]:
    """The keys of the papers with claims."""
    from collapse.commands.reproduce.papers import papers as known

    return _beginning(known(), incomplete)


def listed_kinds(incomplete: str) -> list[str]:
    """What ``collapse list`` lists."""
    from collapse.scenario.registry import KINDS

    return _beginning([f"{kind}s" for kind in ("scenario", *KINDS)], incomplete)


def new_kinds(incomplete: str) -> list[str]:
    """What ``collapse new`` writes."""
    from collapse.commands.new.command import KINDS

    return _beginning(KINDS, incomplete)


def _beginning(names, incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]

"""Count which files of ``collapse`` an option, a judge, a key and an item go through.

    python docs/count_walks.py [CHECKOUT]

Runs ``collapse run tests/tiny.py --judge FILE:Picky --set n=61`` of a checkout (this one, unless
told) and watches every call of a Python function of ``collapse``, imports left out:

option   calls with ``n`` among the arguments: all options together, the words n=61, or the number
judge    calls with the judge itself among the arguments
key      calls with a random key among the arguments
item     calls between the request for candidates and the batch

*files* are those with such a call; *returns* are calls into a file that an earlier caller, in
another file, is still waiting in: the walk comes back up.
"""

import inspect
import os
import runpy
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve()
PACKAGE = f"{ROOT}/collapse/"
JUDGE = """
from collapse import Judge

class Picky(Judge):
    def score(self, key, view):
        return (view.items != 0).sum(-1)
"""
walks: dict[str, list[tuple[str, bool]]] = {name: [] for name in ("option", "judge", "key", "item")}


def file_of(frame) -> str:
    name = frame.f_code.co_filename
    return name.removeprefix(PACKAGE) if name.startswith(PACKAGE) else ""


def is_key(value) -> bool:
    return str(getattr(value, "dtype", "")).startswith("key<")


def is_option(value) -> bool:
    if isinstance(value, list | tuple):
        return any(map(is_option, value))
    if isinstance(value, int | str):
        return value in (61, "n=61")
    return type(value).__name__ == "Options"


def watch(frame, event, _) -> None:
    file = file_of(frame)
    if event != "call" or not file or not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        return  # the code of modules and classes is no function
    above, caller = [], frame.f_back
    while caller:
        if at := file_of(caller):
            above.append((at, caller.f_code.co_name))
        caller = caller.f_back
    if any(function == "<module>" and at != "__main__.py" for at, function in above):
        return  # an import
    files = [at for at, _ in above]
    back = bool(files) and files[0] != file and file in files
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount
    values = [frame.f_locals.get(argument) for argument in code.co_varnames[:count]]
    inside = {
        "option": any(map(is_option, values)),
        "judge": any(type(value).__name__ == "Picky" for value in values),
        "key": any(map(is_key, values)),
        "item": any((at, function) == ("loop/generation.py", "draw") for at, function in above),
    }
    for walk, there in inside.items():
        if there:
            walks[walk].append((file, back))


def main() -> None:
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("picky.py").write_text(JUDGE)
        options = ["--judge", "picky.py:Picky", "--set", "n=61", "--json"]
        sys.argv = ["collapse", "run", f"{ROOT}/tests/tiny.py", *options]
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        threading.setprofile(watch)
        sys.setprofile(watch)
        try:
            runpy.run_module("collapse", run_name="__main__")
        except SystemExit as done:
            if done.code:
                raise
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
            sys.stdout = sys.__stdout__
            os.chdir(ROOT)
    for walk, calls in walks.items():
        files = list(dict.fromkeys(file for file, _ in calls))  # in the order they are entered
        print(f"{walk}: {len(files)} files, {sum(back for _, back in calls)} returns")
        print("   ", " ".join(files))


if __name__ == "__main__":
    main()

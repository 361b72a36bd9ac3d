"""Files of users are loaded with the modules beside them."""

import sys

import pytest

import collapse as cl
from collapse.errors import UserError
from collapse.scenario.identity import describe
from collapse.scenario.load import build, load_file, load_judge

SCENARIO = """
import collapse as cl
import pieces


def scenario():
    import more_pieces

    arms = {"a": cl.Arm(truth=cl.zipf(pieces.OUTCOMES), n=more_pieces.N)}
    return cl.Scenario(name="beside", arms=arms)
"""


def write(folder, outcomes):
    folder.mkdir(exist_ok=True)
    (folder / "pieces.py").write_text(f"OUTCOMES = {outcomes}\n")
    (folder / "more_pieces.py").write_text("N = 50\n")
    (folder / "mine.py").write_text(SCENARIO)
    return str(folder / "mine.py")


def test_a_file_imports_the_modules_of_its_own_folder_as_they_are_now(tmp_path):
    search = list(sys.path)
    one, other = write(tmp_path / "one", 5), write(tmp_path / "other", 7)
    for file, outcomes in ((one, 5), (other, 7), (one, 5)):
        arm = build(file).arms["a"]
        assert (len(arm.truth.p), arm.n) == (outcomes, 50)
    write(tmp_path / "one", 11)
    assert len(build(one).arms["a"].truth.p) == 11
    assert sys.path == search


def test_a_module_that_is_not_there_is_told_and_the_search_path_restored(tmp_path):
    search = list(sys.path)
    file = tmp_path / "bad.py"
    file.write_text("import not_there_at_all\n")
    with pytest.raises(cl.UserError, match="ModuleNotFoundError at line 1"):
        load_file(file, "scenario")
    assert sys.path == search


def test_installed_packages_come_first_and_are_kept(tmp_path):
    numpy = sys.modules["numpy"]
    (tmp_path / "numpy.py").write_text("raise RuntimeError\n")
    (tmp_path / "colorsys.py").write_text("raise RuntimeError\n")
    (tmp_path / "good.py").write_text("import colorsys, numpy\n")
    sys.modules.pop("colorsys", None)
    module = load_file(tmp_path / "good.py", "scenario")
    assert module.numpy is numpy is sys.modules["numpy"]
    assert module.colorsys.rgb_to_hsv


def test_a_judge_from_the_module_beside_is_identified_by_its_source(tmp_path):
    (tmp_path / "tastes.py").write_text(
        "import collapse as cl\n\n\nclass Own(cl.Judge):\n"
        "    def score(self, key, view):\n        return -view.items\n"
    )
    (tmp_path / "judge.py").write_text("from tastes import Own\n")
    before = describe(load_judge(f"{tmp_path / 'judge.py'}:Own"))
    text = (tmp_path / "tastes.py").read_text().replace("-view", "2 * view")
    (tmp_path / "tastes.py").write_text(text)
    after = describe(load_judge(f"{tmp_path / 'judge.py'}:Own"))
    assert before["class"] == after["class"] == "tastes.Own"
    assert before["source"] != after["source"]


def test_a_size_that_a_scenario_lacks_is_told(tmp_path):
    file = tmp_path / "small.py"
    file.write_text('SIZES = {"quick": 2}\ndef scenario(size="quick"):\n    return SIZES[size]\n')
    with pytest.raises(UserError, match="has the sizes quick"):
        build(str(file), size="paper")


def test_what_python_says_of_a_class_is_told_with_what_to_write(tmp_path):
    """An array as a default, and a model that lacks a method."""
    file = tmp_path / "mine.py"
    file.write_text(
        "import jax\nimport jax.numpy as jnp\nimport collapse as cl\n\n\n"
        "class Mine(cl.Judge):\n    seen: jax.Array = jnp.zeros(3)\n"
    )
    with pytest.raises(
        UserError, match=r"line 6.*seen: jax.Array = equinox.field\(default_factory"
    ):
        load_judge(f"{file}:Mine")
    file.write_text(
        "import collapse as cl\n\n\nclass Mine(cl.Model):\n"
        "    def fit(self, key, pool):\n        return self\n\n\n"
        "def scenario():\n    return cl.Scenario(name='mine', arms={'a': cl.Arm(truth=Mine())})\n"
    )
    with pytest.raises(UserError, match="line 10.*Define log_prob and sample in the class Mine"):
        build(str(file))

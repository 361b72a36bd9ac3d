"""The gallery is written from what ``collapse reproduce`` keeps, and its pictures are small."""

import importlib.util
import json
import re

from collapse.commands.reproduce.papers import papers
from collapse.stats.estimate import Estimate
from tests.shared import ROOT

GALLERY = ROOT / "docs" / "gallery.md"
MOST = 200_000  # bytes of a picture


def generator():
    spec = importlib.util.spec_from_file_location("gallery", ROOT / "docs" / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pictures_are_there_and_small():
    text = GALLERY.read_text()
    shown = re.findall(r"\]\((gallery/\S+\.png)\)", text)
    assert len(shown) >= 4
    for name in shown:
        assert (ROOT / "docs" / name).stat().st_size < MOST
    named = re.findall(r"^## (\S+)", text, re.MULTILINE)
    assert set(named) <= {name for names in papers().values() for name in names}


def test_a_page_is_written_of_kept_results(tmp_path, monkeypatch):
    made = generator()
    monkeypatch.setattr(made, "DOCS", tmp_path)
    row = {
        "scenario": "zipf-drift",
        "claim": "a|b",
        "source": "eq. 1",
        "printed": "0.5",
        "ours": Estimate(0.5, 0.4, 0.6, 0.95, "t", 9).as_dict(),
        "verdict": "holds",
        "note": "",
        "differs": "n = 3",
    }
    about = {"scenario": "zipf-drift", "papers": ["suresh2024"], "seconds": 30.0, "directory": None}
    document = {"scenarios": [about], "claims": [row], "size": "quick"}
    kept_in(tmp_path / "quick", document)
    made.main(tmp_path / "quick")
    text = (tmp_path / "gallery.md").read_text()
    assert "`collapse reproduce zipf-drift`, 0.5 min." in text
    assert r"| a\|b (eq. 1) | 0.5 | 0.5 (0.4 .. 0.6) | holds |" in text
    assert "Settings that differ: n = 3." in text
    # What was not run at one size is shown at the next.
    kept_in(tmp_path / "laptop", document | {"size": "laptop"})
    kept_in(tmp_path / "quick", document | {"scenarios": [about | {"seconds": None}], "claims": []})
    made.main(tmp_path / "quick", tmp_path / "laptop")
    text = (tmp_path / "gallery.md").read_text()
    assert "`collapse reproduce zipf-drift --size laptop`, 0.5 min." in text
    assert "0.5 (0.4 .. 0.6)" in text


def kept_in(folder, document):
    folder.mkdir(exist_ok=True)
    (folder / "reproduced.json").write_text(json.dumps(document))

"""What the keys of all kept programs have in common."""

from collapse.numerics import store


def test_flags_and_versions_are_in_the_key(monkeypatch):
    now = store.machine_digest()
    assert store.machine_digest() == now
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    flags = store.machine_digest()
    monkeypatch.setattr(store, "version", lambda name: "0")
    assert len({now, flags, store.machine_digest()}) == 3


def test_the_source_is_in_the_key(monkeypatch, tmp_path):
    (tmp_path / "one.py").write_text("1")
    monkeypatch.setattr(store, "ROOT", tmp_path)
    now = store.source_digest()
    (tmp_path / "one.py").write_text("2")
    assert store.source_digest() != now

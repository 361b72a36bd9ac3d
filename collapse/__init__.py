"""A toolkit for model collapse.

Pick a truth, a model, a judge and a regime; train generations of the model on what earlier
generations produced and the judge let through; measure what is lost. The method is in
``collapse.loop.generation``.

    import collapse as cl

    run = cl.simulate(cl.Arm(truth=cl.zipf(1000)), seeds=16)
    run.plot("entropy")

Names are listed in ``__init__.pyi`` and imported when they are first used, so that
``import collapse`` is quick.
"""

import lazy_loader

_imported, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str):
    if name == "__version__":
        from importlib.metadata import version

        return version("collapse")
    return _imported(name)

"""How many threads the libraries underneath a model may use."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext


def one_thread() -> AbstractContextManager[object]:
    """What runs inside uses one thread; without threadpoolctl, as many as it likes.

    A fit on one thread gives the same model on every machine. Scoring a few thousand rows on one
    thread is several times faster on a busy machine, where threads wait for each other.

    >>> with one_thread():
    ...     pass
    """
    try:
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[object] = threadpool_limits(1)
    return limits

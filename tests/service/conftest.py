"""What the tests of the service share."""

from __future__ import annotations

import asyncio
import inspect

import pytest

LONG_S = 60.0  # how long a test waits for what takes milliseconds


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine on an event loop of its own, and see that it ends."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    script = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})
    asyncio.run(asyncio.wait_for(script, LONG_S))
    return True

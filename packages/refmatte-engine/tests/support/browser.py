"""What tests in a real browser share."""

from __future__ import annotations

from playwright.sync_api import Request


def not_loaded(request: Request) -> list[str]:
    """A complaint about a request that failed; none where the page itself had no more use for it."""
    if request.failure is not None and "ERR_ABORTED" in request.failure:
        return []
    return [f"not loaded: {request.url}"]

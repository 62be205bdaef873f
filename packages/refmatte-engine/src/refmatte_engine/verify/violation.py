"""What a rule finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise.

    Attributes:
        code: name of the rule, e.g. ``alpha_sum``.
        where: file, image, matte or expression.
        detail: what was found, for a person.
    """

    code: str
    where: str
    detail: str

    def to_json(self) -> dict[str, str]:
        return {"code": self.code, "where": self.where, "detail": self.detail}

    def __str__(self) -> str:
        return f"{self.code}: {self.where}: {self.detail}"

"""`--fail-if "SAD>10"`: a stated threshold on a mean."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rim_eval.averaging import COLUMNS
from rim_eval.errors import UsageError
from rim_eval.report import Report

OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
NAMES: Final = (*COLUMNS, "accuracy")
PATTERN: Final = re.compile(r"\s*([A-Za-z]+(?:\(E\))?)\s*(>=|<=|>|<)\s*(\S+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A condition under which a run fails."""

    name: str
    symbol: str
    limit: float

    def failed_by(self, report: Report) -> bool:
        """Whether the condition holds. UsageError when the run did not compute the metric."""
        value = report.metric_value(self.name)
        if value is None:
            raise UsageError(f"--fail-if {self}: this run has no {self.name}.")
        return OPERATORS[self.symbol](value, self.limit)

    def __str__(self) -> str:
        return f"{self.name}{self.symbol}{self.limit:g}"


def parse_threshold(text: str) -> Threshold:
    """`"SAD(E)>=10"` as a threshold; UsageError shows the form."""
    match = PATTERN.fullmatch(text)
    names = {name.lower(): name for name in NAMES}
    if match is None or match.group(1).lower() not in names:
        raise UsageError(f'--fail-if {text!r} is not of the form "SAD>10". Names: {", ".join(NAMES)}.')
    try:
        limit = float(match.group(3))
    except ValueError as problem:
        raise UsageError(f"--fail-if {text!r}: {match.group(3)!r} is not a number.") from problem
    if limit != limit:
        raise UsageError(f"--fail-if {text!r}: nothing compares with NaN.")
    return Threshold(names[match.group(1).lower()], match.group(2), limit)

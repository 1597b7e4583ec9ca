"""What the configuration says of a line that its users may change, what they made of it, and which of the two holds.

What a user set stays until the configuration says something else of that very thing than it did then: whoever edits the
file later wins, whoever only starts the gateway anew changes nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gateway.domain.line import LIMITS, Limits, LineRecord
from gateway.store.transaction import Row

NAMES = ("name", "number", *LIMITS)
Overrides = Mapping[str, Mapping[str, Any]]  # each with "value" and "was", the configuration's then


@dataclass(frozen=True, slots=True)
class LineSettings:
    """configured: by name, JSON-ready; overrides: those that hold."""

    configured: Mapping[str, Any]
    overrides: Overrides

    @property
    def holding(self) -> dict[str, Any]:
        """What holds, by name."""
        return {**self.configured, **{name: one["value"] for name, one in self.overrides.items()}}

    def changed(self, changes: Mapping[str, Any]) -> "LineSettings":
        """changes: by name; None: as the configuration has it."""
        overrides = dict(self.overrides)
        for name, value in changes.items():
            overrides.pop(name, None)
            if value is not None and _plain(value) != self.configured.get(name):
                overrides[name] = {"value": _plain(value), "was": self.configured.get(name)}
        return LineSettings(self.configured, overrides)


def configured(line: LineRecord, standing: Row | None) -> LineSettings:
    """line: as the configuration has it. standing: its row, if there is one."""
    says = {"name": line.configured_name, "number": line.number} | _plain(asdict(line.limits))
    before: Overrides = {} if standing is None else json.loads(standing["overrides"])
    return LineSettings(says, {name: one for name, one in before.items() if one["was"] == says.get(name)})


def settings_of(row: Row) -> LineSettings:
    says = {"name": row["name"], "number": row["number"]} | asdict(Limits()) | json.loads(row["configured"])
    return LineSettings(_plain(says), json.loads(row["overrides"]))


def limits_from(row: Row) -> Limits:
    known = {name: value for name, value in json.loads(row["settings"]).items() if name in LIMITS}
    return Limits(**known | ({"days": tuple(known["days"])} if "days" in known else {}))


def _plain(value: Any) -> Any:
    """As JSON gives it back."""
    return json.loads(json.dumps(value))

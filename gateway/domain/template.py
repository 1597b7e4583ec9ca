"""Named messages: a text with placeholders under a name (native-v1 §7.7; the rest-sms front's "message")."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Template:
    """A stored text; ``{{name}}`` and ``{{name|default}}`` stand for variables. name: unique in the account whatever
    its case. segments: of the text as it stands."""

    num: int
    id: str
    account: str
    name: str
    text: str
    segments: int
    created_at: datetime
    updated_at: datetime
    labels: tuple[str, ...] = ()

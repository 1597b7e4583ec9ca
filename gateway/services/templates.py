"""Named messages of an account (native-v1 §7.7; the rest-sms front's "messages")."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.aio import Clock
from gateway.domain.access import AccountSettings, Principal
from gateway.domain.template import Template
from gateway.policy.parts import MOST_PARTS, plan
from gateway.policy.templates import fill
from gateway.services.words import Faults, is_line, need_either
from gateway.store.contract import Store

LONGEST_NAME = 100
MOST_LABELS = 50
LONGEST_LABEL = 64


class Templates:
    """Stored texts. Reading needs messages:read, changing messages:send."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._people = store.people
        self._clock = clock

    async def list(
        self, *, by: Principal, limit: int, cursor: int | None = None, ascending: bool = False, skip: int = 0
    ) -> Sequence[Template]:
        """By their number, newest first or ascending; skip: leave out so many (what the rest-sms front pages by)."""
        by.need("messages:read")
        return await self._people.templates(by.account.name, limit=limit, cursor=cursor, ascending=ascending, skip=skip)

    async def get(self, template: str, *, by: Principal) -> Template:
        """By id, or by name whatever its case. Raises NotFound. Whoever may send may ask: needs messages:read or
        messages:send."""
        need_either(by, "messages:read", "messages:send")
        return await self._people.template(by.account.name, template)

    async def create(self, name: str, text: str, *, by: Principal, labels: Sequence[str] = ()) -> Template:
        """Raises Rejected ("body_empty", "body_too_long", "invalid_request"), Conflict("conflict") for a taken name."""
        by.need("messages:send")
        _check(name, text, labels)
        text, segments = _measured(text, by.account.settings)
        now = self._clock.now()
        return await self._people.create_template(by.account.name, name.strip(), text, segments, _once(labels), now)

    async def update(
        self,
        template: str,
        *,
        by: Principal,
        name: str | None = None,
        text: str | None = None,
        labels: Sequence[str] | None = None,
        expected: datetime | None = None,
    ) -> Template:
        """expected: the ``updated_at`` the caller has seen.

        Raises NotFound, Conflict, Rejected ("precondition_failed", and those of ``create``).
        """
        by.need("messages:send")
        _check(name, text, labels)
        return await self._people.update_template(
            by.account.name,
            template,
            self._clock.now(),
            name=None if name is None else name.strip(),
            text=None if text is None else _measured(text, by.account.settings),
            labels=None if labels is None else _once(labels),
            expected=expected,
        )

    async def delete(self, template: str, *, by: Principal) -> None:
        """Raises NotFound."""
        by.need("messages:send")
        await self._people.delete_template(by.account.name, template)

    async def render(self, template: str, variables: Mapping[str, str], *, by: Principal) -> str:
        """The text with its placeholders filled. Raises NotFound, Rejected("invalid_request") for a variable that has
        neither value nor default. Needs messages:send."""
        by.need("messages:send")
        return fill((await self._people.template(by.account.name, template)).text, variables)


def _check(name: str | None, text: str | None, labels: Sequence[str] | None) -> None:
    faults = Faults()
    fits = name is None or is_line(name.strip(), LONGEST_NAME, shortest=1)
    faults.need(fits, "name", f"1 to {LONGEST_NAME} characters on one line")
    faults.need(text is None or bool(text.strip()), "text", "there is no text", "body_empty")
    given = labels or ()
    faults.need(len(given) <= MOST_LABELS, "labels", f"at most {MOST_LABELS}")
    good = all(is_line(label, LONGEST_LABEL, shortest=1) for label in given)
    faults.need(good, "labels", f"1 to {LONGEST_LABEL} characters each")
    faults.check()


def _measured(text: str, settings: AccountSettings) -> tuple[str, int]:
    """The text with its line ends as LF, and how many parts it takes as it stands.

    Raises Rejected ("body_too_long", "invalid_request").
    """
    planned = plan(text, max_segments=min(settings.max_segments, MOST_PARTS))
    return planned.text, len(planned.parts)


def _once(labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(labels))

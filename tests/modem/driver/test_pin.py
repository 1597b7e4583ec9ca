import pytest

from modem.errors import SimUnusable
from tests.modem.driver.responder import Answer, Driven, driven

OK = "\r\nOK\r\n"
WANTS_PIN = "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"
READY = "\r\n+CPIN: READY\r\n\r\nOK\r\n"


class Guard:
    def __init__(self, *, may: bool = True) -> None:
        self.may = may
        self.told: list[tuple[str, str]] = []

    async def may_try(self, sim: str, pin: str) -> bool:
        return self.may

    async def trying(self, sim: str, pin: str) -> None:
        self.told.append(("trying", sim))

    async def accepted(self, sim: str, pin: str) -> None:
        self.told.append(("accepted", sim))

    async def refused(self, sim: str, pin: str) -> None:
        self.told.append(("refused", sim))


class Card:
    """A SIM that wants 4711. left: attempts at the PIN."""

    def __init__(self, *, left: int = 3, answers: bool = True, counter: bool = True) -> None:
        self.left = left
        self.open = False
        self.answers = answers
        self.counter = counter

    def script(self) -> dict[str, Answer]:
        return {"AT+CPIN?": self.state, "AT+CPIN=": self.enter, "AT+CPINR": self.retries}

    def state(self, _: str) -> str:
        if self.open:
            return READY
        return WANTS_PIN if self.left else "\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n"

    def enter(self, line: str) -> str:
        if line == 'AT+CPIN="4711"':
            self.open = True
            return OK if self.answers else ""
        self.left -= 1
        return "\r\n+CME ERROR: 16\r\n" if self.answers else ""

    def retries(self, _: str) -> str:
        return f"\r\n+CPINR: SIM PIN,{self.left},3\r\n\r\nOK\r\n" if self.counter else "\r\nERROR\r\n"


def entered(d: Driven) -> int:
    return d.port.count("AT+CPIN=")


async def test_the_right_pin_opens_the_sim() -> None:
    card, guard = Card(), Guard()
    async with driven(card.script(), up=False) as d:
        await d.modem.bring_up(pin="4711", pin_guard=guard)
        assert guard.told == [("trying", "8999000000000000013"), ("accepted", "8999000000000000013")]
        assert entered(d) == 1


async def test_a_wrong_pin_is_entered_once() -> None:
    card, guard = Card(), Guard()
    async with driven(card.script(), up=False) as d:
        with pytest.raises(SimUnusable) as caught:
            await d.modem.bring_up(pin="0000", pin_guard=guard)
        assert caught.value.state == "pin-refused"
        assert entered(d) == 1
        assert guard.told[-1] == ("refused", "8999000000000000013")


async def test_a_pin_that_the_guard_remembers_is_not_entered() -> None:
    async with driven(Card().script(), up=False) as d:
        with pytest.raises(SimUnusable):
            await d.modem.bring_up(pin="4711", pin_guard=Guard(may=False))
        assert entered(d) == 0


async def test_the_last_attempt_is_left_to_a_person() -> None:
    async with driven(Card(left=1).script(), up=False) as d:
        with pytest.raises(SimUnusable):
            await d.modem.bring_up(pin="4711", pin_guard=Guard())
        assert entered(d) == 0


async def test_without_counter_the_guards_word_decides() -> None:
    async with driven(Card(counter=False).script(), up=False) as d:
        await d.modem.bring_up(pin="4711", pin_guard=Guard())
        assert entered(d) == 1


async def test_without_counter_and_guard_no_pin_is_entered() -> None:
    async with driven(Card(counter=False).script(), up=False) as d:
        with pytest.raises(SimUnusable):
            await d.modem.bring_up(pin="4711")
        assert entered(d) == 0


async def test_no_pin_is_made_up() -> None:
    async with driven(Card().script(), up=False) as d:
        with pytest.raises(SimUnusable) as caught:
            await d.modem.bring_up()
        assert caught.value.state == "pin"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("+CPIN: SIM PUK", "puk"),
        ("+CPIN: PH-NET PIN", "network-locked"),
        ("+CPIN: NOT INSERTED", "absent"),
        ("+CME ERROR: 10", "absent"),
        ("+CME ERROR: 13", "failed"),
        ("+CPIN: SIM PIN2", "pin2"),
    ],
)
async def test_only_the_pin_itself_is_ever_answered(answer: str, state: str) -> None:
    final = "" if "ERROR" in answer else "\r\nOK\r\n"
    async with driven({"AT+CPIN?": f"\r\n{answer}\r\n{final}"}, up=False) as d:
        with pytest.raises(SimUnusable) as caught:
            await d.modem.bring_up(pin="4711", pin_guard=Guard())
        assert caught.value.state == state
        assert entered(d) == 0


async def test_a_lost_answer_is_not_asked_for_by_entering_again() -> None:
    card, guard = Card(answers=False), Guard()
    async with driven(card.script(), up=False) as d:
        await d.modem.bring_up(pin="4711", pin_guard=guard)
        assert entered(d) == 1
        assert guard.told[-1][0] == "accepted"


async def test_a_lost_refusal_is_seen_by_the_counter() -> None:
    card, guard = Card(answers=False), Guard()
    async with driven(card.script(), up=False) as d:
        with pytest.raises(SimUnusable):
            await d.modem.bring_up(pin="0000", pin_guard=guard)
        assert entered(d) == 1
        assert guard.told[-1][0] == "refused"


async def test_an_unknown_outcome_stays_marked_as_tried() -> None:
    card, guard = Card(answers=False, counter=False), Guard()
    async with driven(card.script(), up=False) as d:
        with pytest.raises(SimUnusable):
            await d.modem.bring_up(pin="0000", pin_guard=guard)
        assert entered(d) == 1
        assert guard.told == [("trying", "8999000000000000013")]


async def test_a_sim_that_is_still_starting_is_waited_for() -> None:
    states = iter(["\r\n+CME ERROR: 14\r\n", "\r\n+CPIN: NOT READY\r\n\r\nOK\r\n", "\r\n+CME ERROR: 515\r\n"])
    async with driven({"AT+CPIN?": lambda _: next(states, READY)}) as d:
        assert d.port.count("AT+CPIN?") == 4

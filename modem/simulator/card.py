"""A SIM card: who the subscriber is, its PIN and counters, the service centre and the last message reference."""

from dataclasses import dataclass, field
from enum import StrEnum

PIN_TRIES = 3
PUK_TRIES = 10


class Lock(StrEnum):
    """What AT+CPIN? tells (TS 27.007 §8.3)."""

    READY = "READY"
    PIN = "SIM PIN"
    PUK = "SIM PUK"
    ABSENT = "NOT INSERTED"
    DEAD = "DEAD"  # ten wrong PUKs: never again


def luhn(digits: str) -> str:
    """`digits` with its check digit, as IMEIs and ICCIDs carry it."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


@dataclass(slots=True)
class Card:
    """The card in a modem. pin: None where the card asks for none. reference: the next TP-MR."""

    number: str
    imsi: str
    iccid: str
    service_centre: str = "+447700900999"
    pin: str | None = None
    puk: str = "12345678"
    inserted: bool = True
    reference: int = 0
    unlocked: bool = field(default=False, init=False)
    pin_tries: int = field(default=PIN_TRIES, init=False)
    puk_tries: int = field(default=PUK_TRIES, init=False)

    @property
    def lock(self) -> Lock:
        if not self.inserted:
            return Lock.ABSENT
        if self.pin_tries == 0:
            return Lock.PUK if self.puk_tries else Lock.DEAD
        return Lock.READY if self.pin is None or self.unlocked else Lock.PIN

    def enter_pin(self, pin: str) -> bool:
        """Each wrong one costs a try; after three the card wants its PUK (TS 31.101 §9)."""
        if pin == self.pin:
            self.unlocked, self.pin_tries = True, PIN_TRIES
            return True
        self.pin_tries -= 1
        return False

    def enter_puk(self, puk: str, new_pin: str) -> bool:
        if puk == self.puk:
            self.pin, self.unlocked, self.pin_tries, self.puk_tries = new_pin, True, PIN_TRIES, PUK_TRIES
            return True
        self.puk_tries -= 1
        return False

    def power_off(self) -> None:
        """The PIN is asked for again; the counters stay, they are in the card."""
        self.unlocked = False

    def next_reference(self) -> int:
        """TP-MR of the submission at hand; wraps from 255 to 0 (TS 23.040 §9.2.3.6)."""
        reference = self.reference
        self.reference = (reference + 1) & 0xFF
        return reference

"""What a value of the configuration may be: the check, and the same in words for the person who got it wrong."""

from typing import Annotated

from pydantic import ConfigDict, Field

from gateway.policy.limits import HOURS

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)

Port = Annotated[int, Field(ge=0, le=65535, description="a port number from 1 to 65535, or 0 for any free one")]
Count = Annotated[int, Field(ge=0, description="a whole number, 0 or more")]
Positive = Annotated[int, Field(ge=1, description="a whole number, 1 or more")]
Segments = Annotated[int, Field(ge=0, le=10**9, description="a whole number from 0 (no quota) to 1000000000")]
Seconds = Annotated[int, Field(ge=0, le=31 * 86_400, description="whole seconds, from 0 (off) to 2678400")]
Hours = Annotated[int, Field(ge=1, le=87_600, description="whole hours, from 1 to 87600")]
Days = Annotated[int, Field(ge=1, le=36_500, description="whole days, from 1 to 36500")]
Rate = Annotated[float, Field(ge=0, le=1e6, description="a number from 0 (no limit) to 1000000")]
Switch = Annotated[bool, Field(description="true or false")]
Text = Annotated[str, Field(max_length=1024, pattern=r"^[^\x00]*$", description="a text in quotes")]
Texts = Annotated[tuple[str, ...], Field(description='a list of texts, as ["a", "b"]')]
Word = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$", description="1 to 64 characters")]
Words = Annotated[tuple[Word, ...], Field(max_length=100, description='a list of at most 100 words, as ["ARRET"]')]
Argument = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00]*$", description="a text in quotes")]
CommandLine = Annotated[
    tuple[Argument, ...],
    Field(
        max_length=32, description='a program and its arguments, as ["uhubctl", "-l", "1-1", "-p", "2", "-a", "cycle"]'
    ),
]
Url = Annotated[str, Field(pattern=r"^(https?://[^\s/?#]+/?)?$", description='"" or "https://HOST" without a path')]
Networks = Annotated[tuple[str, ...], Field(description='a list of networks, as ["127.0.0.0/8", "::1"]')]
Name = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", description="1 to 63 of A-Z a-z 0-9 . _ -, no blank")
]
Names = Annotated[tuple[Name, ...], Field(description='a list of names, as ["default"]')]
Number = Annotated[
    str, Field(pattern=r"^\+[1-9][0-9]{4,14}$", description="a number in international form, as +13109060901")
]
UssdCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z*#+]{0,160}$", description='a USSD code, as "*100#"')]
Pin = Annotated[str, Field(pattern=r"^[0-9]{4,8}$", description="4 to 8 digits in quotes")]
Digits = Annotated[str, Field(pattern=r"^[0-9]{14,22}$", description="the digits, in quotes, without blanks")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description='a country as ISO 3166-1 has it, as "US"')]
Destination = Annotated[
    str, Field(pattern=r"^([A-Z]{2}|\+[1-9][0-9]{0,14})$", description='a country as "DE", or a prefix as "+4915"')
]
Destinations = Annotated[
    tuple[Destination, ...], Field(max_length=500, description='a list of countries and prefixes, as ["DE", "+1"]')
]
Burst = Annotated[int, Field(ge=1, le=10_000, description="a whole number from 1 to 10000")]
BlockSeconds = Annotated[int, Field(ge=1, le=7 * 86_400, description="whole seconds, from 1 to 604800")]
DayTimes = Annotated[str, Field(pattern=f"^({HOURS})?$", description='times of day as "08:00-20:00", or "" for any')]
Weekdays = Annotated[
    tuple[Annotated[int, Field(ge=1, le=7, description="a weekday from 1 (Monday) to 7")], ...],
    Field(description="a list of weekdays from 1 (Monday) to 7, as [1, 2, 3, 4, 5]"),
]
Prefixes = Annotated[
    tuple[Annotated[str, Field(pattern=r"^\+[1-9][0-9]{0,14}$", description='a prefix as "+49151"')], ...],
    Field(min_length=1, max_length=500, description='a list of prefixes, as ["+49151", "+49160"]'),
]
StoreUrl = Annotated[
    str, Field(pattern=r"^sqlite(:///.+)?$", description='"sqlite", or "sqlite:///FILE" for a file elsewhere')
]
Path_ = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._-]+)+$")]
Paths = Annotated[tuple[Path_, ...], Field(description='a list of paths, as ["/action"]')]
Prefix = Annotated[
    str, Field(pattern=r"^/([A-Za-z0-9_-]+/)+$", description='a path that begins and ends with /, as "/l/"')
]

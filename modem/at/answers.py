"""Information lines and unsolicited lines to values; tolerant, because every form read here has been seen.

None of these functions raises: what cannot be read is None. Sources: TS 27.005, TS 27.007; deviations are the modems'.
They live in six files by what they tell of; this is the door to them.
"""

from modem.at.fields import fields, integer, plain_digits, unquote
from modem.at.identity_answers import IdentityBlock, join_identity, parse_identity
from modem.at.network_answers import (
    Domain,
    OfferedNetwork,
    OperatorAnswer,
    RegistrationAnswer,
    parse_networks,
    parse_operator,
    parse_registration,
    technology,
)
from modem.at.signal_answers import SignalAnswer, parse_signal
from modem.at.sim_answers import (
    PinState,
    parse_function,
    parse_iccid,
    parse_imei,
    parse_imsi,
    parse_own_number,
    parse_pin_retries,
    parse_pin_state,
)
from modem.at.sms_answers import (
    Announcement,
    Header,
    ServiceCentre,
    Use,
    parse_announcement,
    parse_direct_length,
    parse_numbers,
    parse_ranges,
    parse_record_header,
    parse_reference,
    parse_service_centre,
    parse_storages,
    parse_storages_offered,
)
from modem.at.ussd import UssdAnswer, UssdStatus, parse_ussd

__all__ = [
    "Announcement",
    "Domain",
    "Header",
    "IdentityBlock",
    "OfferedNetwork",
    "OperatorAnswer",
    "PinState",
    "RegistrationAnswer",
    "ServiceCentre",
    "SignalAnswer",
    "Use",
    "UssdAnswer",
    "UssdStatus",
    "fields",
    "integer",
    "join_identity",
    "parse_announcement",
    "parse_direct_length",
    "parse_function",
    "parse_iccid",
    "parse_identity",
    "parse_imei",
    "parse_imsi",
    "parse_networks",
    "parse_numbers",
    "parse_operator",
    "parse_own_number",
    "parse_pin_retries",
    "parse_pin_state",
    "parse_ranges",
    "parse_record_header",
    "parse_reference",
    "parse_registration",
    "parse_service_centre",
    "parse_signal",
    "parse_storages",
    "parse_storages_offered",
    "parse_ussd",
    "plain_digits",
    "technology",
    "unquote",
]

"""Every promise of ``gateway.store.contract.Store``, to be kept by every store.

A store's own tests make a class of ``StoreContract`` and give it three fixtures: ``store``, an open empty one, and
``reopen``, which closes it and opens the same data again, and ``open_elsewhere``, which opens what lies in another
folder.
"""

from tests.gateway.contract import (
    answering,
    commands,
    consent,
    endpoints,
    inbound,
    logins,
    outbound,
    policies,
    retention,
    senders,
    telling,
    waiting,
)


class StoreContract(
    outbound.Accepting,
    outbound.Idempotent,
    outbound.Claiming,
    outbound.Sending,
    outbound.Unknown,
    outbound.Recovering,
    outbound.Waiting,
    outbound.Batches,
    outbound.Listing,
    outbound.Ringing,
    senders.Senders,
    senders.Suspended,
    policies.Replying,
    policies.Windows,
    policies.Guards,
    policies.Tests,
    policies.PausedBatches,
    commands.Commands,
    commands.Balances,
    commands.MissedCalls,
    waiting.HoldingBack,
    inbound.Arriving,
    inbound.Attributing,
    inbound.Assembling,
    inbound.Keywords,
    inbound.Pulling,
    inbound.Reporting,
    telling.Telling,
    telling.Delivering,
    telling.Access,
    logins.Naming,
    logins.LoggingIn,
    logins.Sessions,
    endpoints.Routing,
    endpoints.Endpoints,
    endpoints.LineBook,
    telling.Lines,
    telling.Consent,
    consent.KnowingPeople,
    consent.Consenting,
    consent.Refusing,
    answering.Answering,
    answering.Confirming,
    answering.HearingCampaigns,
    telling.Links,
    retention.Retaining,
    telling.Living,
):
    """All of it."""

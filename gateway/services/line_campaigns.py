"""The campaign of a message that names none: that of the line it is sent from (native-v1 §7.1)."""

from collections.abc import Mapping

from gateway.services.memory import Memory, Remembered
from gateway.store.contract import NewMessage, Store


class LineCampaigns:
    """Remembered per account: a message costs a look-up."""

    def __init__(self, store: Store, memory: Memory) -> None:
        self._store = store
        self._known: Remembered[Mapping[str, str]] = memory.kind()

    async def assign(self, messages: tuple[NewMessage, ...], account: str) -> tuple[NewMessage, ...]:
        """The messages, each with its campaign. One that any line may carry has none of a line's."""
        refs = self._known.get(account)
        if refs is None:
            refs = await self._known.load(account, lambda: self._store.campaigns.of_routes(account))
        if not refs:
            return messages
        return tuple(
            message if message.campaign is not None else message._replace(campaign=refs.get(message.route))
            for message in messages
        )

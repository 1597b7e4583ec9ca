"""``simgate setup``: from a modem that is plugged in to a configuration, a key and a first SMS, without an editor."""

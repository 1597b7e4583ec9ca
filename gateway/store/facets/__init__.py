"""The nouns of ``SqliteStore`` that have a namespace of their own: ``store.people``, ``store.senders`` and so on."""

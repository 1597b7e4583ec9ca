"""A package of its own name: one of the clients under test installs a ``tests`` beside itself."""

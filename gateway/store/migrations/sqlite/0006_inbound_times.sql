-- What came in between two moments is found without reading all that ever came in.
CREATE INDEX messages_inbound_time ON messages (account, created_at) WHERE direction = 'in';

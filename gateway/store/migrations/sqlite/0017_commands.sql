-- What somebody wants of a line's modem: a USSD code, a restart. The line's worker takes it; the answer stands here.
CREATE TABLE commands (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    line INTEGER NOT NULL REFERENCES lines (num),
    kind TEXT NOT NULL,
    code TEXT,
    state TEXT NOT NULL,
    answer TEXT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX commands_open ON commands (line, num) WHERE ended_at IS NULL;
CREATE INDEX commands_ended ON commands (ended_at);

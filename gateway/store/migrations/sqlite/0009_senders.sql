-- What callers may write as "from" beside the lines' own values, and the numbers of all such values: a row without a
-- strategy only keeps the number of a value that is a line's own, or was registered once. word: the value, case-folded.
-- lines: ids, in order, JSON.
CREATE TABLE senders (
    num INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    word TEXT NOT NULL,
    value TEXT NOT NULL,
    id TEXT UNIQUE,
    kind TEXT,
    strategy TEXT,
    lines TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (account, word)
);

-- Answers that somebody waits for (reply "required"). line: the id of the one the message went out over.
CREATE TABLE replies_due (
    message INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    peer TEXT NOT NULL,
    line TEXT NOT NULL,
    due_at BIGINT NOT NULL
);
CREATE INDEX replies_due_at ON replies_due (due_at);
CREATE INDEX replies_due_of ON replies_due (account, peer, line);

-- What was accepted lately, of accounts whose duplicates guard is on. fingerprint: of sender, recipient and text.
CREATE TABLE duplicates (
    account TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (account, fingerprint)
) WITHOUT ROWID;
CREATE INDEX duplicates_until ON duplicates (until);
CREATE INDEX batches_paused ON batches (account, id) WHERE paused = 1;

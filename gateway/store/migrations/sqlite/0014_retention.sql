-- How far the nightly job has come: texts of messages numbered up to ``texts`` are erased, but for those in
-- retention_left, which were still on their way when it passed them.
CREATE TABLE retention (
    account TEXT PRIMARY KEY,
    texts BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE retention_left (
    account TEXT NOT NULL,
    message BIGINT NOT NULL,
    PRIMARY KEY (account, message)
) WITHOUT ROWID;

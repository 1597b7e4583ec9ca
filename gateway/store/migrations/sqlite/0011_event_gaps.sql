-- seq: of the newest event of the account that is not in the log any more; who stopped reading before it has a gap.
CREATE TABLE event_gaps (
    account TEXT PRIMARY KEY,
    seq BIGINT NOT NULL
) WITHOUT ROWID;

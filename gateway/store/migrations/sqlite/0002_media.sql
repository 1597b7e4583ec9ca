-- Files that go with messages. Octets are kept once for an account and a content, in chunks: a chunk is a transaction,
-- so that a large file holds nobody up. They are in the database, so that every backup has them.

-- An address under which the world may fetch a file. kept: its octets are still there; afterwards the row says "gone".
-- origin: upload (may be sent again and again), draft (came with one message).
CREATE TABLE media (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    token TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    origin TEXT NOT NULL,
    kept INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX media_of_file ON media (account, sha256) WHERE kept = 1;
CREATE INDEX media_kept ON media (expires_at) WHERE kept = 1;
CREATE INDEX media_gone ON media (expires_at) WHERE kept = 0;

-- touched_at: when somebody last began to bring it; one that is not complete an hour later never will be.
CREATE TABLE media_files (
    account TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    complete INTEGER NOT NULL,
    touched_at BIGINT NOT NULL,
    PRIMARY KEY (account, sha256)
) WITHOUT ROWID;
CREATE INDEX media_files_broken ON media_files (touched_at) WHERE complete = 0;

CREATE TABLE media_chunks (
    account TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    n INTEGER NOT NULL,
    octets BLOB NOT NULL,
    PRIMARY KEY (account, sha256, n)
);

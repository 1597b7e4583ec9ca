-- What the documented APIs call an account and log in with: licensee ids, logins that are unique in the whole gateway,
-- which APIs a key opens, sessions. Keys get their integer key.

ALTER TABLE accounts ADD COLUMN licensee_id TEXT NOT NULL DEFAULT '';
UPDATE accounts SET licensee_id = lower(hex(randomblob(16)));
CREATE UNIQUE INDEX accounts_licensee ON accounts (licensee_id);

CREATE TABLE keys_with_fronts (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES accounts (name),
    kind TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    scopes TEXT NOT NULL,
    name TEXT NOT NULL,
    username TEXT,
    ip_allow TEXT NOT NULL,
    fronts TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);
INSERT INTO keys_with_fronts (id, account, kind, secret_hash, scopes, name, username, ip_allow, fronts, created_at,
                              expires_at, last_used_at, revoked_at)
SELECT id, account, kind, secret_hash, scopes, name, username, ip_allow, '[]', created_at,
       expires_at, last_used_at, revoked_at
FROM keys ORDER BY created_at, id;
DROP TABLE keys;
ALTER TABLE keys_with_fronts RENAME TO keys;
CREATE UNIQUE INDEX keys_login ON keys (username) WHERE username IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX keys_account ON keys (account, num);

-- token_hash: SHA-256; key: the login that opened it; used_at is written late, by up to a minute.
CREATE TABLE sessions (
    num INTEGER PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    key TEXT NOT NULL,
    permanent INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX sessions_key ON sessions (key, num);

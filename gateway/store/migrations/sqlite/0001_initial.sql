-- The first schema. Times are integer milliseconds UTC. Accounts are named by name, lines by num (parts, arrivals)
-- or id (messages, because callers filter by it). What is rare in a message stands in `extra`, JSON, NULL when empty.

CREATE TABLE accounts (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    suspended_at BIGINT
);

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (name),
    kind TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    scopes TEXT NOT NULL,
    name TEXT NOT NULL,
    username TEXT,
    ip_allow TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
) WITHOUT ROWID;

CREATE TABLE lines (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    number TEXT,
    aliases TEXT NOT NULL,
    accounts TEXT NOT NULL,
    paused INTEGER NOT NULL,
    webhook TEXT,
    campaign TEXT,
    status TEXT NOT NULL,
    retired INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE line_days (
    line BIGINT NOT NULL,
    day TEXT NOT NULL,
    sent BIGINT NOT NULL,
    PRIMARY KEY (line, day)
) WITHOUT ROWID;

-- One API call. Its messages are those numbered first_message … first_message + size - 1. open: how many of them
-- can still change; kept for size > 1 only.
CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    front TEXT NOT NULL,
    public_uuid TEXT NOT NULL,
    client_ref TEXT,
    campaign TEXT,
    first_message BIGINT NOT NULL,
    size BIGINT NOT NULL,
    open BIGINT NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

-- Outbound and inbound. waiting: 1 a line may claim it, 2 later (scheduled, or a retry that is not due), else NULL.
-- wake_at: when time next has something to do with it (due, expiry, the end of waiting for a report).
CREATE TABLE messages (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    direction TEXT NOT NULL,
    state TEXT NOT NULL,
    waiting INTEGER,
    route TEXT,
    priority INTEGER NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    body TEXT NOT NULL,
    encoding TEXT NOT NULL,
    segments INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    expire_at BIGINT,
    due_at BIGINT,
    wake_at BIGINT,
    batch TEXT,
    front TEXT NOT NULL,
    tracking_id TEXT,
    client_ref TEXT,
    campaign TEXT,
    line TEXT,
    seq BIGINT NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    acked INTEGER NOT NULL DEFAULT 0,
    report TEXT,
    avoid TEXT,
    error TEXT,
    state_at TEXT,
    extra TEXT
);
-- The waiting queue: a claim reads the head of one (route, account), however long it is. The last two columns are
-- there so that what waits for a number, or under a tracking id, is found without touching the rows.
CREATE INDEX messages_waiting ON messages (route, account, priority DESC, num, recipient, tracking_id)
    WHERE waiting = 1;
CREATE INDEX messages_later ON messages (account, recipient) WHERE waiting = 2;
CREATE INDEX messages_wake ON messages (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX messages_of_account ON messages (account, num);
CREATE INDEX messages_inbound ON messages (account, num) WHERE direction = 'in';
CREATE INDEX messages_from ON messages (sender, num) WHERE direction = 'in';
CREATE INDEX messages_client_ref ON messages (account, client_ref) WHERE client_ref IS NOT NULL;
-- Only what left the queue: in the order of accepts these keys are random, and a page of each would be written anew
-- by every accept. What waits is found through messages_waiting and messages_later.
CREATE INDEX messages_recipient ON messages (recipient, num) WHERE waiting IS NULL;
CREATE INDEX messages_tracking ON messages (tracking_id) WHERE waiting IS NULL;

-- text is NULL where the message's own says the same (one part). sim: the ICCID that carried it, where known.
-- done_at: nothing changes it any more.
CREATE TABLE parts (
    message BIGINT NOT NULL,
    n INTEGER NOT NULL,
    udl INTEGER NOT NULL,
    user_data BLOB NOT NULL,
    header INTEGER NOT NULL,
    data_coding INTEGER NOT NULL,
    text TEXT,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    line BIGINT,
    sim TEXT,
    reference INTEGER,
    status INTEGER,
    error TEXT,
    sent_at BIGINT,
    done_at BIGINT,
    PRIMARY KEY (message, n)
) WITHOUT ROWID;
CREATE INDEX parts_reference ON parts (reference, sent_at) WHERE reference IS NOT NULL;
CREATE INDEX parts_unknown ON parts (line) WHERE state = 'unknown';
CREATE INDEX parts_sending ON parts (line) WHERE state = 'sending';

-- on_air_at: the point of no return. A row without ended_at whose line is gone has an unknown outcome.
CREATE TABLE attempts (
    num INTEGER PRIMARY KEY,
    message BIGINT NOT NULL,
    part INTEGER NOT NULL,
    line BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    on_air_at BIGINT,
    ended_at BIGINT,
    outcome TEXT,
    reference INTEGER,
    error TEXT
);
CREATE INDEX attempts_of_message ON attempts (message, num);

-- Status reports that no part was found for yet.
CREATE TABLE reports (
    num INTEGER PRIMARY KEY,
    line BIGINT NOT NULL,
    sim TEXT,
    pdu BLOB NOT NULL,
    reference INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    status INTEGER NOT NULL,
    sent_at BIGINT,
    discharged_at BIGINT,
    received_at BIGINT NOT NULL
);
CREATE INDEX reports_reference ON reports (reference, line);
CREATE INDEX reports_received ON reports (received_at);

CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    batch TEXT NOT NULL,
    public_uuid TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    headers TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

-- Segments per account and period ("2026-11-20" or "2026-11"); only accounts with a quota have rows.
CREATE TABLE usage (
    account TEXT NOT NULL,
    period TEXT NOT NULL,
    segments BIGINT NOT NULL,
    PRIMARY KEY (account, period)
) WITHOUT ROWID;

-- Every inbound PDU as it was read. storage and place: where it lay in the modem; freed: that place is empty again.
-- message: what it became, once it is whole or was shown incomplete.
CREATE TABLE arrivals (
    num INTEGER PRIMARY KEY,
    line BIGINT NOT NULL,
    storage TEXT,
    place INTEGER,
    freed INTEGER NOT NULL,
    pdu BLOB NOT NULL,
    sender TEXT NOT NULL,
    alphabet TEXT NOT NULL,
    content BLOB NOT NULL,
    locking INTEGER NOT NULL,
    single INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    ports TEXT,
    protocol_identifier INTEGER NOT NULL,
    data_coding INTEGER NOT NULL,
    smsc_at BIGINT,
    received_at BIGINT NOT NULL,
    error TEXT,
    assembly BIGINT,
    message BIGINT
);
CREATE INDEX arrivals_place ON arrivals (line, storage, place) WHERE freed = 0;
CREATE INDEX arrivals_assembly ON arrivals (assembly) WHERE assembly IS NOT NULL;
CREATE INDEX arrivals_message ON arrivals (message) WHERE message IS NOT NULL;

-- A concatenated message in the making (TS 23.040 §9.2.3.24.1). state: open, shown (delivered with gaps), closed.
CREATE TABLE assemblies (
    num INTEGER PRIMARY KEY,
    line BIGINT NOT NULL,
    sender TEXT NOT NULL,
    bits INTEGER NOT NULL,
    reference INTEGER NOT NULL,
    total INTEGER NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    message BIGINT
);
CREATE INDEX assemblies_key ON assemblies (line, sender, reference);
CREATE INDEX assemblies_open ON assemblies (opened_at) WHERE state = 'open';

CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    account TEXT NOT NULL,
    message TEXT,
    at BIGINT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX events_of_account ON events (account, seq);
CREATE INDEX events_of_message ON events (message, seq) WHERE message IS NOT NULL;

CREATE TABLE webhooks (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    events TEXT NOT NULL,
    format TEXT NOT NULL,
    lines TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    headers TEXT NOT NULL,
    verify_tls INTEGER NOT NULL,
    previous_secret TEXT,
    previous_secret_until BIGINT,
    disabled_reason TEXT,
    failing_since BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- next_at is NULL once done, and while the endpoint is switched off.
CREATE TABLE deliveries (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    webhook BIGINT NOT NULL REFERENCES webhooks (num) ON DELETE CASCADE,
    event BIGINT NOT NULL,
    event_type TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at BIGINT,
    created_at BIGINT NOT NULL,
    done_at BIGINT,
    last_status INTEGER,
    last_error TEXT,
    last_excerpt TEXT
);
CREATE INDEX deliveries_due ON deliveries (webhook, next_at, num) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_of_webhook ON deliveries (webhook, num);
CREATE INDEX deliveries_of_event ON deliveries (event);

CREATE TABLE campaigns (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    ref TEXT NOT NULL,
    brand TEXT NOT NULL,
    use_case TEXT NOT NULL,
    description TEXT NOT NULL,
    approval TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account, ref)
);

CREATE TABLE subscriptions (
    account TEXT NOT NULL,
    phone TEXT NOT NULL,
    campaign TEXT NOT NULL,
    state TEXT NOT NULL,
    source TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (account, phone, campaign)
) WITHOUT ROWID;

CREATE TABLE opt_outs (
    account TEXT NOT NULL,
    phone TEXT NOT NULL,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    at BIGINT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (account, phone)
) WITHOUT ROWID;

CREATE TABLE links (
    code TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    target TEXT NOT NULL,
    message TEXT NOT NULL,
    account TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    human BIGINT NOT NULL DEFAULT 0,
    bot BIGINT NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX links_of_message ON links (message);

CREATE TABLE clicks (
    num INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    address_hash TEXT NOT NULL
);
CREATE INDEX clicks_of_link ON clicks (code, at);

-- Each PIN is tried once on each SIM (three wrong ones lock it). state: trying, accepted, refused.
CREATE TABLE pins (
    sim TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (sim, fingerprint)
) WITHOUT ROWID;

-- One row, written by the health probe.
CREATE TABLE probe (
    num INTEGER PRIMARY KEY,
    beats BIGINT NOT NULL
);
INSERT INTO probe (num, beats) VALUES (1, 0);

-- Contacts, groups, templates; subscriptions and opt-outs with an identity and a scope of their own. name_key,
-- email_key: the value without case, by which it is found. AUTOINCREMENT: these numbers are handed out, and a number
-- that was somebody's never becomes somebody else's.

CREATE TABLE contacts (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    phone TEXT,
    email TEXT,
    email_key TEXT,
    external_id TEXT,
    tags TEXT NOT NULL,
    fields TEXT NOT NULL,
    search TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX contacts_phone ON contacts (account, phone) WHERE phone IS NOT NULL;
CREATE UNIQUE INDEX contacts_external_id ON contacts (account, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX contacts_email ON contacts (account, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX contacts_of_account ON contacts (account, num);

CREATE TABLE contact_groups (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account, name_key)
);

CREATE TABLE group_members (
    contact_group BIGINT NOT NULL REFERENCES contact_groups (num) ON DELETE CASCADE,
    contact BIGINT NOT NULL REFERENCES contacts (num) ON DELETE CASCADE,
    PRIMARY KEY (contact_group, contact)
) WITHOUT ROWID;
CREATE INDEX group_members_contact ON group_members (contact);

CREATE TABLE templates (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    text TEXT NOT NULL,
    segments INTEGER NOT NULL,
    labels TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account, name_key)
);
CREATE INDEX templates_of_account ON templates (account, num);

-- kind: sender or campaign; target: the sender's value, the campaign's ref. contact_group: the one it was subscribed
-- with, 0 for none.
CREATE TABLE consents (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    phone TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    state TEXT NOT NULL,
    source TEXT NOT NULL,
    authenticated INTEGER NOT NULL DEFAULT 0,
    contact_group BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account, phone, kind, target)
);
INSERT INTO consents (id, account, phone, kind, target, state, source, created_at, updated_at)
SELECT 'sub_0' || substr(hex(randomblob(13)), 1, 25), account, phone, 'campaign', campaign, state, source, at, at
FROM subscriptions ORDER BY at, account, phone, campaign;
DROP TABLE subscriptions;
ALTER TABLE consents RENAME TO subscriptions;
CREATE INDEX subscriptions_target ON subscriptions (account, kind, target, num) WHERE state = 'active';
CREATE INDEX subscriptions_of_account ON subscriptions (account, num);

-- scope: account, sender:<value>, campaign:<ref> or line:<id>.
CREATE TABLE refusals (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    phone TEXT NOT NULL,
    scope TEXT NOT NULL,
    source TEXT NOT NULL,
    at BIGINT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (account, phone, scope)
);
INSERT INTO refusals (id, account, phone, scope, source, at, text)
SELECT id, account, phone, 'account', source, at, text FROM opt_outs ORDER BY at, account, phone;
DROP TABLE opt_outs;
ALTER TABLE refusals RENAME TO opt_outs;
CREATE INDEX opt_outs_of_account ON opt_outs (account, num);

-- When a number was last answered by the gateway itself: at most once an hour (native-v1 §8), also over a restart.
CREATE TABLE auto_answers (
    account TEXT NOT NULL,
    phone TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (account, phone)
) WITHOUT ROWID;
CREATE INDEX auto_answers_at ON auto_answers (at);

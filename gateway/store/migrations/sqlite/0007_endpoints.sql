-- Endpoints of every dialect. Their names lead to them now, so no two of an account have the same.
ALTER TABLE webhooks ADD COLUMN dlr INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN routed_only INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
UPDATE webhooks SET name = name || ' (' || id || ')'
WHERE name <> '' AND EXISTS (
    SELECT 1 FROM webhooks AS older
    WHERE older.account = webhooks.account AND LOWER(older.name) = LOWER(webhooks.name) AND older.num < webhooks.num);
CREATE UNIQUE INDEX webhooks_name ON webhooks (account, LOWER(name)) WHERE name <> '';

-- What callers may write for a line beside what the configuration says, which each start writes anew.
ALTER TABLE lines ADD COLUMN added_aliases TEXT NOT NULL DEFAULT '[]';

-- A line may be several accounts'; what each of them sent is its own business. account: '' for what was counted before.
CREATE TABLE line_days_of_accounts (
    line BIGINT NOT NULL,
    day TEXT NOT NULL,
    account TEXT NOT NULL,
    sent BIGINT NOT NULL,
    PRIMARY KEY (line, day, account)
) WITHOUT ROWID;
INSERT INTO line_days_of_accounts (line, day, account, sent) SELECT line, day, '', sent FROM line_days;
DROP TABLE line_days;
ALTER TABLE line_days_of_accounts RENAME TO line_days;

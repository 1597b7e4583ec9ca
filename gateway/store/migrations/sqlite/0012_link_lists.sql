-- Links by account and by campaign, a page at a time: num, in the order they were made, and the message's campaign.
CREATE TABLE numbered_links (
    num INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    id TEXT NOT NULL UNIQUE,
    target TEXT NOT NULL,
    message TEXT NOT NULL,
    account TEXT NOT NULL,
    campaign TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    human BIGINT NOT NULL DEFAULT 0,
    bot BIGINT NOT NULL DEFAULT 0
);
INSERT INTO numbered_links (code, id, target, message, account, campaign, created_at, expires_at, human, bot)
SELECT links.code, links.id, links.target, links.message, links.account, messages.campaign, links.created_at,
       links.expires_at, links.human, links.bot
FROM links LEFT JOIN messages ON messages.id = links.message
ORDER BY links.created_at, links.id;
DROP TABLE links;
ALTER TABLE numbered_links RENAME TO links;
CREATE INDEX links_of_message ON links (message);
CREATE INDEX links_of_account ON links (account, num);
CREATE INDEX links_of_campaign ON links (account, campaign, num) WHERE campaign IS NOT NULL;

DROP INDEX clicks_of_link;
CREATE INDEX clicks_of_link ON clicks (code, num);

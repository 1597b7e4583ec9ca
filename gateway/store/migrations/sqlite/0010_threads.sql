-- Conversations: an account's line and a peer. The id follows from these three (domain/thread.py). activity: grows with
-- each message that left or came, among the account's threads; last_message: its num.
CREATE TABLE threads (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    line TEXT NOT NULL,
    peer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    last_message BIGINT NOT NULL,
    activity BIGINT NOT NULL,
    unread INTEGER NOT NULL,
    archived INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO threads (id, account, line, peer, created_at, last_at, last_message, activity, unread, archived)
SELECT thread_id(account, line, peer), account, line, peer, MIN(created_at), MAX(created_at), MAX(num), MAX(num), 0, 0
FROM (SELECT account, line, CASE direction WHEN 'in' THEN sender ELSE recipient END AS peer, created_at, num
      FROM messages WHERE line IS NOT NULL) AS carried
GROUP BY account, line, peer;
CREATE UNIQUE INDEX threads_activity ON threads (account, activity);

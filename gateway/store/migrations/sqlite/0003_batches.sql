-- name and description: the caller's words for a sending. paused: no line takes its messages. listed: 1 for a call for
-- many; NULL for single messages, which are batches as well and would crowd the list.
ALTER TABLE batches ADD COLUMN name TEXT;
ALTER TABLE batches ADD COLUMN description TEXT;
ALTER TABLE batches ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batches ADD COLUMN listed INTEGER;
CREATE INDEX batches_listed ON batches (account, first_message) WHERE listed = 1;

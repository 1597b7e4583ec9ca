-- Campaigns with everything that The Campaign Registry asks for. details: JSON, what only people read. lines: ids.
-- revision: grows with every change, for ETag and for receivers of campaign.updated.
ALTER TABLE campaigns ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
ALTER TABLE campaigns ADD COLUMN lines TEXT NOT NULL DEFAULT '[]';
ALTER TABLE campaigns ADD COLUMN activated_at BIGINT;
ALTER TABLE campaigns ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
UPDATE campaigns SET updated_at = created_at;
UPDATE campaigns SET activated_at = created_at WHERE approval = 'Y';

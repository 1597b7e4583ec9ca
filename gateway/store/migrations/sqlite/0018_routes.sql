-- Routes as the configuration had them at the last start, in order. settings: JSON.
CREATE TABLE routes (
    place INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL
);
-- One row. fitted: stands for the conditions by which everything that waits was put where it waits.
CREATE TABLE routing (
    num INTEGER PRIMARY KEY,
    fitted TEXT NOT NULL
);
INSERT INTO routing (num, fitted) VALUES (1, '');

-- called: what its users call the line otherwise than the configuration; configured: what it says of it that the API may change, JSON;
-- overrides: what the API made of that, each with what the configuration said then, JSON; settings: what holds, JSON.
ALTER TABLE lines ADD COLUMN called TEXT;
ALTER TABLE lines ADD COLUMN configured TEXT NOT NULL DEFAULT '{}';
ALTER TABLE lines ADD COLUMN overrides TEXT NOT NULL DEFAULT '{}';
ALTER TABLE lines ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';

-- What each SIM sent: a budget is the SIM's, in whichever line it is. sim: its ICCID, '' where the modem does not tell.
-- unsure: parts that may or may not have gone out.
CREATE TABLE sim_days (
    line BIGINT NOT NULL,
    day TEXT NOT NULL,
    account TEXT NOT NULL,
    sim TEXT NOT NULL,
    sent BIGINT NOT NULL,
    unsure BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (line, day, account, sim)
) WITHOUT ROWID;
INSERT INTO sim_days (line, day, account, sim, sent)
SELECT line_days.line, day, account, COALESCE(json_extract(lines.status, '$.iccid'), ''), sent
FROM line_days LEFT JOIN lines ON lines.num = line_days.line;
DROP TABLE line_days;
ALTER TABLE sim_days RENAME TO line_days;
CREATE INDEX line_days_of_sim ON line_days (sim, day);

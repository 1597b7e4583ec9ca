-- What tracking ids are made with: of a message's number, by a map of the 40 bits onto themselves that is this database's
-- own. So no two messages have the same; at random, two of a million had.
CREATE TABLE tracking (
    num INTEGER PRIMARY KEY,
    factor BIGINT NOT NULL,
    summand BIGINT NOT NULL
);
INSERT INTO tracking (num, factor, summand)
VALUES (1, (ABS(RANDOM() / 2) % 549755813888) * 2 + 1, ABS(RANDOM() / 2) % 1099511627776);

-- The service centre that was last read from a SIM, or put there: a modem that has lost it gets it back.
CREATE TABLE service_centres (
    iccid TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    at BIGINT NOT NULL
);
-- How a line's modem heard the network, for charts: a row every few minutes, later one an hour.
CREATE TABLE signals (
    line INTEGER NOT NULL REFERENCES lines (num),
    at BIGINT NOT NULL,
    dbm INTEGER,
    rsrp INTEGER,
    rsrq DOUBLE PRECISION,
    sinr DOUBLE PRECISION,
    operator TEXT,
    technology TEXT,
    registration TEXT,
    PRIMARY KEY (line, at)
);
CREATE INDEX signals_at ON signals (at);

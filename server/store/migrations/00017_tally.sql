-- +goose Up

-- By what a row of the audit log is found, beside its place: a letter for what
-- it is, and the value. A job writes it behind the log, so that verifying pays
-- nothing for it; what came since is looked through.
CREATE TABLE audit_keys (
    value TEXT   NOT NULL,
    place BIGINT NOT NULL,
    PRIMARY KEY (value, place)
);

-- How often something happened in an hour, for everybody (scope '') and for each
-- organisation and part. hour counts from 1970.
CREATE TABLE tallies (
    scope TEXT   NOT NULL,
    what  TEXT   NOT NULL,
    hour  BIGINT NOT NULL,
    n     BIGINT NOT NULL,
    PRIMARY KEY (scope, what, hour)
);

-- Links whose people were told that they lapse. No verification moves a row of
-- this index.
CREATE INDEX links_told ON links (lapse_used) WHERE lapse_notices > 0 AND disabled = 0;

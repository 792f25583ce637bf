-- +goose Up

-- Authenticators reported lost, with when that was and when it was said.
CREATE TABLE losses (
    id       TEXT   NOT NULL PRIMARY KEY,
    person   TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    link     TEXT   NOT NULL,
    device   TEXT   NOT NULL,
    lost     BIGINT NOT NULL,
    reported BIGINT NOT NULL
);
CREATE INDEX losses_by_person ON losses (person, reported);

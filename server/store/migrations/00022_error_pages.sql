-- +goose Up

-- What was shown on error pages, by the reference on them. path is without its
-- query, and person empty where nobody was signed in.
CREATE TABLE error_pages (
    reference TEXT   NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    status    BIGINT NOT NULL,
    person    TEXT   NOT NULL,
    path      TEXT   NOT NULL
);
CREATE INDEX error_pages_by_at ON error_pages (at);

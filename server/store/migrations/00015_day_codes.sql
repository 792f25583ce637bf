-- +goose Up

-- Codes for one day, as keyed hashes, for people who have not their means with
-- them. ends is the end of the day, or when something ended it before.
CREATE TABLE day_codes (
    id     TEXT   NOT NULL PRIMARY KEY,
    person TEXT   NOT NULL REFERENCES people (id),
    hash   BYTEA  NOT NULL,
    key_id TEXT   NOT NULL,
    issued BIGINT NOT NULL,
    ends   BIGINT NOT NULL
);
CREATE INDEX day_codes_by_person ON day_codes (person, issued);

-- +goose Up

-- Passwords as sealed Argon2id hashes; the highest generation of a person is the
-- present one, that before is kept to be refused. temporary is 1 where an
-- administrator set it.
CREATE TABLE passwords (
    id         TEXT   NOT NULL PRIMARY KEY,
    person     TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    hash       BYTEA  NOT NULL,
    key_id     TEXT   NOT NULL,
    made       BIGINT NOT NULL,
    temporary  BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX passwords_by_person ON passwords (person, generation);

-- Wrong sign-ins, by keyed hash of the name as typed, whether anybody has that
-- name or not.
CREATE TABLE sign_in_tries (
    name_hash    BYTEA  NOT NULL PRIMARY KEY,
    key_id       TEXT   NOT NULL,
    wrong        BIGINT NOT NULL,
    last         BIGINT NOT NULL,
    locked_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sign_in_tries_by_last ON sign_in_tries (last);

-- Who is signed in. Tokens are kept as keyed hashes. stay is 1 for those who
-- chose to stay signed in, strong where a code was given.
CREATE TABLE sessions (
    id        TEXT   NOT NULL PRIMARY KEY,
    person    TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    hash      BYTEA  NOT NULL UNIQUE,
    key_id    TEXT   NOT NULL,
    started   BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    ends      BIGINT NOT NULL,
    stay      BIGINT NOT NULL,
    strong    BIGINT NOT NULL,
    label     TEXT   NOT NULL,
    address   TEXT   NOT NULL,
    language  TEXT   NOT NULL,
    device    TEXT   NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person, started);
CREATE INDEX sessions_by_ends ON sessions (ends);

-- Devices on which a person signed in before. What goes wrong on one counts on
-- it and not for the person.
CREATE TABLE devices (
    id           TEXT   NOT NULL PRIMARY KEY,
    person       TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    hash         BYTEA  NOT NULL UNIQUE,
    key_id       TEXT   NOT NULL,
    label        TEXT   NOT NULL,
    made         BIGINT NOT NULL,
    last_used    BIGINT NOT NULL,
    failures     BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX devices_by_person ON devices (person, last_used);
CREATE INDEX devices_by_last_used ON devices (last_used);

-- Links that let somebody choose a password once. kind is 'reset' or 'choice';
-- used is when, or 0.
CREATE TABLE password_links (
    id      TEXT   NOT NULL PRIMARY KEY,
    person  TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    hash    BYTEA  NOT NULL UNIQUE,
    key_id  TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    made    BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    used    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX password_links_by_person ON password_links (person, made);
CREATE INDEX password_links_by_expires ON password_links (expires);

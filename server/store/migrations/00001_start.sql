-- +goose Up

-- What there is one of: the organisation's settings, the canary of the server
-- key. key_id names the server key of a sealed value.
CREATE TABLE settings (
    name   TEXT  NOT NULL PRIMARY KEY,
    value  BYTEA NOT NULL,
    key_id TEXT  NOT NULL DEFAULT ''
);

-- failures count towards the next lock; failures_in_row since the last right
-- code, and no time resets them.
CREATE TABLE people (
    id              TEXT   NOT NULL PRIMARY KEY,
    user_name       TEXT   NOT NULL,
    full_name       TEXT   NOT NULL,
    email           TEXT   NOT NULL,
    role            TEXT   NOT NULL,
    created         BIGINT NOT NULL,
    failures        BIGINT NOT NULL DEFAULT 0,
    failures_in_row BIGINT NOT NULL DEFAULT 0,
    locked_until    BIGINT NOT NULL DEFAULT 0
);

-- Every canonical spelling that means a person, so that no two people share
-- one and all of them lead to the same counters. kind is 'user' or 'email'.
CREATE TABLE names (
    name   TEXT NOT NULL PRIMARY KEY,
    kind   TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES people (id)
);
CREATE INDEX names_by_person ON names (person);

-- Confirmed links. last_step is the last time step whose code was accepted.
-- The secret of a disabled link is erased.
CREATE TABLE links (
    id              TEXT   NOT NULL PRIMARY KEY,
    person          TEXT   NOT NULL REFERENCES people (id),
    device          TEXT   NOT NULL,
    secret          BYTEA  NOT NULL,
    key_id          TEXT   NOT NULL,
    last_step       BIGINT NOT NULL,
    linked          BIGINT NOT NULL,
    last_used       BIGINT NOT NULL DEFAULT 0,
    disabled        BIGINT NOT NULL DEFAULT 0,
    privacy_version TEXT   NOT NULL,
    terms_version   TEXT   NOT NULL,
    language        TEXT   NOT NULL,
    accepted        BIGINT NOT NULL
);
CREATE INDEX links_by_person ON links (person);

-- Activation codes as keyed hashes. state is 'open', 'used', 'void' or
-- 'replaced'; an open one past its end is expired.
CREATE TABLE activations (
    id      TEXT   NOT NULL PRIMARY KEY,
    person  TEXT   NOT NULL REFERENCES people (id),
    hash    BYTEA  NOT NULL,
    key_id  TEXT   NOT NULL,
    made    BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    state   TEXT   NOT NULL DEFAULT 'open'
);
CREATE INDEX activations_by_person ON activations (person, made);

-- Wrong tries at linking, by keyed hash of the name as typed, whether anybody
-- has that name or not.
CREATE TABLE tries (
    name_hash BYTEA  NOT NULL PRIMARY KEY,
    wrong     BIGINT NOT NULL,
    last      BIGINT NOT NULL
);

-- Links that wait for their first code. state is 'open', 'void' or
-- 'confirmed'; only an open one has its secret.
CREATE TABLE pending_links (
    id              TEXT   NOT NULL PRIMARY KEY,
    person          TEXT   NOT NULL REFERENCES people (id),
    activation      TEXT   NOT NULL REFERENCES activations (id),
    secret          BYTEA  NOT NULL,
    key_id          TEXT   NOT NULL,
    issuer          TEXT   NOT NULL,
    device          TEXT   NOT NULL,
    privacy_version TEXT   NOT NULL,
    terms_version   TEXT   NOT NULL,
    language        TEXT   NOT NULL,
    made            BIGINT NOT NULL,
    expires         BIGINT NOT NULL,
    wrong           BIGINT NOT NULL DEFAULT 0,
    state           TEXT   NOT NULL DEFAULT 'open',
    confirm_hash    BYTEA
);
CREATE INDEX pending_links_by_person ON pending_links (person);
CREATE INDEX pending_links_by_activation ON pending_links (activation);

-- What was answered under an idempotency key: a pending link, or a refusal.
CREATE TABLE requests (
    key_hash   BYTEA  NOT NULL PRIMARY KEY,
    body_hash  BYTEA  NOT NULL,
    pending    TEXT   NOT NULL DEFAULT '',
    reason     TEXT   NOT NULL DEFAULT '',
    tries_left BIGINT NOT NULL DEFAULT -1,
    made       BIGINT NOT NULL
);
CREATE INDEX requests_by_made ON requests (made);

-- Programs that may ask; generation goes up with every new key.
CREATE TABLE applications (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    name_key   TEXT   NOT NULL,
    key_hash   BYTEA  NOT NULL UNIQUE,
    key_id     TEXT   NOT NULL,
    generation BIGINT NOT NULL DEFAULT 1,
    created    BIGINT NOT NULL,
    last_used  BIGINT NOT NULL DEFAULT 0,
    revoked    BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX applications_by_name ON applications (name_key) WHERE revoked = 0;

-- One row for every process that wrote audit rows, chained among themselves.
-- The witness is the newest audit row of any chain when this one began.
CREATE TABLE audit_chains (
    chain         BIGINT NOT NULL PRIMARY KEY,
    started       BIGINT NOT NULL,
    key_id        TEXT   NOT NULL,
    witness_chain BIGINT NOT NULL,
    witness_seq   BIGINT NOT NULL,
    witness_mac   BYTEA  NOT NULL,
    mac           BYTEA  NOT NULL
);

-- id is the order of writing.
CREATE TABLE audit (
    id          INTEGER PRIMARY KEY,
    chain       BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    outcome     TEXT   NOT NULL,
    person      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    link        TEXT   NOT NULL,
    reference   TEXT   NOT NULL,
    mac         BYTEA  NOT NULL
);

-- +goose Up

-- Every server key that something was ever sealed with. secret is what hashes
-- and audit chains still need of it, sealed under the key key_id; hashes are
-- made with number 1. retired is when nothing was sealed with it any more: until
-- then every process must have it.
CREATE TABLE server_keys (
    id      TEXT   NOT NULL PRIMARY KEY,
    number  BIGINT NOT NULL UNIQUE,
    secret  BYTEA  NOT NULL,
    key_id  TEXT   NOT NULL,
    added   BIGINT NOT NULL,
    retired BIGINT NOT NULL DEFAULT 0
);

-- Servers that run, as each of them says once in a while: which server keys it
-- has, by id with a blank between, and which one it seals with.
CREATE TABLE nodes (
    id      TEXT   NOT NULL PRIMARY KEY,
    host    TEXT   NOT NULL,
    started BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    keys    TEXT   NOT NULL,
    seals   TEXT   NOT NULL
);

-- What one process does at a time. beat goes up with everything that the holder
-- does; who sees it stand still long enough, by a clock of its own, takes over.
CREATE TABLE leases (
    name   TEXT   NOT NULL PRIMARY KEY,
    holder TEXT   NOT NULL,
    beat   BIGINT NOT NULL
);

-- When the jobs in the background ran. changed counts the rows of the last run
-- that ended; failed is why the last run did not end, or empty.
CREATE TABLE jobs (
    name    TEXT   NOT NULL PRIMARY KEY,
    began   BIGINT NOT NULL DEFAULT 0,
    ended   BIGINT NOT NULL DEFAULT 0,
    changed BIGINT NOT NULL DEFAULT 0,
    failed  TEXT   NOT NULL DEFAULT ''
);

-- Rows of a chain that were removed because their time was over, from first to
-- last. mac is that of the last of them, seal proves that the server did it.
CREATE TABLE audit_pruned (
    chain BIGINT NOT NULL,
    first BIGINT NOT NULL,
    last  BIGINT NOT NULL,
    mac   BYTEA  NOT NULL,
    seal  BYTEA  NOT NULL,
    PRIMARY KEY (chain, first)
);

-- Notices before a link lapses: how many were posted, the last one when, and
-- about which last use, since a use makes them void.
ALTER TABLE links ADD COLUMN lapse_notices BIGINT NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN lapse_told BIGINT NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN lapse_used BIGINT NOT NULL DEFAULT 0;

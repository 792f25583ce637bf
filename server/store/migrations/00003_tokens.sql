-- +goose Up

-- How a link's codes are made. What was linked before is what every
-- authenticator reads. last_step is, for a counter-based key, the last counter
-- that was used, and -1 before the first. drift is how far the key's clock is
-- off, in half time steps, as was learned; drift_bound, in time steps, how far
-- it may be learned. resync is since when a link waits for two codes in a row
-- before it works. token is the hardware token that holds the key, if one does.
ALTER TABLE links ADD COLUMN kind        TEXT   NOT NULL DEFAULT 'totp';
ALTER TABLE links ADD COLUMN algorithm   TEXT   NOT NULL DEFAULT 'SHA1';
ALTER TABLE links ADD COLUMN digits      BIGINT NOT NULL DEFAULT 6;
ALTER TABLE links ADD COLUMN period      BIGINT NOT NULL DEFAULT 30;
ALTER TABLE links ADD COLUMN drift       BIGINT NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN drift_bound BIGINT NOT NULL DEFAULT 1;
ALTER TABLE links ADD COLUMN resync      BIGINT NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN token       TEXT   NOT NULL DEFAULT '';
CREATE UNIQUE INDEX links_by_token ON links (token) WHERE token <> '';

-- Hardware tokens. serial_key is the one spelling of the serial number. While
-- somebody's link has the key, the link knows the step, drift and resync;
-- before and after, this row does. holder is a person's id, also of one who is
-- gone: then holder_name says who it was. due is since when it must come back,
-- and due_reason why.
CREATE TABLE tokens (
    id           TEXT   NOT NULL PRIMARY KEY,
    serial       TEXT   NOT NULL,
    serial_key   TEXT   NOT NULL UNIQUE,
    maker        TEXT   NOT NULL DEFAULT '',
    model        TEXT   NOT NULL DEFAULT '',
    secret       BYTEA  NOT NULL,
    key_id       TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    algorithm    TEXT   NOT NULL,
    digits       BIGINT NOT NULL,
    period       BIGINT NOT NULL,
    last_step    BIGINT NOT NULL,
    drift        BIGINT NOT NULL DEFAULT 0,
    resync       BIGINT NOT NULL DEFAULT 0,
    imported     BIGINT NOT NULL,
    holder       TEXT   NOT NULL DEFAULT '',
    holder_name  TEXT   NOT NULL DEFAULT '',
    issued       BIGINT NOT NULL DEFAULT 0,
    due          BIGINT NOT NULL DEFAULT 0,
    due_reason   TEXT   NOT NULL DEFAULT '',
    returned     BIGINT NOT NULL DEFAULT 0,
    blocked      BIGINT NOT NULL DEFAULT 0,
    block_reason TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX tokens_by_holder ON tokens (holder);

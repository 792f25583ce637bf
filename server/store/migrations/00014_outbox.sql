-- +goose Up

-- Messages to people. sealed holds recipient and content, and is erased once
-- the message is no longer waiting; the rest is kept for a while. state is
-- 'waiting', 'sent', 'failed', 'late' (its time was over before it could be
-- sent) or 'replaced'. person is empty for a message to nobody in particular.
-- next_try is also how long whoever is sending it has it alone; ends is 0 for
-- one that is never too late.
CREATE TABLE outbox (
    id         TEXT   NOT NULL PRIMARY KEY,
    person     TEXT   NOT NULL DEFAULT '',
    kind       TEXT   NOT NULL,
    sealed     BYTEA  NOT NULL,
    key_id     TEXT   NOT NULL,
    message_id TEXT   NOT NULL,
    made       BIGINT NOT NULL,
    ends       BIGINT NOT NULL DEFAULT 0,
    next_try   BIGINT NOT NULL,
    tries      BIGINT NOT NULL DEFAULT 0,
    state      TEXT   NOT NULL DEFAULT 'waiting',
    outcome    TEXT   NOT NULL DEFAULT '',
    finished   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX outbox_waiting ON outbox (next_try, id) WHERE state = 'waiting';
CREATE INDEX outbox_by_person ON outbox (person, made);
CREATE INDEX outbox_by_made ON outbox (made);

-- +goose Up

-- How far an application has used up what it may ask, over all servers: the
-- moment at which nothing would be left of it, in microseconds.
CREATE TABLE application_limits (
    application TEXT   NOT NULL PRIMARY KEY,
    used_until  BIGINT NOT NULL
);

-- What is over is removed by its end, a part at a time.
CREATE INDEX activations_by_expires ON activations (expires);
CREATE INDEX pending_links_by_expires ON pending_links (expires);

-- +goose Up

-- The version of the tables that a server's program makes; 0: one of before this
-- was written down.
ALTER TABLE nodes ADD COLUMN makes BIGINT NOT NULL DEFAULT 0;

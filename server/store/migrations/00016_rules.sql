-- +goose Up

-- What a row of the audit log tells beside its kind: which setting, from what,
-- to what. Never a secret.
ALTER TABLE audit ADD COLUMN detail TEXT NOT NULL DEFAULT '';

-- When a code was last given on a device; 0: not since this is kept.
ALTER TABLE devices ADD COLUMN coded BIGINT NOT NULL DEFAULT 0;

-- What administrators look for.
CREATE INDEX people_by_ends ON people (ends) WHERE ends > 0 AND deleted = 0;
CREATE INDEX people_by_stopgap ON people (stopgap_ends) WHERE stopgap_ends > 0 AND deleted = 0;
CREATE INDEX tokens_by_due ON tokens (due) WHERE due > 0 AND returned = 0;

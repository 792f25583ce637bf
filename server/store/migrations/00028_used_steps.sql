-- +goose Up

-- Steps that verifications used up and that are not in links yet, a row for each
-- transaction: a JSON list of [link's id, step, last_used, drift].
CREATE TABLE used_steps (
    id    INTEGER NOT NULL PRIMARY KEY,
    steps TEXT    NOT NULL
);

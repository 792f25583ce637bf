-- +goose Up

-- Tries are removed by age, oldest first.
CREATE INDEX tries_by_last ON tries (last);

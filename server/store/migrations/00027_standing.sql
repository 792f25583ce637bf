-- +goose Up

-- All that a verification asks of a person, so that it finds it in the index and
-- has one page less to read. The counters change when a code is wrong, which is
-- seldom.
CREATE INDEX people_standing ON people (id, failures, failures_in_row, locked_until, starts, ends);

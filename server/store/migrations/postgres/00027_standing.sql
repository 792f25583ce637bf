-- +goose Up

-- Nothing: a row whose indexed columns do not change is updated in its own page.
SELECT 1;

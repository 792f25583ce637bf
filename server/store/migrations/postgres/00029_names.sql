-- +goose Up

-- Nothing: the people and links of a batch are read in one statement.
SELECT 1;

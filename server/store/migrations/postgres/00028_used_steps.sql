-- +goose Up

-- Nothing: the links of a batch are changed in one statement.
SELECT 1;

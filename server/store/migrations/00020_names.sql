-- +goose Up

-- A verification finds the person by a name; with this index it reads no row of
-- names for that.
CREATE INDEX names_to_person ON names (name, person);

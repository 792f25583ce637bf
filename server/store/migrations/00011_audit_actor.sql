-- +goose Up

-- Who did it: the id of a person, 'operator' for a command on the server's
-- machine, or nothing where nobody asked for it or the person of the row did.
ALTER TABLE audit ADD COLUMN actor TEXT NOT NULL DEFAULT '';

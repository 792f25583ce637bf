-- +goose Up

-- Who gave no code for long, and since when (idle), and on how many devices
-- somebody is known (known_on); 0: nothing to tell. A job notes both, so that
-- neither verifying nor signing in pays for it and reports look at few rows.
ALTER TABLE people ADD COLUMN idle BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN known_on BIGINT NOT NULL DEFAULT 0;
CREATE INDEX people_by_idle ON people (idle, id) WHERE idle > 0 AND deleted = 0;
CREATE INDEX people_by_known_on ON people (known_on) WHERE known_on > 0 AND deleted = 0;

-- In which scopes somebody is found. It is looked up for one person at a time,
-- and without the scope SQLite would rather go through a whole one.
CREATE INDEX person_words_in ON person_words (person, scope);
DROP INDEX person_words_by_person;

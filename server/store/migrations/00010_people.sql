-- +goose Up

-- The organisations whose people are here. 'main' is the operator's own, whose
-- name is a setting. domains are those of sign-in addresses, parted by blanks;
-- none: any.
CREATE TABLE organisations (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    name_key   TEXT   NOT NULL,
    domains    TEXT   NOT NULL DEFAULT '',
    version    BIGINT NOT NULL DEFAULT 1,
    created    BIGINT NOT NULL DEFAULT 0,
    signed_off BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX organisations_by_name ON organisations (name_key) WHERE signed_off = 0;
INSERT INTO organisations (id, name, name_key) VALUES ('main', '', '');

-- What a role can be held for: a school, a department, a location.
CREATE TABLE parts (
    id           TEXT   NOT NULL PRIMARY KEY,
    organisation TEXT   NOT NULL REFERENCES organisations (id),
    code         TEXT   NOT NULL,
    code_key     TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    ended        BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX parts_by_code ON parts (organisation, code_key) WHERE ended = 0;

-- manages: whoever holds it manages people; operates: and everything else.
CREATE TABLE roles (
    key         TEXT   NOT NULL PRIMARY KEY,
    name_nl     TEXT   NOT NULL,
    name_en     TEXT   NOT NULL,
    manages     BIGINT NOT NULL DEFAULT 0,
    operates    BIGINT NOT NULL DEFAULT 0,
    needs_parts BIGINT NOT NULL DEFAULT 0,
    built_in    BIGINT NOT NULL DEFAULT 0,
    ended       BIGINT NOT NULL DEFAULT 0
);
INSERT INTO roles (key, name_nl, name_en, manages, operates, built_in) VALUES
    ('user', 'Gebruiker', 'User', 0, 0, 1),
    ('administrator', 'Beheerder', 'Administrator', 1, 0, 1),
    ('operator', 'Systeembeheerder', 'Operator', 1, 1, 1);

-- Who holds what for which part; part '' is the whole organisation.
CREATE TABLE grants (
    person       TEXT   NOT NULL REFERENCES people (id),
    role         TEXT   NOT NULL REFERENCES roles (key),
    organisation TEXT   NOT NULL REFERENCES organisations (id),
    part         TEXT   NOT NULL DEFAULT '',
    granted      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (person, role, organisation, part)
);
CREATE INDEX grants_by_organisation ON grants (organisation, part);
CREATE INDEX grants_by_role ON grants (role);
INSERT INTO grants (person, role, organisation) SELECT id, role, 'main' FROM people;

-- What an organisation lets people of another do for it; part '' is all of it.
CREATE TABLE mandates (
    giver TEXT   NOT NULL REFERENCES organisations (id),
    taker TEXT   NOT NULL REFERENCES organisations (id),
    role  TEXT   NOT NULL REFERENCES roles (key),
    part  TEXT   NOT NULL DEFAULT '',
    made  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (taker, giver, role, part)
);
CREATE INDEX mandates_by_giver ON mandates (giver);

-- full_name is what is shown. starts and ends bound when the account works, 0:
-- no bound. stopgap_ends is the end of doing with a password alone. deleted is
-- when the account ended for good, erased when nothing was left of it but its
-- id. words are the canonical ones by which it is found.
ALTER TABLE people ADD COLUMN organisation TEXT NOT NULL DEFAULT 'main';
ALTER TABLE people ADD COLUMN given TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN family TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN job TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN notices TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN means TEXT NOT NULL DEFAULT 'token';
ALTER TABLE people ADD COLUMN starts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN ends BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN stopgap_ends BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE people ADD COLUMN deleted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN erased BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN words TEXT NOT NULL DEFAULT '';
CREATE INDEX people_by_organisation ON people (organisation) WHERE deleted = 0;
CREATE INDEX people_without_words ON people (id) WHERE words = '' AND deleted = 0;
CREATE INDEX people_to_erase ON people (deleted) WHERE deleted > 0 AND erased = 0;

-- By which words a person is found by those who manage a scope: an
-- organisation or a part, by id. A word is bytes, so that both databases order
-- it alike; what is sorted by stands behind it. home marks the person's own
-- organisation.
CREATE TABLE person_words (
    scope  TEXT   NOT NULL,
    word   BYTEA  NOT NULL,
    person TEXT   NOT NULL REFERENCES people (id),
    home   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (scope, word, person)
);
CREATE INDEX person_words_everywhere ON person_words (word, person) WHERE home = 1;
CREATE INDEX person_words_by_person ON person_words (person);

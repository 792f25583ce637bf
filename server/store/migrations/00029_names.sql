-- +goose Up

-- Links get numbers that last, also in a copy (https://sqlite.org/lang_vacuum.html,
-- section 2).
CREATE TABLE links_numbered (
    number          INTEGER NOT NULL PRIMARY KEY,
    id              TEXT    NOT NULL UNIQUE,
    person          TEXT    NOT NULL REFERENCES people (id),
    device          TEXT    NOT NULL,
    secret          BYTEA   NOT NULL,
    key_id          TEXT    NOT NULL,
    last_step       BIGINT  NOT NULL,
    linked          BIGINT  NOT NULL,
    last_used       BIGINT  NOT NULL DEFAULT 0,
    disabled        BIGINT  NOT NULL DEFAULT 0,
    privacy_version TEXT    NOT NULL,
    terms_version   TEXT    NOT NULL,
    language        TEXT    NOT NULL,
    accepted        BIGINT  NOT NULL,
    kind            TEXT    NOT NULL DEFAULT 'totp',
    algorithm       TEXT    NOT NULL DEFAULT 'SHA1',
    digits          BIGINT  NOT NULL DEFAULT 6,
    period          BIGINT  NOT NULL DEFAULT 30,
    drift           BIGINT  NOT NULL DEFAULT 0,
    drift_bound     BIGINT  NOT NULL DEFAULT 1,
    resync          BIGINT  NOT NULL DEFAULT 0,
    token           TEXT    NOT NULL DEFAULT '',
    lapse_notices   BIGINT  NOT NULL DEFAULT 0,
    lapse_told      BIGINT  NOT NULL DEFAULT 0,
    lapse_used      BIGINT  NOT NULL DEFAULT 0
);
INSERT INTO links_numbered SELECT rowid, id, person, device, secret, key_id, last_step, linked, last_used, disabled,
    privacy_version, terms_version, language, accepted, kind, algorithm, digits, period, drift, drift_bound, resync,
    token, lapse_notices, lapse_told, lapse_used FROM links ORDER BY rowid;
DROP TABLE links;
ALTER TABLE links_numbered RENAME TO links;
CREATE INDEX links_by_person ON links (person);
CREATE UNIQUE INDEX links_by_token ON links (token) WHERE token <> '';
CREATE INDEX links_told ON links (lapse_used) WHERE lapse_notices > 0 AND disabled = 0;

-- What names say of their person, from where it is known: what a verification
-- asks of the person, and the number of the link; 0: there is none, -1: there are
-- several. people_standing is for servers of the version before.
CREATE VIEW meaning AS SELECT p.id AS person, p.failures, p.failures_in_row, p.locked_until, p.starts, p.ends,
    (SELECT CASE count(*) WHEN 0 THEN 0 WHEN 1 THEN max(l.number) ELSE -1 END FROM links l WHERE l.person = p.id) AS link
    FROM people p;

CREATE TABLE names_meaning (
    name            TEXT   NOT NULL PRIMARY KEY,
    kind            TEXT   NOT NULL,
    person          TEXT   NOT NULL REFERENCES people (id),
    failures        BIGINT NOT NULL DEFAULT 0,
    failures_in_row BIGINT NOT NULL DEFAULT 0,
    locked_until    BIGINT NOT NULL DEFAULT 0,
    starts          BIGINT NOT NULL DEFAULT 0,
    ends            BIGINT NOT NULL DEFAULT 0,
    link            BIGINT NOT NULL DEFAULT 0
) WITHOUT ROWID;
INSERT INTO names_meaning SELECT n.name, n.kind, m.person, m.failures, m.failures_in_row, m.locked_until, m.starts, m.ends, m.link
    FROM names n JOIN meaning m ON m.person = n.person ORDER BY n.name;
DROP TABLE names;
ALTER TABLE names_meaning RENAME TO names;
CREATE INDEX names_by_person ON names (person);

-- +goose StatementBegin
CREATE TRIGGER names_added AFTER INSERT ON names BEGIN
    UPDATE names SET failures = m.failures, failures_in_row = m.failures_in_row, locked_until = m.locked_until,
        starts = m.starts, ends = m.ends, link = m.link
        FROM meaning m WHERE names.name = NEW.name AND m.person = NEW.person;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER people_changed AFTER UPDATE OF failures, failures_in_row, locked_until, starts, ends ON people BEGIN
    UPDATE names SET failures = NEW.failures, failures_in_row = NEW.failures_in_row, locked_until = NEW.locked_until,
        starts = NEW.starts, ends = NEW.ends WHERE person = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER links_added AFTER INSERT ON links BEGIN
    UPDATE names SET link = CASE link WHEN 0 THEN NEW.number ELSE -1 END WHERE person = NEW.person;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER links_removed AFTER DELETE ON links BEGIN
    UPDATE names SET link = (SELECT m.link FROM meaning m WHERE m.person = OLD.person) WHERE person = OLD.person;
END;
-- +goose StatementEnd

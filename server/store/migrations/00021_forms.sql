-- +goose Up

-- What was answered to forms; person is empty where nobody was signed in. A form
-- that is sent twice, to whichever server, is carried out once, and a page that
-- answered one can be shown again. done is when it was answered, 0: not yet.
-- answer is sealed for that person, and empty where it is not to be kept. Nothing
-- here lasts.
CREATE TABLE forms (
    name   TEXT   NOT NULL PRIMARY KEY,
    person TEXT   NOT NULL DEFAULT '',
    made   BIGINT NOT NULL,
    done   BIGINT NOT NULL DEFAULT 0,
    answer TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX forms_by_person ON forms (person, made);
CREATE INDEX forms_by_made ON forms (made);

package storetest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Variable names the cluster that the tests of a process use. Whoever has one
// already may set it by hand, to run single tests on it.
const Variable = "SLEUTELBOS_TEST_DATABASE"

// Postgres tells whether the tests of this process run on PostgreSQL.
func Postgres() bool { return os.Getenv(Variable) != "" }

// SQLiteOnly skips a test that is about files.
func SQLiteOnly(t testing.TB) {
	t.Helper()
	if Postgres() {
		t.Skip("this is about a database in a file")
	}
}

// Address is the file, or in a run on PostgreSQL a fresh database. After the test
// the names in the file still say what is known of their people.
func Address(t testing.TB, file string) string {
	t.Helper()
	if cluster := os.Getenv(Variable); cluster != "" {
		return Database(t, cluster)
	}
	t.Cleanup(func() { NamesFit(t, file) })
	return file
}

// NamesFit fails the test when a name in the file says anything else than what
// its person and links do.
func NamesFit(t testing.TB, file string) {
	t.Helper()
	if _, err := os.Stat(file); err != nil {
		return // there was no database in this test
	}
	db := openAny(t, file)
	defer func() { _ = db.Close() }()
	var stray, ready int
	err := db.QueryRow("SELECT count(*) FROM sqlite_master WHERE name = 'meaning'").Scan(&ready) // also after the test, whose context has ended
	if err == nil && ready == 1 {
		err = db.QueryRow(`SELECT count(*) FROM (SELECT person, failures, failures_in_row, locked_until, starts, ends, link FROM names
			EXCEPT SELECT person, failures, failures_in_row, locked_until, starts, ends, link FROM meaning)`).Scan(&stray)
	}
	if err != nil || stray > 0 {
		t.Errorf("%d names do not say what their people do (%v)", stray, err)
	}
}

// Again runs the tests of this package in a process of its own on a fresh
// cluster with the server settings. The test that calls it is passed over there.
func Again(t *testing.T, settings ...string) {
	t.Helper()
	if Postgres() {
		t.Skip("this is the run on PostgreSQL")
	}
	cluster := Cluster(t, settings...)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{"-test.v", "-test.skip=^Fuzz", "-test.count=1"}
	if testing.Short() {
		arguments = append(arguments, "-test.short")
	}
	again := exec.CommandContext(t.Context(), program, arguments...)
	again.Env = append(os.Environ(), Variable+"="+cluster)
	output, err := again.CombinedOutput()
	if passed := strings.Count(string(output), "\n--- PASS"); err != nil || passed == 0 {
		t.Fatalf("on PostgreSQL: %v\n%s", err, output)
	} else {
		t.Logf("%d tests passed on PostgreSQL", passed)
	}
}

// Database makes a fresh database in the cluster and removes it with the test.
func Database(t testing.TB, cluster string) string {
	t.Helper()
	u, err := url.Parse(cluster)
	if err != nil {
		t.Fatal("the address of the cluster cannot be read")
	}
	var name string
	number := nextName(t, cluster)
	name = fmt.Sprintf("test_%d_%d", os.Getpid(), number)
	run(t, cluster, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8'")
	t.Cleanup(func() { run(t, cluster, "DROP DATABASE "+name+" WITH (FORCE)") })
	u.Path = "/" + name
	return u.String()
}

// nextName takes a number that no other database of the cluster has in its name.
func nextName(t testing.TB, cluster string) (number int64) {
	t.Helper()
	db := open(t, cluster)
	defer func() { _ = db.Close() }()
	err := db.QueryRowContext(t.Context(), "SELECT nextval('test_databases')").Scan(&number)
	if err != nil {
		_, _ = db.ExecContext(t.Context(), "CREATE SEQUENCE IF NOT EXISTS test_databases")
		err = db.QueryRowContext(t.Context(), "SELECT nextval('test_databases')").Scan(&number)
	}
	if err != nil {
		t.Fatal(err)
	}
	return number
}

func run(t testing.TB, cluster, text string) {
	t.Helper()
	db := open(t, cluster)
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(text); err != nil { // also after the test, whose context has ended
		t.Error(err)
	}
}

func open(t testing.TB, address string) *sql.DB {
	t.Helper()
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal("the address of the cluster cannot be read")
	}
	return stdlib.OpenDB(*config)
}

// Exec runs a statement in the database, behind the store's back, and gives how
// many rows it changed.
func Exec(t testing.TB, address, text string, args ...any) int64 {
	t.Helper()
	db := openAny(t, address)
	defer func() { _ = db.Close() }()
	result, err := db.ExecContext(t.Context(), text, args...)
	if err != nil {
		t.Fatal(err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Count gives the one number that a statement asks for.
func Count(t testing.TB, address, text string) (n int) {
	t.Helper()
	db := openAny(t, address)
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(t.Context(), text).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func openAny(t testing.TB, address string) *sql.DB {
	t.Helper()
	if strings.HasPrefix(address, "postgres") {
		return open(t, address)
	}
	db, err := sql.Open("sqlite", "file:"+address+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// TablesWith lists the tables that have a column of this name, or like it.
func TablesWith(t testing.TB, address, column string) []string {
	t.Helper()
	db := openAny(t, address)
	defer func() { _ = db.Close() }()
	text := "SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name LIKE $1 ORDER BY 1"
	if strings.HasPrefix(address, "postgres") {
		text = "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name LIKE $1 ORDER BY 1"
	}
	rows, err := db.QueryContext(t.Context(), text, column)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		all = append(all, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

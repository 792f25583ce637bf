// Package store holds the SQL of the companion server: no rule, no HTTP, and
// nothing that could open a sealed value.
//
//   - [Open] opens a database, SQLite or PostgreSQL, and refuses one that is
//     newer than this program; [Store.Migrate] brings it to this program's
//     version.
//   - [Store.Do] runs a function inside the writer's transaction. One goroutine
//     does all the writing on one connection: it runs whatever comes in while
//     the disk is busy with what was before, commits once, and has it answered
//     when it is on the disk.
//   - [Store.DoFor] is the same for a function about one person. On PostgreSQL
//     such functions of several processes run side by side.
//   - [Store.Read] runs a function on a snapshot, beside the writer.
//
// The rules live one floor higher and are handed down as functions, so there
// is one rule whatever database lies underneath. Statements use $1, ON CONFLICT
// and RETURNING; moments are BIGINT, in milliseconds since the Unix epoch, and
// 0 stands for "never".
package store

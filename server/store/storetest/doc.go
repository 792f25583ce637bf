// Package storetest gives tests a PostgreSQL of their own: a cluster in a
// temporary folder, and in it a fresh database for each test. Only tests import
// it.
//
//   - [Again] runs all tests of a package once more, on PostgreSQL.
//   - [Address] is where a test keeps its data: in that run a fresh database,
//     otherwise the file that it names.
//   - [Cluster] starts a cluster and [Database] makes a database in one.
package storetest

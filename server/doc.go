// Package server is the companion server: its settings, how it starts and
// stops, and the administrator's commands beside it.
//
//   - [Serve] runs the server from [Settings] until its context ends;
//   - [Commands] gives the commands "serve" and "admin" for the program;
//   - [UsageError] marks what the caller of a command got wrong.
//
// Everything lives in one folder (the data folder): the database, the server
// key that seals what is secret in it, and the certificate that the server
// makes for itself. The administrator's commands open the same folder, also
// while the server runs.
//
// What persons may do is decided in package identity; how applications and the
// app ask, in package api.
package server

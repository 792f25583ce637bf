// Package seedfile reads the files in which makers of hardware tokens send the
// keys: PSKC (RFC 6030), plain or encrypted, and the usual tables (CSV).
//
// What it reads comes from outside and is bounded before anything is derived
// from it. It knows no database and no rules: whoever imports decides what to do
// with the tokens. One that cannot be read says so and costs none of the others.
package seedfile

// Package words turns errors into what a person reads: one sentence that says
// what is the matter, and one that says what to do next, in the person's
// language. Window and command use the same ones.
package words

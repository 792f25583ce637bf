package identity

import "context"

// Actor is who asks. The zero Actor is nobody, who may see and do nothing.
type Actor struct{ id string }

// operatorID is the operator in the audit log. Ids of people are hexadecimal.
const operatorID = "operator"

// itselfID is the server in the audit log, where it did something unasked.
const itselfID = "server"

// itself is the server, which does in the background what was set.
func itself() Actor { return Actor{itselfID} }

// Operator is whoever gives commands on the server's machine: they may do
// everything, since they hold the database and its key.
func Operator() Actor { return Actor{operatorID} }

// PersonActor is a person who has signed in, by the id that their session
// holds. What they may do is looked up each time that something is asked.
func PersonActor(id string) Actor {
	if id == operatorID || id == itselfID {
		return Actor{}
	}
	return Actor{id}
}

// IsOperator tells whether commands on the server's machine ask.
func (a Actor) IsOperator() bool { return a.id == operatorID }

// PersonID is the id of the person who asks; empty for the operator and for
// nobody.
func (a Actor) PersonID() string {
	if a.IsOperator() || a.id == itselfID {
		return ""
	}
	return a.id
}

// auditRowBy is the audit row of something that was done by an actor.
func auditRowBy(ctx context.Context, by Actor, kind, person string) AuditRow {
	return AuditRow{Kind: kind, Outcome: outcomeDone, Person: person, Actor: by.id, Reference: referenceOf(ctx)}
}

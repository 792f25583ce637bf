package server

import (
	"context"
	"sync"
	"time"

	"sleutelbos/server/identity"
	"sleutelbos/server/message"
)

// mailCounts is how often a mail of each kind came to each outcome.
type mailCounts struct {
	guard  sync.Mutex
	counts map[mailCount]uint64
}

type mailCount struct {
	kind    identity.MessageKind
	outcome message.Outcome
}

// mailObserver counts mails by what became of them.
func (m *metrics) mailObserver() func(identity.MessageKind, message.Outcome) {
	if m == nil {
		return nil
	}
	counted := &mailCounts{counts: map[mailCount]uint64{}}
	m.add(counted.write)
	return func(kind identity.MessageKind, outcome message.Outcome) {
		counted.guard.Lock()
		defer counted.guard.Unlock()
		counted.counts[mailCount{kind, outcome}]++
	}
}

func (c *mailCounts) write(e *exposition) {
	c.guard.Lock()
	defer c.guard.Unlock()
	const name = "sleutelbos_mails_total"
	e.family(counter, name, "Tries to hand over a mail, by what it tells and what came of it.")
	for _, kind := range identity.MessageKinds() {
		for _, outcome := range []message.Outcome{message.Sent, message.PutOff, message.Failed} {
			if count := c.counts[mailCount{kind, outcome}]; count > 0 {
				e.sample(name, float64(count), "kind", string(kind), "outcome", string(outcome))
			}
		}
	}
}

// watchMail reads how the outbox stands when Prometheus asks.
func (m *metrics) watchMail(d *identity.Desk) {
	if m != nil {
		m.add(func(e *exposition) { writeMail(e, d) })
	}
}

func writeMail(e *exposition, d *identity.Desk) {
	e.single(counter, "sleutelbos_mail_left_out_total", "Notices that were not written because no mail is set up.", float64(d.Unposted()))
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	standing, err := d.MailStanding(ctx)
	if err != nil {
		return // the database's own figures say more
	}
	e.single(gauge, "sleutelbos_mail_waiting", "Mails that wait to be sent, of all servers on this database.", float64(standing.Waiting))
	e.single(gauge, "sleutelbos_mail_oldest_seconds", "How long the oldest of them waits.", standing.Waits.Truncate(time.Second).Seconds())
	e.single(gauge, "sleutelbos_mail_failed_week", "Mails of the last week that were refused or came too late.", float64(standing.Failed))
}

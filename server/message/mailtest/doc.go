// Package mailtest gives tests a mail server of their own, on loopback, that
// speaks real SMTP and keeps what it was given. Only tests import it.
//
//   - [Start] starts one, in clear, with STARTTLS or with TLS.
//   - [Server.Wait] gives the mails that it took, once there are so many.
//   - [Server.Answer] and [Server.Cut] let it refuse, or hang up.
package mailtest

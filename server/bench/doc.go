// Command bench measures how fast servers verify one-time codes over HTTP, side
// by side: in each round every server is asked in turn, so that what else the
// machine does strikes all of them alike, and what it prints are medians of
// figures and of ratios within a round.
//
//	bench                                   our server and a ceiling, on data made for it
//	bench --target 'name=…,url=…,…' …       these besides, see --help
//
// Every request carries a fresh right code of another person, and is counted
// only when the answer says that it was accepted. The ceiling is a server that
// does the same work over HTTP (JSON, the keyed hash of the application's key,
// three time steps of the code) and remembers what was used in memory only.
//
// Memory is the most that the server's process had resident, processor time is
// what it took per verification; both are known for servers started here.
package main

package identity

import (
	"time"
	_ "time/tzdata" // machines without their own table of time zones
)

// defaultZone is the time zone of an organisation that set none.
const defaultZone = "Europe/Amsterdam"

// Location is the time zone in which the organisation reads a clock, and in
// which its days begin and end.
func (s OrganisationSettings) Location() *time.Location {
	name := s.TimeZone
	if name == "" {
		name = defaultZone
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC // only a database that somebody wrote in by hand
	}
	return location
}

// checkZone refuses what is no name of a time zone. "Local" would be the
// machine's, which differs between the nodes of one server.
func (s OrganisationSettings) checkZone() error {
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "Local" {
		return &FieldError{"time_zone", "the time zone is unknown; Europe/Amsterdam is one", "zone-unknown"}
	}
	return nil
}

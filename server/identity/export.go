package identity

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// ExportPeople writes the people whom the actor manages, and whom a search
// finds, as a file that [ReadImport] reads and a spreadsheet opens.
func (d *Desk) ExportPeople(ctx context.Context, by Actor, w io.Writer, s Search, semicolons bool) (count int, err error) {
	organisations, err := d.Organisations(ctx, by)
	if err != nil {
		return 0, err
	}
	settings, err := d.Settings(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return 0, fmt.Errorf("write the people: %w", err)
	}
	writer := csv.NewWriter(w)
	if semicolons {
		writer.Comma = ';'
	}
	if err := writer.Write(importOrder()); err != nil {
		return 0, fmt.Errorf("write the people: %w", err)
	}
	for s.Limit, s.After = maxPage, ""; ; {
		page, err := d.SearchPeople(ctx, by, s)
		if err != nil {
			return count, err
		}
		for _, p := range page.People {
			if err := writer.Write(p.cells(organisations, settings)); err != nil {
				return count, fmt.Errorf("write the people: %w", err)
			}
			count++
		}
		if s.After = page.Next; s.After == "" {
			writer.Flush()
			return count, writer.Error()
		}
	}
}

func (p Person) cells(organisations []Organisation, settings OrganisationSettings) []string {
	zone := settings.Location()
	organisation, roles := "", make([]string, 0, len(p.Grants))
	for _, o := range organisations {
		if o.ID == p.Organisation {
			organisation = o.Name
		}
	}
	for _, g := range p.Grants {
		roles = append(roles, FormatGrant(g, organisations, p.Organisation))
	}
	name := p.Name
	if p.Family != "" {
		name = "" // it is made of the three
	}
	fields := map[string]string{
		"user": p.User, "name": name, "given": p.Given, "prefix": p.Prefix, "family": p.Family, "email": p.Email,
		"notices": p.Notices, "phone": p.Phone, "job": p.Job, "organisation": organisation, "language": p.Language,
		"means": string(p.Means), "starts": FormatDay(p.Starts, zone, false), "ends": FormatDay(p.Ends, zone, true),
		"stopgap": FormatDay(p.StopgapEnds, zone, true), "roles": strings.Join(roles, " | "),
	}
	cells := make([]string, 0, len(fields))
	for _, field := range importOrder() {
		cells = append(cells, safeCell(fields[field]))
	}
	return cells
}

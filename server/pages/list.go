package pages

import (
	"net/url"
	"strconv"
)

// pager is the way through a long list. Page counts from 1.
type pager struct {
	Page, Pages int
	Total       int
	Before      string // address of the page before; empty at the first
	After       string
}

const rowsPerPage = 50

// pageOf reads which page of a list is asked for.
func (v *visit) pageOf() int {
	n, err := strconv.Atoi(v.r.URL.Query().Get("page"))
	if err != nil || n < 1 || n > 1_000_000 {
		return 1
	}
	return n
}

// pager makes the way through a list of so many rows, keeping the rest of the
// address.
func (v *visit) pager(total, perPage int) pager {
	p := pager{Page: v.pageOf(), Pages: max(1, (total+perPage-1)/perPage), Total: total}
	p.Page = min(p.Page, p.Pages)
	if p.Page > 1 {
		p.Before = v.atPage(p.Page - 1)
	}
	if p.Page < p.Pages {
		p.After = v.atPage(p.Page + 1)
	}
	return p
}

func (v *visit) atPage(n int) string {
	query := v.r.URL.Query()
	query.Set("page", strconv.Itoa(n))
	u := url.URL{Path: v.r.URL.Path, RawQuery: query.Encode()}
	return u.String()
}

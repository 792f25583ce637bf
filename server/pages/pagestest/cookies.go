package pagestest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Cookies are those of the page by name, with when they end, in seconds since
// 1970; -1: with the browser.
func (tab *Tab) Cookies() map[string]int64 {
	tab.t.Helper()
	ctx, stop := context.WithTimeout(tab.context, patience)
	defer stop()
	found, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		tab.t.Fatalf("the browser: %v", err)
	}
	all := map[string]int64{}
	for _, c := range found.Cookies {
		all[c.Name] = int64(c.Expires)
	}
	return all
}

// ForgetCookies removes all cookies of this tab.
func (tab *Tab) ForgetCookies() {
	tab.t.Helper()
	call(tab, network.ClearBrowserCookies, cdp.Empty{})
}

// SetCookie keeps a cookie as if the server had set it.
func (tab *Tab) SetCookie(name, value string) {
	tab.t.Helper()
	yes := true
	call(tab, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: tab.address, Secure: &yes, HTTPOnly: &yes})
}

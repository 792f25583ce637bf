package pagestest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Browser is one Chromium for all tests of a package. The zero Browser starts
// when the first tab is opened.
type Browser struct {
	NoCookies bool // it is set to keep none, of any site

	once    sync.Once
	err     error
	folder  string
	context context.Context
	stop    []context.CancelFunc

	mu      sync.Mutex
	audited []Audited
}

// patience is how long a page may take on a busy machine.
const patience = 30 * time.Second

// find names Chromium, or skips the test.
func find(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("there is no Chromium; scripts/packages test installs it")
	}
	t.Skip("there is no Chromium; scripts/packages test installs it")
	return ""
}

func (b *Browser) start(path string) {
	if b.folder, b.err = os.MkdirTemp("", "sleutelbos-chromium-"); b.err != nil {
		return
	}
	if b.NoCookies {
		if b.err = refuseCookies(b.folder); b.err != nil {
			return
		}
	}
	options := append([]chromedp.ExecAllocatorOption{},
		chromedp.ExecPath(path), chromedp.UserDataDir(b.folder), chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("ignore-certificate-errors", true), // of the servers' own certificates
		// A page that the browser has whole is not loaded anew by the back button;
		// what the server answers then is the harder case.
		chromedp.Flag("disable-features", "BackForwardCache"),
		chromedp.Flag("font-render-hinting", "none"), chromedp.WSURLReadTimeout(patience),
		chromedp.Env("LANG=en_US.UTF-8"),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	b.stop = append(b.stop, stop)
	quiet := func(string, ...any) {} // what a newer Chromium says and the module does not know
	b.context, stop = chromedp.NewContext(allocator, chromedp.WithErrorf(quiet))
	b.stop = append(b.stop, stop)
	b.err = chromedp.Do(b.context)
}

// refuseCookies sets in a profile what a person sets under "block all cookies".
func refuseCookies(folder string) error {
	if err := os.MkdirAll(filepath.Join(folder, "Default"), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "Default", "Preferences"), []byte(`{"profile": {"default_content_setting_values": {"cookies": 2}}}`), 0o600)
}

// Close ends the browser, if it was started.
func (b *Browser) Close() {
	for i := len(b.stop) - 1; i >= 0; i-- {
		b.stop[i]()
	}
	if b.folder != "" {
		_ = os.RemoveAll(b.folder)
	}
}

// Tab opens a tab that shares no cookie with any other, and reads in a language
// ("nl", "en"). It closes with the test.
func (b *Browser) Tab(t testing.TB, address, language string) *Tab {
	t.Helper()
	path := find(t)
	b.once.Do(func() { b.start(path) })
	if b.err != nil {
		t.Fatal("Chromium does not start: ", b.err)
	}
	return b.open(t, b.context, strings.TrimRight(address, "/"), language, chromedp.WithNewBrowserContext())
}

func (b *Browser) open(t testing.TB, from context.Context, address, language string, options ...chromedp.ContextOption) *Tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(from, options...)
	tab := &Tab{t: t, browser: b, context: ctx, stop: stop, address: address, language: language}
	// Opened without a bound, which would bound the tab's life.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("no tab opens: ", err)
	}
	call(tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	tab.listen()
	tab.Language(language)
	tab.Wide()
	return tab
}

// Second opens another tab of the same person: it shares all cookies.
func (tab *Tab) Second() *Tab {
	tab.t.Helper()
	id := chromedp.FromContext(tab.context).BrowserContextID
	return tab.browser.open(tab.t, tab.browser.context, tab.address, tab.language, chromedp.WithExistingBrowserContext(id))
}

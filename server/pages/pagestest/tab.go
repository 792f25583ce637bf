package pagestest

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Tab is one page as a person has it before them. What cannot be done fails the
// test, with what stands on the page.
type Tab struct {
	t        testing.TB
	browser  *Browser
	context  context.Context
	stop     context.CancelFunc
	address  string
	language string

	mu     sync.Mutex
	faults []string // what the browser's console said
}

func (tab *Tab) run(steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, stop := context.WithTimeout(tab.context, patience)
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		tab.t.Fatalf("the browser: %v", err)
	}
}

// get runs what has an answer.
func get[T any](tab *Tab, action chromedp.Action[T]) T {
	tab.t.Helper()
	ctx, stop := context.WithTimeout(tab.context, patience)
	defer stop()
	answer, err := chromedp.Run(ctx, action)
	if err != nil {
		tab.t.Fatalf("the browser: %v", err)
	}
	return answer
}

// call runs a command of the browser's own protocol.
func call[P, R any](tab *Tab, command cdp.Command[P, R], parameters P) {
	tab.t.Helper()
	ctx, stop := context.WithTimeout(tab.context, patience)
	defer stop()
	if _, err := chromedp.Call(ctx, command, parameters); err != nil {
		tab.t.Fatalf("the browser: %v", err)
	}
}

// listen fails the test for what the console says: a script that fails, a
// policy that blocks something. That a page is an error page is no fault.
func (tab *Tab) listen() {
	messages, ended := chromedp.Console(tab.context), make(chan struct{})
	go func() {
		defer close(ended)
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == "error" && m.Source != "network" || m.IsException() {
				tab.mu.Lock()
				tab.faults = append(tab.faults, m.String())
				tab.mu.Unlock()
			}
		}
	}()
	tab.t.Cleanup(func() {
		tab.stop()
		<-ended
		for _, fault := range tab.faults {
			tab.t.Errorf("the console says: %s", fault)
		}
	})
}

// Language sets what the browser asks for; it counts from the next page on.
func (tab *Tab) Language(language string) {
	tab.t.Helper()
	tab.language = language
	call(tab, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}})
}

// Size sets the window, in CSS pixels, and how many of the screen's make one.
func (tab *Tab) Size(width, height int64, scale float64) {
	tab.t.Helper()
	call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: scale})
}

// Wide is the window of a desk.
func (tab *Tab) Wide() { tab.t.Helper(); tab.Size(1280, 900, 1) }

// Narrow is the least width that must do.
func (tab *Tab) Narrow() { tab.t.Helper(); tab.Size(320, 720, 1) }

// Zoomed is a desk's window at 200 %.
func (tab *Tab) Zoomed() { tab.t.Helper(); tab.Size(640, 450, 2) }

// Dark sets whether the person likes dark screens.
func (tab *Tab) Dark(yes bool) {
	tab.t.Helper()
	scheme := "light"
	if yes {
		scheme = "dark"
	}
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// Script sets whether JavaScript runs; it counts from the next page on.
func (tab *Tab) Script(yes bool) {
	tab.t.Helper()
	call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !yes})
}

// Open goes to a path of the server, or to a whole address.
func (tab *Tab) Open(path string) {
	tab.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = tab.address + path
	}
	tab.run(chromedp.Navigate(path))
}

// Back presses the browser's back button.
func (tab *Tab) Back() { tab.t.Helper(); tab.run(chromedp.NavigateBack()) }

// Reload presses the browser's refresh button.
func (tab *Tab) Reload() { tab.t.Helper(); tab.run(chromedp.Reload()) }

// Path is where the tab is, with its query.
func (tab *Tab) Path() string {
	tab.t.Helper()
	at := get(tab, chromedp.Location())
	u, err := url.Parse(at)
	if err != nil {
		tab.t.Fatal(err)
	}
	return u.RequestURI()
}

// Title is that of the page.
func (tab *Tab) Title() string {
	tab.t.Helper()
	return get(tab, chromedp.Title())
}

// Text is what can be read on the page.
func (tab *Tab) Text() string {
	tab.t.Helper()
	return tab.evaluate(`document.body.innerText`)
}

// See fails unless all texts can be read on the page.
func (tab *Tab) See(texts ...string) {
	tab.t.Helper()
	all := tab.Text()
	for _, text := range texts {
		if !strings.Contains(all, text) {
			tab.t.Fatalf("%q is not to be seen at %s:\n%s", text, tab.Path(), all)
		}
	}
}

// NotSee fails if one of the texts can be read on the page.
func (tab *Tab) NotSee(texts ...string) {
	tab.t.Helper()
	all := tab.Text()
	for _, text := range texts {
		if strings.Contains(all, text) {
			tab.t.Fatalf("%q is to be seen at %s:\n%s", text, tab.Path(), all)
		}
	}
}

// evaluate gives what an expression is, as text.
func (tab *Tab) evaluate(expression string) string {
	tab.t.Helper()
	got := get(tab, chromedp.Evaluate[any](expression))
	if text, ok := got.(string); ok {
		return text
	}
	raw, err := json.Marshal(got)
	if err != nil {
		tab.t.Fatal(err)
	}
	return string(raw)
}

// Ask gives what a JavaScript expression is on the page, as text or as JSON.
func (tab *Tab) Ask(expression string) string { tab.t.Helper(); return tab.evaluate(expression) }

// focus gives the focus to what a finder of find.js finds, and says whether it
// found it.
func (tab *Tab) focus(what, text string) {
	tab.t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		tab.t.Fatal(err)
	}
	if got := tab.evaluate("(" + finders + ")(" + `"` + what + `",` + string(quoted) + ")"); got != "found" {
		tab.t.Fatalf("there is no %s %q at %s (%s):\n%s", what, text, tab.Path(), got, tab.Text())
	}
}

// Fill types a value in the field whose label begins with a text, in place of
// what stood there.
func (tab *Tab) Fill(label, value string) {
	tab.t.Helper()
	tab.focus("field", label)
	tab.evaluate(`(() => { const e = document.activeElement; if (e.select) e.select(); return "" })()`)
	if value == "" {
		tab.run(chromedp.KeyEvent(kb.Delete))
		return
	}
	call(tab, input.InsertText, input.InsertTextParams{Text: value})
}

// Choose takes the option, of a list, whose text begins so.
func (tab *Tab) Choose(label, option string) {
	tab.t.Helper()
	tab.focus("field", label)
	quoted, _ := json.Marshal(option) // a string always can be
	got := tab.evaluate(`((text) => { const e = document.activeElement;
		const o = [...e.options].find((o) => o.text.startsWith(text)); if (!o) return "no";
		e.value = o.value; e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); return "yes" })(` + string(quoted) + ")")
	if got != "yes" {
		tab.t.Fatalf("%s does not offer %q", label, option)
	}
}

// Tick changes the box, or takes the choice, whose label begins with a text.
func (tab *Tab) Tick(label string) {
	tab.t.Helper()
	tab.focus("field", label)
	tab.run(chromedp.KeyEvent(" "))
}

// Press presses the button or follows the link whose words begin with a text,
// and waits for the page that comes.
func (tab *Tab) Press(text string) {
	tab.t.Helper()
	tab.focus("button", text)
	tab.Enter()
}

// Enter presses the key where the focus is and waits for the page that comes.
func (tab *Tab) Enter() {
	tab.t.Helper()
	tab.arrive(func() { tab.run(chromedp.KeyEvent(kb.Enter)) })
}

// Click presses a button that leads to no other page.
func (tab *Tab) Click(text string) {
	tab.t.Helper()
	tab.focus("button", text)
	tab.run(chromedp.KeyEvent(kb.Enter))
}

// Keys presses keys, as [kb] names them.
func (tab *Tab) Keys(keys string) { tab.t.Helper(); tab.run(chromedp.KeyEvent(keys)) }

// arrive does something that leads to a new page and waits until it is there.
func (tab *Tab) arrive(do func()) {
	tab.t.Helper()
	tab.evaluate(`(window.former = true, "")`)
	do()
	for end := time.Now().Add(patience); ; {
		ctx, stop := context.WithTimeout(tab.context, patience)
		there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`!window.former && document.readyState === "complete"`))
		stop()
		if err == nil && there {
			return
		}
		if time.Now().After(end) {
			tab.t.Fatalf("no page comes after %s", tab.Path())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Wait waits until a JavaScript expression is true.
func (tab *Tab) Wait(expression string) {
	tab.t.Helper()
	tab.run(chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingInterval(20*time.Millisecond)))
}

// Picture keeps the whole page as artefacts/NAME.png.
func (tab *Tab) Picture(name string) {
	tab.t.Helper()
	picture := get(tab, chromedp.FullScreenshot(100))
	_, here, _, _ := runtime.Caller(0)
	folder := filepath.Join(filepath.Dir(here), "..", "..", "..", "artefacts")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		tab.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644); err != nil {
		tab.t.Fatal(err)
	}
}

// Type types a text where the focus is.
func (tab *Tab) Type(text string) {
	tab.t.Helper()
	call(tab, input.InsertText, input.InsertTextParams{Text: text})
}

package answers

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// HeaderIs verifies that the answer has exactly one line of the header, with
// the value.
func (a *Answer) HeaderIs(name, want string) bool {
	got := a.Header.Values(name)
	return a.by.Expect(len(got) == 1 && got[0] == want, a,
		name+": "+want, describeLines(name, got), verdict.Header("", name, got, want))
}

// HeaderIsDate verifies that the header is a date of HTTP (RFC 9110, section
// 5.6.7), and not a number of seconds.
func (a *Answer) HeaderIsDate(name string) bool {
	_, err := http.ParseTime(a.Header.Get(name))
	got := a.Header.Values(name)
	return a.by.Expect(err == nil && len(got) == 1, a, name+": an HTTP date", describeLines(name, got),
		verdict.Header("", name, got, "an HTTP date"))
}

// HeaderTime is the date of HTTP that a header has, and whether it has one.
func (a *Answer) HeaderTime(name string) (time.Time, bool) {
	at, err := http.ParseTime(a.Header.Get(name))
	return at, err == nil
}

// Date returns when the answer was sent, by the clock of the edge, or now by
// this machine's clock if the answer does not say.
func (a *Answer) Date() time.Time {
	date, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil {
		return time.Now()
	}
	return date
}

// HeaderAbsent verifies that the answer does not have the header.
func (a *Answer) HeaderAbsent(names ...string) bool {
	ok := true
	for _, name := range names {
		got := a.Header.Values(name)
		ok = a.by.Expect(len(got) == 0, a, "no header "+name, describeLines(name, got), verdict.Header("", name, got)) &&
			ok
	}
	return ok
}

func describeLines(name string, lines []string) string {
	switch len(lines) {
	case 0:
		return "no header " + name
	case 1:
		return name + ": " + lines[0]
	}
	return fmt.Sprintf("%d lines of %s: %s", len(lines), name, strings.Join(lines, " | "))
}

// NotCached verifies the header with which the error mapping forbids caches to
// keep its answers.
func (a *Answer) NotCached() bool { return a.HeaderIs("Cache-Control", "no-cache, must-revalidate") }

// Location returns the one Location line; none or several are a failure.
func (a *Answer) Location() string {
	lines := a.Header.Values("Location")
	if !a.by.Expect(len(lines) == 1, a, "one line Location", describeLines("Location", lines),
		verdict.Header("", "Location", lines, "one line")) {
		return ""
	}
	return lines[0]
}

// isJSON reports whether one line of the answer says that it is JSON.
func (a *Answer) isJSON() bool {
	lines := a.Header.Values("Content-Type")
	if len(lines) != 1 {
		return false
	}
	kind, _, err := mime.ParseMediaType(lines[0])
	return err == nil && kind == "application/json"
}

// TypeIsJSON verifies that one line of the answer says that it is JSON.
func (a *Answer) TypeIsJSON() bool {
	got := a.Header.Values("Content-Type")
	return a.by.Expect(a.isJSON(), a, "Content-Type: application/json", describeLines("Content-Type", got),
		verdict.Header("", "Content-Type", got, "application/json"))
}

package kubernetes

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

// Event is a controller's message about an object. Kubernetes keeps it for an
// hour.
type Event struct {
	Object  `json:",inline"`
	Type    string `json:"type"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
	// InvolvedObject is the subject of the event.
	InvolvedObject corev1.ObjectReference `json:"involvedObject"`
	LastTimestamp  metav1.Time            `json:"lastTimestamp"`
	EventTime      metav1.MicroTime       `json:"eventTime"`
	Series         *corev1.EventSeries    `json:"series"`
}

// Time returns when the event was last seen.
func (e Event) Time() time.Time {
	switch {
	case e.Series != nil && !e.Series.LastObservedTime.IsZero():
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	}
	return e.Meta.CreationTimestamp.Time
}

// NoEvents says that there are none.
const NoEvents = "no events"

// EventsAbout returns the last events about an object in one line. Failures stand
// before the rest, which a writer such as kopf adds to each of them.
func EventsAbout(o Object, all []Event) string {
	var about []Event
	for _, e := range all {
		if e.InvolvedObject.Kind == o.Kind && e.InvolvedObject.Name == o.Meta.Name {
			about = append(about, e)
		}
	}
	slices.SortStableFunc(about, func(a, b Event) int { return a.Time().Compare(b.Time()) })
	var lines []string
	about = about[max(0, len(about)-3):]
	slices.SortStableFunc(about, func(a, b Event) int { return cmp.Compare(normal(a), normal(b)) })
	for _, e := range about {
		text := e.Type + " " + e.Reason + ": " + pointOf(e.Message)
		lines = append(lines, message.OneLine(strings.TrimPrefix(text, "Error Logging: "))) // kopf's, of all failures
	}
	if len(lines) == 0 {
		return NoEvents
	}
	return "events: " + strings.Join(lines, "; ")
}

// quoted is the message in an answer of the API server, which kopf writes whole.
var quoted = regexp.MustCompile(`"message":"((?:[^"\\]|\\.)*)`)

// wordy is what stands before the point of a message, which would be cut off behind it.
var wordy = regexp.MustCompile(`Handler '[^']*' failed with an exception[.;] [Ww]ill (retry|stop)[^.]*\. |` +
	`\(\d{3}\) Reason: [A-Z][A-Za-z ]+: |Internal error occurred: |Error creating: |` +
	`failed to call webhook: |Post "https?://[^"]*": `)

// pointOf returns a message without what says nothing of the object.
func pointOf(text string) string {
	if m := quoted.FindStringSubmatch(text); m != nil {
		text = strings.ReplaceAll(m[1], `\"`, `"`)
	}
	return wordy.ReplaceAllString(message.OneLine(text), "")
}

func normal(e Event) int {
	if e.Type == corev1.EventTypeNormal {
		return 1
	}
	return 0
}

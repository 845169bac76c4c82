package kubernetes

import (
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

// Event is what a controller says of an object, kept for an hour.
type Event struct {
	Object   `json:",inline"`
	Type     string `json:"type"`
	Reason   string `json:"reason"`
	Message  string `json:"message"`
	Involved struct {
		Kind      string `json:"kind"`
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
	} `json:"involvedObject"`
	Count     int              `json:"count"`
	LastSeen  metav1.Time      `json:"lastTimestamp"`
	EventTime metav1.MicroTime `json:"eventTime"`
	Series    *struct {
		LastObserved metav1.MicroTime `json:"lastObservedTime"`
	} `json:"series"`
}

// Time is when the event was last seen.
func (e Event) Time() time.Time {
	switch {
	case e.Series != nil && !e.Series.LastObserved.IsZero():
		return e.Series.LastObserved.Time
	case !e.LastSeen.IsZero():
		return e.LastSeen.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	}
	return e.Meta.CreationTimestamp.Time
}

// EventsAbout are the last of the events about an object, in one line.
func EventsAbout(o Object, all []Event) string {
	var about []Event
	for _, e := range all {
		if e.Involved.Kind == o.Kind && e.Involved.Name == o.Meta.Name {
			about = append(about, e)
		}
	}
	slices.SortStableFunc(about, func(a, b Event) int { return a.Time().Compare(b.Time()) })
	var lines []string
	for _, e := range about[max(0, len(about)-3):] {
		lines = append(lines, message.OneLine(e.Type+" "+e.Reason+": "+e.Message))
	}
	if len(lines) == 0 {
		return "no events"
	}
	return "events: " + strings.Join(lines, "; ")
}

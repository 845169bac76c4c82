package kubernetes

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

// Trouble is what is wrong with an object, according to its controller or its
// controller's silence.
type Trouble struct {
	// State is the kind of trouble, or "" if the object is well.
	State string
	// Text names, for people, what is wrong and the reason if it is known.
	Text string
	// Pending says that the object is changing and that it is too early to call
	// it wrong.
	Pending bool
}

// OK reports whether the object is well.
func (t Trouble) OK() bool { return t.State == "" }

// States of several kinds of objects.
const (
	// StateUnseen: the controller has not written a status.
	StateUnseen = "unseen"
	// StateStale: the object changed after its controller looked.
	StateStale = "stale"
	// StateDeleting: the object was deleted and still exists.
	StateDeleting = "deleting"
)

func trouble(state, format string, args ...any) Trouble {
	return Trouble{State: state, Text: fmt.Sprintf(format, args...)}
}

// pendingIf says whether it is too early to call the trouble wrong.
func (t Trouble) pendingIf(pending bool) Trouble {
	t.Pending = pending
	return t
}

// Condition is one of an object's status.conditions.
type Condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
	// ObservedGeneration is the version of the object that the condition
	// describes.
	ObservedGeneration int64 `json:"observedGeneration"`
	// Since is when the status last changed. Updated is when the controller last
	// wrote the condition; only Kubernetes' own controllers set it.
	Since   metav1.Time `json:"lastTransitionTime"`
	Updated metav1.Time `json:"lastUpdateTime"`
}

// conditionOf returns a condition by its type. A missing one has the status
// "absent".
func conditionOf(all []Condition, kind string) Condition {
	for _, c := range all {
		if c.Type == kind {
			return c
		}
	}
	return Condition{Type: kind, Status: "absent"}
}

// String returns the condition in one line.
func (c Condition) String() string {
	return message.OneLine(c.Type + " " + c.Status + " " + c.Reason + " " + c.Message)
}

// Is reports whether the condition exists and is True.
func (c Condition) Is() bool { return c.Status == "True" }

// absent reports whether the controller has not written the condition.
func (c Condition) absent() bool { return c.Status == "absent" }

// since returns when the status last changed, as the end of a sentence.
func (c Condition) since() string {
	if c.Since.IsZero() {
		return ""
	}
	return ", since " + timeText(c.Since.Time)
}

// observed returns trouble if the condition is missing or describes an older
// version of the object, because the controller has not looked since. The
// controller gets the grace to do so.
func (c Condition) observed(o Object, controller string, now time.Time, grace time.Duration) Trouble {
	switch {
	case c.absent():
		return trouble(StateUnseen, "%s has written no condition %s", controller,
			c.Type).pendingIf(now.Sub(o.Meta.CreationTimestamp.Time) < grace)
	case c.ObservedGeneration != 0 && c.ObservedGeneration < o.Meta.Generation:
		return trouble(StateStale, "the condition %s is of generation %d, and the object is of generation %d: %s has not "+
			"looked since it was changed",
			c.Type, c.ObservedGeneration, o.Meta.Generation, controller).pendingIf(now.Sub(o.Changed()) < grace)
	}
	return Trouble{}
}

// timeText formats a time for checks.
func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// ago returns how long ago a time was, to the second, or to the minute if it is
// long ago.
func ago(now, then time.Time) string {
	d := now.Sub(then)
	if d > time.Hour {
		return d.Round(time.Minute).String()
	}
	return d.Round(time.Second).String()
}

// joined joins the parts of a sentence that are not empty.
func joined(separator string, parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, separator)
}

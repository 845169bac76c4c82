package kubernetes

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

// Trouble is what the controller of an object, or its silence, says is wrong
// with the object.
type Trouble struct {
	// State is the kind of the trouble, "" where the object is well.
	State string
	// Text is for people: it names what is wrong and, where it is known, why.
	Text string
	// Pending says that the object changes, and that it is too early to call it
	// wrong.
	Pending bool
}

// OK reports whether the object is well.
func (t Trouble) OK() bool { return t.State == "" }

// States that objects of several kinds share.
const (
	// StateUnseen is of an object to which its controller has written nothing.
	StateUnseen = "unseen"
	// StateStale is of an object that was changed since its controller looked.
	StateStale = "stale"
	// StateDeleting is of an object that was deleted and is still there.
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
	// ObservedGeneration is the version of the object that it is about.
	ObservedGeneration int64 `json:"observedGeneration"`
	// Since is when the status became what it is, Updated when the controller
	// last wrote the condition; controllers of other projects than Kubernetes
	// leave Updated out.
	Since   metav1.Time `json:"lastTransitionTime"`
	Updated metav1.Time `json:"lastUpdateTime"`
}

// ConditionOf is the condition of that type; one that is absent has the status
// "absent".
func ConditionOf(all []Condition, kind string) Condition {
	for _, c := range all {
		if c.Type == kind {
			return c
		}
	}
	return Condition{Type: kind, Status: "absent"}
}

// String is the condition in one line.
func (c Condition) String() string {
	return message.OneLine(c.Type + " " + c.Status + " " + c.Reason + " " + c.Message)
}

// Is reports whether the condition is there and True.
func (c Condition) Is() bool { return c.Status == "True" }

// absent reports whether the controller has not written the condition.
func (c Condition) absent() bool { return c.Status == "absent" }

// since is when the status became what it is, as the end of a sentence.
func (c Condition) since() string {
	if c.Since.IsZero() {
		return ""
	}
	return ", since " + timeText(c.Since.Time)
}

// observed is the trouble that the condition is missing, or is of an older
// version of the object: its controller has not looked since. A controller gets
// the grace to do so.
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

// timeText is a time as checks print it.
func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// ago is how long ago a time was, to the second, and to the minute where it is
// long.
func ago(now, then time.Time) string {
	d := now.Sub(then)
	if d > time.Hour {
		return d.Round(time.Minute).String()
	}
	return d.Round(time.Second).String()
}

// joined puts parts of a sentence together, but for those that are empty.
func joined(separator string, parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, separator)
}

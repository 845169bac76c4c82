package ingressnginx

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

func reloadEvent(pod, kind string, ago time.Duration) kubernetes.Event {
	e := kubernetes.Event{Type: kind, Reason: "RELOAD", Message: "event of " + pod}
	e.InvolvedObject.Name = pod
	e.LastTimestamp = metav1.NewTime(time.Now().Add(-ago))
	return e
}

func podNamed(name string) kubernetes.Pod {
	var p kubernetes.Pod
	p.Meta.Name = name
	return p
}

func TestLastReloads(t *testing.T) {
	t.Parallel()
	const done, failed = "I1 controller.go:213] Backend successfully reloaded\n",
		"E1 queue.go:131] Unexpected failure reloading the backend:\nexit status 1\n"
	warning := reloadEvent("a", "Warning", time.Minute)
	for name, test := range map[string]struct {
		log    string
		events []kubernetes.Event
		failed bool
		text   string

		uncertain bool
	}{
		"nothing is known": {},
		"done":             {log: "starting\n" + done},
		"failed": {
			log: failed, failed: true, text: "in its log: Unexpected failure reloading the backend: exit status 1",
		},
		"failed and then done":        {log: failed + done},
		"done and then failed":        {log: done + failed, failed: true, text: "in its log: Unexpected failure"},
		"the log overrules the event": {log: done, events: []kubernetes.Event{warning}},
		"only an event":               {events: []kubernetes.Event{warning}, failed: true, text: "event of a"},
		"a newer event is good":       {events: []kubernetes.Event{warning, reloadEvent("a", "Normal", 0)}},
		"a newer event, listed first": {events: []kubernetes.Event{reloadEvent("a", "Normal", 0), warning}},
		"an older event was good": {
			events: []kubernetes.Event{reloadEvent("a", "Normal", time.Hour), warning}, failed: true, text: "event of a",
		},
		"an event of many": {
			events: []kubernetes.Event{{Type: "Warning", Reason: "RELOAD", InvolvedObject: warning.InvolvedObject,
				LastTimestamp: warning.LastTimestamp, Message: "(combined from similar events): Error reloading NGINX"}},
			failed: true, text: "Error reloading NGINX", uncertain: true,
		},
		"the event is of another pod": {events: []kubernetes.Event{reloadEvent("b", "Warning", 0)}},
		"an event of another reason": {
			events: []kubernetes.Event{{Type: "Warning", Reason: "BackOff", InvolvedObject: warning.InvolvedObject}},
		},
		"both at once, the bad counts": {
			events: []kubernetes.Event{
				{Type: "Normal", Reason: "RELOAD", InvolvedObject: warning.InvolvedObject, LastTimestamp: warning.LastTimestamp},
				warning,
			}, failed: true, text: "event of a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reloads := LastReloads([]kubernetes.Pod{podNamed("a")}, test.events, func(kubernetes.Pod) string { return test.log })
			assert.Len(t, reloads, 1)
			assert.Equal(t, "a", reloads[0].Meta.Name)
			assert.Equal(t, test.failed, reloads[0].Failed, reloads[0].Text)
			assert.Contains(t, reloads[0].Text, test.text)
			assert.Equal(t, test.uncertain, reloads[0].Uncertain)
		})
	}
}

func TestIsErrorPage(t *testing.T) {
	t.Parallel()
	assert.True(t, IsErrorPage([]byte("<html>\r\n<hr><center>nginx</center>\r\n</html>")))
	assert.False(t, IsErrorPage([]byte("<center>another server</center>")))
}

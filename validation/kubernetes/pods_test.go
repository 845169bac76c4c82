package kubernetes

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// ended is the state of a container that ended just now.
func ended(how string) string {
	at := metav1.Now().UTC().Format(time.RFC3339)
	return `{terminated: ` + strings.TrimSuffix(how, "}") + `, startedAt: "` + at + `", finishedAt: "` + at + `"}}`
}

func TestContainerRestarting(t *testing.T) {
	t.Parallel()
	const never = -1
	for name, test := range map[string]struct {
		state             string // of now
		restarts          int32
		reason            string
		began, ended, now time.Duration // ago: the last run, and since when it runs
		restarting        bool
	}{
		"never": {ended: never},
		"back-off at the second time": {
			state: "{waiting: {reason: CrashLoopBackOff}}", restarts: 2, ended: never, restarting: true,
		},
		"not started again yet": {
			state: ended("{exitCode: 2, reason: Error}"), restarts: 2, ended: never, restarting: true,
		},
		"memory, not started again yet": {
			state: ended("{exitCode: 137, reason: OOMKilled}"), ended: never, restarting: true,
		},
		"the first end": {state: ended("{exitCode: 1, reason: Error}"), ended: never},
		"done":          {state: ended("{exitCode: 0, reason: Completed}"), restarts: 1, ended: never},
		"back-off, with what ended": {
			state: "{waiting: {reason: CrashLoopBackOff}}", restarts: 9, reason: "Error", began: 6 * time.Minute,
			ended: 5 * time.Minute, restarting: true,
		},
		"twice": {
			restarts: 2, reason: "Error", began: 12 * time.Minute, ended: 5 * time.Minute, now: 4 * time.Minute,
		},
		"every few minutes": {
			restarts: 3, reason: "Error", began: 12 * time.Minute, ended: 5 * time.Minute, now: 4 * time.Minute,
			restarting: true,
		},
		"every few minutes, since a week": {
			restarts: 900, reason: "Completed", began: 20 * time.Minute, ended: 12 * time.Minute, now: 12 * time.Minute,
			restarting: true,
		},
		"every hour": {
			restarts: 20, reason: "Error", began: 119 * time.Minute, ended: 59 * time.Minute, now: 58 * time.Minute,
			restarting: true,
		},
		"it is not told since when": {restarts: 20, reason: "Error", ended: 5 * time.Minute, restarting: true},
		"a reboot after months": {
			restarts: 3, reason: "Error", began: 2000 * time.Hour, ended: 5 * time.Minute, now: 4 * time.Minute,
		},
		"a reboot after a day, of many": {
			restarts: 30, reason: "Unknown", began: 25 * time.Hour, ended: 5 * time.Minute, now: 4 * time.Minute,
		},
		"well since half an hour": {
			restarts: 6, reason: "Error", began: 31 * time.Minute, ended: 30 * time.Minute, now: 29 * time.Minute,
		},
		"well since five minutes": {
			restarts: 6, reason: "Error", began: 7 * time.Minute, ended: 6 * time.Minute, now: 5 * time.Minute, restarting: true,
		},
		"of yesterday": {
			restarts: 40, reason: "OOMKilled", began: 25 * time.Hour, ended: 24 * time.Hour, now: 24 * time.Hour,
		},
		"memory, for the first time": {
			restarts: 1, reason: "OOMKilled", began: 900 * time.Hour, ended: 50 * time.Minute, now: 49 * time.Minute,
			restarting: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ago := func(d time.Duration) string {
				if d == 0 {
					return "null"
				}
				return `"` + metav1.Now().Add(-d).UTC().Format(time.RFC3339) + `"`
			}
			var s ContainerStatus
			s.RestartCount = test.restarts
			if test.state == "" {
				test.state = "{running: {startedAt: " + ago(test.now) + "}}"
			}
			assert.NoError(t, yaml.Unmarshal([]byte(test.state), &s.State))
			if test.ended != never {
				assert.NoError(
					t,
					yaml.Unmarshal(
						[]byte(
							"{terminated: {reason: "+test.reason+", startedAt: "+ago(test.began)+", finishedAt: "+ago(test.ended)+"}}",
						),
						&s.LastTerminationState,
					),
				)
			}
			assert.Equal(t, test.restarting, s.Restarting(), s.Restart())
		})
	}
}

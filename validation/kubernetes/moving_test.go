package kubernetes

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// A Deployment without a progressDeadlineSeconds has no condition Progressing, and one
// that was paused has another one until its first pod is made.
func TestRolloutWithoutDeadline(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		condition string
		changed   time.Duration
		pending   bool
	}{
		"no deadline":                      {"", 20 * time.Second, true},
		"no deadline, and it stands still": {"", time.Hour, false},
		"resumed":                          {"DeploymentResumed", 10 * time.Second, true},
		"resumed an hour ago":              {"DeploymentResumed", time.Hour, false},
	} {
		w := Workload{Wanted: 1, Replicas: 2, Updated: 1, Ready: 1, Available: 1}
		w.Kind, w.Meta.UID = "Deployment", "x"
		moved := metav1.NewTime(now.Add(-c.changed))
		if c.condition == "" {
			w.Meta.ManagedFields = []metav1.ManagedFieldsEntry{{Time: &moved}}
		} else {
			w.Conditions = []Condition{{Type: "Progressing", Status: "Unknown", Reason: c.condition, Updated: moved}}
		}
		got := w.Trouble(now, time.Minute)
		assert.Equal(t, StateRollout, got.State, "%s: %s", name, got.Text)
		assert.Equal(t, c.pending, got.Pending, "%s: %s", name, got.Text)
	}
}

// Pods are refused for a moment where their ServiceAccount or quota comes later; in a
// rollout the text names the refusal, though the former pods serve.
func TestPodsRefused(t *testing.T) {
	t.Parallel()
	now := time.Now()
	refused := func(since time.Duration) Condition {
		return Condition{Type: "ReplicaFailure", Status: "True", Reason: "FailedCreate", Message: "exceeded quota",
			Since: metav1.NewTime(now.Add(-since))}
	}
	w := Workload{Wanted: 1, Replicas: 1, Ready: 1, Available: 1, Conditions: []Condition{refused(6 * time.Minute)}}
	w.Kind, w.Meta.UID = "Deployment", "x"
	got := w.Trouble(now, time.Minute)
	assert.Equal(t, StateRefused, got.State)
	assert.False(t, got.Pending)
	assert.Contains(t, got.Text, "exceeded quota")
	w.Conditions = []Condition{refused(15 * time.Second)}
	assert.True(t, w.Trouble(now, time.Minute).Pending)
	w.Updated = 1
	assert.True(t, w.Trouble(now, time.Minute).OK(), "all its pods are there")
}

// An init container that ended well no longer restarts, however often it had to wait.
func TestInitContainerThatEnded(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) string { return metav1.Now().Add(-d).UTC().Format(time.RFC3339) }
	var s ContainerStatus
	require.NoError(t, yaml.Unmarshal([]byte(`{restartCount: 3, state: {terminated: {exitCode: 0, reason: Completed}},
		lastState: {terminated: {exitCode: 1, reason: Error, startedAt: "`+ago(31*time.Minute)+`",
		finishedAt: "`+ago(30*time.Minute)+`"}}}`), &s.ContainerStatus))
	assert.True(t, s.Restarting())
	s.Init = true
	assert.False(t, s.Restarting())
	s.State.Terminated.ExitCode, s.State.Terminated.FinishedAt = 1, metav1.Now()
	assert.True(t, s.Restarting())
}

// Jobs that succeeded may be removed at once, so that only one that failed long ago is
// left.
func TestJobFailedBeforeSuccess(t *testing.T) {
	t.Parallel()
	j, job := recorded[CronJob](t, "kcm-cronjob-failing"), recorded[Job](t, "kcm-job-failed")
	now := at(t, "2026-11-29T18:40:00Z")
	later, before := metav1.NewTime(now), metav1.NewTime(now.Add(-24*time.Hour))
	j.Status.LastSuccessfulTime = &later
	assert.True(t, j.JobTrouble([]Job{job}, nil, now).OK())
	j.Status.LastSuccessfulTime = &before
	assert.Equal(t, StateJobFailed, j.JobTrouble([]Job{job}, nil, now).State)
}

// Issuers of other groups are controllers of their own, which may have the name of one
// of cert-manager, or may not run.
func TestIssuersOfOtherGroups(t *testing.T) {
	t.Parallel()
	var i Issuer
	i.Kind, i.Meta.Name = "ClusterIssuer", "pca"
	c := recorded[Certificate](t, "cm-certificate-no-issuer")
	c.Spec.IssuerRef = IssuerRef{Kind: "ClusterIssuer", Name: "pca"}
	assert.True(t, i.Issues(c))
	c.Spec.IssuerRef.Group = "awspca.cert-manager.io"
	assert.False(t, i.Issues(c))

	r := recorded[CertificateRequest](t, "cm-request-no-issuer-1")
	r.Spec.IssuerRef = IssuerRef{Kind: "AWSPCAClusterIssuer", Name: "pca"}
	r.Status.Conditions = []Condition{{Type: "Approved", Status: "True"}}
	got := c.Trouble([]CertificateRequest{r}, at(t, "2026-11-29T18:10:00Z"), time.Minute)
	assert.Contains(t, got.Text, "which AWSPCAClusterIssuer pca must")
}

// What others put into the Secret, what a template leaves empty on purpose, and words
// that only look like a missing value, are no trouble.
func TestValuesThatMayBeSo(t *testing.T) {
	t.Parallel()
	v := VaultSecret{}
	v.Spec.Strategy, v.Spec.Keys = "Merge", []string{"a"}
	assert.Empty(t, v.SecretTroubles(Secret{Data: map[string][]byte{"a": []byte("1"), "of-another": {}}}))
	assert.Len(t, v.SecretTroubles(Secret{Data: map[string][]byte{"a": {}}}), 1)
	assert.Empty(t, v.SecretTroubles(Secret{Data: map[string][]byte{"a": []byte("see <no value>")}}))
	v = VaultSecret{}
	for template, mayBe := range map[string]bool{
		"": true, "{% if .Secrets.x %}a{% end %}": true, `{%- with .Secrets.x -%}{% . %}{% end %}`: true,
		`{% default "" .Secrets.x %}`: true, "{% .Secrets.x %}": false, `{% index .Secrets "if" %}`: false,
	} {
		v.Spec.Templates = map[string]string{"a": template}
		assert.Equal(t, mayBe, len(v.SecretTroubles(Secret{Data: map[string][]byte{"a": {}}})) == 0, template)
	}
}

// Two writers of one object meet for a moment.
func TestWritersThatMet(t *testing.T) {
	t.Parallel()
	now := time.Now()
	v := VaultSecret{}
	v.Status.Conditions = []Condition{{Type: "SecretCreated", Status: "False", Reason: "UpdateFailed",
		Message: `Operation cannot be fulfilled on secrets "a": the object has been modified`,
		Since:   metav1.NewTime(now.Add(-20 * time.Second))}}
	assert.True(t, v.Trouble(now, time.Minute).Pending)
	assert.False(t, v.Trouble(now.Add(time.Hour), time.Minute).Pending)
}

// A site decides how often Argo CD looks at its Applications.
func TestReconcileLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"{}":                             reconcileLimit,
		"{timeout.reconciliation: 60s}":  reconcileLimit,
		"{timeout.reconciliation: '3h'}": 9 * time.Hour,
		"{timeout.reconciliation: '0s'}": 0,
		"{timeout.reconciliation: oops}": reconcileLimit,
		"{timeout.reconciliation: '0'}":  0,
		"{timeout.reconciliation: 1h, timeout.reconciliation.jitter: 20m}": 4 * time.Hour,
	} {
		var settings ConfigMap
		require.NoError(t, yaml.Unmarshal([]byte("{data: "+text+"}"), &settings))
		assert.Equal(t, want, ReconcileLimit(settings), text)
	}
	now := at(t, "2026-11-29T19:00:00Z")
	old, stale := recorded[Application](t, "argo-a-noproject"), recorded[Application](t, "argo-redis-down")
	stale.Status.ReconciledAt = metav1.NewTime(now.Add(-2 * time.Hour))
	old.Status.ReconciledAt = metav1.NewTime(now.Add(-4 * time.Hour))
	for limit, ok := range map[time.Duration]bool{0: true, reconcileLimit: false, 9 * time.Hour: true} {
		assert.Equal(t, ok, ArgoCDTrouble([]Application{stale, old}, now, limit).OK(), limit)
		assert.Equal(t, ok, old.StaleTrouble([]Application{stale, old}, limit).OK(), limit)
	}
}

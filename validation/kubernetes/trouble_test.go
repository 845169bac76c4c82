package kubernetes

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// recorded returns an object that a real controller wrote.
func recorded[T any](t *testing.T, name string) T {
	t.Helper()
	raw, err := os.ReadFile("../../fixtures/recordings/controllers/" + name + ".json")
	require.NoError(t, err)
	var into T
	require.NoError(t, json.Unmarshal(raw, &into))
	return into
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return when
}

// No status that kube-controller-manager wrote during a healthy rolling update is
// a failure.
func TestRolloutTrouble(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		replicas, updated, ready, available int32
		reason                              string
		moved                               time.Duration
		state                               string
		pending                             bool
	}{
		"begun":                   {1, 0, 1, 1, "NewReplicaSetCreated", time.Second, StateRollout, true},
		"the new pod starts":      {2, 1, 1, 1, "ReplicaSetUpdated", time.Minute, StateRollout, true},
		"the old pod ends":        {2, 1, 2, 2, "ReplicaSetUpdated", time.Second, StateRollout, true},
		"done":                    {1, 1, 1, 1, "NewReplicaSetAvailable", time.Second, "", false},
		"the new pod never ready": {2, 1, 1, 1, "ReplicaSetUpdated", 8 * time.Minute, StateRollout, false},
		"a pod lost after that":   {1, 1, 0, 0, "NewReplicaSetAvailable", time.Minute, StatePods, false},
		"not available yet":       {1, 1, 1, 0, "ReplicaSetUpdated", time.Minute, StateRollout, true},
	} {
		w := Workload{Wanted: 1, Replicas: c.replicas, Updated: c.updated, Ready: c.ready, Available: c.available}
		w.Kind, w.Meta.UID = "Deployment", "x"
		w.Conditions = []Condition{{Type: "Progressing", Status: "True", Reason: c.reason,
			Updated: metav1.NewTime(now.Add(-c.moved))}}
		got := w.Trouble(now, time.Minute)
		assert.Equal(t, c.state, got.State, "%s: %s", name, got.Text)
		assert.Equal(t, c.pending, got.Pending, "%s: %s", name, got.Text)
	}
}

func TestWorkloadTrouble(t *testing.T) {
	t.Parallel()
	now := time.Now()
	deployment := func(name string) Deployment { // the recordings have no UIDs
		d := recorded[Deployment](t, name)
		d.Meta.UID = "x"
		return d
	}
	refused := deployment("kcm-deployment-quota").Workload().Trouble(now, time.Minute)
	assert.Equal(t, StateRefused, refused.State)
	assert.Contains(t, refused.Text, "exceeded quota: none")

	paused := deployment("kcm-deployment-rollout-stuck")
	paused.Spec.Paused = true
	assert.Equal(t, StatePaused, paused.Workload().Trouble(now, time.Minute).State)

	stale := deployment("kcm-deployment-rollout-stuck")
	stale.Meta.Generation++
	got := stale.Workload().Trouble(now, time.Minute)
	assert.Equal(t, StateStale, got.State)
	assert.Contains(t, got.Text, "of generation 2, and the object is of generation 3")

	assert.Equal(t, StateAbsent, Workload{}.Trouble(now, 0).State)
}

func TestCertificateTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		now, state, says string
		pending          bool
	}{
		"cm-certificate-ready":            {"2026-11-29T18:39:43Z", "", "", false},
		"cm-certificate-renewal-failed":   {"2026-11-29T18:39:43Z", "", "", false},
		"cm-certificate-no-issuer":        {"2026-11-29T17:42:00Z", StateNotIssued, "being issued", true},
		"cm-certificate-acme-invalid":     {"2026-11-29T18:00:00Z", StateNotIssued, "failed to complete", false},
		"cm-certificate-expired":          {"2026-11-29T17:53:43Z", StateExpired, "expired at 2026-11-29T17:44:43Z", false},
		"cm-certificate-duplicate-secret": {"2026-11-29T18:00:00Z", StateNotIssued, "conflicting Certificates", false},
		"cm-controller-dead-spec-changed": {"2026-11-29T18:39:43Z", StateStale, "of generation 1", false},
	} {
		got := recorded[Certificate](t, name).Trouble(nil, at(t, c.now), time.Minute)
		assert.Equal(t, c.state, got.State, "%s: %s", name, got.Text)
		assert.Contains(t, got.Text, c.says, name)
		assert.Equal(t, c.pending, got.Pending, name)
	}
	again := recorded[Certificate](t, "cm-certificate-renewal-failed")
	assert.Equal(t, StateRenewalFails, again.Trouble(nil, at(t, "2026-11-29T23:51:00Z"), 0).State, "no second try")
	again.Status.Failures = 2
	assert.Equal(t, StateRenewalFails, again.Trouble(nil, at(t, "2026-11-29T18:39:43Z"), 0).State)
	late := recorded[Certificate](t, "cm-certificate-ready")
	late.Status.Renewal.Time = late.Status.NotAfter.Add(-24 * time.Hour)
	late.Status.NotBefore.Time = late.Status.NotAfter.Add(-90 * 24 * time.Hour)
	assert.Equal(t, StateRenewalLate, late.Trouble(nil, late.Status.NotBefore.Time, 0).State)
	late.Status.NotBefore.Time = late.Status.NotAfter.Add(-6 * 24 * time.Hour) // a short life
	assert.True(t, late.Trouble(nil, late.Status.NotBefore.Time, 0).OK())
	requests := []CertificateRequest{recorded[CertificateRequest](t, "cm-request-no-issuer-1")}
	got := recorded[Certificate](t, "cm-certificate-no-issuer").Trouble(requests, at(t, "2026-11-29T18:10:00Z"),
		time.Minute)
	assert.False(t, got.Pending)
	assert.Contains(t, got.Text, `ClusterIssuer nonesuch: Referenced "ClusterIssuer" not found`)

	ready := recorded[Certificate](t, "cm-certificate-ready")
	other := ready
	other.Meta.Name = "another"
	_, shared := ready.SecretSharer([]Certificate{ready, other})
	assert.True(t, shared)
	_, shared = ready.SecretSharer([]Certificate{ready})
	assert.False(t, shared)
}

func TestStaging(t *testing.T) {
	t.Parallel()
	for server, staging := range map[string]bool{
		"https://acme-staging-v02.api.letsencrypt.org/directory": true,
		"https://dv.acme-v02.test-api.pki.goog/directory":        true,
		"https://api.test4.buypass.no/acme/directory":            true,
		"https://acme-v02.api.letsencrypt.org/directory":         false,
		"https://dv.acme-v02.api.pki.goog/directory":             false,
		"https://pebble:14000/dir":                               true,
		"https://ca.contest.example/acme/directory":              false,
		"https://ca.test.example.edu/acme/acme/directory":        false,
		"https://ca.tucson-teststand.example.org/directory":      false,
		"": false,
	} {
		var i Issuer
		i.Spec.ACME.Server = server
		assert.Equal(t, staging, i.Staging(), server)
	}
}

func TestChallengeTrouble(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-29T19:00:00Z")
	http := recorded[ACME](t, "cm-challenge-http01-pending").ChallengeTrouble(nil, now, time.Minute)
	assert.Equal(t, StateHTTPPending, http.State)
	assert.True(t, recorded[ACME](t, "cm-challenge-http01-pending").ChallengeTrouble(nil, at(t, "2026-11-29T17:50:00Z"),
		time.Minute).OK())
	assert.Equal(t, StateChallengeFailed, recorded[ACME](t, "cm-challenge-invalid").ChallengeTrouble(nil, now,
		time.Minute).State)

	hidden := recorded[ACME](t, "cm-challenge-route53-unreachable")
	event := recorded[Event](t, "cm-event-route53-presenterror")
	got := hidden.ChallengeTrouble([]Event{event}, now, time.Minute)
	assert.Contains(t, got.Text, "lookup route53.amazonaws.com on 10.255.255.53:53: no such host")
	assert.NotContains(t, got.Text, "redacted")
	assert.Contains(t, hidden.ChallengeTrouble(nil, now, time.Minute).Text, "cert-manager's log has the whole error")

	assert.Equal(t, StateOrderUnanswered, recorded[ACME](t, "cm-order-without-state").OrderTrouble(now, time.Minute).State)
	assert.Equal(t, StateOrderFailed, recorded[ACME](t, "cm-order-invalid").OrderTrouble(now, time.Minute).State)
	assert.True(t, recorded[ACME](t, "cm-order-valid").OrderTrouble(now, time.Minute).OK())
	assert.Equal(t, StateOrderPending, recorded[ACME](t, "cm-order-pending").OrderTrouble(now, time.Minute).State)
	assert.True(t, recorded[ACME](t, "cm-order-pending").OrderTrouble(at(t, "2026-11-29T17:50:00Z"), time.Minute).OK())
}

func TestVaultSecretTrouble(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-29T19:00:00Z")
	for name, state := range map[string]string{
		"vso-good": "", "vso-key-missing": "", "vso-missing-path": StateNotInVault, "vso-deleted-version": StateNotInVault,
		"vso-other-environment": StateDenied, "vso-other-mount": StateDenied, "vso-bao-token-revoked": StateDenied,
		"vso-sealed-good": StateSealed, "vso-server-down": StateUnreachable, "vso-bad-template": StateTemplate,
		"vso-operator-dead-path-changed": StateStale,
	} {
		got := recorded[VaultSecret](t, name).Trouble(now, time.Minute)
		assert.Equal(t, state, got.State, "%s: %s", name, got.Text)
	}
	for _, c := range []struct{ reason, says, state string }{
		{"CreateFailed", `invalid key name "webhook.secret "`, StateNotWritten},
		{"UpdateFailed", `Secret "good" is invalid: type: field is immutable`, StateNotWritten},
		{"MergeFailed", `admission webhook "policy.example.org" denied the request`, StateNotWritten},
		{"InvalidResource", "either path or paths must be set", StateInvalid},
		{"FetchFailed", `Get "https://v/v1/x": tls: failed to verify certificate: x509: expired`, StateUnreachable},
		{"FetchFailed", `Get "https://v/v1/x": connect: network is unreachable`, StateUnreachable},
		{"FetchFailed", `Get "https://v/v1/x": http: server gave HTTP response to HTTPS client`, StateUnreachable},
		{"FetchFailed", "Code: 502. Raw Message:\n\n<html>", StateUnreachable},
		{"FetchFailed", "Code: 503. Raw Message:\n\nno healthy upstream", StateUnreachable},
		{"FetchFailed", "Code: 400. Errors:\n\n* missing client token", StateDenied},
		{"FetchFailed", "shared client not initialized and vaultRole property missing", StateDenied},
		{"FetchFailed", "could not parse secret value", StateNotFetched},
		{"FetchFailed", "Code: 500. Errors:\n\n* internal error", StateNotFetched},
	} {
		v := VaultSecret{}
		v.Status.Conditions = []Condition{{Type: "SecretCreated", Status: "False", Reason: c.reason, Message: c.says}}
		assert.Equal(t, c.state, v.Trouble(now, time.Minute).State, c.says)
	}
}

func TestSecretTroubles(t *testing.T) {
	t.Parallel()
	v := recorded[VaultSecret](t, "vso-key-missing")
	assert.Empty(t, v.SecretTroubles(Secret{Data: map[string][]byte{"a": []byte("1"), "b": []byte("2")}}))
	lacks := v.SecretTroubles(Secret{Data: map[string][]byte{"a": []byte("1")}})
	require.Len(t, lacks, 1)
	assert.Contains(t, lacks[0], "no key b")
	v.Spec.Templates = map[string]string{"a": "{% .Secrets.x %}", "c": `{% index .Secrets "x" %}`}
	lacks = v.SecretTroubles(Secret{Data: map[string][]byte{"a": []byte("<no value>"), "c": {}}})
	require.Len(t, lacks, 2)
	assert.Contains(t, lacks[0], "<no value>")
	assert.Contains(t, lacks[1], "its template names a key that is not")
}

func TestApplicationTroubles(t *testing.T) {
	t.Parallel()
	const grace = time.Minute
	now := at(t, "2026-11-29T19:00:00Z")
	operation := func(name string, now time.Time) Trouble {
		return recorded[Application](t, name).OperationTrouble(now, grace)
	}
	assert.True(t, operation("argo-healthy-and-synced", now).OK())
	begun := operation("argo-a-hook", at(t, "2026-11-29T18:02:10Z"))
	assert.True(t, begun.Pending)
	assert.Contains(t, begun.Text, "Job a-hook/migrate (PreSync hook) Running")
	assert.False(t, operation("argo-a-hook", now).Pending)
	failed := operation("argo-a-hook-failed", at(t, "2026-11-29T18:06:30Z"))
	assert.Equal(t, StateRetried, failed.State)
	assert.False(t, failed.Pending)
	assert.Contains(t, failed.Text, "Job a-hook/migrate (PreSync hook) Failed: Job has reached the specified backoff "+
		"limit")
	assert.Equal(t, StateNotBegun, operation("argo-controller-dead-operation", now).State)

	sync := func(name string) Trouble { return recorded[Application](t, name).SyncTrouble(now, grace) }
	assert.Equal(t, StatePruning, sync("argo-to-be-pruned").State)
	assert.Equal(t, StateOutOfSync, sync("argo-a-drift").State)
	assert.Equal(t, "Unknown", sync("argo-a-noproject").State)
	assert.Contains(t, sync("argo-a-noproject").Text, "project nonesuch which does not exist")
	assert.Equal(t, StateUnseen, sync("argo-new-unseen").State)
	assert.Contains(t, sync("argo-a-missing").Text, "missing")

	assert.Equal(t, StateDeleting, recorded[Application](t, "argo-controller-dead-deleting").DeletionTrouble(now).State)
	all := []Application{recorded[Application](t, "argo-redis-down"), recorded[Application](t, "argo-a-noproject")}
	assert.Equal(t, StateStale, ArgoCDTrouble(all, now, ReconcileLimit(ConfigMap{})).State)
	assert.True(t, ArgoCDTrouble(all, at(t, "2026-11-29T18:20:00Z"), ReconcileLimit(ConfigMap{})).OK())
}

func TestJobTrouble(t *testing.T) {
	t.Parallel()
	j, job := recorded[CronJob](t, "kcm-cronjob-failing"), recorded[Job](t, "kcm-job-failed")
	now := at(t, "2026-11-29T18:40:00Z")
	got := j.JobTrouble([]Job{job}, nil, now)
	assert.Equal(t, StateJobFailed, got.State)
	assert.Contains(t, got.Text, "Job has reached the specified backoff limit")
	assert.True(t, j.JobTrouble(nil, nil, now).OK())
	job.Status.Conditions, job.Status.Failed, job.Status.Active = nil, 0, 0
	assert.Equal(t, StateJobPodless, j.JobTrouble([]Job{job}, nil, now).State)
	assert.True(t, j.JobTrouble([]Job{job}, nil, at(t, "2026-11-29T18:35:00Z")).OK(), "its pod may come")
	job.Status.Active = 1
	assert.Equal(t, StateJobHangs, j.JobTrouble([]Job{job}, nil, now).State)
	assert.True(t, j.JobTrouble([]Job{job}, nil, at(t, "2026-11-29T18:35:00Z")).OK(), "it runs for six minutes")
}

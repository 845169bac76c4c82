package proof

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
)

// TestClusterTraps runs the checks of Kubernetes in healthy situations.
func TestClusterTraps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ago := func(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339) }
	t.Run("Argo CD", func(t *testing.T) { argoCDTraps(t, w) })
	for name, trap := range map[string]struct {
		make   func(t *testing.T)
		env    string
		remark string
	}{
		"Ingresses that are open by design": {func(t *testing.T) {
			solver := strings.Replace(plain("solver", "minikube.lsst.codes", "/.well-known/acme-challenge/x"), "name: solver",
				`name: solver, ownerReferences: [{apiVersion: acme.cert-manager.io/v1, kind: Challenge, name: x, uid: x}]`, 1)
			w.add(t, resources.Ingresses, solver)
			w.add(t, resources.Ingresses, plain("semaphore", "minikube.lsst.codes", "/semaphore"))
		}, "open: [argocd/argocd-server, gafaelfawr/gafaelfawr, squareone/squareone, muster/semaphore]\n", ""},
		"a VaultSecret that was just made": {func(t *testing.T) {
			w.add(t, resources.VaultSecrets,
				"{apiVersion: ricoberger.de/v1alpha1, kind: VaultSecret, metadata: {namespace: muster, name: new}, spec: {path: "+
					"secret/phalanx/local/new}}")
		}, "", ""},
		"no VaultSecret": {func(t *testing.T) {
			for _, id := range []string{"argocd/argocd-secret", "cert-manager/cert-manager", "gafaelfawr/gafaelfawr"} {
				w.remove(t, resources.VaultSecrets, id)
			}
		}, "", "skipped: the cluster has no VaultSecrets"},
		"VaultSecrets without a place that most have": {func(t *testing.T) {
			w.change(t, resources.VaultSecrets, "argocd/argocd-secret", `{"spec":{"path":"secret/phalanx/staging/argocd"}}`)
			w.change(t, resources.VaultSecrets, "cert-manager/cert-manager",
				`{"spec":{"path":"secret/phalanx/production/cert-manager"}}`)
		}, "",
			"remark: no VaultSecret was judged, as no part of Vault is that of most: 1 below secret/phalanx/local, 1 below " +
				"secret/phalanx/production, 1 below secret/phalanx/staging"},
		"restarts of yesterday": {func(t *testing.T) {
			w.change(t, resources.Pods, "muster/muster-0",
				restarted(9, "OOMKilled", ago(25*time.Hour), ago(24*time.Hour), ago(24*time.Hour)))
		}, "", ""},
		"a node is rebooted after a year with two restarts": {func(t *testing.T) {
			w.change(t, resources.Pods, "muster/muster-0",
				restarted(3, "Error", ago(9000*time.Hour), ago(10*time.Minute), ago(8*time.Minute)))
		}, "", ""},
		"a container waited for its database when all was installed": {func(t *testing.T) {
			w.change(t, resources.Pods, "muster/muster-0",
				restarted(4, "Error", ago(31*time.Minute), ago(30*time.Minute), ago(29*time.Minute)))
		}, "", ""},
		"a CronJob of Sundays, four days later": {func(t *testing.T) {
			w.change(t, resources.CronJobs, "gafaelfawr/gafaelfawr-audit",
				`{"spec":{"schedule":"0 3 * * 0"},"status":{"lastScheduleTime":"`+ago(4*24*time.Hour)+`","lastSuccessfulTime":"`+
					ago(4*24*time.Hour)+`"}}`)
		}, "", ""},
		"a CronJob of one night hour, at noon": {func(t *testing.T) {
			w.change(t, resources.CronJobs, "gafaelfawr/gafaelfawr-audit",
				`{"spec":{"schedule":"*/15 2 * * *"},"status":{"lastScheduleTime":"`+ago(10*time.Hour)+`","lastSuccessfulTime":"`+
					ago(10*time.Hour)+`"}}`)
		}, "", ""},
		"a Job that has done its work": {func(t *testing.T) {
			w.change(t, resources.Pods, "muster/muster-0",
				`{"status":{"phase":"Succeeded","containerStatuses":[{"name":"main","ready":false,"restartCount":0,
				"image":"x","imageID":"","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}}`)
		}, "", ""},
		"an Application that nobody named is Degraded": {func(t *testing.T) {
			w.change(t, resources.Applications, "argocd/repertoire",
				`{"status":{"health":{"status":"Degraded"},"sync":{"status":"OutOfSync"},"operationState":{"phase":"Failed",`+
					`"message":"no"}}}`)
		}, "", "remark: Application argocd/repertoire, which the environment does not name: Degraded"},
	} {
		t.Run(name, func(t *testing.T) {
			trap.make(t)
			o := runs(t, theSuite(t), "-test.run="+clusterChecks(t), "-env="+w.env(t, "admin", argocdKeys+trap.env))
			assert.Equal(t, "pass", o.run.Verdict, o.stdout+o.stderr)
			assert.Contains(t, o.stdout, trap.remark)
		})
	}
}

// restarted returns a pod whose container last ran between two times and runs
// again since a third.
func restarted(times int, reason, from, to, again string) string {
	return fmt.Sprintf(
		`{"status":{"containerStatuses":[{"name":"main","ready":true,"restartCount":%d,"image":"x","imageID":"",
		"state":{"running":{"startedAt":%q}},
		"lastState":{"terminated":{"exitCode":137,"reason":%q,"startedAt":%q,"finishedAt":%q}}}]}}`,
		times,
		again,
		reason,
		from,
		to,
	)
}

// argoCDTraps are traps of an Argo CD that is still at work, and their
// counterparts.
func argoCDTraps(t *testing.T, w *world) {
	ago := func(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339) }
	synced := func(d time.Duration, more string) string {
		return `"operationState":{"phase":"Succeeded","message":"done","finishedAt":"` + ago(d) + `"` + more + `}`
	}
	stuck := `"resources":[{"kind":"Job","namespace":"muster","name":"schema-update","status":"Synced",` +
		`"health":{"status":"Progressing"}}]`
	for name, trap := range map[string]struct{ status, env, remark, fails string }{
		"Progressing for a minute": {status: `"health":{"status":"Progressing","lastTransitionTime":"` + ago(time.Minute) +
			`"},` + synced(time.Hour, ""),
			remark: "remark: Application argocd/muster: Progressing, for 1m"},
		"Progressing since a sync a minute ago": {status: `"health":{"status":"Progressing","lastTransitionTime":null},` +
			synced(time.Minute, ""),
			remark: "remark: Application argocd/muster: Progressing, for 1m"},
		"Progressing for an hour": {status: `"health":{"status":"Progressing","lastTransitionTime":"` + ago(time.Hour) +
			`"},` + stuck + "," + synced(time.Minute, ""),
			fails: "Application argocd/muster: Progressing: Job muster/schema-update Progressing, for 1h0m"},
		"Progressing since a sync an hour ago": {status: `"health":{"status":"Progressing","lastTransitionTime":null},` +
			stuck + "," + synced(time.Hour, ""),
			fails: "Application argocd/muster: Progressing: Job muster/schema-update Progressing, for 1h0m"},
		"Progressing since nobody knows when": {
			status: `"health":{"status":"Progressing","lastTransitionTime":null},"operationState":null`,
			fails:  "Application argocd/muster: Progressing",
		},
		"a sync that succeeded at the second try": {status: synced(time.Minute, `,"retryCount":1`),
			remark: "remark: Application argocd/muster: its last sync succeeded at try 2"},
		"drift": {
			status: `"sync":{"status":"OutOfSync"}`,
			env:    strings.TrimSuffix(strings.TrimSpace(argocdKeys), "}") + ", outOfSync: [muster]}\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.change(t, resources.Applications, "argocd/muster", `{"status":{`+trap.status+`}}`)
			o := runs(t, theSuite(t), "-test.run=^TestApplication", "-env="+w.env(t, "admin", trap.env))
			if trap.fails == "" {
				assert.Zero(t, o.code, o.stdout+o.stderr)
			} else {
				assert.Equal(t, []string{"TestApplicationHealth"}, o.failed(), o.stdout)
			}
			assert.Contains(t, o.stdout, trap.remark+trap.fails)
		})
	}
}

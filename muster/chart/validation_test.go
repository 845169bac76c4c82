package chart_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	syaml "sigs.k8s.io/yaml"
)

// validated enables the validation as Jobs.
const validated values = "validation: {enabled: true, job: {enabled: true}}\nrunner: {enabled: false}"

func TestNoValidationByDefault(t *testing.T) {
	t.Parallel()
	for _, m := range render(t, `
validation: {job: {enabled: true}}
runner:
  enabled: true
  sentry: {enabled: true}
  persistence: {enabled: true}
  alerts: {prometheusRule: {enabled: true}, dashboard: {enabled: true}}
config: {slackAlerts: true}`) {
		assert.NotContains(t, m.GetName(), "validation", m.GetKind())
		assert.NotContains(t, m.GetName(), "runner", m.GetKind())
		assert.NotContains(t, []string{"ServiceAccount", "Role", "ClusterRole", "Job", "CronJob", "VaultSecret"}, m.GetKind())
	}
}

func TestValidationJob(t *testing.T) {
	t.Parallel()
	objects := render(t, validated, `
image: {tag: "7"}
validation: {activeDeadlineSeconds: 300, extraArgs: [-strict, "-test.run=^TestNoToken$"]}`)
	job := find[batchv1.Job](t, objects, "Job", "muster-validation")
	cron := find[batchv1.CronJob](t, objects, "CronJob", "muster-validation")
	assert.Equal(t, job.Spec, cron.Spec.JobTemplate.Spec, "both run the same")
	assert.Equal(t, batchv1.ForbidConcurrent, cron.Spec.ConcurrencyPolicy)
	assert.Equal(t, new(int32(3)), cron.Spec.SuccessfulJobsHistoryLimit)
	assert.Equal(t, new(int32(3)), cron.Spec.FailedJobsHistoryLimit)
	assert.Equal(t, "post-install,post-upgrade", job.Annotations["helm.sh/hook"])

	assert.Equal(t, new(int32(0)), job.Spec.BackoffLimit)
	assert.Equal(t, new(int64(300)), job.Spec.ActiveDeadlineSeconds)
	pod := job.Spec.Template.Spec
	assertConfined(t, pod)
	assert.Equal(t, corev1.RestartPolicyNever, pod.RestartPolicy)
	c := pod.Containers[0]
	assert.Equal(t, "ghcr.io/lsst-sqre/muster-go:7", c.Image, "the server's image")
	assert.Equal(t, []string{"/validation.test"}, c.Command)
	assert.Equal(t, []string{"-env=/etc/muster/environment.yaml", "-test.v", "-test.timeout=270s",
		"-strict", "-test.run=^TestNoToken$"}, c.Args, "the suite ends in time to revoke its tokens")
}

func TestValidationJobOnlyWhenWanted(t *testing.T) {
	t.Parallel()
	objects := render(t,
		"validation: {enabled: true, cronJob: {suspend: true, schedule: '@daily'}}\nrunner: {enabled: false}")
	assert.NotContains(t, names(objects), "Job/muster-validation")
	cron := find[batchv1.CronJob](t, objects, "CronJob", "muster-validation")
	assert.Equal(t, new(true), cron.Spec.Suspend)
	assert.Equal(t, "@daily", cron.Spec.Schedule)
}

// The server's Service and NetworkPolicy must not select the validation's pods.
func TestValidationPodIsNoServer(t *testing.T) {
	t.Parallel()
	objects := render(t, validated)
	labels := find[batchv1.Job](t, objects, "Job", "muster-validation").Spec.Template.Labels
	selector := find[corev1.Service](t, objects, "Service", "muster").Spec.Selector
	assert.NotSubset(t, labels, selector)
	policy := find[networkingv1.NetworkPolicy](t, objects, "NetworkPolicy", "muster-validation").Spec
	assert.Equal(t, labels, policy.PodSelector.MatchLabels)
	assert.Equal(t, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}, policy.PolicyTypes)
	assert.Empty(t, policy.Ingress)
}

func environment(t *testing.T, objects []manifest) map[string]any {
	t.Helper()
	job := find[batchv1.Job](t, objects, "Job", "muster-validation").Spec.Template.Spec
	name := job.Volumes[0].Projected.Sources[0].ConfigMap.Name
	var file map[string]any
	text := find[corev1.ConfigMap](t, objects, "ConfigMap", name).Data["environment.yaml"]
	require.NoError(t, syaml.UnmarshalStrict([]byte(text), &file))
	return file
}

func TestEnvironmentFollowsFromTheValues(t *testing.T) {
	t.Parallel()
	assert.Equal(t, map[string]any{
		"url":      "https://minikube.lsst.codes",
		"scope":    "read:image",
		"muster":   map[string]any{"deployed": "go", "path": "/check"},
		"ca":       "ca.crt",
		"features": []any{"quota", "inside"},
		"bootstrap": map[string]any{
			"secret": map[string]any{"namespace": "gafaelfawr", "name": "gafaelfawr", "key": "bootstrap-token"},
		},
	}, environment(t, render(t, validated, `
config: {scope: "read:image", pathPrefix: /check}
extraCA: {configMap: authorities}`)))

	assert.Equal(t, map[string]any{
		"url":       "https://other.example.org",
		"scope":     "exec:admin",
		"muster":    map[string]any{"deployed": "python", "path": "/muster"},
		"features":  []any{"homepage", "inside"},
		"bootstrap": map[string]any{"variable": "TOKEN"},
	}, environment(t, render(t, validated, `
global: {baseUrl: "https://base.example.org"}
validation:
  environment:
    url: https://other.example.org
    muster: {deployed: python}
    features: [homepage]
    bootstrap: {variable: TOKEN}`)),
		"what the environment says comes first")
}

func TestExtraCAIsBesideTheEnvironmentFile(t *testing.T) {
	t.Parallel()
	objects := render(t, validated, "extraCA: {configMap: authorities, key: root.pem}")
	pod := find[batchv1.Job](t, objects, "Job", "muster-validation").Spec.Template.Spec
	sources := pod.Volumes[0].Projected.Sources
	require.Len(t, sources, 2)
	assert.Equal(t, "authorities", sources[1].ConfigMap.Name)
	assert.Equal(t, []corev1.KeyToPath{{Key: "root.pem", Path: "ca.crt"}}, sources[1].ConfigMap.Items)
}

func TestValidationReadsOnlyTheBootstrapSecret(t *testing.T) {
	t.Parallel()
	objects := render(t, validated)
	account := find[corev1.ServiceAccount](t, objects, "ServiceAccount", "muster-validation")
	job := find[batchv1.Job](t, objects, "Job", "muster-validation").Spec.Template.Spec
	assert.Equal(t, account.Name, job.ServiceAccountName)
	assert.NotContains(t, names(objects), "ClusterRole/muster-validation", "the default features need none")

	role := find[rbacv1.Role](t, objects, "Role", "muster-validation")
	assert.Equal(t, "gafaelfawr", role.Namespace)
	assert.Equal(t, []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"secrets"},
		ResourceNames: []string{"gafaelfawr"}, Verbs: []string{"get"}}}, role.Rules)
	binding := find[rbacv1.RoleBinding](t, objects, "RoleBinding", "muster-validation")
	assert.Equal(t, role.Namespace, binding.Namespace)
	assert.Equal(t, role.Name, binding.RoleRef.Name)
	assert.Equal(t, []rbacv1.Subject{{Kind: "ServiceAccount", Name: account.Name, Namespace: "muster"}}, binding.Subjects)

	objects = render(t, validated, "validation: {environment: {bootstrap: {secret: {namespace: auth, name: tokens}}}}")
	role = find[rbacv1.Role](t, objects, "Role", "muster-validation")
	assert.Equal(t, "auth", role.Namespace)
	assert.Equal(t, []string{"tokens"}, role.Rules[0].ResourceNames)

	objects = render(t, validated, "validation: {environment: {bootstrap: {variable: TOKEN}}}")
	assert.NotContains(t, names(objects), "Role/muster-validation")
}

func TestFeaturesBringTheirPermissions(t *testing.T) {
	t.Parallel()
	objects := render(t, validated, `
validation:
  environment: {features: [quota, argocd]}
  extraRules: [{apiGroups: [""], resources: [secrets], resourceNames: [mobu-gafaelfawr-token], verbs: [get]}]`)
	role := find[rbacv1.ClusterRole](t, objects, "ClusterRole", "muster-validation")
	assert.Equal(t, []rbacv1.PolicyRule{
		{APIGroups: []string{"argoproj.io"}, Resources: []string{"applications"}, Verbs: []string{"list"}},
		{
			APIGroups:     []string{""},
			Resources:     []string{"configmaps"},
			ResourceNames: []string{"argocd-cm"},
			Verbs:         []string{"get"},
		},
		{
			APIGroups:     []string{""},
			Resources:     []string{"secrets"},
			ResourceNames: []string{"mobu-gafaelfawr-token"},
			Verbs:         []string{"get"},
		},
	}, role.Rules)
	binding := find[rbacv1.ClusterRoleBinding](t, objects, "ClusterRoleBinding", "muster-validation")
	assert.Equal(t, role.Name, binding.RoleRef.Name)
	assert.Equal(t, []rbacv1.Subject{{Kind: "ServiceAccount", Name: "muster-validation", Namespace: "muster"}},
		binding.Subjects)
}

func TestFirstRunWaits(t *testing.T) {
	t.Parallel()
	objects := render(t, validated, "validation: {environment: {features: [kubernetes]}, job: {wait: 90s}}")
	job := find[batchv1.Job](t, objects, "Job", "muster-validation").Spec.Template.Spec
	assert.Contains(t, job.Containers[0].Args, "-wait=90s")
	cron := find[batchv1.CronJob](t, objects, "CronJob", "muster-validation").Spec.JobTemplate.Spec.Template.Spec
	assert.NotContains(t, cron.Containers[0].Args, "-wait=90s", "later runs find a deployment that stands")
	job.Containers[0].Args = cron.Containers[0].Args
	assert.Equal(t, cron, job, "both run the same")
}

func TestPermissionsOnlyRead(t *testing.T) {
	t.Parallel()
	objects := render(t, validated, `
validation: {environment: {features: [kubernetes, ingress-nginx, argocd, vault, cert-manager, networkpolicy]}}`)
	for _, rule := range find[rbacv1.ClusterRole](t, objects, "ClusterRole", "muster-validation").Rules {
		assert.Subset(t, []string{"get", "list"}, rule.Verbs)
		assert.False(t, slices.Contains(rule.APIGroups, "*") || slices.Contains(rule.Resources, "*"), "%v", rule)
		assert.NotContains(t, rule.Resources, "secrets")
		if slices.Contains(rule.Resources, "configmaps") {
			assert.NotEmpty(t, rule.ResourceNames, "a ConfigMap is read by its name")
		}
	}
}

func TestWritingIsGrantedOnDemand(t *testing.T) {
	t.Parallel()
	objects := render(t, validated, "validation: {write: true}")
	job := find[batchv1.Job](t, objects, "Job", "muster-validation").Spec.Template.Spec
	assert.Contains(t, job.Containers[0].Args, "-write")
	role := find[rbacv1.ClusterRole](t, objects, "ClusterRole", "muster-validation")
	assert.Contains(t, role.Rules, rbacv1.PolicyRule{APIGroups: []string{"gafaelfawr.lsst.io"},
		Resources: []string{"gafaelfawringresses"}, Verbs: []string{"create"}})
	for _, rule := range role.Rules {
		if slices.Contains(rule.Verbs, "patch") {
			assert.Equal(t, []string{"muster-canary"}, rule.ResourceNames, "only what the suite makes")
		}
		if slices.Contains(rule.Verbs, "delete") {
			assert.Equal(t, []string{"namespaces"}, rule.Resources, "it takes with it what is in it")
			assert.NotEmpty(t, rule.ResourceNames, "only namespaces that the suite makes")
		}
	}
}

// A Job that checks nothing must not pass.
func TestJobChecksSomething(t *testing.T) {
	t.Parallel()
	for _, argument := range []string{"-role=muster", "--test.list=.", "-revoke=/tmp/left"} {
		_, err := tryRender(t, validated, deployed, values(`validation: {extraArgs: ["`+argument+`"]}`))
		require.Error(t, err)
		assert.Contains(t, err.Error(), argument+" may not be among them: it checks nothing")
	}
}

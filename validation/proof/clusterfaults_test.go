package proof

import (
	"testing"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
)

// clusterFault is something that is wrong in a cluster, and what the suite must
// say about it.
type clusterFault struct {
	name string
	make func(*testing.T, *world)
	// red are the checks that fail, and no others; says is what the run says.
	red  []string
	says string
}

const authURL = "nginx.ingress.kubernetes.io/auth-url"

// clusterFaults have every check red that asks Kubernetes.
var clusterFaults = []clusterFault{
	{"auth-url edited away", func(t *testing.T, w *world) {
		patch := `{"metadata":{"annotations":{"` + authURL + `":null}}}`
		w.edge(t, "muster/muster-auth", patch)
		w.change(t, phalanx.Ingresses, "muster/muster-auth", patch)
	}, []string{"TestSweep", "TestSweepForged", "TestUndeclaredOpen", "TestOperatorIngresses"},
		"Ingress muster/muster-auth, path /muster/auth/fail: GET /muster/auth/fail: status 200"},
	{"protected path answered by a broader one", func(t *testing.T, w *world) {
		w.edge(t, "muster/muster-auth", "")
		w.remove(t, phalanx.Ingresses, "muster/muster-auth")
	}, []string{"TestSweep", "TestSweepForged", "TestOperatorIngresses"},
		"Ingress muster/muster-anonymous, path /muster asks for no login and contains this path"},
	{"an Ingress without authentication", func(t *testing.T, w *world) {
		w.add(t, phalanx.Ingresses, plain("rogue", "minikube.lsst.codes", "/rogue"))
	}, []string{"TestUndeclaredOpen", "TestIngressesServed"}, "Ingress muster/rogue, path /rogue: neither"},
	{"a resource that the operator refuses", func(t *testing.T, w *world) {
		w.change(t, phalanx.GafaelfawrIngress, "muster/muster-auth", `{"status":{"create":{"status":"False","reason":"Failed","message":"Unknown scope no:such"}}}`)
	}, []string{"TestGafaelfawrIngressStatus"}, "GafaelfawrIngress muster/muster-auth: status False: Unknown scope no:such"},
	{"a resource without status", func(t *testing.T, w *world) {
		w.change(t, phalanx.GafaelfawrIngress, "muster/muster-auth", `{"status":null}`)
		w.add(t, phalanx.Events, event("muster", "GafaelfawrIngress", "muster-auth", "Error", "Logging", "muster-auth is malformed: no scopes"))
	}, []string{"TestGafaelfawrIngressStatus"}, "events: Error Logging: muster-auth is malformed: no scopes"},
	{"a change that the operator has not heard of", func(t *testing.T, w *world) {
		w.change(t, phalanx.GafaelfawrIngress, "muster/muster-auth", `{"config":{"scopes":{"all":["read:image"]}}}`)
	}, []string{"TestOperatorIngresses"}, "Ingress muster/muster-auth: auth-url has scope=exec:admin and not read:image"},
	{"auth-url to somebody else", func(t *testing.T, w *world) {
		w.change(t, phalanx.Ingresses, "muster/muster-auth", `{"metadata":{"annotations":{"`+authURL+`":"http://gafaelfawr.example.org:8080/ingress/auth?scope=exec:admin&service=muster"}}}`)
	}, []string{"TestOperatorIngresses"}, "auth-url asks gafaelfawr.example.org:8080/ingress/auth and not Gafaelfawr's"},
	{"annotations edited", func(t *testing.T, w *world) {
		w.change(t, phalanx.Ingresses, "muster/muster-auth", `{"metadata":{"annotations":{
			"nginx.ingress.kubernetes.io/auth-response-headers":"X-Auth-Request-User","nginx.ingress.kubernetes.io/configuration-snippet":null}}}`)
	}, []string{"TestOperatorIngresses"}, "auth-response-headers does not take away the client's Cookie"},
	{"another path", func(t *testing.T, w *world) {
		w.change(t, phalanx.Ingresses, "muster/muster-auth", `{"spec":{"ingressClassName":"nginx","rules":[{"host":"minikube.lsst.codes","http":{"paths":[
			{"path":"/muster/auth/other","pathType":"Exact","backend":{"service":{"name":"muster","port":{"name":"http"}}}}]}}]}}`)
	}, []string{"TestOperatorIngresses", "TestSweep", "TestSweepForged"}, "its paths are minikube.lsst.codes/muster/auth/other"},
	{"a service token that is refused", func(t *testing.T, w *world) {
		w.change(t, phalanx.GafaelfawrServices, "muster/mobu-token", `{"status":{"periodic":{"status":"False","message":"Unknown scopes requested"}}}`)
	}, []string{"TestServiceTokens"}, "Unknown scopes requested"},
	{"a service token without Secret", func(t *testing.T, w *world) {
		w.remove(t, phalanx.Secrets, "muster/mobu-token")
	}, []string{"TestServiceTokenSecrets"}, "GafaelfawrServiceToken muster/mobu-token: there is none"},
	{"a service token that is not valid", func(t *testing.T, w *world) {
		w.change(t, phalanx.Secrets, "muster/mobu-token", `{"stringData":{"token":"gt-AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"}}`)
	}, []string{"TestServiceTokenSecrets"}, "a valid token in its Secret"},
	{"a service token of somebody else", func(t *testing.T, w *world) {
		w.change(t, phalanx.Secrets, "muster/mobu-token", `{"stringData":{"token":"`+w.mint(t, "bot-other", "read:image")+`"}}`)
	}, []string{"TestServiceTokenSecrets"}, "the scopes read:image"},
	{"controller not ready", func(t *testing.T, w *world) {
		w.change(t, phalanx.Pods, "ingress-nginx/ingress-nginx-controller-0", `{"status":{"conditions":[{"type":"Ready","status":"False"}]}}`)
	}, []string{"TestControllerReady"}, "Pod ingress-nginx/ingress-nginx-controller-0: "},
	{"no controller", func(t *testing.T, w *world) {
		w.remove(t, phalanx.Pods, "ingress-nginx/ingress-nginx-controller-0")
	}, []string{"TestControllerReady"}, "none with the label"},
	{"snippets refused", controllerConfig(`{"annotations-risk-level":"High"}`), []string{"TestSnippetsAllowed"}, `annotations-risk-level: "High"`},
	{"no error mapping", controllerConfig(`{"server-snippet":"location @autherror { return 403; }"}`), []string{"TestErrorMapping"}, "in server-snippet: if ($auth_status = 429) {"},
	{"small buffers", controllerConfig(`{"proxy-buffer-size":"8k","use-forwarded-headers":null}`), []string{"TestControllerSettings"}, "users with many cookies get 500"},
	{"a configuration that cannot be loaded", func(t *testing.T, w *world) {
		w.add(t, phalanx.Events, event("ingress-nginx", "Pod", "ingress-nginx-controller-0", "Warning", "RELOAD", "Error reloading NGINX: unknown directive"))
	}, []string{"TestControllerReload"}, "Error reloading NGINX: unknown directive"},
	{"two Ingresses for one path", func(t *testing.T, w *world) {
		w.add(t, phalanx.Ingresses, plain("second", "minikube.lsst.codes", "/argo-cd"))
	}, []string{"TestIngressConflicts", "TestUndeclaredOpen"}, "Ingress argocd/argocd-server, path /argo-cd claims it, too"},
	{"a host without TLS", func(t *testing.T, w *world) {
		w.add(t, phalanx.Ingresses, plain("elsewhere", "other.example.org", "/"))
	}, []string{"TestIngressTLS", "TestUndeclaredOpen"}, "the host other.example.org under tls of some Ingress"},
	{"another class", func(t *testing.T, w *world) {
		w.change(t, phalanx.Ingresses, "squareone/squareone", `{"spec":{"ingressClassName":"traefik"}}`)
	}, []string{"TestIngressClass"}, `Ingress squareone/squareone: ingressClassName "traefik"`},
	{"no Applications", func(t *testing.T, w *world) {
		for _, name := range []string{"argocd", "cert-manager", "gafaelfawr", "ingress-nginx", "muster", "repertoire", "squareone", "vault-secrets-operator"} {
			w.change(t, phalanx.ArgoApplications, "argocd/"+name, `{"metadata":{"labels":{"argocd.argoproj.io/instance":"app-of-apps"}}}`)
		}
	}, []string{"TestApplications", "TestApplicationHealth", "TestApplicationSync", "TestApplicationOperation"}, `none with the selector "argocd.argoproj.io/instance=science-platform"`},
	{"an Application is missing", func(t *testing.T, w *world) {
		w.remove(t, phalanx.ArgoApplications, "argocd/muster")
	}, []string{"TestApplications"}, "the Application muster"},
	{"an Application is Degraded", func(t *testing.T, w *world) {
		w.change(t, phalanx.ArgoApplications, "argocd/muster", `{"status":{"reconciledAt":"2020-01-01T00:00:00Z","health":{"status":"Degraded"},
			"resources":[{"kind":"Deployment","namespace":"muster","name":"muster","status":"Synced","health":{"status":"Degraded","message":"exceeded its progress deadline"}}],
			"conditions":[{"type":"ComparisonError","message":"boom"}]}}`)
	}, []string{"TestApplicationHealth"}, "its status is older than the Argo CD controller"},
	{"an Application has no health", func(t *testing.T, w *world) {
		w.change(t, phalanx.ArgoApplications, "argocd/muster", `{"status":{"health":null}}`)
	}, []string{"TestApplicationHealth"}, "Application argocd/muster"},
	{"an Application is OutOfSync", func(t *testing.T, w *world) {
		w.change(t, phalanx.ArgoApplications, "argocd/muster", `{"status":{"sync":{"status":"OutOfSync"},"resources":[{"kind":"Service","namespace":"muster","name":"muster","status":"OutOfSync"}]}}`)
	}, []string{"TestApplicationSync"}, "Application argocd/muster: OutOfSync: Service muster/muster OutOfSync"},
	{"a sync failed", func(t *testing.T, w *world) {
		w.change(t, phalanx.ArgoApplications, "argocd/gafaelfawr", `{"operation":{"sync":{}},"status":{"operationState":{"phase":"Failed","message":"hook schema-update failed"}}}`)
	}, []string{"TestApplicationOperation"}, "Failed: hook schema-update failed"},
	{"no page of Argo CD", func(t *testing.T, w *world) { w.edge(t, "argocd/argocd-server", "") },
		[]string{"TestArgoCDPage", "TestIngressesServed"}, "status 404"},
	{"Vault cannot be read", func(t *testing.T, w *world) {
		w.change(t, phalanx.VaultSecrets, "gafaelfawr/gafaelfawr", `{"status":{"conditions":[{"type":"SecretCreated","status":"False","reason":"FetchFailed","message":"permission denied"}]}}`)
	}, []string{"TestVaultSecrets"}, "SecretCreated False FetchFailed permission denied, path secret/phalanx/local/gafaelfawr"},
	{"an empty value", func(t *testing.T, w *world) {
		w.change(t, phalanx.Secrets, "gafaelfawr/gafaelfawr", `{"stringData":{"session-secret":""}}`)
	}, []string{"TestVaultSecretsPresent"}, "a value of session-secret in its Secret"},
	{"no Secret from Vault", func(t *testing.T, w *world) {
		w.remove(t, phalanx.Secrets, "gafaelfawr/gafaelfawr")
	}, []string{"TestVaultSecretsPresent"}, "the Secret gafaelfawr/gafaelfawr"},
	{"an issuer is not ready", func(t *testing.T, w *world) {
		w.change(t, phalanx.ClusterIssuers, "/letsencrypt-dns", `{"status":{"conditions":[{"type":"Ready","status":"False","reason":"ErrRegisterACMEAccount","message":"rateLimited"}]}}`)
	}, []string{"TestIssuers"}, "ClusterIssuer letsencrypt-dns: Ready False ErrRegisterACMEAccount rateLimited"},
	{"renewal is overdue", func(t *testing.T, w *world) {
		w.change(t, phalanx.Certificates, "ingress-nginx/ingress-certificate", `{"status":{"renewalTime":"2020-01-01T00:00:00Z"}}`)
	}, []string{"TestCertificatesReady"}, "due since 2020-01-01"},
	{"another certificate is served", func(t *testing.T, w *world) {
		w.change(t, phalanx.Secrets, "ingress-nginx/ingress-certificate", `{"data":{"tls.crt":""}}`)
	}, []string{"TestServedCertificate"}, "another one is served"},
	{"pods are not ready", func(t *testing.T, w *world) {
		w.change(t, phalanx.Deployments, "gafaelfawr/gafaelfawr", `{"status":{"readyReplicas":0,"availableReplicas":0}}`)
	}, []string{"TestWorkloads"}, "Deployment gafaelfawr/gafaelfawr: 0"},
	{"scaled to zero", func(t *testing.T, w *world) {
		w.change(t, phalanx.StatefulSets, "gafaelfawr/gafaelfawr-redis", `{"spec":{"replicas":0}}`)
	}, []string{"TestWorkloads"}, "StatefulSet gafaelfawr/gafaelfawr-redis: scaled to zero"},
	{"a rollout half-way", func(t *testing.T, w *world) {
		w.change(t, phalanx.Deployments, "muster/muster", `{"status":{"updatedReplicas":0}}`)
	}, []string{"TestWorkloads"}, "0 of 1 pods are of the newest revision"},
	{"a service is not installed", func(t *testing.T, w *world) {
		w.remove(t, phalanx.Deployments, "squareone/squareone")
	}, []string{"TestWorkloads"}, "Deployment squareone/squareone: it does not"},
	{"an image that cannot be pulled", func(t *testing.T, w *world) {
		w.change(t, phalanx.Pods, "muster/muster-0", `{"status":{"containerStatuses":[{"name":"main","ready":false,"restartCount":0,"image":"example.org/muster:9","imageID":"","state":{"waiting":{"reason":"ImagePullBackOff","message":"not found"}}}]}}`)
	}, []string{"TestPodsStart"}, "ImagePullBackOff: not found (image example.org/muster:9)"},
	{"a pod that keeps restarting", func(t *testing.T, w *world) {
		w.change(t, phalanx.Pods, "muster/muster-0", `{"status":{"containerStatuses":[{"name":"main","ready":false,"restartCount":7,"image":"x","imageID":"","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}`)
	}, []string{"TestPodsRestarting"}, "7 restarts, now CrashLoopBackOff"},
	{"no NetworkPolicy", func(t *testing.T, w *world) {
		w.remove(t, phalanx.NetworkPolicies, "muster/muster")
	}, []string{"TestNetworkPolicies"}, "Deployment muster/muster: none selects them"},
}

func controllerConfig(data string) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		w.change(t, phalanx.ConfigMaps, "ingress-nginx/ingress-nginx-controller", `{"data":`+data+`}`)
	}
}

// plain is an Ingress of nobody's, to Muster.
func plain(name, host, path string) string {
	return `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {namespace: muster, name: ` + name + `}, spec: {ingressClassName: nginx, rules: [
		{host: ` + host + `, http: {paths: [{path: ` + path + `, pathType: Prefix, backend: {service: {name: muster, port: {name: http}}}}]}}]}}`
}

func event(namespace, kind, name, eventType, reason, message string) string {
	return `{apiVersion: v1, kind: Event, metadata: {namespace: ` + namespace + `, name: for-` + name + `}, type: ` + eventType + `, reason: ` + reason +
		`, message: "` + message + `", involvedObject: {kind: ` + kind + `, namespace: ` + namespace + `, name: ` + name + `}}`
}

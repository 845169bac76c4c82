package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
)

// precondition is what many checks cannot do without. It is verified once a run.
// Where it does not hold, the check that is about it fails and all others are
// blocked, so that a reader sees one fault and not forty.
type precondition struct {
	once sync.Once
	try  func(context.Context) error
	err  error
}

func (p *precondition) verify(ctx context.Context) error {
	p.once.Do(func() { p.err = p.try(ctx) })
	return p.err
}

// preconditions in the order in which they build on each other.
type preconditions struct {
	reachable, handshake, trusted, front, tokens, muster, scope, kubernetes *precondition
}

func newPreconditions(a *access) preconditions {
	var p preconditions
	p.reachable = &precondition{try: a.client.Connect}
	p.handshake = after(p.reachable, a.client.TLS)
	p.trusted = after(p.handshake, a.client.VerifyCertificate)
	p.front = after(p.trusted, a.tryFront)
	p.tokens = after(p.front, a.tokens.Open)
	p.muster = after(p.front, a.tryMuster)
	p.scope = &precondition{try: func(ctx context.Context) error {
		if p.tokens.verify(ctx) == nil && (a.env.Muster.Deployed == NoMuster || p.muster.verify(ctx) == nil) {
			return a.tryScope(ctx)
		}
		return nil // it could not be tried, and another check fails for that
	}}
	p.kubernetes = &precondition{try: a.tryKubernetes}
	return p
}

// after is a precondition that is tried only where the one before it holds.
func after(before *precondition, try func(context.Context) error) *precondition {
	return &precondition{try: func(ctx context.Context) error {
		if err := before.verify(ctx); err != nil {
			return err
		}
		return try(ctx)
	}}
}

// failing are preconditions that fail with that error without being tried.
func failing(err error) preconditions {
	p := func() *precondition { return &precondition{try: func(context.Context) error { return err }} }
	return preconditions{reachable: p(), handshake: p(), trusted: p(), front: p(), tokens: p(), muster: p(), scope: p(),
		kubernetes: p()}
}

// tryKubernetes asks for what any API server has. That it is not allowed is an
// answer, too.
func (a *access) tryKubernetes(ctx context.Context) error {
	client, err := a.kube()
	if err != nil {
		return err
	}
	_, err = client.Resource(Namespaces.Resource).List(ctx, metav1.ListOptions{Limit: 1})
	switch {
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("the API server at %s does not accept the credentials of the context %q: log in again",
			client.Where, a.env.Kubernetes.Context)
	case err != nil && !apierrors.IsForbidden(err):
		if words := client.PluginWords(ctx, err); words != "" {
			return fmt.Errorf("no access to the API server at %s, because the kubeconfig's credential plugin failed: %w. It "+
				"says: %s",
				client.Where, err, words)
		}
		return fmt.Errorf("no answer from the API server at %s: %w. Is the cluster up, and is `kubernetes` in the "+
			"environment file right?", client.Where, err)
	}
	a.results.fact("kubernetes", client.Where)
	return nil
}

// pythonPaths are the routes of the Python Muster that stand behind the same
// configuration as a probe.
var pythonPaths = map[string]string{
	"anonymous":     "/anonymous",
	"authenticated": "/auth/fail",
	"redirect":      "/auth/redirect",
	"quota":         "/auth/quota",
	"delegated":     "/delegated/header",
	"authorization": "/delegated/authorization",
}

// tryMuster asks the anonymous route, which both Musters have.
func (a *access) tryMuster(ctx context.Context) error {
	url := a.env.URL + a.env.Muster.Path + "/anonymous"
	what := map[string]string{GoMuster: "Muster", PythonMuster: "Python Muster"}[a.env.Muster.Deployed]
	answer, err := a.client.Get(ctx, url)
	if err != nil {
		return fmt.Errorf("GET %s: %w", url, err)
	}
	if answer.Code == 200 && strings.Contains(string(answer.Body), `"ok"`) {
		return a.trySchema(ctx)
	}
	remedy := fmt.Sprintf("Is it installed, and are muster.deployed and muster.path right in environment %q?", a.env.Name)
	switch answer.Code {
	case http.StatusInternalServerError:
		remedy = "Gafaelfawr, which filters the headers of anonymous routes too, cannot be reached from the ingress."
	case http.StatusServiceUnavailable:
		remedy = "Its Service has no endpoints: are its pods ready?"
	}
	if listed := a.discovered(ctx); listed != "" {
		remedy = fmt.Sprintf("Service discovery lists it at %s: write muster: {path: %s}", a.env.URL+listed, listed)
	}
	wrong := &client.StatusError{URL: url, Status: answer.Code, ContentType: answer.Header.Get("Content-Type")}
	return fmt.Errorf("%s does not answer: %w. %s", what, wrong, remedy)
}

// discovered is the path at which service discovery lists Muster, "" where that is
// the environment's, or not known.
func (a *access) discovered(ctx context.Context) string {
	if !a.env.Has(Discovery) {
		return ""
	}
	var d struct {
		Services struct {
			Internal map[string]struct {
				URL string `json:"url"`
			} `json:"internal"`
		} `json:"services"`
	}
	answer, err := a.client.Get(ctx, a.env.URL+"/repertoire/discovery")
	if err != nil || answer.Code != http.StatusOK || json.Unmarshal(answer.Body, &d) != nil {
		return ""
	}
	path, here := strings.CutPrefix(d.Services.Internal["muster"].URL, a.env.URL+"/")
	if path = "/" + strings.Trim(path, "/"); !here || path == a.env.Muster.Path || strings.ContainsAny(path, "?# {}") {
		return ""
	}
	return path
}

// trySchema refuses reports that this suite does not understand. What is no
// report at all, and why there is none, is for the checks to tell.
func (a *access) trySchema(ctx context.Context) error {
	if a.env.Muster.Deployed != GoMuster {
		return nil
	}
	url := a.env.URL + a.env.Muster.Path + "/probes/anonymous"
	var report muster.Report
	answer, err := a.client.Get(ctx, url)
	if err == nil && json.Unmarshal(answer.Body, &report) == nil && report.Schema > 0 &&
		report.Schema != muster.SchemaVersion {
		return fmt.Errorf("the reports of Muster %s have version %d of their schema, and this suite knows %d: run the "+
			"suite of the same release, such as from the server's own image",
			report.Server.Version, report.Schema, muster.SchemaVersion)
	}
	return nil
}

// tryScope asks a probe which scope it wants, and Gafaelfawr whether it knows
// the one that the environment names. A wrong one is said once, and not by each
// check that makes a token with it.
func (a *access) tryScope(ctx context.Context) error {
	switch wanted := a.scopeOfProbe(ctx); {
	case slices.Contains(wanted, a.env.Scope):
		return nil
	case len(wanted) > 0:
		return fmt.Errorf("%s: the probe asks for the scope %s, and the environment %q says %s: write scope: %[2]s",
			a.env.Muster.Path, wanted[0], a.env.Name, a.env.Scope)
	}
	_, err := a.tokens.Create(ctx, Spec{Name: "scope", Scopes: []string{a.env.Scope}})
	var api *gafaelfawr.APIError
	if errors.As(err, &api) && api.Status == http.StatusUnprocessableEntity {
		known := ""
		if list := a.env.Gafaelfawr.KnownScopes; len(list) > 0 {
			known = " (it knows " + strings.Join(list, ", ") + ")"
		}
		return fmt.Errorf("the scope %s, which the environment %q says, is not known to Gafaelfawr%s",
			a.env.Scope, a.env.Name, known)
	}
	return nil // other checks tell what else there is
}

// scopeOfProbe are the scopes that the refusal of a token without any names.
// There are none where the answer is no such refusal.
func (a *access) scopeOfProbe(ctx context.Context) []string {
	path := "/probes/authenticated"
	switch a.env.Muster.Deployed {
	case NoMuster:
		return nil
	case PythonMuster:
		path = pythonPaths["authenticated"]
	}
	id, err := a.tokens.Create(ctx, Spec{Name: "no-scope"})
	if err != nil {
		return nil
	}
	answer := a.client.Do(ctx, client.Request{Target: Target{Path: a.env.Muster.Path + path}, Credential: Bearer(id)})
	challenges, err := gafaelfawr.ParseChallenges(answer.Header.Values("WWW-Authenticate")...)
	if answer.Code != http.StatusForbidden || err != nil || len(challenges) != 1 {
		return nil
	}
	return challenges[0].Scopes()
}

// Package preconditions verifies, once a run, what many checks need.
package preconditions

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
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/tokens"
)

// Precondition is something that many checks need. It is verified once a run.
// If it does not hold, its own check fails and all others are blocked, so that
// a reader sees one fault and not forty.
type Precondition struct {
	once sync.Once
	try  func(context.Context) error
	err  error
}

// Verify tries the precondition the first time and remembers the result.
func (p *Precondition) Verify(ctx context.Context) error {
	p.once.Do(func() { p.err = p.try(ctx) })
	return p.err
}

// Preconditions are in the order in which they build on each other.
type Preconditions struct {
	Reachable, Handshake, Trusted, Front, Tokens, Muster, Scope, Sessions, Kubernetes *Precondition
}

// New returns the preconditions of a run, all untried.
func New(a *Access) Preconditions {
	var p Preconditions
	p.Reachable = &Precondition{try: a.Client.Connect}
	p.Handshake = after(p.Reachable, a.Client.TLS)
	p.Trusted = after(p.Handshake, a.Client.VerifyCertificate)
	p.Front = after(p.Trusted, a.TryFront)
	p.Tokens = after(p.Front, a.Tokens.Open)
	p.Muster = after(p.Front, a.tryMuster)
	p.Scope = &Precondition{try: func(ctx context.Context) error {
		if p.Tokens.Verify(ctx) == nil && (a.Env.Muster.Deployed == environment.NoMuster || p.Muster.Verify(ctx) == nil) {
			return a.tryScope(ctx)
		}
		return nil // it could not be tried, and another check reports why
	}}
	p.Sessions = after(p.Tokens, a.trySessions)
	p.Kubernetes = &Precondition{try: a.TryKubernetes}
	return p
}

// after returns a precondition that is tried only if the one before it holds.
func after(before *Precondition, try func(context.Context) error) *Precondition {
	return &Precondition{try: func(ctx context.Context) error {
		if err := before.Verify(ctx); err != nil {
			return err
		}
		return try(ctx)
	}}
}

// Failing returns preconditions that fail with the error without being tried.
func Failing(err error) Preconditions {
	p := func() *Precondition { return &Precondition{try: func(context.Context) error { return err }} }
	return Preconditions{Reachable: p(), Handshake: p(), Trusted: p(), Front: p(), Tokens: p(), Muster: p(), Scope: p(),
		Sessions: p(), Kubernetes: p()}
}

// TryKubernetes requests what any API server has. A refusal is an answer, too.
func (a *Access) TryKubernetes(ctx context.Context) error {
	client, err := a.Kube()
	if err != nil {
		return err
	}
	_, err = client.Resource(kubernetes.Namespaces.Resource).List(ctx, metav1.ListOptions{Limit: 1})
	switch {
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("the API server at %s does not accept the credentials of the context %q: log in again",
			client.Where, a.Env.Kubernetes.Context)
	case err != nil && !apierrors.IsForbidden(err):
		if words := client.PluginWords(ctx, err); words != "" {
			return fmt.Errorf("no access to the API server at %s, because the kubeconfig's credential plugin failed: %w. It "+
				"says: %s",
				client.Where, err, words)
		}
		return fmt.Errorf("no answer from the API server at %s: %w. Is the cluster up, and is `kubernetes` in the "+
			"environment file right?", client.Where, err)
	}
	where := client.Where
	if version := client.Version(ctx); version != "" {
		where = version + " at " + where
	}
	a.Fact("kubernetes", where)
	return nil
}

// tryMuster requests the anonymous route, which both Musters have.
func (a *Access) tryMuster(ctx context.Context) error {
	url := a.Env.URL + a.Env.Muster.Path + "/anonymous"
	what := "Muster"
	if a.Env.Muster.Deployed == environment.PythonMuster {
		what = "Python Muster"
	}
	answer, err := a.getUntil(ctx, url, func(r client.Response) bool {
		return r.Code == 200 && strings.Contains(string(r.Body), `"ok"`)
	})
	if err != nil {
		return fmt.Errorf("GET %s: %w", url, err)
	}
	if answer.Code == 200 && strings.Contains(string(answer.Body), `"ok"`) {
		return a.tryKind(ctx)
	}
	remedy := fmt.Sprintf("Is it installed, and are muster.deployed and muster.path right in environment %q?", a.Env.Name)
	switch answer.Code {
	case http.StatusInternalServerError:
		remedy = "Gafaelfawr, which filters the headers of anonymous routes too, cannot be reached from the ingress."
	case http.StatusServiceUnavailable:
		remedy = "Its Service has no endpoints: are its pods ready?"
	}
	if listed := a.discovered(ctx); listed != "" {
		remedy = fmt.Sprintf("Service discovery lists it at %s: write muster: {path: %s}", a.Env.URL+listed, listed)
	}
	wrong := &client.StatusError{URL: url, Status: answer.Code, ContentType: answer.Header.Get("Content-Type")}
	return fmt.Errorf("%s does not answer: %w. %s", what, wrong, remedy)
}

// discovered returns the path at which service discovery lists Muster, or "" if
// that is the environment's or unknown.
func (a *Access) discovered(ctx context.Context) string {
	if !a.Env.Has(environment.Discovery) {
		return ""
	}
	var d struct {
		Services struct {
			Internal map[string]struct {
				URL string `json:"url"`
			} `json:"internal"`
		} `json:"services"`
	}
	answer, err := a.Client.Get(ctx, a.Env.URL+"/repertoire/discovery")
	if err != nil || answer.Code != http.StatusOK || json.Unmarshal(answer.Body, &d) != nil {
		return ""
	}
	path, here := strings.CutPrefix(d.Services.Internal["muster"].URL, a.Env.URL+"/")
	if path = "/" + strings.Trim(path, "/"); !here || path == a.Env.Muster.Path || strings.ContainsAny(path, "?# {}") {
		return ""
	}
	return path
}

// tryKind rejects the other Muster than the declared one, and reports that this
// suite does not understand. If the answer is neither, the checks say what is
// wrong.
func (a *Access) tryKind(ctx context.Context) error {
	url := a.Env.URL + a.Env.Muster.Path + "/probes/anonymous"
	var report muster.Report
	reports := false
	answer, err := a.getUntil(ctx, url, func(r client.Response) bool {
		reports = json.Unmarshal(r.Body, &report) == nil && report.Schema > 0
		return reports || r.Code != http.StatusNotFound
	})
	if err != nil {
		return nil //nolint:nilerr // the checks ask again
	}
	declared := a.Env.Muster.Deployed
	switch {
	case reports && declared == environment.PythonMuster:
		return a.otherMuster("Go", environment.GoMuster)
	case declared == environment.GoMuster && answer.Code == http.StatusNotFound && string(answer.Body) == pythonNotFound:
		return a.otherMuster("Python", environment.PythonMuster)
	case reports && report.Schema != muster.SchemaVersion:
		return fmt.Errorf("the reports of Muster %s have version %d of their schema, and this suite knows %d: run the "+
			"suite of the same release, such as from the server's own image",
			report.Server.Version, report.Schema, muster.SchemaVersion)
	}
	return nil
}

// attempts is how often a route is asked before its answer counts as the only one there: a part of
// the requests may lead elsewhere, and the checks tell that.
const attempts = 8

// getUntil asks until an answer is the wanted one, and returns the last.
func (a *Access) getUntil(ctx context.Context, url string, wanted func(client.Response) bool) (client.Response, error) {
	var answer client.Response
	for range attempts {
		var err error
		if answer, err = a.Client.Get(ctx, url); err != nil || wanted(answer) {
			return answer, err
		}
	}
	return answer, nil
}

// pythonNotFound is what the Python Muster answers for a route that it does not
// have, and the Go Muster only outside of its prefix.
const pythonNotFound = `{"detail":"Not Found"}`

func (a *Access) otherMuster(kind, deployed string) error {
	return fmt.Errorf("at %s%s is the %s Muster, and the environment %q declares muster: {deployed: %s}: "+
		"write muster: {deployed: %s}", a.Env.URL, a.Env.Muster.Path, kind, a.Env.Name, a.Env.Muster.Deployed, deployed)
}

// tryScope asks a probe which scope it wants, and Gafaelfawr whether it knows
// the environment's scope. So a wrong scope is reported once, not by each check
// that makes a token with it.
func (a *Access) tryScope(ctx context.Context) error {
	switch wanted := a.scopeOfProbe(ctx); {
	case slices.Contains(wanted, a.Env.Scope):
		return nil
	case len(wanted) > 0:
		return fmt.Errorf("%s: the probe asks for the scope %s, and the environment %q says %s: write scope: %[2]s",
			a.Env.Muster.Path, wanted[0], a.Env.Name, a.Env.Scope)
	}
	_, err := a.Tokens.Create(ctx, tokens.Spec{Name: "scope", Scopes: []string{a.Env.Scope}})
	var api *gafaelfawr.APIError
	if errors.As(err, &api) && api.Status == http.StatusUnprocessableEntity {
		known := ""
		if list := a.Env.Gafaelfawr.KnownScopes; len(list) > 0 {
			known = " (it knows " + strings.Join(list, ", ") + ")"
		}
		return fmt.Errorf("the scope %s, which the environment %q says, is not known to Gafaelfawr%s",
			a.Env.Scope, a.Env.Name, known)
	}
	return nil // other checks report the rest
}

// scopeOfProbe returns the scopes that the probe names when it refuses a token
// without any. It returns none if the answer is no such refusal.
func (a *Access) scopeOfProbe(ctx context.Context) []string {
	path := "/probes/authenticated"
	switch a.Env.Muster.Deployed {
	case environment.NoMuster:
		return nil
	case environment.PythonMuster:
		path = environment.PythonPaths["authenticated"]
	}
	id, err := a.Tokens.Create(ctx, tokens.Spec{Name: "no-scope"})
	if err != nil {
		return nil
	}
	answer := a.Client.Do(ctx, client.Request{
		Target: environment.Target{Path: a.Env.Muster.Path + path}, Credential: tokens.Bearer(id),
	})
	challenges, err := gafaelfawr.ParseChallenges(answer.Header.Values("WWW-Authenticate")...)
	if answer.Code != http.StatusForbidden || err != nil || len(challenges) != 1 {
		return nil
	}
	return challenges[0].Scopes()
}

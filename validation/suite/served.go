package suite

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// served is what Muster's OpenAPI document says of it, read once a run: its version and its
// probes. It is empty if Muster has no such document.
type served struct {
	once    sync.Once
	version string
	names   []string
}

// serves reports whether Muster has a probe. An older Muster lacks newer
// probes. A Muster that does not list its probes is assumed to have all.
func (c *Check) serves(name string) bool {
	if c.run.plan != nil {
		return true // no request is sent
	}
	names := c.served().names
	return !slices.Contains(names, "authenticated") || slices.Contains(names, name)
}

func (c *Check) served() *served {
	s := &c.run.served
	s.once.Do(func() { s.version, s.names = describes(c.run.ctx, c.run.Env, c.run.Client) })
	return s
}

// OtherRelease describes the Muster if it is of another release than the suite: it has
// another version, or other probes. A checkout of the suite has no version.
func (c *Check) OtherRelease() string {
	s := c.served()
	known := muster.Probes("")
	same := len(s.names) == 0 || len(s.names) == len(known) && !slices.ContainsFunc(known,
		func(p muster.Probe) bool { return !slices.Contains(s.names, p.Name) })
	if same && (s.version == "" || verdict.Version == "" || s.version == verdict.Version) {
		return ""
	}
	return "of version " + s.version
}

// describes returns the version of Muster's document, and the names under its
// components.parameters.probe.
func describes(
	ctx context.Context, env *environment.Environment, from *client.Client,
) (version string, probes []string) {
	if env.Muster.Deployed != GoMuster {
		return "", nil
	}
	var document struct {
		Info       struct{ Version string }
		Components struct {
			Parameters struct {
				Probe struct {
					Schema struct{ Enum []string }
				}
			}
		}
	}
	answer, err := from.Get(ctx, env.URL+env.Muster.Path+"/openapi.json")
	if err != nil || json.Unmarshal(answer.Body, &document) != nil {
		return "", nil
	}
	return gafaelfawr.Excerpt(document.Info.Version, versionLength), document.Components.Parameters.Probe.Schema.Enum
}

// versionLength bounds what a Muster says of its version.
const versionLength = 100

// OfNginx reports whether an answer is one of nginx's own pages.
func OfNginx(a *Answer) bool { return ingressnginx.IsErrorPage(a.Body) }

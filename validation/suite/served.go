package suite

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
)

// served are the probes that Muster's OpenAPI document lists, read once a run.
// It is empty if Muster has no such document.
type served struct {
	once  sync.Once
	names []string
}

// serves reports whether Muster has a probe. An older Muster lacks newer
// probes. A Muster that does not list its probes is assumed to have all.
func (c *Check) serves(name string) bool {
	if c.run.plan != nil {
		return true // no request is sent
	}
	s := &c.run.served
	s.once.Do(func() { s.names = probesOf(c.run.ctx, c.run.Env, c.run.Client) })
	return !slices.Contains(s.names, "authenticated") || slices.Contains(s.names, name)
}

// probesOf returns the names under components.parameters.probe of Muster's
// document.
func probesOf(ctx context.Context, env *environment.Environment, from *client.Client) []string {
	if env.Muster.Deployed != GoMuster {
		return nil
	}
	var document struct {
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
		return nil
	}
	return document.Components.Parameters.Probe.Schema.Enum
}

// OfNginx reports whether an answer is one of nginx's own pages.
func OfNginx(a *Answer) bool { return ingressnginx.IsErrorPage(a.Body) }

package cluster

import (
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// webhookLength bounds the name of a webhook, and the list of what it is asked about.
const webhookLength = 150

// JudgeWebhooks judges that the API server can ask the webhooks of a configuration without which it
// refuses objects of the minimal services.
func (c *Cluster) JudgeWebhooks(o kubernetes.WebhookConfiguration) {
	for _, w := range o.Webhooks {
		if !w.Required() {
			continue
		}
		t := c.webhookTrouble(w)
		t.Pending = time.Since(o.Changed()) < c.Grace() // cert-manager's cainjector writes the caBundle a moment later
		name := gafaelfawr.Excerpt(message.OneLine(w.Name), webhookLength)
		kinds := gafaelfawr.Excerpt(message.OneLine(strings.Join(w.Kinds(), "; ")), webhookLength)
		reason := verdict.Of(verdict.CodeState, "state", t.State, "reason", t.Text, "webhook", name, "kinds", kinds)
		t.Text += "; webhook " + name + " is asked about " + kinds
		c.judgeAs(o, "a Service with a ready endpoint and a valid caBundle for the webhook "+name, t, reason)
	}
}

// webhookTrouble looks twice for endpoints, because those of a single pod are gone for a moment when
// it moves to another node.
func (c *Cluster) webhookTrouble(w kubernetes.Webhook) kubernetes.Trouble {
	id, _ := w.Service()
	services := List(c, kubernetes.Services, "", "")
	at := slices.IndexFunc(services, func(s kubernetes.Service) bool { return s.ID() == id })
	if at < 0 {
		return w.Trouble(nil, false, time.Now())
	}
	t := w.Trouble(&services[at], c.HasEndpoints(id), time.Now())
	if t.State == kubernetes.StateNoEndpoint && c.LookAgain() {
		ready := slices.ContainsFunc(ListNow(c, kubernetes.EndpointSlices, services[at].Namespace()),
			func(e kubernetes.EndpointSlice) bool { return e.Service() == id && e.Ready() })
		t = w.Trouble(&services[at], ready, time.Now())
	}
	return t
}

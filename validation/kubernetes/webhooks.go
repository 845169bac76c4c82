package kubernetes

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// WebhookConfiguration is a ValidatingWebhookConfiguration or a
// MutatingWebhookConfiguration of admissionregistration.k8s.io/v1.
type WebhookConfiguration struct {
	Object   `json:",inline"`
	Webhooks []Webhook `json:"webhooks"`
}

// Webhook has what the webhooks of both kinds have.
type Webhook struct {
	Name string `json:"name"`
	// FailurePolicy is Fail, also if it is "", or Ignore.
	FailurePolicy string                           `json:"failurePolicy"`
	ClientConfig  admissionv1.WebhookClientConfig  `json:"clientConfig"`
	Rules         []admissionv1.RuleWithOperations `json:"rules"`
}

// coreGroups are the API groups of the objects that the minimal services consist of.
var coreGroups = []string{
	"", "*", "apps", "batch", "networking.k8s.io", "cert-manager.io", "acme.cert-manager.io", "gafaelfawr.lsst.io",
	"argoproj.io", "ricoberger.de",
}

// Required reports whether the API server refuses objects of the minimal services where a
// Service of the cluster does not answer for the webhook.
func (w Webhook) Required() bool {
	return w.FailurePolicy != string(admissionv1.Ignore) && w.ClientConfig.Service != nil && len(w.Kinds()) > 0
}

// Kinds returns which objects of the minimal services the webhook is asked about.
func (w Webhook) Kinds() (all []string) {
	for _, r := range w.Rules {
		groups := slices.DeleteFunc(slices.Clone(r.APIGroups), func(g string) bool { return !slices.Contains(coreGroups, g) })
		for i, g := range groups {
			groups[i] = cmp.Or(strings.ReplaceAll(g, "*", "all groups"), "the core group")
		}
		if len(groups) > 0 {
			kinds := strings.NewReplacer("*/*", "all kinds", "*", "all kinds").Replace(strings.Join(r.Resources, ", "))
			all = append(all, kinds+" of "+strings.Join(groups, ", "))
		}
	}
	return slices.Compact(all)
}

// Service returns the ID of the Service that answers for the webhook, and its port.
func (w Webhook) Service() (id string, port int32) {
	s := w.ClientConfig.Service
	if port = 443; s.Port != nil {
		port = *s.Port
	}
	return s.Namespace + "/" + s.Name, port
}

// States of a webhook.
const (
	StateNoService  = "no-service"
	StateNoPort     = "no-port"
	StateNoEndpoint = "no-endpoint"
	StateNoCA       = "no-ca"
	StateInvalidCA  = "invalid-ca"
)

// Trouble returns why the API server cannot ask the webhook. s is its Service, or nil if
// there is none. ready says that the Service has a ready endpoint.
func (w Webhook) Trouble(s *Service, ready bool, now time.Time) Trouble {
	id, port := w.Service()
	switch {
	case s == nil:
		return trouble(StateNoService, "its Service %s does not exist", id)
	case !s.HasPort(networkingv1.ServiceBackendPort{Number: port}):
		return trouble(StateNoPort, "its Service %s has no port %d", id, port)
	case !ready && s.Spec.Type != corev1.ServiceTypeExternalName:
		return trouble(StateNoEndpoint, "its Service %s has no ready endpoint", id)
	case len(strings.TrimSpace(string(w.ClientConfig.CABundle))) == 0:
		return trouble(StateNoCA, "its caBundle is empty")
	}
	return bundleTrouble(w.ClientConfig.CABundle, now)
}

// bundleTrouble returns why nothing is trusted with certificates in PEM form. One that is
// valid is enough: the others may be of a former or a later authority.
func bundleTrouble(bundle []byte, now time.Time) Trouble {
	t := trouble(StateInvalidCA, "its caBundle has no certificate")
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		switch {
		case block.Type != "CERTIFICATE" || err != nil:
		case now.After(c.NotAfter):
			t = trouble(StateInvalidCA, "its caBundle expired at %s", timeText(c.NotAfter))
		case now.Before(c.NotBefore):
			t = trouble(StateInvalidCA, "its caBundle is not valid before %s", timeText(c.NotBefore))
		default:
			return Trouble{}
		}
	}
	return t
}

package kubernetes

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ACME is a Challenge or an Order of cert-manager (acme.cert-manager.io/v1).
type ACME struct {
	Object `json:",inline"`
	Status struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
	} `json:"status"`
}

// Failed reports whether it came to an end without success.
func (a ACME) Failed() bool {
	return a.Status.State == "invalid" || a.Status.State == "errored" || a.Status.State == "expired"
}

// Issuer of cert-manager (cert-manager.io/v1), also a ClusterIssuer.
type Issuer struct {
	Object `json:",inline"`
	Status struct {
		Conditions []Condition `json:"conditions"`
	} `json:"status"`
}

// Certificate of cert-manager (cert-manager.io/v1).
type Certificate struct {
	Object `json:",inline"`
	Spec   struct {
		SecretName string   `json:"secretName"`
		DNSNames   []string `json:"dnsNames"`
	} `json:"spec"`
	Status struct {
		Conditions []Condition `json:"conditions"`
		NotAfter   metav1.Time `json:"notAfter"`
		Renewal    metav1.Time `json:"renewalTime"`
	} `json:"status"`
}

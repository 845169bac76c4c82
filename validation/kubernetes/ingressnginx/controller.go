package ingressnginx

import (
	"bytes"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/message"
)

// NginxController is what an IngressClass of ingress-nginx names.
const NginxController = "k8s.io/ingress-nginx"

// componentLabel is on the pods of ingress-nginx's chart: controller,
// default-backend, admission-webhook.
const componentLabel = "app.kubernetes.io/component"

// IsController reports whether a pod of ingress-nginx's chart is of the
// controller: the chart has others.
func IsController(p kubernetes.Pod) bool {
	component := p.Meta.Labels[componentLabel]
	return component == "" || component == "controller"
}

// ControllerContainer is the container of a controller's pod that is the
// controller, the first where none has its name.
func ControllerContainer(p kubernetes.Pod) (corev1.Container, bool) {
	for _, c := range p.Spec.Containers {
		if c.Name == "controller" {
			return c, true
		}
	}
	if len(p.Spec.Containers) == 0 {
		return corev1.Container{}, false
	}
	return p.Spec.Containers[0], true
}

// IsErrorPage reports whether a body is one of nginx's own error pages.
func IsErrorPage(body []byte) bool { return bytes.Contains(body, []byte("<center>nginx</center>")) }

// Reload is what a controller pod says of its newest configuration.
type Reload struct {
	kubernetes.Pod
	Failed bool
	Text   string
}

// What the controller logs when it has a new configuration.
const (
	reloadDone   = "Backend successfully reloaded"
	reloadFailed = "Unexpected failure reloading the backend"
	// ReloadLines is how many of its last lines are looked at.
	ReloadLines = 5000
)

// LastReloads are from the log of each controller pod or, where that is silent,
// from its newest event. Events alone are not sure: they are kept for an hour,
// and of a controller with many only some are.
func LastReloads(pods []kubernetes.Pod, events []kubernetes.Event, log func(kubernetes.Pod) string) []Reload {
	newest := map[string]kubernetes.Event{}
	for _, e := range events {
		old, known := newest[e.InvolvedObject.Name]
		newer := !known || e.Time().After(old.Time()) || e.Time().Equal(old.Time()) && e.Type == "Warning"
		if e.Reason == "RELOAD" && newer {
			newest[e.InvolvedObject.Name] = e
		}
	}
	var all []Reload
	for _, p := range pods {
		r := Reload{Pod: p}
		text := log(p)
		done, failed := strings.LastIndex(text, reloadDone), strings.LastIndex(text, reloadFailed)
		e, known := newest[p.Meta.Name]
		switch {
		case failed > done:
			r.Failed, r.Text = true, "in its log: "+gafaelfawr.Excerpt(message.OneLine(text[failed:]), 400)
		case done < 0 && known && e.Type == "Warning":
			r.Failed, r.Text = true, e.Time().UTC().Format("event at 15:04:05 UTC: ")+message.OneLine(e.Message)
		}
		all = append(all, r)
	}
	return all
}

// AtLeast compares sizes of nginx, such as 64k, or numbers and sizes, such as
// 4 64k: each must be at least what is wanted.
func AtLeast(got, want string) bool {
	g, w := strings.Fields(got), strings.Fields(want)
	if len(g) != len(w) {
		return false
	}
	for i := range w {
		if bytesOf(g[i]) < bytesOf(w[i]) {
			return false
		}
	}
	return true
}

func bytesOf(size string) int64 {
	size = strings.ToLower(size)
	unit := int64(1)
	for suffix, factor := range map[string]int64{"k": 1 << 10, "m": 1 << 20, "g": 1 << 30} {
		if number, ok := strings.CutSuffix(size, suffix); ok {
			size, unit = number, factor
		}
	}
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil {
		return -1
	}
	return n * unit
}

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

// NginxController is the controller that an IngressClass of ingress-nginx
// names.
const NginxController = "k8s.io/ingress-nginx"

// componentLabel distinguishes the pods of ingress-nginx's chart: controller,
// default-backend, admission-webhook.
const componentLabel = "app.kubernetes.io/component"

// IsController reports whether a pod of ingress-nginx's chart belongs to the
// controller.
func IsController(p kubernetes.Pod) bool {
	component := p.Meta.Labels[componentLabel]
	return component == "" || component == "controller"
}

// ControllerContainer returns the controller's container of a pod, or the first
// one if none has its name.
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

// Reload is a controller pod's report about its newest configuration.
type Reload struct {
	kubernetes.Pod
	Failed bool
	Text   string
	// Uncertain says that the failure is the newest event of so many that Kubernetes
	// keeps later ones back, also those of success.
	Uncertain bool
}

// Messages of the controller about a new configuration.
const (
	reloadDone   = "Backend successfully reloaded"
	reloadFailed = "Unexpected failure reloading the backend"
	// combinedEvents begins the message of an event that stands for many (client-go's
	// tools/record). After 25 of one object it lets through one in five minutes.
	combinedEvents = "(combined from similar events)"
	// ReloadLines is how many of the last log lines are read.
	ReloadLines = 5000
)

// LastReloads reads the log of each controller pod or, if that says nothing,
// its newest event. Events alone are not enough: Kubernetes keeps them for an
// hour and drops some of many.
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
			r.Uncertain = strings.HasPrefix(e.Message, combinedEvents)
		}
		all = append(all, r)
	}
	return all
}

// bigEnough compares sizes of nginx, such as 64k, or numbers with sizes, such as
// 4 64k. Each must be at least the wanted one.
func bigEnough(got, want string) bool {
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

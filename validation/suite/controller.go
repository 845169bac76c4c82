package suite

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/message"
)

// Where Phalanx installs the ingress controller.
const (
	controllerNamespace = "ingress-nginx"
	controllerLabel     = "app.kubernetes.io/name=ingress-nginx"
	controllerConfig    = "ingress-nginx-controller"
)

// ControllerPods are the pods of the ingress-nginx controller.
func (c *Check) ControllerPods() []Pod {
	return slices.DeleteFunc(List(c, Pods, controllerNamespace, controllerLabel), Pod.Ended)
}

// ControllerConfig is the ConfigMap of the ingress-nginx controller; without
// one the check ends.
func (c *Check) ControllerConfig() ConfigMap {
	config, ok := Get(c, ConfigMaps, controllerNamespace, controllerConfig)
	c.Must(ok, nil, "the ConfigMap "+controllerNamespace+"/"+controllerConfig, "there is none")
	return config
}

// Reload is what a controller pod says of its newest configuration.
type Reload struct {
	Pod
	Failed bool
	Text   string
}

// What the controller logs when it has a new configuration.
const (
	reloadDone   = "Backend successfully reloaded"
	reloadFailed = "Unexpected failure reloading the backend"
	reloadLines  = 5000
)

// LastReloads are from the log of each controller pod or, where that is silent
// or cannot be read, from its newest event. Events alone are not sure: they are
// kept for an hour, and of a controller with many only some are.
func (c *Check) LastReloads() []Reload {
	events := map[string]Event{}
	for _, e := range List(c, Events, controllerNamespace, "") {
		old, known := events[e.Involved.Name]
		newer := !known || e.Time().After(old.Time()) || e.Time().Equal(old.Time()) && e.Type == "Warning"
		if e.Reason == "RELOAD" && newer {
			events[e.Involved.Name] = e
		}
	}
	var all []Reload
	for _, p := range c.ControllerPods() {
		r := Reload{Pod: p}
		log := c.logOf(p)
		done, failed := strings.LastIndex(log, reloadDone), strings.LastIndex(log, reloadFailed)
		e, known := events[p.Meta.Name]
		switch {
		case failed > done:
			r.Failed, r.Text = true, "in its log: "+gafaelfawr.Excerpt(message.OneLine(log[failed:]), 400)
		case done < 0 && known && e.Type == "Warning":
			r.Failed, r.Text = true, e.Time().UTC().Format("event at 15:04:05 UTC: ")+message.OneLine(e.Message)
		}
		all = append(all, r)
	}
	return all
}

// logOf is the end of a controller's log; "" where it cannot be had.
func (c *Check) logOf(p Pod) string {
	client, err := c.run.kube()
	if err != nil || client.logs == nil {
		return ""
	}
	container := ""
	if len(p.Spec.Containers) > 0 {
		container = p.Spec.Containers[0].Name
	}
	text, _ := client.logs(c.ctx, p.Namespace(), p.Meta.Name, container, reloadLines) // without it events tell
	return text
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

package suite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Settled reports whether an object is old enough that its operator and the
// ingress controller must be done with it; in the local deployment that is at
// once.
func (c *Check) Settled(o Object) bool { return c.run.env.Local || o.Age() > *settleFlag }

// ExpectVisit is Expect of what an address answered.
func (c *Check) ExpectVisit(v Visit, ok bool, expected, actual string) bool {
	if !ok {
		c.Concerns(v.Namespace())
	}
	return c.Expect(ok, v.Answer, expected, v.String()+": "+actual)
}

// Overdue reports whether an object has had thirty times as long as new ones
// get (-settle): half an hour.
func (c *Check) Overdue(o Object) bool { return c.run.env.Local || o.Age() > 30**settleFlag }

// EventsOf are the last events about an object, in one line.
func (c *Check) EventsOf(o Object) string {
	var about []Event
	for _, e := range List(c, Events, o.Namespace(), "") {
		if e.Involved.Kind == o.Kind && e.Involved.Name == o.Meta.Name {
			about = append(about, e)
		}
	}
	slices.SortStableFunc(about, func(a, b Event) int { return a.Time().Compare(b.Time()) })
	var lines []string
	for _, e := range about[max(0, len(about)-3):] {
		lines = append(lines, oneLine(e.Type+" "+e.Reason+": "+e.Message))
	}
	if len(lines) == 0 {
		return "no events"
	}
	return "events: " + strings.Join(lines, "; ")
}

// Settling is how long the operator and the ingress controller may take.
func (c *Check) Settling() time.Duration { return *settleFlag }

// Some skips the check where there is nothing that it could verify.
func Some[T any](c *Check, all []T, what string) []T {
	if len(all) == 0 {
		c.Skip("the cluster has no " + what)
	}
	return all
}

// HasEndpoints reports whether anything ready is behind a Service,
// namespace/name.
func (c *Check) HasEndpoints(service string) bool {
	namespace, name, _ := strings.Cut(service, "/")
	return slices.ContainsFunc(List(c, EndpointSlices, namespace, "kubernetes.io/service-name="+name), EndpointSlice.Ready)
}

// TokenIn is what Gafaelfawr tells of the token in a Secret.
func (c *Check) TokenIn(s Secret, key string) (gafaelfawr.TokenInfo, error) {
	raw, ok := s.Data[key]
	if !ok {
		return gafaelfawr.TokenInfo{}, errors.New("the Secret has no key " + key)
	}
	token, err := gafaelfawr.ParseToken(string(raw))
	if err != nil {
		return gafaelfawr.TokenInfo{}, fmt.Errorf("the Secret's key %s holds no token: %w", key, err)
	}
	info, err := c.API().TokenInfo(c.ctx, token)
	if err != nil {
		return info, errors.New(describe(err))
	}
	return info, nil
}

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
			r.Failed, r.Text = true, "in its log: "+oneLine(log[failed:min(len(log), failed+400)])
		case done < 0 && known && e.Type == "Warning":
			r.Failed, r.Text = true, e.Time().UTC().Format("event at 15:04:05 UTC: ")+oneLine(e.Message)
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

// Sorted is a sorted copy.
func Sorted[T cmp.Ordered](list []T) []T { return slices.Sorted(slices.Values(list)) }

// HostIn reports whether a host is in a list, in which *. stands for one label.
func HostIn(list []string, host string) bool {
	_, parent, _ := strings.Cut(host, ".")
	return slices.Contains(list, host) || slices.Contains(list, "*."+parent)
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

// Await tries for that long until it succeeds, and fails the check otherwise,
// with the last error.
func (c *Check) Await(within time.Duration, expected string, try func() error) bool {
	ctx, cancel := context.WithTimeoutCause(c.ctx, within, fmt.Errorf("%s passed", within))
	defer cancel()
	err := poll(ctx, time.Second, func(context.Context) error { return try() })
	return c.Expect(err == nil, nil, fmt.Sprintf("%s within %s", expected, within), fmt.Sprint(err))
}

// Dial tries a TCP connection to a Service of the cluster, from here.
func (c *Check) Dial(address string) error {
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(c.ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

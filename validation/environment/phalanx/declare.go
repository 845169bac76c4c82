package phalanx

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Line is one key of a declaration, in the form of an environment file.
type Line struct {
	// Key is the path of the key, such as argocd, selector.
	Key []string
	// Value is the whole value or, for a List, one item.
	Value any
	List  bool
	// Source is the file and line of the value.
	Source string
}

// Declaration is what Phalanx's Git says about one environment.
type Declaration struct {
	Name  string
	Lines []Line
	// Ingresses are the GafaelfawrIngresses of its applications. Unread counts
	// the templates that could not be read.
	Ingresses []Ingress
	Unread    int
	// Kubernetes are the features that need access to a cluster.
	Kubernetes []Line
}

func (d *Declaration) set(value any, source string, key ...string) {
	if source != "" {
		d.Lines = append(d.Lines, Line{Key: key, Value: value, Source: source})
	}
}

func (d *Declaration) feature(name, source string) {
	d.Lines = append(d.Lines, Line{[]string{"features"}, name, true, source})
}

func (d *Declaration) kubernetesFeature(name, source string) {
	d.Kubernetes = append(d.Kubernetes, Line{[]string{"features"}, name, true, source})
}

// application is an enabled application, and where it is enabled.
type application struct{ name, source string }

// Declare reads the declaration of an environment.
func (c *Checkout) Declare(name string) (*Declaration, error) {
	v, err := c.values("environments", name)
	if err != nil {
		return nil, err
	}
	d := &Declaration{Name: name}
	fqdn, source := v.text("fqdn")
	if fqdn == "" {
		return nil, fmt.Errorf("environments/values-%s.yaml has no fqdn: it does not say where the environment is", name)
	}
	d.set("https://"+fqdn, source, "url")
	apps := enabled(v)
	if apps["gafaelfawr"].name == "" {
		_, source := v.is("applications", "gafaelfawr")
		return nil, fmt.Errorf("environment %q of Phalanx has no Gafaelfawr (%s): the suite has nothing to check there",
			name, source)
	}
	if err := d.readGafaelfawr(c, name); err != nil {
		return nil, err
	}
	global := map[string]any{"host": fqdn, "baseUrl": "https://" + fqdn, "environmentName": name}
	if err := d.readMuster(c, v, apps, global); err != nil {
		return nil, err
	}
	d.readFeatures(apps)
	d.readServices(apps)
	d.readArgoCD(c, v, apps)
	for _, key := range []struct{ from, to string }{{"vaultUrl", "url"}, {"vaultPathPrefix", "pathPrefix"}} {
		if text, source := v.text(key.from); text != "" {
			d.set(text, source, "vault", key.to)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(apps)) {
		found, unread := c.ingresses(name, d.Name, global)
		d.Ingresses, d.Unread = append(d.Ingresses, found...), d.Unread+unread
	}
	return d, nil
}

// enabled returns the enabled applications of the environment by name.
func enabled(v values) map[string]application {
	all := map[string]application{}
	switches, _ := merged[bool](v, "applications")
	for name, on := range switches {
		if on {
			_, source := v.is("applications", name)
			all[name] = application{name, source}
		}
	}
	return all
}

// featureOf maps applications to the features that they provide.
var featureOf = map[string]string{"squareone": "homepage", "repertoire": "discovery"}

// clusterFeatureOf is featureOf for features that need Kubernetes.
var clusterFeatureOf = map[string]string{
	"ingress-nginx": "ingress-nginx", "argocd": "argocd",
	"vault-secrets-operator": "vault", "cert-manager": "cert-manager",
}

func (d *Declaration) readFeatures(apps map[string]application) {
	for _, name := range slices.Sorted(maps.Keys(apps)) {
		if feature := featureOf[name]; feature != "" {
			d.feature(feature, apps[name].source)
		}
		if feature := clusterFeatureOf[name]; feature != "" {
			d.kubernetesFeature(feature, apps[name].source)
		}
	}
}

// readServices names the enabled applications whose workloads the suite knows.
func (d *Declaration) readServices(apps map[string]application) {
	for _, name := range Known() {
		if app, ok := apps[name]; ok {
			d.set(nil, app.source, "services", name)
		}
	}
}

// readMuster finds out which Muster is behind the ingress.
func (d *Declaration) readMuster(c *Checkout, v values, apps map[string]application, global map[string]any) error {
	app, ok := apps["muster"]
	if !ok {
		_, source := v.is("applications", "muster")
		d.set("none", cmp.Or(source, "environments/values.yaml"), "muster", "deployed")
		return nil
	}
	v, err := c.values("applications/muster", d.Name)
	if err != nil {
		return err
	}
	prefix, source := v.text("config", "pathPrefix")
	d.set(prefix, source, "muster", "path")
	// The chart of the Go Muster has the scope in its values.
	if scope, source := v.text("config", "scope"); scope != "" {
		d.set("go", source, "muster", "deployed")
		d.set(scope, source, "scope")
		return nil
	}
	d.set("python", app.source, "muster", "deployed")
	ingresses, _ := c.ingresses("muster", d.Name, global)
	for _, i := range ingresses {
		if all := i.Config.Scopes.All; len(all) == 1 {
			d.set(all[0], i.File, "scope")
			return nil
		}
	}
	return nil
}

func (d *Declaration) readArgoCD(c *Checkout, v values, apps map[string]application) {
	parent, source := v.text("appOfAppsName")
	d.set("argocd.argoproj.io/instance="+parent, source, "argocd", "selector")
	for _, app := range c.made(apps) {
		d.Lines = append(d.Lines, Line{[]string{"argocd", "applications"}, app.name, true, app.source})
	}
}

var (
	condition = regexp.MustCompile(`{{-? *if \(?` +
		`(?:index \.Values "applications" "([a-z0-9-]+)"|\.Values\.applications\.([a-z0-9]+))\)? *-?}}`)
	anApp       = regexp.MustCompile(`(?m)^kind: Application$`)
	nameOfAnApp = regexp.MustCompile(`(?m)^metadata:\n  name: "?([a-z0-9-]+)"?$`)
)

// made returns the Applications of the enabled applications. Some make more
// than the one with their name, for example nublado.
func (c *Checkout) made(apps map[string]application) []application {
	all := maps.Clone(apps)
	_ = fs.WalkDir(c.files, "environments/templates/applications", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(file) != ".yaml" {
			return nil //nolint:nilerr // what cannot be read names no further Application
		}
		text, _ := c.read(file)
		when := condition.FindSubmatch(text)
		if when == nil || apps[string(when[1])+string(when[2])].name == "" {
			return nil
		}
		for document := range strings.SplitSeq(string(text), "\n---") {
			name := nameOfAnApp.FindStringSubmatch(document)
			if anApp.MatchString(document) && name != nil && all[name[1]].name == "" {
				all[name[1]] = application{name[1], file}
			}
		}
		return nil
	})
	return slices.SortedFunc(maps.Values(all), func(a, b application) int { return strings.Compare(a.name, b.name) })
}

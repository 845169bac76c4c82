package phalanx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"text/template"
	"text/template/parse"

	"go.yaml.in/yaml/v3"
	k8syaml "sigs.k8s.io/yaml"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Ingress is a GafaelfawrIngress that an application of the environment makes.
type Ingress struct {
	gafaelfawr.Ingress
	// Application makes the Ingress from the template File.
	Application, File string
}

// chart is a chart of the checkout with its values.
type chart struct {
	folder, name string
	values       map[string]any
}

// ingresses returns the GafaelfawrIngresses of an application. It executes its
// templates with the few functions that they use, not with Helm. unread counts
// the files that need more.
func (c *Checkout) ingresses(application, environment string, global map[string]any) (all []Ingress, unread int) {
	folder := path.Join("applications", application)
	own, err := c.values(folder, environment)
	if err != nil {
		return nil, 1
	}
	for _, chart := range c.charts(folder, application, merge(own.tree(), map[string]any{"global": global})) {
		found, failed := c.expand(chart, application)
		for _, i := range found {
			i.Application = application
			all = append(all, i)
		}
		unread += failed
	}
	return all, unread
}

// charts returns the chart in a folder and its dependencies, if they are in the
// checkout.
func (c *Checkout) charts(folder, name string, values map[string]any) []chart {
	all := []chart{{folder, name, values}}
	if strings.Count(folder, "/charts/") > 3 {
		return all
	}
	for _, d := range c.dependencies(folder) {
		if d.Condition != "" && !truthy(lookup(values, strings.Split(d.Condition, "."))) {
			continue
		}
		base, err := c.values(d.folder, "")
		if err != nil || len(base) == 0 {
			continue
		}
		key := d.Name
		if d.Alias != "" {
			key = d.Alias
		}
		own, _ := values[key].(map[string]any)
		inner := merge(merge(base.tree(), own), map[string]any{"global": values["global"]})
		all = append(all, c.charts(d.folder, key, inner)...) // Helm, too, calls it by its alias
	}
	return all
}

// dependency is an entry of Chart.yaml.
type dependency struct {
	Name       string `yaml:"name"`
	Alias      string `yaml:"alias"`
	Repository string `yaml:"repository"`
	Condition  string `yaml:"condition"`
	folder     string
}

// dependencies returns the charts that a chart names by their folder, and those
// in its own folder charts.
func (c *Checkout) dependencies(folder string) []dependency {
	var file struct {
		Dependencies []dependency `yaml:"dependencies"`
	}
	text, err := c.read(path.Join(folder, "Chart.yaml"))
	if err != nil || yaml.Unmarshal(text, &file) != nil {
		return nil
	}
	var all []dependency
	named := map[string]bool{}
	for _, d := range file.Dependencies {
		d.folder = path.Join(folder, "charts", d.Name)
		if at, ok := strings.CutPrefix(d.Repository, "file://"); ok {
			d.folder = path.Join(folder, at)
		}
		named[d.folder] = true
		all = append(all, d)
	}
	inside, _ := fs.Glob(c.files, path.Join(folder, "charts", "*", "Chart.yaml"))
	for _, file := range inside {
		if at := path.Dir(file); !named[at] {
			all = append(all, dependency{Name: path.Base(at), folder: at})
		}
	}
	return all
}

// expand executes those templates of a chart that contain a GafaelfawrIngress.
func (c *Checkout) expand(from chart, release string) (all []Ingress, unread int) {
	files, _ := fs.Glob(c.files, path.Join(from.folder, "templates", "*")) // the pattern is right
	set := template.New("").Option("missingkey=zero")
	set.Funcs(functions(set))
	var wanted []string
	for _, file := range files {
		text, err := c.read(file)
		helper := strings.HasPrefix(path.Base(file), "_")
		if err != nil || !helper && !bytes.Contains(text, []byte("kind: GafaelfawrIngress")) {
			continue
		}
		if err := add(set, file, string(text)); err != nil {
			unread++
		} else if !helper {
			wanted = append(wanted, file)
		}
	}
	data := map[string]any{
		"Values":  from.values,
		"Chart":   map[string]any{"Name": from.name, "Version": "", "AppVersion": ""},
		"Release": map[string]any{"Name": release, "Namespace": release, "Service": "Helm"},
	}
	for _, file := range wanted {
		var text strings.Builder
		if set.ExecuteTemplate(&text, file, data) != nil {
			unread++
			continue
		}
		found, err := decode(text.String(), file)
		if err != nil {
			unread++
		}
		all = append(all, found...)
	}
	return all, unread
}

// add parses a template without checking its functions. A missing function is
// an error only when it is called.
func add(to *template.Template, name, text string) error {
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		return err
	}
	for name, tree := range trees {
		if _, err := to.AddParseTree(name, tree); err != nil {
			return err
		}
	}
	return nil
}

// decode reads the GafaelfawrIngresses from a text with several documents.
func decode(text, file string) (all []Ingress, err error) {
	for document := range strings.SplitSeq(strings.ReplaceAll(text, "<no value>", ""), "\n---") {
		i := Ingress{File: file}
		if err := k8syaml.Unmarshal([]byte(document), &i.Ingress); err != nil {
			return all, err
		}
		if i.Kind == "GafaelfawrIngress" {
			all = append(all, i)
		}
	}
	return all, nil
}

// functions returns the functions of Helm that templates of GafaelfawrIngresses
// use.
func functions(set *template.Template) template.FuncMap {
	yamlOf := func(v any) string {
		text, _ := yaml.Marshal(v) // plain values
		return strings.TrimSuffix(string(text), "\n")
	}
	indent := func(n int, text string) string {
		blanks := strings.Repeat(" ", min(max(n, 0), 80))
		return blanks + strings.ReplaceAll(text, "\n", "\n"+blanks)
	}
	return template.FuncMap{
		"include": func(name string, data any) (string, error) {
			var text strings.Builder
			err := set.ExecuteTemplate(&text, name, data)
			return text.String(), err
		},
		"required": func(why string, v any) (any, error) {
			if v == nil || v == "" {
				return nil, errors.New(why)
			}
			return v, nil
		},
		"default": func(other, v any) any {
			if truthy(v) {
				return v
			}
			return other
		},
		"quote": func(v any) string {
			if v == nil {
				return ""
			}
			text, _ := json.Marshal(fmt.Sprint(v)) // a string
			return string(text)
		},
		"toYaml":     yamlOf,
		"toJson":     func(v any) string { text, _ := json.Marshal(v); return string(text) },
		"indent":     indent,
		"nindent":    func(n int, text string) string { return "\n" + indent(n, text) },
		"trunc":      func(n int, text string) string { return text[:min(max(n, 0), len(text))] },
		"trimSuffix": func(end, text string) string { return strings.TrimSuffix(text, end) },
		"trimPrefix": func(start, text string) string { return strings.TrimPrefix(text, start) },
		"trimAll":    func(cut, text string) string { return strings.Trim(text, cut) },
		"replace":    func(from, to, text string) string { return strings.ReplaceAll(text, from, to) },
		"contains":   func(part, text string) bool { return strings.Contains(text, part) },
		"lower":      strings.ToLower,
		"list":       func(all ...any) []any { return all },
		"has": func(one any, all []any) bool {
			for _, v := range all {
				if reflect.DeepEqual(v, one) {
					return true
				}
			}
			return false
		},
	}
}

func truthy(v any) bool {
	yes, _ := template.IsTrue(v)
	return yes
}

// lookup returns the value below nested mappings, or nil.
func lookup(values map[string]any, keys []string) any {
	var value any = values
	for _, key := range keys {
		inner, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = inner[key]
	}
	return value
}

package environment

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lsst-sqre/muster/validation/environment/phalanx"
)

// declarePhalanx adds what Phalanx's Git says about the environment. The file
// may override it afterwards.
func (o Options) declarePhalanx(l *layers, from found) error {
	checkout, err := phalanx.Open(Path(o.Folder, o.Phalanx))
	if err != nil {
		return fmt.Errorf("-phalanx: %w", err)
	}
	name := from.name
	if named := textAt(from.root, "phalanx"); named != "" {
		name = named
	}
	known := checkout.Environments()
	if from.shipped && textAt(from.root, "phalanx") == "" {
		remedy := "leave out -phalanx"
		if slices.Contains(known, name) {
			remedy = "for the one that Phalanx's Git describes pass a file with the line phalanx: " + name
		}
		return fmt.Errorf("-env=%s is a deployment of this repository's own: %s", name, remedy)
	}
	if !slices.Contains(known, name) {
		return fmt.Errorf("-phalanx: the checkout has no environment %q%s; it has %s%s", name,
			didYouMean(name, known), strings.Join(known, ", "), orSay(from))
	}
	d, err := checkout.Declare(name)
	if err != nil {
		return err
	}
	if err := agrees(d, from); err != nil {
		return err
	}
	cluster := o.clusterLines(d, from)
	for _, line := range append(d.Lines, cluster...) {
		l.set(line)
	}
	if textAt(from.root, "user", "username") != "" {
		for _, feature := range []Feature{LDAP, Firestore} {
			if source := l.sources["gafaelfawr."+string(feature)]; source != "" {
				l.set(featureLine(feature, source))
			}
		}
	}
	if len(cluster) > 0 {
		return nil // the cluster's own GafaelfawrIngresses say what is protected
	}
	host := strings.TrimPrefix(textAt(l.root, "url"), "https://")
	for _, p := range onePerApplication(d.Ingresses, host) {
		l.set(phalanx.Line{Key: []string{"protected"}, Value: p.Target, List: true, Source: p.source})
	}
	return nil
}

// orSay returns the remedy for a file whose name is not its environment's.
func orSay(from found) string {
	if from.root == nil {
		return ""
	}
	return "; the line phalanx: NAME in " + from.file + " says which it is"
}

// agrees rejects a file about another host.
func agrees(d *phalanx.Declaration, from found) error {
	own := textAt(from.root, "url")
	if own == "" {
		return nil
	}
	for _, line := range d.Lines {
		if slices.Equal(line.Key, []string{"url"}) {
			ours, err := canonicalURL(own)
			theirs, err2 := canonicalURL(fmt.Sprint(line.Value))
			if err == nil && err2 == nil && ours.Host != theirs.Host {
				return fmt.Errorf("%s is about %q, but url in %s about %q", line.Source, theirs.Host, from.file, ours.Host)
			}
		}
	}
	return nil
}

// clusterLines returns the features that need Kubernetes, if there is access to
// it.
func (o Options) clusterLines(d *phalanx.Declaration, from found) []phalanx.Line {
	var source string
	switch {
	case o.Context != "":
		source = "-context"
	case textAt(from.root, "kubernetes", "context") != "":
		source = from.file + ", kubernetes.context"
	case os.Getenv("KUBERNETES_SERVICE_HOST") != "":
		source = "this is inside a cluster"
	default:
		return nil
	}
	var lines []phalanx.Line
	for _, f := range []Feature{Kubernetes, ReadSecrets, Policies} {
		lines = append(lines, featureLine(f, source))
	}
	if source == "this is inside a cluster" {
		lines = append(lines, featureLine(Inside, source))
	}
	return append(lines, d.Kubernetes...)
}

func featureLine(f Feature, source string) phalanx.Line {
	return phalanx.Line{Key: []string{"features"}, Value: string(f), List: true, Source: source}
}

// textAt returns the text below nested keys, or "".
func textAt(node *yaml.Node, keys ...string) string {
	for _, key := range keys {
		if node == nil || node.Kind != yaml.MappingNode {
			return ""
		}
		var next *yaml.Node
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				next = node.Content[i+1]
			}
		}
		node = next
	}
	if node == nil || node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
		return ""
	}
	return node.Value
}

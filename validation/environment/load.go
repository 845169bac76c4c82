package environment

import (
	"fmt"

	"github.com/lsst-sqre/muster/validation/environment/phalanx"
)

// Load reads an environment. An error is one sentence that names the file and
// the remedy.
func Load(o Options) (*Environment, error) {
	from, err := o.find()
	if err != nil {
		return nil, err
	}
	l := newLayers()
	name, err := o.declare(l, from)
	if err != nil {
		return nil, err
	}
	if o.Context != "" && textAt(l.root, "local") == "true" {
		return nil, fmt.Errorf("-context=%s: the environment %s has a Kubernetes of its own", o.Context, o.Name)
	}
	e := &Environment{Name: name, sources: l.sources}
	if err := l.root.Decode(e); err != nil {
		return nil, fmt.Errorf("environment %s: %w", o.Name, err)
	}
	if err := e.Complete(from.folder); err != nil {
		return nil, fmt.Errorf("environment %s: %w", o.Name, err)
	}
	return e, nil
}

// declare puts the declarations over each other and returns the environment's
// name.
func (o Options) declare(l *layers, from found) (name string, err error) {
	if o.Phalanx != "" {
		if err := o.declarePhalanx(l, from); err != nil {
			return "", err
		}
	} else if named := textAt(from.root, "phalanx"); named != "" && !from.shipped {
		l.sources["phalanx"] = from.file // the key has no meaning without the checkout
	}
	if from.root != nil {
		l.overlay(from.file, from.root)
	}
	if o.Context != "" {
		l.set(phalanx.Line{Key: []string{"kubernetes", "context"}, Value: o.Context, Source: "-context"})
	}
	return from.name, nil
}

package phalanx

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// sizeLimit bounds one file of the checkout.
const sizeLimit = 4 << 20

// Checkout is a working copy of Phalanx.
type Checkout struct{ files fs.FS }

// Open returns the checkout if the folder is a working copy of Phalanx.
func Open(folder string) (*Checkout, error) {
	c := &Checkout{os.DirFS(folder)}
	if _, err := fs.Stat(c.files, "environments/values.yaml"); err != nil {
		return nil, fmt.Errorf("%s is no checkout of Phalanx: it has no environments/values.yaml", folder)
	}
	return c, nil
}

// Environments returns the names of the environments in the checkout.
func (c *Checkout) Environments() []string {
	files, _ := fs.Glob(c.files, "environments/values-*.yaml") // the pattern is right
	for i, file := range files {
		files[i] = strings.TrimPrefix(strings.TrimSuffix(path.Base(file), ".yaml"), "values-")
	}
	return files
}

// layer is one values file.
type layer struct {
	file string
	root *yaml.Node
}

// values are those of one chart. The environment's values override the chart's
// own.
type values []layer

// values reads values.yaml and values-NAME.yaml of a folder. values.yaml must
// exist.
func (c *Checkout) values(folder, name string) (values, error) {
	var all values
	for _, file := range []string{"values.yaml", "values-" + name + ".yaml"} {
		file = path.Join(folder, file)
		text, err := c.read(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var document yaml.Node
		if err == nil {
			err = yaml.Unmarshal(text, &document)
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", file, err)
		}
		if len(document.Content) > 0 {
			all = append(all, layer{file, document.Content[0]})
		}
	}
	return all, nil
}

func (c *Checkout) read(file string) ([]byte, error) {
	f, err := c.files.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	if about, err := f.Stat(); err == nil && !about.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	text, err := io.ReadAll(io.LimitReader(f, sizeLimit+1))
	if err == nil && len(text) > sizeLimit {
		err = fmt.Errorf("it is larger than %d bytes", sizeLimit)
	}
	return text, err
}

// get decodes the value at the path and returns its source, FILE:LINE. A null
// in the environment's own file counts as a value.
func (v values) get(into any, keys ...string) (source string) {
	for _, l := range slices.Backward(v) {
		if node := find(l.root, keys); node != nil {
			if node.Tag == "!!null" {
				return ""
			}
			if node.Decode(into) != nil {
				return ""
			}
			return fmt.Sprintf("%s:%d", l.file, node.Line)
		}
	}
	return ""
}

// text returns the string at the path, or "".
func (v values) text(keys ...string) (text, source string) {
	source = v.get(&text, keys...)
	return text, source
}

// is returns the boolean at the path, or false.
func (v values) is(keys ...string) (yes bool, source string) {
	source = v.get(&yes, keys...)
	return yes, source
}

// merged returns the entries of the mapping at the path, merged as Helm does.
func merged[T any](v values, keys ...string) (all map[string]T, source string) {
	all = map[string]T{}
	for _, l := range v {
		node := find(l.root, keys)
		if node == nil || node.Kind != yaml.MappingNode || len(node.Content) == 0 {
			continue
		}
		source = fmt.Sprintf("%s:%d", l.file, node.Line)
		for i := 0; i+1 < len(node.Content); i += 2 {
			var value T
			key := node.Content[i].Value
			if node.Content[i+1].Tag == "!!null" {
				delete(all, key)
			} else if node.Content[i+1].Decode(&value) == nil {
				all[key] = value
			}
		}
	}
	return all, source
}

// find returns the node below a mapping, or nil.
func find(node *yaml.Node, keys []string) *yaml.Node {
	for _, key := range keys {
		if node.Kind != yaml.MappingNode {
			return nil
		}
		var next *yaml.Node
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				next = node.Content[i+1]
			}
		}
		if next == nil {
			return nil
		}
		node = next
	}
	return node
}

// tree returns all values, merged as Helm does.
func (v values) tree() map[string]any {
	all := map[string]any{}
	for _, l := range v {
		var own map[string]any
		if l.root.Decode(&own) == nil {
			all = merge(all, own)
		}
	}
	return all
}

// merge merges mappings; null removes a key.
func merge(below, above map[string]any) map[string]any {
	all := maps.Clone(below)
	if all == nil {
		all = map[string]any{}
	}
	for key, value := range above {
		inner, isMap := value.(map[string]any)
		under, wasMap := all[key].(map[string]any)
		switch {
		case value == nil:
			delete(all, key)
		case isMap && wasMap:
			all[key] = merge(under, inner)
		default:
			all[key] = value
		}
	}
	return all
}

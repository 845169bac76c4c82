package environment

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml" // its errors have the line and the key

	"github.com/lsst-sqre/muster/fixtures/environments"
)

// Load reads an environment by its name in fixtures/environments, or from a
// path: a name that contains a slash or ends in .yaml. A relative path counts
// from the working directory, then from the folder above, because go test runs
// a package in its own folder. Where checkout names a checkout of Phalanx, the
// Applications of Argo CD are read from there. Errors are one sentence that
// names the file and the remedy.
func Load(name, checkout string) (*Environment, error) {
	file, text, err := read(name)
	if err != nil {
		return nil, err
	}
	e := &Environment{Name: strings.TrimSuffix(filepath.Base(file), ".yaml")}
	if err := decode(text, e); err != nil {
		return nil, fmt.Errorf("environment %s, %w", name, err) // as it was typed
	}
	err = e.parseURL()
	if err == nil && checkout != "" {
		if err := e.readPhalanx(checkout); err != nil {
			return nil, err // it names the file in the checkout
		}
	}
	if err == nil {
		err = e.Complete(filepath.Dir(file))
	}
	if err != nil {
		return nil, fmt.Errorf("environment %s: %w", name, err)
	}
	return e, nil
}

// shipped lists the environments in fixtures/environments.
func shipped() []string {
	files, _ := fs.Glob(environments.Files, "*.yaml") // the pattern is valid
	for i, f := range files {
		files[i] = strings.TrimSuffix(f, ".yaml")
	}
	return files
}

func read(name string) (file string, text []byte, err error) {
	if !strings.ContainsAny(name, `/\`) && !strings.HasSuffix(name, ".yaml") {
		file = name + ".yaml"
		text, err = fs.ReadFile(environments.Files, file)
		if err != nil {
			return "", nil, fmt.Errorf(
				"unknown environment %q: known are %s; for a file of your own pass its path, such as -env=./%s.yaml",
				name, strings.Join(shipped(), ", "), strings.TrimSuffix(cmp.Or(name, "my"), ".yml"))
		}
		return file, text, nil
	}
	file = name
	text, err = os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(name) {
		file = filepath.Join("..", name)
		text, err = os.ReadFile(file)
	}
	if err != nil {
		if failed, ok := errors.AsType[*fs.PathError](err); ok {
			err = failed.Err
		}
		return "", nil, fmt.Errorf("cannot read the environment file %s: %w", name, err)
	}
	return file, text, nil
}

// decode reads one YAML document and refuses keys that are unknown.
func decode(text []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	err := d.Decode(into)
	if errors.Is(err, io.EOF) {
		return errors.New("it is empty: url is required")
	}
	if unknown, ok := errors.AsType[*yaml.UnknownFieldError](err); ok {
		return fmt.Errorf("line %d: unknown key %q (fixtures/environments/example.yaml explains every key)",
			unknown.Token.Position.Line, unknown.Token.Value)
	}
	if wrong, ok := errors.AsType[yaml.Error](err); ok {
		return fmt.Errorf("line %d: %s", wrong.GetToken().Position.Line, wrong.GetMessage())
	}
	if err != nil {
		return err
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("it holds more than one document")
	}
	return nil
}

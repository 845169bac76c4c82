package environment

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lsst-sqre/muster/fixtures/environments"
)

// Options select an environment.
type Options struct {
	// Name is a name in fixtures/environments, the path of a file (it contains a
	// slash or ends in .yaml or .yml) or, with Phalanx, the name of an environment there.
	Name string
	// Phalanx is a checkout of Phalanx. Its Git describes the environment; the
	// file overrides single keys.
	Phalanx string
	// Context overrides kubernetes.context.
	Context string
	// Folder is the base of relative paths on the command line.
	Folder string
}

// found is an environment file, or none if only Phalanx has the environment.
type found struct {
	// file is the name in messages.
	file, name, folder string
	shipped            bool
	root               *yaml.Node
}

// extension ends the names of environment files.
var extension = regexp.MustCompile(`\.ya?ml$`)

// find reads the environment file.
func (o Options) find() (from found, err error) {
	var text []byte
	isPath := strings.ContainsAny(o.Name, `/\`) || extension.MatchString(o.Name) || o.Name == "." || o.Name == ".."
	if !isPath {
		from = found{file: o.Name, name: o.Name, folder: o.Folder, shipped: true}
		text, err = fs.ReadFile(environments.Files, o.Name+".yaml")
		if errors.Is(err, fs.ErrNotExist) && o.Phalanx != "" {
			return found{name: o.Name, folder: o.Folder}, nil
		}
		if err != nil {
			return from, unknown(o.Name)
		}
	} else {
		file := o.place()
		from = found{file: o.Name, name: extension.ReplaceAllString(filepath.Base(file), ""), folder: filepath.Dir(file)}
		if text, err = readBounded(file); err != nil {
			hint := ""
			if errors.Is(err, fs.ErrNotExist) {
				hint = "; fixtures/environments/example.yaml shows how to write one"
			}
			return from, fmt.Errorf("cannot read the environment file %s: %w%s", file, err, hint)
		}
	}
	if from.root, err = parse(text); err != nil {
		return from, fmt.Errorf("environment %s, %w", o.Name, err) // as it was typed
	}
	return from, nil
}

// place returns the absolute path of the environment file. If the path does not
// exist below the folder of the command, it may be relative to the working
// folder.
func (o Options) place() string {
	file := Path(o.Folder, o.Name)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		if here, err := filepath.Abs(o.Name); err == nil {
			if _, err := os.Stat(here); err == nil {
				return here
			}
		}
	}
	return file
}

func unknown(name string) error {
	return fmt.Errorf("unknown environment %q%s: known are %s; "+
		"for a file of your own pass its path, such as -env=./%s.yaml; "+
		"for an environment of Phalanx pass a checkout, such as -phalanx=../phalanx",
		name, didYouMean(name, shipped()), strings.Join(shipped(), ", "), cmp.Or(name, "my"))
}

// shipped lists the environments in fixtures/environments.
func shipped() []string {
	files, _ := fs.Glob(environments.Files, "*.yaml") // the pattern is valid
	for i, f := range files {
		files[i] = strings.TrimSuffix(f, ".yaml")
	}
	return files
}

// Path resolves a path as its author means it: ~ is the home folder, and a
// relative path is relative to the folder.
func Path(folder, path string) string {
	if path == "" {
		return ""
	}
	if path == "~" || strings.HasPrefix(path, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, path[1:])
		}
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return path
}

const (
	fileLimit = 1 << 20
	fileWait  = 10 * time.Second
)

// readBounded reads a file that may be endless, or a pipe without a writer.
func readBounded(file string) ([]byte, error) {
	type outcome struct {
		text []byte
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		f, err := os.Open(file)
		if err != nil {
			done <- outcome{nil, err}
			return
		}
		defer func() { _ = f.Close() }() // it was only read
		text, err := io.ReadAll(io.LimitReader(f, fileLimit+1))
		done <- outcome{text, err}
	}()
	select {
	case got := <-done:
		if failed, ok := errors.AsType[*fs.PathError](got.err); ok {
			return nil, failed.Err
		}
		if len(got.text) > fileLimit {
			return nil, errors.New("it is larger than 1 MiB")
		}
		return got.text, got.err
	case <-time.After(fileWait):
		return nil, fmt.Errorf("it gave nothing for %s", fileWait)
	}
}

package suite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Bounds of the evidence for one failed check.
const (
	evidenceTime       = 15 * time.Second
	evidenceNamespaces = 5
	evidenceBytes      = 256 << 10
)

// evidence writes what Kubernetes knows about the namespaces of a failure:
// events, pods, the last lines of their logs. It returns the file. It never
// reads Secrets and replaces whatever looks like a token.
func (c *Check) evidence(folder string) (file string, err error) {
	client, err := c.run.Kube()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(c.run.ctx, evidenceTime)
	defer cancel()
	b := &clipped{left: 2 * evidenceBytes, full: cancel}
	fmt.Fprintf(b, "%s in environment %s, %s\n%s\n", c.t.Name(), c.run.Env.Name, time.Now().UTC().Format(time.RFC3339),
		c.o.Says)
	namespaces := c.Found().Namespaces
	for _, namespace := range namespaces[:min(len(namespaces), evidenceNamespaces)] {
		fmt.Fprintf(b, "\n===== namespace %s\n", namespace)
		client.Describe(ctx, b, namespace)
	}
	// A colour may split a secret, so terminal sequences are removed first.
	text := message.WithoutSecrets(gafaelfawr.WithoutSequences(b.String()))
	text = gafaelfawr.Printable(gafaelfawr.Excerpt(text, evidenceBytes))
	text = verdict.Shorten(text, c.run.saved.take(len(text), runEvidence, leastOutput))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	file = filepath.Join(folder, c.t.Name()+".txt")
	return file, os.WriteFile(file, []byte(text), 0o600)
}

// clipped is the beginning of a text. It calls full at its end, because what is
// read from there on would be thrown away.
type clipped struct {
	strings.Builder
	left int
	full func()
}

// Write implements io.Writer.
func (c *clipped) Write(p []byte) (int, error) {
	kept := p[:min(len(p), c.left)]
	if c.left -= len(kept); c.left == 0 {
		c.full()
	}
	_, _ = c.Builder.Write(kept) // never fails
	return len(p), nil
}

// gatherEvidence writes what Kubernetes knows about the objects of the
// failures.
func (c *Check) gatherEvidence() {
	folder := c.run.options.Evidence
	if folder == "" || len(c.Found().Namespaces) == 0 {
		return
	}
	file, err := c.evidence(folder)
	if err != nil {
		file = "none: " + err.Error()
	}
	c.result.Evidence = file
}

package suite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
)

// chatty returns a run on a deployment with pods of many containers, each with a
// long log. read counts the logs that are read.
func chatty(t *testing.T, read *atomic.Int64) *run {
	t.Helper()
	r, cluster := running(t)
	var containers []any
	for i := range 200 {
		containers = append(containers, map[string]any{"name": fmt.Sprintf("container-%d", i)})
	}
	for i := range 5 {
		cluster.Put(resources.Pods, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Pod",
			"metadata": map[string]any{"name": fmt.Sprintf("chatty-%d", i), "namespace": "chatty"},
			"status":   map[string]any{"containerStatuses": containers},
		}})
	}
	log := strings.Repeat("a line of a log that has no end\n", 1<<15)
	client, err := r.Kube()
	require.NoError(t, err)
	client.Logs = func(ctx context.Context, _ kubernetes.Log) (string, error) {
		if ctx.Err() == nil {
			read.Add(1)
		}
		return log, ctx.Err()
	}
	r.Kube = func() (*kubernetes.Client, error) { return client, nil }
	return r
}

// The evidence of a check is bounded, and so is that of all checks together. Each
// check saves the beginning and the end of its own.
func TestEvidenceIsBounded(t *testing.T) {
	t.Parallel()
	var read atomic.Int64
	r := chatty(t, &read)
	folder := t.TempDir()
	const room, checks = 6 * evidenceBytes, 16
	r.saved.taken.Store(runEvidence - room) // by checks of before
	sizes := make([]int, checks)
	for i := range checks {
		c := &Check{Recorder: findings.NewRecorder(t.Context(), r.Env), t: t, run: r}
		c.Concerns("chatty")
		file, err := c.evidence(filepath.Join(folder, fmt.Sprint(i)))
		require.NoError(t, err)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(text), t.Name()+" in environment test"), "%.80s", text)
		sizes[i] = len(text)
	}
	total := 0
	for _, size := range sizes {
		assert.LessOrEqual(t, size, evidenceBytes+leastOutput)
		assert.GreaterOrEqual(t, size, leastOutput/2)
		total += size
	}
	assert.Greater(t, total, room, "there is room for what is small")
	assert.LessOrEqual(t, total, room+checks*2*leastOutput)
	assert.Less(t, read.Load(), int64(checks*50), "logs that were read to be thrown away")
	t.Logf("%d KiB in %d files, the first of %d bytes, the last of %d; %d logs read", total>>10, checks, sizes[0],
		sizes[checks-1], read.Load())
}

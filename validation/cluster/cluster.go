// Package cluster reads Kubernetes objects for checks. An object that cannot be
// read ends the check; without the permission the check is blocked.
package cluster

import (
	"context"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Options configure a Cluster.
type Options struct {
	Recorder    *findings.Recorder
	Environment *environment.Environment
	// Context is the check's context, Run that of all checks.
	Context, Run context.Context
	Kube         func() (*kubernetes.Client, error)
	// Ready ends the check if the API server does not answer.
	Ready func()
	// Lists caches the lists of the run: each is read once.
	Lists *sync.Map
	// Needs are the check's features, which determine what it may read. Writes
	// reports that it makes objects.
	Needs  []environment.Feature
	Writes bool
	// Settle is how long the operator and the ingress controller may take to
	// process an object.
	Settle time.Duration
	// Suffix distinguishes the objects of this run from those of others.
	Suffix func() string
	// Unverified is called when a part of the check's objects may not be read.
	Unverified func()
	// CleanUp registers a function that runs when the check ends.
	CleanUp func(undo func(context.Context) error)
}

// Cluster is the deployment's cluster as one check sees it.
type Cluster struct {
	*findings.Recorder
	env        *environment.Environment
	ctx, run   context.Context
	kube       func() (*kubernetes.Client, error)
	ready      func()
	lists      *sync.Map
	needs      []environment.Feature
	writes     bool
	settle     time.Duration
	suffix     func() string
	unverified func()
	cleanUp    func(undo func(context.Context) error)
}

// New returns the cluster for one check.
func New(o Options) *Cluster {
	return &Cluster{Recorder: o.Recorder, env: o.Environment, ctx: o.Context, run: o.Run, kube: o.Kube, ready: o.Ready,
		lists: o.Lists, needs: o.Needs, writes: o.Writes, settle: o.Settle, suffix: o.Suffix,
		unverified: o.Unverified, cleanUp: o.CleanUp}
}

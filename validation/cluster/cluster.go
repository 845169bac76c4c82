// Package cluster has the Kubernetes objects as checks ask for them. What cannot
// be read ends the check, blocked without the permission.
package cluster

import (
	"context"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Options are what the objects of a Cluster are asked for with.
type Options struct {
	Recorder    *findings.Recorder
	Environment *environment.Environment
	// Context is that of the check, and Run that of all checks.
	Context, Run context.Context
	Kube         func() (*kubernetes.Client, error)
	// Ready ends the check where the API server cannot be asked.
	Ready func()
	// Lists are those that were asked for: each is asked for once.
	Lists *sync.Map
	// Needs are the features of the check, which say what it may ask for; Writes
	// reports that it makes objects.
	Needs  []environment.Feature
	Writes bool
	// Settle is how long the operator and the ingress controller may take.
	Settle time.Duration
	// Suffix tells what this run makes from what others make.
	Suffix func() string
	// Unverified is called where a part of what the check is about may not be read.
	Unverified func()
	// CleanUp has something undone when the check ends.
	CleanUp func(undo func(context.Context) error)
}

// Cluster is the cluster of the deployment, as one check sees it.
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

// New is the cluster as one check sees it.
func New(o Options) *Cluster {
	return &Cluster{Recorder: o.Recorder, env: o.Environment, ctx: o.Context, run: o.Run, kube: o.Kube, ready: o.Ready,
		lists: o.Lists, needs: o.Needs, writes: o.Writes, settle: o.Settle, suffix: o.Suffix,
		unverified: o.Unverified, cleanUp: o.CleanUp}
}

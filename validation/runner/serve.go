package runner

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// The end of a runner takes at most answering plus telling. The chart's
// terminationGracePeriodSeconds must be more than the two.

// Serve answers on public, and on internal (health and metrics, for the cluster
// only) unless it is nil, and starts scheduled runs, until ctx ends. Then it
// stops the run in progress, answers its waiters, lets observers deliver
// pending messages, and returns nil. It closes both listeners, and can be
// called once.
func (r *Runner) Serve(ctx context.Context, public, internal net.Listener) error {
	site, err := newWeb(r)
	if err != nil {
		return errors.Join(err, public.Close())
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		<-ctx.Done()
		r.stop(errStopped)
		return nil
	})
	delivering, stop := context.WithCancel(context.WithoutCancel(ctx))
	var delivery sync.WaitGroup
	delivery.Go(func() { r.own.deliver(delivering) })
	defer func() { stop(); delivery.Wait() }() // the last run has ended
	r.work.Go(func() {
		if r.suiteSlot.Acquire(r.running, 1) == nil { // else the next start does it
			defer r.suiteSlot.Release(1)
			r.revokeLeftovers(r.running)
		}
	})
	group.Go(func() error {
		return daemon.Server{
			Public: site.handler(), Internal: r.internalHandler(), Connections: connectionLimit,
			WriteTimeout: writeTimeout, Grace: r.cfg.answering(), Log: r.log,
		}.Serve(ctx, public, internal)
	})
	group.Go(func() error {
		r.schedule(ctx)
		return nil
	})
	err = group.Wait()
	r.work.Wait()
	return err
}

// internalHandler serves the cluster alone.
func (r *Runner) internalHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		daemon.WriteJSON(w, http.StatusOK, map[string]string{"status": "healthy"})
	})
	mux.Handle("GET /metrics", r.own.metrics())
	return mux
}

package daemon

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
)

// Limits of every listener.
const (
	// HeaderLimit in bytes of one request head: what ingress-nginx lets through
	// (four buffers of 64 KiB and a first one of 1 KiB) and what it adds.
	HeaderLimit = 320 << 10
	// ReadTimeout is for a head as for a whole request: two values would cost a
	// system timer more for each.
	ReadTimeout = 20 * time.Second
	// IdleTimeout is above the 60 s for which ingress-nginx keeps a connection: the
	// one who closes first must be the one who sends.
	IdleTimeout = 75 * time.Second
	// DrainTimeout is what open requests get at the end, besides the time that an
	// answer may take.
	DrainTimeout = 5 * time.Second
)

// HTTPServer has these limits, and logs what is wrong with a connection.
func HTTPServer(h http.Handler, writeTimeout time.Duration, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: ReadTimeout,
		ReadTimeout:       ReadTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       IdleTimeout,
		MaxHeaderBytes:    HeaderLimit,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// Listeners listen at MUSTER_ADDRESS and, unless it is empty, at
// MUSTER_INTERNAL_ADDRESS; internal is nil then. The error names the variable.
func Listeners(address, internalAddress string) (public, internal net.Listener, err error) {
	if public, err = net.Listen("tcp", address); err != nil {
		return nil, nil, fmt.Errorf("MUSTER_ADDRESS: %w", err)
	}
	if internalAddress == "" {
		return public, nil, nil
	}
	if internal, err = net.Listen("tcp", internalAddress); err != nil {
		_ = public.Close() // nobody was let in
		return nil, nil, fmt.Errorf("MUSTER_INTERNAL_ADDRESS: %w", err)
	}
	return public, internal, nil
}

// Listen lets srv answer on l, as part of the group, until ctx ends. Then it
// accepts nothing more, and open requests may take so long as grace.
func Listen(ctx context.Context, group *errgroup.Group, srv *http.Server, l net.Listener, grace time.Duration, log *slog.Logger) {
	group.Go(func() error {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			log.Warn("requests were still open at the end", "error", err)
			return srv.Close()
		}
		return nil
	})
}

// Authorities are the system's certificate authorities and those of the file.
func Authorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", file)
	}
	return pool, nil
}

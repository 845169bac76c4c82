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

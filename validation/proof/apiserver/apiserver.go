// Package apiserver starts a real Kubernetes API server, with its etcd and
// nothing else, for tests: no controller, no node.
package apiserver

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// Assets names the variable with the folder of the binaries etcd and
// kube-apiserver, as setup-envtest prints it.
const Assets = "KUBEBUILDER_ASSETS"

// Server is an API server that runs.
type Server struct {
	// Address is host:port of its TLS port, whose certificate is made up.
	Address string
	// Admin may do everything.
	Admin dynamic.Interface

	dir       string
	processes []*exec.Cmd
}

// AdminToken and UserToken are the tokens that the server knows: an
// administrator's, and one of a user without any rights.
const (
	AdminToken = "kT7admin4Rv9of2the8tests"
	// UserToken and User are for whom rights can be given.
	UserToken = "kT7user4Rv9of2the8tests"
	User      = "validator"
)

// Found reports whether the binaries are there; if not, why.
func Found() error {
	folder := os.Getenv(Assets)
	if folder == "" {
		return errors.New(
			Assets + " is not set: it names the folder of etcd and kube-apiserver, as setup-envtest use -p path prints it",
		)
	}
	for _, name := range []string{"etcd", "kube-apiserver"} {
		if _, err := exec.LookPath(filepath.Join(folder, name)); err != nil {
			return fmt.Errorf("%s: %w", Assets, err)
		}
	}
	return nil
}

// Start starts a server and waits until it is ready.
func Start(ctx context.Context) (*Server, error) {
	dir, err := os.MkdirTemp("", "muster-apiserver-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	key, err := s.writeFiles()
	if err != nil {
		return err
	}
	etcd := "http://" + ports[0]
	s.Address = ports[2]
	_, port, _ := net.SplitHostPort(ports[2])
	if err := s.run("etcd", "--data-dir", s.dir+"/etcd", "--unsafe-no-fsync", "--log-level", "error",
		"--listen-client-urls", etcd, "--advertise-client-urls", etcd, "--listen-peer-urls", "http://"+ports[1]); err != nil {
		return err
	}
	if err := s.run(
		"kube-apiserver",
		"--etcd-servers",
		etcd,
		"--secure-port",
		port,
		"--bind-address",
		"127.0.0.1",
		"--cert-dir",
		s.dir+"/certs",
		"--token-auth-file",
		s.dir+"/tokens",
		"--authorization-mode",
		"RBAC",
		"--service-account-issuer",
		"https://issuer.example.org",
		"--service-account-key-file",
		key,
		"--service-account-signing-key-file",
		key,
		"--service-cluster-ip-range",
		"10.0.0.0/24",
		"--disable-admission-plugins",
		"ServiceAccount,MutatingAdmissionWebhook,ValidatingAdmissionWebhook", // nothing answers for webhooks
	); err != nil {
		return err
	}
	config := &rest.Config{Host: "https://" + s.Address, BearerToken: AdminToken, QPS: 500, Burst: 500,
		TLSClientConfig: rest.TLSClientConfig{Insecure: true}, WarningHandler: rest.NoWarnings{}}
	if s.Admin, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	return s.ready(ctx, config)
}

func (s *Server) ready(ctx context.Context, config *rest.Config) error {
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+s.Address+"/readyz", nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(request)
		if err == nil {
			_ = answer.Body.Close() // the status is enough
			if answer.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(answer.Status)
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(s.dir + "/kube-apiserver.log")
			return fmt.Errorf("the API server does not get ready: %w\n%s", err, log[max(0, len(log)-2000):])
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// run starts one of the binaries; what it says goes to a file.
func (s *Server) run(name string, args ...string) error {
	log, err := os.Create(filepath.Join(s.dir, name+".log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the process has its own
	// No context ends it, because Close does. The caller names the folder.
	cmd := exec.Command(filepath.Join(os.Getenv(Assets), name), args...) //nolint:gosec,noctx // see above
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	s.processes = append(s.processes, cmd)
	return nil
}

// writeFiles writes the tokens and the key that signs service accounts.
func (s *Server) writeFiles() (key string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	raw, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return "", err
	}
	key = filepath.Join(s.dir, "accounts.pem")
	tokens := AdminToken + ",admin,1,system:masters\n" + UserToken + "," + User + ",2\n"
	return key, errors.Join(
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw}), 0o600),
		os.WriteFile(filepath.Join(s.dir, "tokens"), []byte(tokens), 0o600))
}

// freePorts are addresses at which nothing listens.
func freePorts(n int) ([]string, error) {
	var all []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }() // held until all are known, so that they differ
		all = append(all, l.Addr().String())
	}
	return all, nil
}

// Kubeconfig writes a kubeconfig with the contexts admin and user, and returns
// its path.
func (s *Server) Kubeconfig() (string, error) {
	file := filepath.Join(s.dir, "kubeconfig")
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://%s", insecure-skip-tls-verify: true}}]
contexts: [{name: admin, context: {cluster: test, user: admin}}, {name: user, context: {cluster: test, user: user}}]
users: [{name: admin, user: {token: %s}}, {name: user, user: {token: %s}}]
`, s.Address, AdminToken, UserToken)
	return file, os.WriteFile(file, []byte(text), 0o600)
}

// Close ends the processes and removes their files.
func (s *Server) Close() error {
	var errs []error
	for _, cmd := range slices.Backward(s.processes) {
		errs = append(errs, cmd.Process.Kill())
		_ = cmd.Wait() // that it was killed is known
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

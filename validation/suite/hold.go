package suite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/message"
)

// heldFor is the lifetime of the tokens of a held deployment.
const heldFor = 8 * time.Hour

// hold keeps the local deployment up until the process gets a signal. It prints
// how to send requests to it.
func (r *run) hold() {
	folder, err := os.MkdirTemp("", "muster-hold-*") // of mode 700
	if err == nil {
		defer func() { _ = os.RemoveAll(folder) }() // nothing in it is needed any more
		err = r.holdWith(folder)
	}
	if err != nil {
		complain("cannot hold the deployment: " + err.Error())
	}
}

// holdWith writes the tokens of the held deployment to a file in the folder,
// which only its owner may read.
func (r *run) holdWith(folder string) error {
	r.makeTokens() // they end with the deployment
	text, err := r.commands(filepath.Join(folder, "ca.pem"))
	if err != nil {
		return err
	}
	file := filepath.Join(folder, "deployment.sh")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	r.announce(file)
	<-r.ctx.Done()
	message.Say(os.Stdout, "%s\n", context.Cause(r.ctx))
	return nil
}

// commands returns shell variables with the tokens, and a shell function that
// sends a request to the deployment.
func (r *run) commands(caFile string) (string, error) {
	if err := os.WriteFile(caFile, r.localCA, 0o600); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Tokens of the local deployment that is held.\n")
	for _, id := range r.heldIdentities() {
		fmt.Fprintf(&b, "export %s=%s\n", id.Variable()[1:], message.Quote(id.Token.Reveal()))
	}
	connect := r.Client.HostPort() + ":" + r.Env.Address
	fmt.Fprintf(&b, "export CURL_CA_BUNDLE=%s\nask() { curl -si --connect-to %s \"${@:2}\" %s\"$1\"; }\n",
		message.Quote(caFile), message.Quote(connect), message.Quote(r.Env.URL))
	return b.String(), nil
}

// heldIdentities returns the identities whose tokens could be made; a fault may
// prevent some.
func (r *run) heldIdentities() []*Identity {
	if err := r.Tokens.Open(r.ctx); err != nil {
		complain("no token could be made: " + err.Error())
		return nil
	}
	var all []*Identity
	for _, spec := range []Spec{
		{Name: "scoped", Scopes: []string{r.Env.Scope}, Lifetime: heldFor},
		{Name: "unscoped", Lifetime: heldFor},
	} {
		id, err := r.Tokens.Create(r.ctx, spec)
		if err != nil {
			complain("no token " + spec.Name + " could be made: " + err.Error())
			continue
		}
		all = append(all, id)
	}
	return all
}

// announce prints how to send requests to the deployment. Without -v, go test
// shows the output of a test only when it has ended, so a person at a terminal
// gets it there as well.
func (r *run) announce(file string) {
	writers := []io.Writer{os.Stdout}
	info, err := os.Stdout.Stat()
	shown := isVerbose() || err == nil && info.Mode()&os.ModeCharDevice != 0 // as without go test
	if terminal, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0); err == nil && !shown {
		defer func() { _ = terminal.Close() }() // a terminal that is gone needs no text
		writers = append(writers, terminal)
	}
	path := r.Env.Muster.Path + "/probes/authenticated"
	for _, w := range writers {
		message.Say(w, "\nThe local deployment is up until Ctrl-C. To ask it, in another shell:\n"+
			"  . %s\n  ask %s\n  ask %s -H \"Authorization: Bearer $SCOPED\"\n"+
			"The curl commands above work there, too. The file has tokens.\n", file, path, path)
	}
}

// holdable returns why the deployment cannot be held, or nil.
func (o *Options) holdable(env *Environment) error {
	if o.Hold && !env.Local {
		return errors.New("-hold is for -env=local: another deployment is up anyway")
	}
	return nil
}

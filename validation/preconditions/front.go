package preconditions

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/tokens"
)

// TryFront requests addresses that no deployment answers alike: the login, the
// home page, Muster, a document of Gafaelfawr's, and a page that does not
// exist. An edge that serves nothing answers them all with its own 404.
// Something that takes the requests and does not answer is named here, once.
func (a *Access) TryFront(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, client.HangsAfter, client.ErrHangs)
	defer cancel()
	paths := []string{"/login", "/auth/openapi.json", "/", "/muster-nowhere-in-front"}
	if a.Env.Muster.Deployed != environment.NoMuster {
		paths = append(paths, a.Env.Muster.Path+"/anonymous")
	}
	answers := make([]client.Response, len(paths)+1)
	var done sync.WaitGroup
	for i, path := range paths {
		done.Go(func() { answers[i] = a.Client.Do(ctx, client.Request{Target: environment.Target{Path: path}}) })
	}
	done.Go(func() {
		answers[len(paths)] = a.Client.Do(ctx, client.Request{
			Target: environment.Target{Path: "/auth/api/v1/token-info"}, Credential: tokens.Unknown()})
	})
	done.Wait()
	if err := whatHangs(answers[:len(paths)], answers[len(paths)]); err != nil {
		return err
	}
	return answersAlike(answers[:len(paths)])
}

// whatHangs finds out what does not answer. The login and the document need
// only Gafaelfawr; a token needs the Redis that holds it.
func whatHangs(answers []client.Response, lookUp client.Response) error {
	login, document := answers[0], answers[1]
	answered := slices.ContainsFunc(answers, func(a client.Response) bool { return !silent(a) })
	within := " within " + client.HangsAfter.String()
	switch {
	case !answered:
		return &client.HangError{Who: client.HangsEdge, Text: "the edge accepts connections and answers nothing" + within}
	case silent(login) && silent(document):
		return &client.HangError{Who: client.HangsGafaelfawr,
			Text: "Gafaelfawr accepts requests and answers none" + within +
				": neither /login nor /auth/openapi.json, which need nothing else"}
	case silent(lookUp) && !silent(document):
		return &client.HangError{Who: client.HangsRedis,
			Text: "Gafaelfawr answers /auth/openapi.json, and no request with a token" + within +
				": the Redis that has the tokens does not answer it"}
	}
	return nil
}

// silent reports whether a request was taken and not answered in time.
func silent(a client.Response) bool {
	return a.Err != nil && a.Refused.Code == 0 && !client.ConnectionLost(a.Err) &&
		(errors.Is(a.Err, context.DeadlineExceeded) || os.IsTimeout(a.Err))
}

func answersAlike(answers []client.Response) error {
	one := answers[0]
	other := slices.ContainsFunc(answers, func(a client.Response) bool { return a.Err != nil || looks(a) != looks(one) })
	if other || !leadAlike(answers, whole) && !leadAlike(answers, withoutPath) {
		return nil // other checks report the rest
	}
	return &client.FrontError{Status: one.Code, Text: fmt.Sprintf("something in front of the deployment answers "+
		"every address alike: %s and %d others gave %s", one.Request.Target.Path, len(answers)-1, describePage(one))}
}

// looks returns what answers of the same origin have in common.
func looks(a client.Response) string {
	return fmt.Sprintf("%d %s %s", a.Code, a.Header.Get("Content-Type"), title(a))
}

// leadAlike reports whether all answers redirect to the same place, or none does.
func leadAlike(answers []client.Response, place func(client.Response) string) bool {
	return !slices.ContainsFunc(answers, func(a client.Response) bool { return place(a) != place(answers[0]) })
}

// whole is where an answer redirects to; what was asked for stands in the query.
func whole(a client.Response) string {
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		return a.Header.Get("Location")
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// withoutPath is where it redirects to without the path that was asked for.
func withoutPath(a client.Response) string {
	return strings.TrimSuffix(strings.TrimSuffix(whole(a), a.Request.Target.Path), "/")
}

var titlePattern = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// title returns the page's title, or else the beginning of the body.
func title(a client.Response) string {
	if found := titlePattern.FindSubmatch(a.Body); found != nil {
		return message.OneLine(strings.TrimSpace(string(found[1])))
	}
	return gafaelfawr.Excerpt(message.OneLine(string(a.Body)), 60)
}

func describePage(a client.Response) string {
	text := fmt.Sprintf("%d", a.Code)
	if location := a.Header.Get("Location"); location != "" {
		return text + " to " + location
	}
	return fmt.Sprintf("%s %q", text, title(a))
}

package findings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/verdict"
)

func TestRecordTellsEachFailureOnce(t *testing.T) {
	t.Parallel()
	r := NewRecorder(t.Context(), &environment.Environment{})
	for range 2 {
		assert.False(t, r.Expect(false, nil, "a", "b"))
		assert.False(t, r.Expect(false, nil, "a", "c"))
	}
	assert.True(t, r.Expect(true, nil, "a", "d"))
	assert.Len(t, r.Found().Failures, 2)
}

// The answer of another application says nothing about the whole deployment. A
// lost connection says nothing about that application.
func TestRecordKnowsDeclaredPaths(t *testing.T) {
	t.Parallel()
	env := &environment.Environment{Protected: []environment.Target{{Path: "/tap"}}}
	env.Muster.Deployed = environment.GoMuster
	r := NewRecorder(t.Context(), env)
	about := &client.Response{Request: client.Request{Target: environment.Target{Path: "/tap?x=1"}}}
	r.Record(Failure{Finding: New("a", "b"), About: about})
	r.Record(Failure{Finding: New("a", "lost", verdict.Of(verdict.CodeConnectionLost)), About: about})
	found := r.Found().Failures
	require.Len(t, found, 2)
	assert.Equal(t, "/tap", found[0].Path)
	assert.True(t, found[0].Declared)
	assert.True(t, found[1].Unable)
	assert.False(t, found[1].Declared)
}

// Without Muster the first protected path represents the deployment.
func TestRecordTakesTheFirstPathForTheDeployment(t *testing.T) {
	t.Parallel()
	env := &environment.Environment{Protected: []environment.Target{{Path: "/tap"}, {Path: "/sia"}}}
	env.Muster.Deployed = environment.NoMuster
	r := NewRecorder(t.Context(), env)
	for _, path := range []string{"/tap", "/sia"} {
		r.Record(Failure{Finding: New(path, ""), About: &client.Response{
			Request: client.Request{Target: environment.Target{Path: path}}}})
	}
	assert.False(t, r.Found().Failures[0].Declared)
	assert.True(t, r.Found().Failures[1].Declared)
}

func TestTry(t *testing.T) {
	t.Parallel()
	restricted := &environment.Environment{}
	restricted.Kubernetes.Restricted = true
	for name, c := range map[string]struct {
		env  *environment.Environment
		body func(*Recorder)
		says string
	}{
		"nothing":    {body: func(*Recorder) {}},
		"blocked":    {body: func(r *Recorder) { r.Block("no network") }, says: "no network"},
		"failed":     {body: func(r *Recorder) { r.NoError(errors.New("refused"), "a list") }, says: "refused"},
		"forbidden":  {body: func(r *Recorder) { r.Forbidden("no list") }, says: "no list"},
		"restricted": {env: restricted, body: func(r *Recorder) { r.Forbidden("no list") }, says: "no list"},
	} {
		env := c.env
		if env == nil {
			env = &environment.Environment{}
		}
		r := NewRecorder(t.Context(), env)
		err := r.Try(func() { c.body(r) })
		if c.says == "" {
			assert.NoError(t, err, name)
			continue
		}
		require.EqualError(t, err, c.says, name)
		var forbidden *ForbiddenError
		assert.Equal(t, name == "forbidden" || name == "restricted", errors.As(err, &forbidden), name)
	}
	r := NewRecorder(t.Context(), restricted)
	assert.PanicsWithValue(t, "a defect", func() { _ = r.Try(func() { panic("a defect") }) })
}

func TestConcludeBlocksWhatWasNotProven(t *testing.T) {
	t.Parallel()
	r := NewRecorder(t.Context(), &environment.Environment{})
	r.NotProven("too many", "namespace a")
	r.NotProven("too many", "namespace a")
	assert.Empty(t, r.Conclude())
	assert.Equal(t, "not proven: too many: namespace a", r.Found().Blocked)

	r = NewRecorder(t.Context(), &environment.Environment{})
	r.NotProven("too many", "namespace a")
	r.Expect(false, nil, "a", "b")
	assert.Empty(t, r.Conclude())
	assert.Empty(t, r.Found().Blocked)
	assert.Equal(t, []string{"not proven: too many: namespace a"}, r.Found().Remarks)
}

// A failure after the run was stopped says nothing about the deployment.
func TestConcludeForgetsWhatIsLate(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancelCause(t.Context())
	r := NewRecorder(ctx, &environment.Environment{})
	r.Expect(false, nil, "before", "")
	stop(errors.New("interrupted"))
	r.Expect(false, nil, "after", "")
	aborted := r.Conclude()
	assert.Contains(t, aborted, "interrupted")
	assert.Equal(t, aborted, r.Found().Blocked)
	require.Len(t, r.Found().Failures, 1)
	assert.Equal(t, "before", r.Found().Failures[0].Expected)
}

func TestRecover(t *testing.T) {
	t.Parallel()
	r := NewRecorder(t.Context(), &environment.Environment{})
	func() {
		defer func() { r.Recover(recover(), nil) }()
		r.Skip("not here")
	}()
	assert.Empty(t, r.Found().Failures)
	func() {
		defer func() { r.Recover(recover(), []byte("at line 1")) }()
		panic("a defect")
	}()
	require.Len(t, r.Found().Failures, 1)
	assert.Equal(t, verdict.CodePanic, r.Found().Failures[0].Code)
	assert.Contains(t, r.Found().Failures[0].Actual, "a defect\nat line 1")
}

func TestOpens(t *testing.T) {
	t.Parallel()
	f := Failure{Finding: New("", "")}
	assert.False(t, f.Opens(false))
	assert.True(t, f.Opens(true))
	f.About = &client.Response{Code: 403}
	assert.False(t, f.Opens(true))
	f.About = &client.Response{Code: 200}
	assert.True(t, f.Opens(true))
	f.Unable = true
	assert.False(t, f.Opens(true))
	f.Hole = true
	assert.True(t, f.Opens(false))

	token := Failure{Finding: New("", "", verdict.Of(verdict.CodeFlapping, "first", "502", "then", "201"))}
	assert.False(t, token.Opens(true), "nobody got in")
	token.Hole = true
	assert.True(t, token.Opens(true))
}

// A finding keeps only the beginning of the deployment's texts.
func TestRecordKeepsTwoKilobytesOfAText(t *testing.T) {
	t.Parallel()
	r := NewRecorder(t.Context(), &environment.Environment{})
	long := strings.Repeat("what a deployment sends, ", 1<<17)
	r.Expect(false, nil, long, long)
	r.Must(true, nil, long, long)
	for _, f := range r.Found().Failures {
		assert.Less(t, len(f.Expected), textLimit+10)
		assert.Less(t, len(f.Actual), textLimit+10)
	}
	assert.Len(t, r.Found().Failures, 1)
}

// A check keeps some of thousands of failures, and in any case one that lets
// callers in.
func TestRecordKeepsSomeOfMany(t *testing.T) {
	t.Parallel()
	r := NewRecorder(t.Context(), &environment.Environment{})
	for i := range 3 * mostFailures {
		refused := &client.Response{Code: 401}
		r.Record(Failure{Finding: New("an answer", fmt.Sprint(i)), About: refused})
	}
	hole := New("nobody let in", "somebody was let in")
	hole.Hole = true
	r.Record(Failure{Finding: hole})
	found := r.Found()
	assert.Len(t, found.Failures, mostFailures)
	assert.True(t, slices.ContainsFunc(found.Failures, func(f Failure) bool { return f.Hole }))
	assert.Contains(t, found.Remarks, "2001 more failures are not listed")
}

package proof

import (
	"flag"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/mutations"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
)

// mutationSample is the default of -mutations.
const mutationSample = 40

var (
	mutationCount = flag.Int("mutations", mutationSample, "how many mutations TestMutations tries, 0 for all")
	mutationOnly  = flag.String("mutation", "", "try only mutations whose name matches this `pattern`")
	seed          = flag.Uint64("seed", 1, "which mutations TestMutations tries, in what order TestSoak runs the checks")
)

// localFeatures are the features of the local deployment that are visible from
// outside.
const localFeatures = `features: [quota, homepage, discovery, ldap]
user: {username: ldapuser, name: Ldap User, email: ldapuser@example.org, uid: 70001, gid: 70100,
  groups: [g_ldap, g_other]}
`

// leastMutations is well below the number of possible mutations. mostHarmless, in
// percent, is slightly above the share of harmless ones, because a reason that is
// too wide would raise the score.
const leastMutations, mostHarmless = 5000, 40

// TestMutations changes one thing at a time in the deployment's requests and answers,
// and counts how many changes the suite notices. A change that it misses is harmless,
// with a reason in harmless, or needs a check. The answers to recorded requests that
// no check sends count as missed.
func TestMutations(t *testing.T) {
	t.Parallel()
	options := phalanx.Defaults()
	watcher := mutations.Watch(&options)
	o := underMutation(t, options)
	require.Zero(t, o.code, o.stdout+o.stderr)
	all := watcher.Mutations()
	for stimulus, answer := range neverSent(t, watcher.Sent()) {
		t.Logf("no check sends: %s", stimulus)
		all = append(all, mutations.NeverSent(stimulus, answer)...)
	}
	tried := drawn(t, all)

	s := &score{noticed: map[string]int{}, missed: map[string][]string{}}
	t.Run("each", func(t *testing.T) {
		for _, m := range tried {
			t.Run(m.String(), func(t *testing.T) {
				t.Parallel()
				s.try(t, m)
			})
		}
	})
	harmful := len(all) - countHarmless(t, all)
	t.Logf("seed %d: of %d mutations %d (%d%%) are harmless; %d were tried, of which %d changed nothing",
		*seed, len(all), len(all)-harmful, 100-100*harmful/len(all), len(tried), s.idle)
	assert.LessOrEqual(t, 10*s.idle, len(tried), "too many mutations change nothing, so that hardly any was tried")
	for _, part := range []string{"everywhere", "on one path"} {
		noticed, missed := s.noticed[part], s.missed[part]
		slices.Sort(missed)
		t.Logf("%s: %d noticed, %d not noticed\n%s", part, noticed, len(missed), strings.Join(missed, "\n"))
		if tried := noticed + len(missed); tried > 0 {
			assert.GreaterOrEqual(t, 100*noticed/tried, floor(tried), "percent noticed "+part)
		}
		for _, name := range missed {
			assert.NotContains(t, name, mutations.LetThrough, "who may not pass does, and no check notices")
		}
	}
}

// trusting reports whether an environment variable can name trusted authorities.
// Some checks need a trusted certificate.
const trusting = runtime.GOOS == "linux"

// underMutation runs the suite against a deployment with those options.
func underMutation(t *testing.T, options phalanx.Options) outcome {
	t.Helper()
	env := environment(t, deployment(t, options), localFeatures)
	cmd := command(t, theSuite(t), asEvents, "-env="+env)
	if trusting {
		replaceInFile(t, env, "ca: ca.pem\n", "")
		cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+filepath.Join(filepath.Dir(env), "ca.pem"))
	}
	return read(t, finish(t, cmd))
}

// drawn returns the mutations to try: at most -mutations of those that -mutation
// selects and that are not harmless.
func drawn(t *testing.T, all []mutations.Mutation) []mutations.Mutation {
	t.Helper()
	only := regexp.MustCompile(*mutationOnly)
	named := slices.DeleteFunc(slices.Clone(all), func(m mutations.Mutation) bool { return !only.MatchString(m.String()) })
	require.NotEmpty(t, named, "-mutation=%s names none of %d mutations", *mutationOnly, len(all))
	tried := slices.DeleteFunc(named, func(m mutations.Mutation) bool { return len(whyHarmless(m)) > 0 })
	require.NotEmpty(t, tried, "-mutation=%s names harmless mutations only", *mutationOnly)
	mutations.Shuffle(tried, *seed)
	if *mutationCount > 0 {
		tried = tried[:min(len(tried), *mutationCount)]
	}
	return tried
}

// countHarmless counts the harmless mutations. There must not be too many, and
// each reason must be needed by one.
func countHarmless(t *testing.T, all []mutations.Mutation) int {
	t.Helper()
	require.GreaterOrEqual(t, len(all), leastMutations, "what the deployment answers is hardly mutated")
	count, alone := 0, map[string]int{}
	for _, m := range all {
		reasons := whyHarmless(m)
		if len(reasons) > 0 {
			count++
		}
		if len(reasons) == 1 {
			alone[reasons[0]]++
		}
	}
	assert.LessOrEqual(t, 100*count, mostHarmless*len(all), "percent of all mutations that are said to be harmless")
	for _, h := range harmless {
		assert.Positive(t, alone[h.reason], "nothing is harmless for this reason alone: %s", h.reason)
	}
	return count
}

// floor in percent is the measured 97 to 100 minus the random deviation of a
// sample of that size.
func floor(tried int) int {
	if tried < 100 {
		return 80
	}
	return 96
}

// score counts the results of mutations, separately for those of one path.
type score struct {
	mu    sync.Mutex
	tried int
	// idle are mutations that changed nothing.
	idle    int
	noticed map[string]int
	missed  map[string][]string
}

func (s *score) try(t *testing.T, m mutations.Mutation) {
	if m.Place.Side == mutations.Never { // and so nobody notices
		s.mu.Lock()
		defer s.mu.Unlock()
		s.missed["on one path"] = append(s.missed["on one path"], m.String())
		return
	}
	options := phalanx.Defaults()
	changed := m.Seed(&options)
	o := underMutation(t, options)
	assert.NotContains(t, o.stdout+o.stderr, "panic")
	s.mu.Lock()
	defer s.mu.Unlock()
	part := "on one path"
	if everywhere(m) {
		part = "everywhere"
	}
	switch {
	case changed.Load() == 0:
		s.idle++
		assert.Zero(t, o.code, "a false alarm, for nothing was changed: %s", o.stdout+o.stderr)
	case o.code != 0:
		s.noticed[part]++
	default:
		s.missed[part] = append(s.missed[part], fmt.Sprintf("%s (%d messages)", m, changed.Load()))
		if *mutationCount != mutationSample { // a long run is followed
			tell(t, "mutations: not noticed: %s\n", m)
		}
	}
	if s.tried++; s.tried%100 == 0 {
		tell(t, "mutations: %d tried; noticed: %v\n", s.tried, s.noticed)
	}
}

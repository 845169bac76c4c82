package sweep

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Many addresses with the same complaint give five findings and a count. Those
// that let callers in come first.
func TestComplaintsAreGrouped(t *testing.T) {
	t.Parallel()
	s := &Sweeper{Recorder: findings.NewRecorder(t.Context(), &environment.Environment{})}
	complain := func(name string, code int) Complaint {
		r := answered(name, "", nil)
		r.Code, r.Address = code, "/"+name
		return Complaint{Result: r, expected: "a refusal", actual: fmt.Sprint("status ", code),
			reason: verdict.Of(verdict.CodeStatus, "got", fmt.Sprint(code))}
	}
	var all []Complaint
	for i := range 7 {
		all = append(all, complain(fmt.Sprint("error", i), http.StatusInternalServerError))
	}
	s.Complain(append(all, complain("open", http.StatusOK)))
	found := s.Found().Failures
	require.Len(t, found, 7)
	assert.Contains(t, found[0].Actual, "status 200")
	assert.Contains(t, found[1].Actual, "status 500")
	assert.Contains(t, found[6].Actual, "and 2 more like these")
}

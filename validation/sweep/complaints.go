package sweep

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Complaint describes what is wrong with an address.
type Complaint struct {
	Result
	expected, actual string
	reason           verdict.Reason
}

// Complain returns a complaint about an address, with what the other routes say
// about it.
func (v Result) Complain(all []ingressnginx.Route, expected string) Complaint {
	return Complaint{Result: v, expected: expected, actual: v.Result(all), reason: v.reason(all)}
}

// InTurn asks again, on connections of their own, and completes a complaint about a missing
// page if some answers are others: one of several replicas lacks it.
func (one Complaint) InTurn(n MissingPages, times int) Complaint {
	if !one.Missing(n) && !one.Like(n) {
		return one
	}
	again := one.of.sender.Concurrently(times, func(int) client.Request { return one.Request })
	served := 0
	for _, a := range again {
		v := one.Result
		if v.Answer = a; a.Err == nil && !v.Missing(n) && !v.Like(n) {
			served++
		}
	}
	if served > 0 {
		one.actual += fmt.Sprintf("; asked again, the application answered %d of %d times", served, times)
		one.reason = verdict.Of(verdict.CodeMixed, "got", strconv.Itoa(one.Code), "type", one.Header.Get("Content-Type"))
	}
	return one
}

// complaintsShown bounds the findings that differ only in the object and are
// shown one by one.
const complaintsShown = 5

// Complain records complaints, holes first. Of complaints that differ only in
// the object it records five and a count.
func (s *Sweeper) Complain(complaints []Complaint) {
	type kind struct {
		expected string
		code     int
		failed   bool
	}
	var order []kind
	groups := map[kind][]Complaint{}
	for _, one := range complaints {
		k := kind{one.expected, one.Code, one.Err != nil}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], one)
	}
	slices.SortStableFunc(order, func(a, b kind) int { return number01(a.code/100 != 2) - number01(b.code/100 != 2) })
	for _, k := range order {
		group := groups[k]
		for _, one := range group[:min(complaintsShown, len(group))] {
			s.complain(one)
		}
		if rest := group[min(complaintsShown, len(group)):]; len(rest) > 0 {
			f := findings.Failure{
				Finding: findings.New(k.expected, fmt.Sprintf("and %d more like these: %s", len(rest), few(rest)), rest[0].reason),
				About:   rest[0].Subject(),
			}
			s.Record(f)
		}
	}
}

func (s *Sweeper) complain(one Complaint) {
	s.Concerns(one.Namespace())
	f := findings.Failure{
		Finding: findings.New(one.expected, one.String()+": "+one.actual, one.reason),
		About:   one.Subject(),
	}
	f.Object = one.String()
	f.Hole = one.reason.Code == verdict.CodeShadowed // whatever the answer was
	s.Record(f)
}

func few(all []Complaint) string {
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = one.String()
	}
	return message.Few(names)
}

func number01(b bool) int {
	if b {
		return 1
	}
	return 0
}

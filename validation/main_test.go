package validation

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/diagnoses"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/suite"
	"github.com/lsst-sqre/muster/validation/verdict"
)

func TestMain(m *testing.M) {
	os.Exit(suite.Main(m, suite.Local{Start: startLocal, Faults: faults.List(), Runbook: Runbook}, diagnoses.Explain))
}

// startLocal starts the deployment of the environment local, with one fault or
// several, such as N07+N10.
func startLocal(ctx context.Context, fault string) (*suite.Deployment, error) {
	options := phalanx.Defaults()
	options.Muster.Version = verdict.Version
	for _, id := range strings.FieldsFunc(fault, func(r rune) bool { return r == '+' }) {
		f, err := faults.Find(id)
		if err != nil {
			return nil, fmt.Errorf("%w%s; -fault=list -v lists those there are", err,
				environment.DidYouMean(id, faults.Names()))
		}
		f.Seed(&options)
	}
	d, err := phalanx.Start(ctx, options)
	if err != nil {
		return nil, err
	}
	return &suite.Deployment{
		Address: d.Address(), HTTPAddress: d.HTTPAddress(), Addresses: d.Addresses(), CA: d.CA(),
		Kubernetes: d.Kubernetes(), Logs: d.Logs(), ServiceAddress: d.ServiceAddress, Close: d.Close,
	}, nil
}

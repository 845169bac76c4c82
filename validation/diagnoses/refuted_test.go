package diagnoses

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// irrefutable are the checks whose finding no other check can contradict, with
// the reason.
var irrefutable = map[string]string{
	"the finding is read from the very object that the cause is about": `TestAnnotations TestApplicationHealth
		TestApplicationOperation
		TestApplicationSync TestApplications TestApplicationValues TestAuthURL TestBackendsExist TestCertificateNames
		TestCertificateRenewal TestCertificatesReady TestChallenges TestNothingStuck TestOneConfiguration TestOneImage
		TestClientAddress TestOtherWorkloads TestOwnPaths TestPathsLiteral
		TestAdmissionWebhooks TestAutoscalers TestDefinitions TestDisruptionBudgets TestRestrictionsKept
		TestControllerReload TestControllerSettings TestControllerVersion TestCronJobs TestHostCertificates
		TestGafaelfawrIngressConfig TestGafaelfawrIngressStatus TestGafaelfawrSettings
		TestHomePageIndependent TestIngressClass TestIngressConflicts TestIngressLabel TestIngressTLS TestIssuers
		TestMusterIngresses TestNetworkPolicies TestOperatorIngresses TestOperatorRights TestOperatorSingle
		TestPodsRestarting TestPodsStart TestQuotaNotCached TestRedisClients TestEgressPolicies TestRoom TestPullSecrets
		TestIngressesServed TestIngressSettings TestScopesKnown TestServiceTokenSecrets TestServiceTokens
		TestSnippets TestSnippetsAllowed TestTokensHidden TestVaultPaths TestVaultSecrets
		TestVaultSecretsPresent TestVolumes TestWaysAround TestWorkloads`,
	"what the cause says is what the answer showed": `TestAddresses TestAnswersInvariant TestAnswersUnchanged
		TestArgoCDPage
		TestCanary TestCertificateChain TestCertificateTrusted TestChallengePath TestClientCertificates
		TestClock TestDelegated TestDiscovery TestEditedExpiry TestEditedScopes TestForgedIdentity TestHistoryPages
		TestInvalidUsernameRefused TestLogin TestLogout TestNotebook TestOwnTokensListed TestOwnTokensMade
		TestQuotaConfigured
		TestQuotaOverrides TestWhoMayDoWhat
		TestBootstrapToken TestUserInfo TestFresh TestHomePage TestIngressAuthNotPublic
		TestLoginRedirect TestMusterDeployed TestNewUserSoon TestNoToken TestTLSVersions TestTokenInfo TestTrace
		TestTwoAuthorizations TestUpgrade`,
	"chance decides which checks see it, so that a green one says nothing": `TestAlike TestDelegatedUsers TestOneVersion
		TestTokensMadeAlike any`,
}

// Every rule names checks that contradict its cause if they pass, or checks that
// must have passed. For the other rules the reason is known.
func TestEveryRuleCanBeRefuted(t *testing.T) {
	t.Parallel()
	idle := map[string]bool{}
	for _, names := range irrefutable {
		for name := range strings.FieldsSeq(names) {
			idle[name] = true
		}
	}
	known := maps.Clone(idle)
	for _, r := range rules() {
		if r.declared || len(r.passed)+len(r.refuted) > 0 { // of one path: checks are of the whole deployment
			continue
		}
		name := r.symptoms[0].check
		if name == "" {
			name = "any"
		}
		assert.True(t, known[name], "no check refutes it, and no reason is known: %s", r.says)
		delete(idle, name)
	}
	assert.Empty(t, idle, "they have a reason and need none")
}

// A passed check that contradicts a cause suppresses it.
func TestRefutedCauseIsNotShown(t *testing.T) {
	t.Parallel()
	for _, r := range rules() {
		results := map[string]*verdict.Check{}
		for _, s := range r.symptoms {
			c := results[s.check]
			if c == nil {
				c = failed(s.check)
				results[s.check] = c
			}
			args := map[string]string{}
			for name, value := range s.reason.Args {
				args[name] = strings.Trim(value, "*")
			}
			c.Findings = append(c.Findings, verdict.Finding{Reason: verdict.Reason{Code: s.reason.Code, Args: args},
				Declared: r.declared, Object: strings.Trim(s.object, "*"), Path: strings.Trim(s.path, "*")})
		}
		for _, name := range r.passed {
			results[name] = met(name)
		}
		_, shown := r.explains(results)
		assert.True(t, shown, r.says)
		for _, name := range r.refuted {
			assert.NotContains(t, results, name, r.says)
			results[name] = met(name)
			_, shown := r.explains(results)
			assert.False(t, shown, "%s passed: %s", name, r.says)
			delete(results, name)
		}
	}
}

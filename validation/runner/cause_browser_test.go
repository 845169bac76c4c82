package runner

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/fixtures/browser"
)

// The link of a message leads to the cause and its object at once, on a desktop
// and on a phone. The page has at most two screens.
func TestCauseIsSeenWithoutScrolling(t *testing.T) {
	t.Parallel()
	chromium := browser.Start(t)
	for fault, cause := range map[string]string{
		"N05": "The error mapping is missing from ingress-nginx.*ConfigMap ingress-nginx/ingress-nginx-controller",
		"O06": "A protected route is open.*Ingress muster/muster-probe-authenticated, path /muster/probes/authenticated",
		"H04": "Callers' tokens reach applications.*/muster/probes/authenticated",
		"A22": "Gafaelfawr refuses connections because its process is not running",
		"T01": "The certificate has expired",
		"G03": "Argo CD cannot generate the manifests.*Application argocd/muster",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := start(t, seeded(t, fault), nil)
			run := s.run("")
			b := chromium.Open(t)
			b.WithoutScripts()
			for name, size := range map[string][2]int64{"desktop": {1280, 800}, "phone": {390, 844}} {
				b.Window(size[0], size[1])
				b.Visit(s.url("/pages/runs/"+run.ID), "footer")
				assert.Regexp(t, `(?s)`+cause, browser.Eval[string](b, `document.querySelector('.causes').innerText`))
				bottom := browser.Eval[float64](b, `document.querySelector('.causes').getBoundingClientRect().bottom`)
				assert.LessOrEqual(t, bottom, float64(size[1]), "the cause is seen without scrolling")
				height := browser.Eval[int64](b, `document.documentElement.scrollHeight`)
				assert.LessOrEqual(t, height, 2*size[1], "two screens")
				assert.Equal(t, 1, browser.Eval[int](b, `document.querySelectorAll('.checks.red > li').length`), "one card is open")
				b.AssertAccessible()
				b.Picture(name)
			}
			if fault == "N05" {
				assertEvidenceIsReached(b)
			}
			s.assertClean(b)
		})
	}
}

// assertEvidenceIsReached follows the links of the cause to its checks, the second
// of which is folded.
func assertEvidenceIsReached(b *browser.Tab) {
	b.T.Helper()
	for _, name := range []string{"TestMalformedAuthorization", "TestNoToken"} {
		seen := `document.getElementById('` + name + `').offsetParent !== null && document.getElementById('` + name +
			`').checkVisibility()`
		assert.False(b.T, browser.Eval[bool](b, seen), "%s is folded", name)
		b.Do(chromedp.Click(chromedp.CSS(`.evidence a[href="#` + name + `"]`)))
		until(b.T, name+" is unfolded", func() bool { return browser.Eval[bool](b, seen) })
	}
}

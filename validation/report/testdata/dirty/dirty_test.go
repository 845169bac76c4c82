// Package dirty prints texts that must not reach a report unchanged.
package dirty

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func secret() string { return "gt-" + strings.Repeat("k", 22) + "." + strings.Repeat("S", 22) }

func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Println(`muster.run={"verdict": "fail", "facts": {"note": "` + secret() + `"}}`)
	fmt.Println("outside", secret())
	os.Exit(code)
}

func TestSecret(t *testing.T) {
	t.Attr("request", "curl -H 'Authorization: Bearer "+secret()+"'")
	// In two parts, with a colour sequence inside.
	fmt.Print("    in pieces ", secret()[:10])
	fmt.Println(secret()[10:])
	t.Error("coloured " + secret()[:9] + "\x1b[31m" + secret()[9:] + "\x1b[0m")
}

func TestControl(t *testing.T) {
	t.Error(
		"bell \a, nul \x00, escape \x1b[1mbold\x1b[0m, end ]]> of <![CDATA[ & \"quote\", bad \xff, noncharacter \uFFFE, " +
			"turned \u202E",
	)
}

func TestNoNewline(*testing.T) { fmt.Print("the end of this line is missing") }

func TestArtifact(t *testing.T) {
	if err := os.WriteFile(t.ArtifactDir()+"/answer.json", nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSkipsWithSecret(t *testing.T) { t.Skip("token " + secret()) }

func TestNamed(t *testing.T) {
	t.Run(secret(), func(t *testing.T) { t.Error("wrong") })
}

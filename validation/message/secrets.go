package message

import (
	"regexp"
	"slices"
	"strings"
)

// hidden replaces a secret that is not Gafaelfawr's. It has no fingerprint,
// because a fingerprint reveals a short password.
const hidden = "<hidden>"

// otherSecrets match secrets in logs and events of applications. The list is
// coarse, because evidence may lose a word too many.
var otherSecrets = []struct {
	// words are those of which a match has one, in lower case: an expression takes
	// a microsecond for each character, and most logs have none of them.
	words   []string
	pattern *regexp.Regexp
	by      string
}{
	{
		[]string{"private key"},
		regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)`),
		hidden,
	},
	{[]string{"hooks.slack"}, regexp.MustCompile(`(?i)\bhttps://hooks\.slack\.com/[^\s"'<>]*`), hidden},
	{[]string{"://"}, regexp.MustCompile(`\b([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#"'<>]+@`), "${1}" + hidden + "@"},
	{[]string{"eyj"}, regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}`), hidden},
	{
		[]string{"authorization"},
		regexp.MustCompile(`(?i)\b(authorization\\*["']?\s*[:=]\s*\\*["']?[a-z-]+\s+)[^\s"',;]+`),
		"${1}" + hidden,
	},
	{
		[]string{"basic", "bearer"},
		regexp.MustCompile(`(?i)\b((?:basic|bearer)\s+)[A-Za-z0-9+/=_.~-]{16,}`),
		"${1}" + hidden,
	},
	{[]string{"hv", "gc-", "xox", "gh", "github_pat_", "akia", "aiza"},
		regexp.MustCompile(`\b(?:hv[sbr]\.|gc-|xox[a-z]-|gh[a-z]_|github_pat_|AKIA|AIza)[A-Za-z0-9_.-]{12,}`), hidden},
	{
		[]string{"passw", "pwd", "secret", "token", "credential", "key"},
		regexp.MustCompile(
			`(?i)((?:passw(?:or)?d|passwd|pwd|secret|token|credentials?|api[_-]?key|access[_-]?key|private[_-]?key)[a-z0-9_-]*` +
				`\\*["']?\s*[:=]\s*\\*["']?)(?:[^\s"',;&<>{}\\]+)`,
		),
		"${1}" + hidden,
	},
}

// WithoutSecrets returns text of applications for evidence.
func WithoutSecrets(text string) string {
	lower := strings.ToLower(text)
	for _, s := range otherSecrets {
		if slices.ContainsFunc(s.words, func(word string) bool { return strings.Contains(lower, word) }) {
			text = s.pattern.ReplaceAllString(text, s.by)
		}
	}
	return text
}

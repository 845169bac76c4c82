package message

import "regexp"

// hidden replaces a secret that is not Gafaelfawr's. It has no fingerprint,
// because a fingerprint reveals a short password.
const hidden = "<hidden>"

// otherSecrets match secrets in logs and events of applications. The list is
// coarse, because evidence may lose a word too many.
var otherSecrets = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)`), hidden},
	{regexp.MustCompile(`(?i)\bhttps://hooks\.slack\.com/[^\s"'<>]*`), hidden},
	{regexp.MustCompile(`\b([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#"'<>]+@`), "${1}" + hidden + "@"},
	{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}`), hidden},
	{regexp.MustCompile(`(?i)\b(authorization\\*["']?\s*[:=]\s*\\*["']?[a-z-]+\s+)[^\s"',;]+`), "${1}" + hidden},
	{regexp.MustCompile(`(?i)\b((?:basic|bearer)\s+)[A-Za-z0-9+/=_.~-]{16,}`), "${1}" + hidden},
	{regexp.MustCompile(`\b(?:hv[sbr]\.|gc-|xox[a-z]-|gh[a-z]_|github_pat_|AKIA|AIza)[A-Za-z0-9_.-]{12,}`), hidden},
	{
		regexp.MustCompile(
			`(?i)((?:passw(?:or)?d|passwd|pwd|secret|token|credentials?|api[_-]?key|access[_-]?key|private[_-]?key)[a-z0-9_-]*` +
				`\\*["']?\s*[:=]\s*\\*["']?)(?:[^\s"',;&<>{}\\]+)`,
		),
		"${1}" + hidden,
	},
}

// WithoutSecrets returns text of applications for evidence.
func WithoutSecrets(text string) string {
	for _, s := range otherSecrets {
		text = s.pattern.ReplaceAllString(text, s.by)
	}
	return text
}

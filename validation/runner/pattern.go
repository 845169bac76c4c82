package runner

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPattern bounds the pattern that selects checks, in bytes.
const maxPattern = 1000

// checkPattern returns why the suite could not use the pattern as its -test.run.
func checkPattern(pattern string) error {
	if len(pattern) > maxPattern {
		return fmt.Errorf("it has more than %d bytes", maxPattern)
	}
	if !utf8.ValidString(pattern) || strings.ContainsFunc(pattern, unicode.IsControl) {
		return fmt.Errorf("it has control characters")
	}
	for _, part := range append(patternParts(pattern), pattern) {
		if _, err := regexp.Compile(part); err != nil {
			return fmt.Errorf("it is no regular expression: %w", err)
		}
	}
	return nil
}

// patternParts splits a pattern as package testing does: at each slash, which
// separates the names of subtests, and at each bar outside of brackets. Testing
// compiles every part by itself.
func patternParts(pattern string) (parts []string) {
	start, brackets, parentheses := 0, 0, 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case c == '[':
			brackets++
		case c == ']':
			brackets = max(brackets-1, 0)
		case brackets > 0:
		case c == '(':
			parentheses++
		case c == ')':
			parentheses--
		case parentheses == 0 && (c == '/' || c == '|'):
			parts = append(parts, pattern[start:i])
			start = i + 1
		}
	}
	return append(parts, pattern[start:])
}

// Package message formats and redacts text for people.
package message

import (
	"fmt"
	"strings"
)

// OneLine replaces all white space by single blanks.
func OneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Few names the first items of a list that may be long.
func Few(list []string) string {
	const some = 5
	if len(list) <= some+1 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(list[:some], ", "), len(list)-some)
}

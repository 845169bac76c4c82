// Package nobuild does not compile.
package nobuild

import "testing"

func TestNeverBuilt(t *testing.T) { t.Log(undefinedName) }

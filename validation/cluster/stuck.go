package cluster

import (
	"time"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Deleted judges that none of the objects waits to be deleted.
func Deleted[T interface {
	object
	StuckTrouble(time.Time) kubernetes.Trouble
}](c *Cluster, all []T) {
	for _, o := range all {
		c.Judge(o, "to be gone, or not to be deleted", o.StuckTrouble(time.Now()))
	}
}

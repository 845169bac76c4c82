package kubernetes

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestCronJobInterval(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for schedule, want := range map[string]time.Duration{
		"* * * * *":             time.Minute,
		"*/30 * * * *":          30 * time.Minute,
		"*/50 * * * *":          50 * time.Minute,
		"5 * * * *":             time.Hour,
		"0,20 * * * *":          40 * time.Minute,
		"30 3 * * *":            day,
		"*/15 2 * * *":          day - 45*time.Minute, // from 2:45 to the next 2:00
		"0 3 * * 0":             7 * day,
		"0 3 * * SUN":           7 * day,
		"0 3 * * 1,3":           5 * day,
		"0 9-17 * * 1-5":        2*day + 16*time.Hour, // from Friday 17:00 to Monday 9:00
		"0 22-23,0-2 * * *":     20 * time.Hour,
		"0 3 1,15 * *":          17 * day,
		"0 3 1 * *":             31 * day,
		"0 3 29 * *":            59 * day, // a common year's February has none
		"0 3 31 * *":            61 * day, // and April
		"0 3 1 * 0":             7 * day,  // either of the two
		"0 3 1 */3 *":           92 * day,
		"* * * 1-11 *":          31*day + time.Minute,
		"0 3 29 2 *":            4*365*day + day,
		"@hourly":               time.Hour,
		"@daily":                day,
		"@midnight":             day,
		"@weekly":               7 * day,
		"@monthly":              31 * day,
		"@yearly":               366 * day,
		"@every 36h":            36 * time.Hour,
		"CRON_TZ=UTC 0 3 * * 0": 7 * day,
		"TZ=Nowhere 0 3 * * 0":  7 * day,
	} {
		var j CronJob
		j.Spec.Schedule = schedule
		interval, ok := j.Interval()
		assert.True(t, ok, schedule)
		assert.Equal(t, want.String(), interval.String(), schedule)
	}
	for _, schedule := range []string{
		"", "daily", "* * * *", "0 0 3 * * 0", "60 3 * * *", "0 3 * * 7", "0 3 30 2 *", "TZ=UTC", "@fortnightly",
	} {
		var j CronJob
		j.Spec.Schedule = schedule
		_, ok := j.Interval()
		assert.False(t, ok, schedule)
	}
}

package gafaelfawr

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Types of a token.
const (
	TypeSession  = "session"
	TypeUser     = "user"
	TypeNotebook = "notebook"
	TypeInternal = "internal"
	TypeService  = "service"
	TypeOIDC     = "oidc"
)

// Time is a time in whole seconds since the epoch, as in the API. The zero Time
// means that the member was absent.
type Time struct{ time.Time }

// ErrTime is the error of a time that is not written in whole seconds.
var ErrTime = errors.New("a time is not in whole seconds since 1970")

// UnmarshalJSON reads epoch seconds, or null. Other forms are an ErrTime.
func (t *Time) UnmarshalJSON(raw []byte) error {
	var seconds *int64
	if err := json.Unmarshal(raw, &seconds); err != nil {
		return fmt.Errorf("%w: %s", ErrTime, Excerpt(string(raw), 40))
	}
	*t = Time{}
	if seconds != nil {
		t.Time = time.Unix(*seconds, 0).UTC()
	}
	return nil
}

// MarshalJSON writes epoch seconds, null for the zero Time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.Unix())
}

// Group is a group of a user.
type Group struct {
	Name string `json:"name"`
	ID   int    `json:"id"`
}

// Quota has the limits of a user. Members without a rule are absent.
type Quota struct {
	// API maps a service to requests per minute (per 15 minutes before 14.0).
	API map[string]int `json:"api,omitzero"`
	// TAP maps a TAP service to what it allows.
	TAP map[string]TAPQuota `json:"tap,omitzero"`
	// Disk maps a mount to bytes (after 15.4.1).
	Disk     map[string]int64 `json:"disk,omitzero"`
	Notebook *NotebookQuota   `json:"notebook,omitempty"`
}

// TAPQuota has the limits of a user at one TAP service.
type TAPQuota struct {
	Concurrent int `json:"concurrent"`
}

// NotebookQuota has the limits of a user's notebooks. Memory is in GiB.
type NotebookQuota struct {
	CPU    float64 `json:"cpu"`
	Memory float64 `json:"memory"`
	Spawn  bool    `json:"spawn"`
}

// UserInfo is the answer of GET user-info. Absent members are nil or empty.
type UserInfo struct {
	Username string  `json:"username"`
	Name     string  `json:"name,omitempty"`
	Email    string  `json:"email,omitempty"`
	UID      *int    `json:"uid,omitempty"`
	GID      *int    `json:"gid,omitempty"`
	Groups   []Group `json:"groups"`
	Quota    *Quota  `json:"quota,omitempty"`
}

// TokenInfo is the answer of GET token-info. Absent members are zero.
type TokenInfo struct {
	Key      string   `json:"token"`
	Username string   `json:"username"`
	Type     string   `json:"token_type"`
	Scopes   []string `json:"scopes"`
	Created  Time     `json:"created,omitzero"`
	// Expires is zero for a token that never expires.
	Expires Time `json:"expires,omitzero"`
	// LastUsed is in Gafaelfawr's model, but nothing sets it (15.4.1).
	LastUsed Time   `json:"last_used,omitzero"`
	Name     string `json:"token_name,omitempty"`
	// Service is the service of an internal token.
	Service string `json:"service,omitempty"`
	// Parent is the key of the token from which this one was delegated.
	Parent string `json:"parent,omitempty"`
}

// TokenRequest requests a new token (POST tokens). Gafaelfawr ignores unknown
// members and requires at least 300 s of life.
type TokenRequest struct {
	Username string   `json:"username"`
	Type     string   `json:"token_type"`
	Name     string   `json:"token_name,omitempty"`
	Scopes   []string `json:"scopes"`
	Expires  Time     `json:"expires"`
	FullName string   `json:"name,omitempty"`
	Email    string   `json:"email,omitempty"`
	UID      int      `json:"uid,omitempty"`
	GID      int      `json:"gid,omitempty"`
	Groups   []Group  `json:"groups,omitempty"`
}

// TokenChange is one entry of the token history.
type TokenChange struct {
	Key      string   `json:"token"`
	Username string   `json:"username"`
	Type     string   `json:"token_type"`
	Parent   string   `json:"parent,omitempty"`
	Scopes   []string `json:"scopes"`
	Service  string   `json:"service,omitempty"`
	// Expires is the token's expiry, and OldExpires the one before an edit of it.
	Expires    Time   `json:"expires,omitzero"`
	OldExpires Time   `json:"old_expires,omitzero"`
	Actor      string `json:"actor"`
	// IPAddress is the source of the request that made the change. It is absent
	// if Gafaelfawr made the change itself.
	IPAddress string `json:"ip_address,omitempty"`
	// Action is create, revoke, expire or edit.
	Action string `json:"action"`
	Time   Time   `json:"event_time"`
}

// QuotaOverrides replace the configured quotas as long as they are set.
type QuotaOverrides struct {
	Default Quota            `json:"default"`
	Groups  map[string]Quota `json:"groups,omitempty"`
	Bypass  []string         `json:"bypass,omitempty"`
}

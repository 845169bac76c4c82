package validation

import (
	"maps"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// apiCaller is one of callers: its token, and none for nobody and for the bootstrap
// token.
type apiCaller struct {
	with suite.Credential
	id   *suite.Identity
}

// object is a JSON object.
type object = map[string]any

// wholeBody verifies the body of an answer of the API (recorded: healthy.json, api/...).
// What may differ stands as suite.Any: times, words for people, which name scopes and
// differ between versions, and what is declared of the deployment (quota).
func wholeBody(a *suite.Answer, o operation, caller apiCaller, target *suite.Identity) {
	refusal := func(kind string, more object) object {
		detail := object{"msg": suite.Any{}, "type": kind}
		maps.Copy(detail, more)
		return object{"detail": []any{detail}}
	}
	switch a.Code {
	case 204:
		a.Empty()
	case 401:
		if len(caller.with) == 0 || o.path == sessionOnly {
			a.WholeBody(object{"detail": object{"msg": "Authentication required", "type": "no_authorization"}})
			return
		}
		a.WholeBody(object{"detail": []any{object{"msg": "Token is not valid", "type": gafaelfawr.ErrorInvalidToken}}})
	case 403:
		a.WholeBody(refusal("permission_denied", nil))
	case 404:
		switch {
		case strings.HasSuffix(o.path, "quota-overrides"):
			a.WholeBody(object{"detail": []any{object{"msg": "No quota overrides set", "type": "not_found"}}})
		case o.path == someUser && o.want == withUser: // without LDAP
			a.WholeBody(refusal("not_supported", nil))
		}
	case 422:
		switch o.body {
		case noScopes:
			a.WholeBody(refusal("invalid_scopes", object{"loc": []any{"body", "scopes"}}))
		case expired:
			refuses(a, "invalid_expires", "Token must be valid for at least five minutes", "body", "expires")
		default:
			a.WholeBody(refusal("model_attributes_type", object{"loc": []any{"body"}, "input": []any{}}))
		}
	case 200:
		if want := wantedBody(o, caller.id, target); want != nil {
			a.WholeBody(want)
		}
	}
}

// wantedBody is that of an operation that is done, nil where others judge it: the
// OpenAPI document is of one version.
func wantedBody(o operation, caller, target *suite.Identity) any {
	switch path := o.path[strings.LastIndex(o.path, "/")+1:]; path {
	case "token-info":
		return tokenBody(caller)
	case "user-info":
		return userBody(caller)
	case "admins": // who they are is the site's own
		return suite.Any{}
	case "quota-overrides":
		return object{"default": suite.Optional{Value: suite.Any{}}, "groups": suite.Optional{Value: suite.Any{}},
			"bypass": suite.Optional{Value: suite.Any{}}}
	case "USER":
		return object{"username": target.User}
	case "KEY":
		return tokenBody(target)
	case "tokens":
		return suite.EachOf{Item: object{"username": target.User, "token_type": "user", "token_name": suite.Any{},
			"scopes": suite.Any{}, "created": suite.Any{}, "expires": suite.Any{}, "token": suite.Any{}}}
	case "openapi.json":
		return nil
	}
	return suite.EachOf{Item: object{"token": suite.Any{}, "username": target.User, "token_type": "user",
		"token_name": suite.Any{}, "scopes": suite.Any{}, "expires": suite.Any{}, "actor": suite.Any{},
		"action": suite.Any{}, "ip_address": suite.Optional{Value: suite.Any{}}, "event_time": suite.Any{}}}
}

// tokenBody is what the API tells of a token of this run.
func tokenBody(id *suite.Identity) object {
	scopes := []any{}
	for _, scope := range slices.Sorted(slices.Values(id.Info.Scopes)) {
		scopes = append(scopes, scope)
	}
	body := object{"username": id.User, "token_type": id.Info.Type, "scopes": scopes, "created": suite.Any{},
		"expires": id.Info.Expires.Unix(), "token": id.Token.Key()}
	if id.Info.Name != "" {
		body["token_name"] = id.Info.Name
	}
	return body
}

// userBody is what the API tells of a user of this run.
func userBody(id *suite.Identity) object {
	groups, sorted := []any{}, slices.Clone(id.Info.Groups)
	slices.SortFunc(sorted, func(a, b gafaelfawr.Group) int { return strings.Compare(a.Name, b.Name) })
	for _, g := range sorted {
		groups = append(groups, object{"name": g.Name, "id": g.ID})
	}
	body := object{"username": id.User, "groups": groups, "quota": suite.Optional{Value: suite.Any{}}}
	for name, value := range map[string]any{"name": id.Info.FullName, "email": id.Info.Email} {
		if value != "" {
			body[name] = value
		}
	}
	for name, number := range map[string]int{"uid": id.Info.UID, "gid": id.Info.GID} {
		if number != 0 {
			body[name] = number
		}
	}
	return body
}

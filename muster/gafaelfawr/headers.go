package gafaelfawr

// Names of headers, in the spelling that Gafaelfawr and ingress-nginx use.
const (
	HeaderAuthorization   = "Authorization"
	HeaderCookie          = "Cookie"
	HeaderWWWAuthenticate = "WWW-Authenticate"

	// Headers from Gafaelfawr to the backend of an ingress
	// (auth-response-headers).
	HeaderUser    = "X-Auth-Request-User"
	HeaderEmail   = "X-Auth-Request-Email"
	HeaderToken   = "X-Auth-Request-Token"
	HeaderService = "X-Auth-Request-Service"

	// Headers from Gafaelfawr to the error mapping of ingress-nginx.
	HeaderErrorStatus = "X-Error-Status"
	HeaderErrorBody   = "X-Error-Body"

	HeaderRateLimitLimit     = "X-RateLimit-Limit"
	HeaderRateLimitRemaining = "X-RateLimit-Remaining"
	HeaderRateLimitReset     = "X-RateLimit-Reset"
	HeaderRateLimitResource  = "X-RateLimit-Resource"
	HeaderRateLimitUsed      = "X-RateLimit-Used"
	HeaderRetryAfter         = "Retry-After"
)

// CookieName is the name of Gafaelfawr's session cookie.
const CookieName = "gafaelfawr"

// IdentityHeaders are the headers by which a backend knows its caller. A
// client's own value must not reach the backend.
var IdentityHeaders = []string{HeaderUser, HeaderEmail, HeaderToken, HeaderService}

// BootstrapUser is the user name of the bootstrap token.
const BootstrapUser = "<bootstrap>"

// HeaderLine is one header line as sent: name and value.
type HeaderLine [2]string

// Name of the header, in the sender's spelling.
func (l HeaderLine) Name() string { return l[0] }

// Value of the header line.
func (l HeaderLine) Value() string { return l[1] }

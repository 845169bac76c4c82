package tokens

import (
	"strings"
	"unicode"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
)

// NearMiss is almost a token, with the way in which Gafaelfawr refuses it.
type NearMiss struct {
	Name, Refusal string
	Credential    client.Credential
}

// Gafaelfawr's refusals of texts that are no tokens.
const (
	notValid  = "Token is not valid"
	noPrefix  = "Token does not start with gt-"
	malformed = "Token is malformed"
)

// NearMisses returns texts that differ little from the identity's token. Some
// mix its key and secret with those of other.
func NearMisses(id, other *Identity) []NearMiss {
	token, v := id.Token.Reveal(), id.Variable()
	key := "gt-" + id.Token.Key()
	_, secret, _ := strings.Cut(other.Token.Reveal(), ".")
	near := func(name, refusal, value, shell string) NearMiss {
		return NearMiss{name, refusal, client.Authorization("Bearer "+value, "Bearer "+shell)}
	}
	swapped := "gt-" + swapCase(token[3:])
	if t, err := gafaelfawr.ParseToken(swapped); err == nil {
		gafaelfawr.Remember(t) // it reveals the identity's token
	}
	return []NearMiss{
		near("letter case", notValid, swapped, `gt-$(printf %s "${`+v[1:]+`#gt-}" | tr a-zA-Z A-Za-z)`),
		near("another token's secret", notValid, key+"."+secret, "${"+v[1:]+"%.*}.${"+other.Variable()[1:]+"#*.}"),
		near("one character less", malformed, token[:len(token)-1], "${"+v[1:]+"%?}"),
		near("one character more", malformed, token+"A", v+"A"),
		near("GT-", noPrefix, "GT-"+token[3:], "GT-${"+v[1:]+"#gt-}"),
	}
}

func swapCase(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, text)
}

package control

import (
	"encoding/json"
	"time"
)

// duration is a Go duration as text in JSON: "250ms".
type duration time.Duration

// MarshalJSON implements json.Marshaler.
func (d duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON implements json.Unmarshaler.
func (d *duration) UnmarshalJSON(raw []byte) error {
	var text string
	if number := json.Number(""); json.Unmarshal(raw, &number) == nil && raw[0] != '"' {
		return invalid("", "a duration is a text with a unit, such as \"%ss\" for seconds, not the number %s", number, number)
	}
	if json.Unmarshal(raw, &text) != nil {
		return invalid("", "a duration is a text such as \"250ms\" or \"13h\", not %s", raw)
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return invalid("", "%q is no duration such as 250ms or 13h", text)
	}
	*d = duration(parsed)
	return nil
}

package config

import (
	"fmt"
	"strconv"
	"strings"
)

// units are what a size can be written in. The longer ones come first, since all
// end with B.
var units = []struct {
	name  string
	bytes int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1},
}

// size is a number of bytes within bounds, with or without a unit.
func size(least, most int64) func(string) (int, error) {
	return func(s string) (int, error) {
		for _, unit := range units {
			digits, ok := strings.CutSuffix(s, unit.name)
			if !ok {
				continue
			}
			n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 40)
			if err != nil {
				break
			}
			if bytes := int64(n) * unit.bytes; int64(n) <= most/unit.bytes && bytes >= least {
				return int(bytes), nil
			}
			return 0, fmt.Errorf("must be from %s to %s", sizeText(least), sizeText(most))
		}
		return 0, fmt.Errorf("must be a size, such as 64KiB or 16MiB")
	}
}

func sizeText(n int64) string {
	for _, unit := range []int{2, 1, 0} {
		if u := units[unit]; n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// whole is a whole number within bounds.
func whole(least, most int) func(string) (int, error) {
	return func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most || s[0] == '+' {
			return 0, fmt.Errorf("must be a whole number from %d to %d", least, most)
		}
		return n, nil
	}
}

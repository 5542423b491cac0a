package bot

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Terms say under whose authority a source is watched, and for how long. They
// stand in every acquisition of the source.
type Terms struct {
	Authority string `yaml:"authority" jsonschema_description:"Who allowed that this source is watched, by name and office. Stands in the record of every acquisition."`
	Basis     string `yaml:"basis" jsonschema_description:"On what basis: a court's order, a policy, a contract."`
	Matter    string `yaml:"matter" jsonschema_description:"For which matter: a docket or a file number."`
	Until     string `yaml:"until" jsonschema_description:"Last day of collection, YYYY-MM-DD, in the configured zone. Collection stops at its end; warnings come 14, 7 and 1 days before."`
	Retention string `yaml:"retention" jsonschema_description:"How long what is collected is kept, in days, such as 730d. Stands in the record; nothing is removed without an order."`
}

// Validate names what is missing; a source without terms is not watched.
func (t Terms) Validate() error {
	var errs []error
	for _, f := range []struct{ name, value, example string }{
		{"authority", t.Authority, "who allowed it, such as \"R. Okafor, General Counsel\""},
		{"basis", t.Basis, "on what basis, such as \"order of 2 May, docket 26-cv-0107\""},
		{"matter", t.Matter, "for which matter, such as \"26-cv-0107\""},
	} {
		if strings.TrimSpace(f.value) == "" {
			errs = append(errs, fmt.Errorf("%s: is needed before anything is collected: %s", f.name, f.example))
		}
	}
	if _, err := time.Parse(time.DateOnly, t.Until); err != nil {
		errs = append(errs, fmt.Errorf("until: wants the last day of collection as YYYY-MM-DD, not %q", t.Until))
	}
	days, ok := strings.CutSuffix(t.Retention, "d")
	if n, err := strconv.Atoi(days); !ok || err != nil || n < 1 {
		errs = append(errs, fmt.Errorf("retention: wants a number of days such as 730d, not %q", t.Retention))
	}
	return errors.Join(errs...)
}

// End is the first moment after the last day of collection.
func (t Terms) End(zone *time.Location) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, t.Until, zone)
	if err != nil {
		return time.Time{} // Validate refuses it
	}
	return day.AddDate(0, 0, 1)
}

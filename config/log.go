package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Log says how much is logged, and in which form.
type Log struct {
	Level  string `yaml:"level" jsonschema:"enum=debug,enum=info,enum=warn,enum=error" jsonschema_description:"Least level that is written: debug, info, warn or error."`
	Format string `yaml:"format" jsonschema:"enum=text,enum=json" jsonschema_description:"One line of text or one JSON object a record."`
}

// Validate names every setting that is none of its choices.
func (l Log) Validate() error {
	var errs []error
	switch l.Level {
	case "debug", "info", "warn", "error":
	default:
		errs = append(errs, fmt.Errorf("level: wants debug, info, warn or error, not %q", l.Level))
	}
	switch l.Format {
	case "text", "json":
	default:
		errs = append(errs, fmt.Errorf("format: wants text or json, not %q", l.Format))
	}
	return errors.Join(errs...)
}

// Logger writes to w as configured.
func (l Log) Logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		level = slog.LevelInfo
	}
	opt := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opt))
	}
	return slog.New(slog.NewTextHandler(w, opt))
}

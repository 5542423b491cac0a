package discord

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// discordgo has one logger for the process, and puts whole events and the
// token among what it logs: of its lines only the fixed wording is passed on,
// to the log of the connector made last.
var (
	routed sync.Once
	logTo  atomic.Pointer[slog.Logger]
)

func routeLog(log *slog.Logger) {
	logTo.Store(log)
	routed.Do(func() { discordgo.Logger = passOn })
}

func passOn(level, _ int, format string, args ...any) {
	line := []any{"wording", format}
	for _, a := range args {
		var closed *websocket.CloseError
		if err, ok := a.(error); ok && errors.As(err, &closed) {
			line = append(line, "close_code", closed.Code)
		}
	}
	to := slog.LevelDebug
	if level == discordgo.LogError {
		to = slog.LevelInfo
	}
	logTo.Load().Log(context.Background(), to, "discordgo", line...)
}

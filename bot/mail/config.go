package mail

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"stakeout/bot"
	"stakeout/secret"
)

// Ways of reaching the server.
const (
	TLS      = "tls"      // TLS from the first byte, mostly port 993 (RFC 8314)
	StartTLS = "starttls" // TLS before the password, mostly port 143
	Plain    = "none"     // none; loopback alone
)

// Config says which mailbox is watched, and whose words in it are privileged.
type Config struct {
	Server   string       `yaml:"server" jsonschema_description:"IMAP server of the mailbox that counsel forwards to, as host:port, such as imap.firm.example:993."`
	TLS      string       `yaml:"tls" jsonschema_description:"How the connection is kept secret: tls, starttls, or none (on loopback alone)."`
	Username string       `yaml:"username" jsonschema_description:"Login name, mostly the mailbox's address. Give the watcher a mailbox of its own, or one that it may only read."`
	Password secret.Value `yaml:"password" jsonschema_description:"The mailbox's password or app password. Better set it by STAKEOUT_MAIL_PASSWORD_FILE."`
	Folders  []string     `yaml:"folders" jsonschema_description:"Folders to watch, each over a connection of its own. Empty: INBOX. stakeout channels lists them."`
	Counsel  []string     `yaml:"counsel" jsonschema_description:"Mail addresses, or domains as @firm.example, of the legal team: what they write themselves is privileged. Also used for imported mails. Empty: whatever anybody writes who forwards something; a mail that forwards nothing is then taken for its sender's own."`
	Readers  []string     `yaml:"readers" jsonschema_description:"Names or numbers of this machine's users who may read what is privileged. Empty: nobody."`

	bot.Terms `yaml:",inline"`
}

// DefaultConfig watches nothing.
func DefaultConfig() Config { return Config{TLS: TLS} }

// Enabled reports that there is a mailbox to watch.
func (c Config) Enabled() bool { return c.Server != "" }

// maxFolders is how many connections a mailbox gets: servers allow about 10 to
// 15 of one user at once, and people read it too.
const maxFolders = 8

var counselForm = regexp.MustCompile(`^[^\s@]*@[^\s@]+$`)

// Validate names every setting that cannot work. No secret stands in its
// errors. Counsel and readers count without a mailbox too, for imports.
func (c Config) Validate() error {
	var errs []error
	for _, who := range c.Counsel {
		if !counselForm.MatchString(who) {
			errs = append(errs, fmt.Errorf("counsel: %q is neither a mail address nor a domain such as @firm.example", who))
		}
	}
	for _, who := range c.Readers {
		if strings.TrimSpace(who) != who || who == "" {
			errs = append(errs, fmt.Errorf("readers: %q is empty or has white space around it", who))
		}
	}
	if !c.Enabled() {
		return errors.Join(errs...)
	}
	host, port, err := net.SplitHostPort(c.Server)
	if n, e := strconv.ParseUint(port, 10, 16); err != nil || e != nil || n == 0 || host == "" {
		errs = append(errs, fmt.Errorf("server: wants host:port such as imap.firm.example:993, not %q", c.Server))
	}
	switch c.TLS {
	case TLS, StartTLS:
	case Plain:
		if addr, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !addr.IsLoopback()) {
			errs = append(errs, errors.New("tls: none is taken on loopback alone, since the password and every mail would be readable on the way"))
		}
	default:
		errs = append(errs, fmt.Errorf("tls: wants tls, starttls or none, not %q", c.TLS))
	}
	if strings.TrimSpace(c.Username) != c.Username || c.Username == "" {
		errs = append(errs, errors.New("username: is needed, without white space around it"))
	}
	if !c.Password.Set() {
		errs = append(errs, errors.New("password: is needed; better set it by STAKEOUT_MAIL_PASSWORD_FILE"))
	} else if strings.ContainsAny(c.Password.Reveal(), "\r\n\x00") {
		errs = append(errs, errors.New("password: holds a line break"))
	}
	if len(c.Folders) > maxFolders {
		errs = append(errs, fmt.Errorf("folders: at most %d, since each takes a connection", maxFolders))
	}
	for i, f := range c.Folders {
		if strings.TrimSpace(f) == "" || strings.ContainsAny(f, "\r\n\x00") {
			errs = append(errs, fmt.Errorf("folders: %q is no folder's name", f))
		}
		if slices.Contains(c.Folders[:i], f) {
			errs = append(errs, fmt.Errorf("folders: %q stands there twice", f))
		}
	}
	return errors.Join(append(errs, c.Terms.Validate())...)
}

// Stakeout watches chat channels for a company's Digital Crimes Unit.
package main

import (
	"os"

	"stakeout/cli"
)

func main() { os.Exit(cli.Run()) }

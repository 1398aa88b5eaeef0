// Command readme is the README's example for the Go SDK with what it leaves
// out: it lists the sessions of a mockserver on the usual address. The test
// beside go.mod compares it with the README and runs it.
package main

import (
	"context"
	"fmt"
	"os"

	sailpoint "github.com/sailpoint-oss/golang-sdk/v2"
)

func main() {
	ctx := context.Background()

	config := sailpoint.NewConfiguration(sailpoint.ClientConfiguration{
		BaseURL:      "http://127.0.0.1:8080",
		TokenURL:     "http://127.0.0.1:8080/oauth/token",
		ClientId:     "me",
		ClientSecret: "secret",
	})
	config.Experimental = true
	client := sailpoint.NewAPIClient(config)
	sessions, _, err := client.V2024.IAIRoleMiningAPI.GetRoleMiningSessions(ctx).Execute()

	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, session := range sessions {
		fmt.Println(session.GetName())
	}
}

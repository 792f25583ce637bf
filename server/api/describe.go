package api

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"sleutelbos/enroll"
)

const problemSchema = "Problem"

// refusals describes the problems that an operation can answer with. Every one
// can also meet a fault of the server.
func refusals(statuses ...int) map[string]*huma.Response {
	responses := map[string]*huma.Response{}
	for _, status := range append(slices.Clone(statuses), http.StatusInternalServerError) {
		response := &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{problemJSON: {Schema: &huma.Schema{Ref: "#/components/schemas/" + problemSchema}}},
		}
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			response.Headers = map[string]*huma.Header{"Retry-After": {
				Description: "Seconds to wait", Schema: &huma.Schema{Type: huma.TypeInteger},
			}}
		}
		responses[strconv.Itoa(status)] = response
	}
	return responses
}

// describeProblems puts our problem document in the place of huma's, which it
// describes whether or not an operation names it.
func describeProblems(description *huma.OpenAPI) {
	schemas := description.Components.Schemas
	schemas.Schema(reflect.TypeFor[enroll.Problem](), true, problemSchema)
	delete(schemas.Map(), "ErrorModel")
	delete(schemas.Map(), "ErrorDetail")
	for _, item := range description.Paths {
		for _, operation := range []*huma.Operation{item.Get, item.Post} {
			if operation != nil {
				delete(operation.Responses, "default")
			}
		}
	}
}

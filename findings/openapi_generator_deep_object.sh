#!/usr/bin/env bash
# openapi-generator 7.25.0 (Maven Central), generators `java` (okhttp-gson) and `python`.
#
# Behaviour: a query parameter of `style: deepObject` whose schema is a map of strings is sent by Java without its name, as
# `team=vision`, and takes in Python a map of maps, so that a map of strings is refused before anything is sent.
# Expected: `metadata[team]=vision` (OpenAPI 3.1, style values) from a map of strings, as openapi-typescript, hey-api and
# oapi-codegen send it.
# For whom: whoever filters a list by pairs with a generated client. Remedy: in Java a map with the key `metadata[team]`; in
# Python `ApiClient.param_serialize("GET", path, query_params=[("metadata[team]", "vision")])`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mvn -q dependency:copy -Dartifact=org.openapitools:openapi-generator-cli:7.25.0 -DoutputDirectory=.
cat > openapi.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": { "title": "finding", "version": "1" },
  "paths": {
    "/things": {
      "get": {
        "operationId": "listThings",
        "tags": ["things"],
        "parameters": [
          {
            "in": "query",
            "name": "metadata",
            "style": "deepObject",
            "explode": true,
            "schema": { "type": "object", "additionalProperties": { "type": "string" } }
          }
        ],
        "responses": { "204": { "description": "nothing" } }
      }
    }
  }
}
JSON
for language in java python; do
  java -jar openapi-generator-cli-7.25.0.jar generate -g "$language" -i openapi.json -o "$language" >"$language.log" 2>&1
done
api=java/src/main/java/org/openapitools/client
grep -F 'addAll(localVarApiClient.freeFormParameterToPairs(metadata))' $api/api/ThingsApi.java
grep -F 'params.add(new Pair(entry.getKey(), parameterToString(entry.getValue())))' $api/ApiClient.java
grep -m1 -F 'metadata: Optional[Dict[str, Dict[str, StrictStr]]]' python/openapi_client/api/things_api.py
echo 'openapi-generator 7.25.0: 3 lines as described'

#!/usr/bin/env bash
# standardwebhooks 1.1.1 (npm) and 1.1.0 (PyPI): the same library in two languages.
#
# Behaviour of the Python one, without an error: (1) sign() takes the hours of an aware datetime as hours of UTC. A moment in any other zone is signed
# as another moment, as many hours away as the zone, and nobody accepts the signature. (2) A secret in the alphabet of base64 for URLs
# (`-` and `_` for `+` and `/`) loses these characters and becomes another, shorter key. The one for Node signs the moment in (1) and
# refuses the secret in (2). With UTC and plain base64 both sign alike, byte for byte.
# Expected: the same signature of the same moment, or an error, and an error for a secret that is not base64.
# For whom: a sender in Python with a receiver in Node, or the other way; whoever makes secrets by secrets.token_urlsafe or base64url.
# Remedy: sign(..., datetime.now(timezone.utc), ...); secrets in plain base64.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts standardwebhooks@1.1.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.1.0
cat >sign.cjs <<'NODE'
const { Webhook } = require('standardwebhooks')
const { cases } = require('./cases.json')
const sign = ({ secret, moment }) => {
  try {
    return new Webhook(secret).sign('msg_1', new Date(moment), '{}')
  } catch (error) {
    return `error: ${error.message}`
  }
}
console.log(JSON.stringify(cases.map(sign)))
NODE
cat >sign.py <<'PYTHON'
import json
from datetime import datetime
from standardwebhooks.webhooks import Webhook

for case in json.load(open('cases.json'))['cases']:
    try:
        print(Webhook(case['secret']).sign('msg_1', datetime.fromisoformat(case['moment']), '{}'))
    except Exception as error:
        print(f'error: {error}')
PYTHON
# The last secret is the first one in the other alphabet.
cat >cases.json <<'JSON'
{"cases": [
  {"name": "UTC, plain base64",            "secret": "+/z9/v/7/P3+//v8/f7/+/z9/v/7/P3+", "moment": "2026-01-01T12:00:00+00:00"},
  {"name": "one hour east, same moment",   "secret": "+/z9/v/7/P3+//v8/f7/+/z9/v/7/P3+", "moment": "2026-01-01T13:00:00+01:00"},
  {"name": "UTC, base64 for URLs",         "secret": "-_z9_v_7_P3-__v8_f7_-_z9_v_7_P3-", "moment": "2026-01-01T12:00:00+00:00"}
]}
JSON
node sign.cjs >node.json
venv/bin/python sign.py >python.txt
cat >seen.cjs <<'NODE'
const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const node = require('./node.json')
const python = readFileSync('python.txt', 'utf8').trim().split('\n')
const { cases } = require('./cases.json')
for (const [n, { name }] of cases.entries()) console.log(`${name}\n  Node:   ${node[n]}\n  Python: ${python[n]}`)
assert.equal(node.length, 3)
assert.equal(python.length, 3)
assert.equal(python[0], node[0])
assert.equal(node[1], node[0])
assert.match(python[1], /^v1,/)
assert.notEqual(python[1], node[1])
assert.match(node[2], /^error: /)
assert.match(python[2], /^v1,/)
assert.notEqual(python[2], python[0])
console.log(`standardwebhooks: ${cases.length} signatures in both languages as described`)
NODE
node seen.cjs

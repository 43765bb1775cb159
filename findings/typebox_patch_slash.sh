#!/usr/bin/env bash
# @sinclair/typebox 0.34.52 and typebox 1.4.3 (npm), Value.Diff and Value.Patch.
#
# Behaviour: of two records that differ at a key with a slash, `grad_norm/layers.0`, the edits of Diff do not make the one into the
# other. 0.34.52 leaves the number as it was and adds a record `grad_norm` beside it; 1.4.3 throws "Cannot set value".
# Diff writes the key into the path of the edit as it is, without the ~1 that a slash is in a JSON Pointer, and Patch takes two
# keys out of it. A key with a tilde is patched right where no slash is.
# Expected: Patch(a, Diff(a, b)) equals b, as the documentation of both says, or a refusal by Diff.
# For whom: whoever sends changes of metrics or of parameters whose names have slashes, as those of TensorBoard, Keras and this
# project do. Remedy: keys without slashes, or JSON Patch of a library that escapes them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --ignore-scripts --no-audit --no-fund @sinclair/typebox@0.34.52 typebox@1.4.3
cat >run.mjs <<'JS'
import assert from 'node:assert/strict'
import { Value as Old } from '@sinclair/typebox/value'
import { Value as New } from 'typebox/value'

const before = { loss: 1, 'grad_norm/layers.0': 1 }
const after = { loss: 1, 'grad_norm/layers.0': 2 }
const old = Old.Patch(before, Old.Diff(before, after))
console.log('0.34.52', JSON.stringify(Old.Diff(before, after)), JSON.stringify(old))
assert.deepEqual(old, { loss: 1, 'grad_norm/layers.0': 1, grad_norm: { 'layers.0': 2 } })
const edits = New.Diff(before, after)
console.log('1.4.3', JSON.stringify(edits))
assert.throws(() => New.Patch(before, edits), /Cannot set value/)
for (const Value of [Old, New]) assert.deepEqual(Value.Patch({ 'a.b': 1 }, Value.Diff({ 'a.b': 1 }, { 'a.b': 2 })), { 'a.b': 2 })
console.log('two versions as described; a key with a dot is patched right by both')
JS
node run.mjs

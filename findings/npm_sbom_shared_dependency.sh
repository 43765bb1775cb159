#!/usr/bin/env bash
# npm 11.19.1: npm sbom --omit dev.
#
# Behaviour: a package that is needed at run time is left out of the bill of materials when something that is for development alone
# needs it too, and with it what only it needs. A project that depends on fastify 5.6.1, which depends on ajv 8, and
# names ajv 8.17.1 as a development dependency has 49 packages at run time by its lock file; the SBOM has 44 components, and no ajv.
# `npm ls --omit dev` shows it. So it is with --package-lock-only.
# Expected: what `npm install --omit dev` installs.
# For whom: whoever ships an SBOM, and is asked whether a package with an advisory is in the product.
# Remedy: hold the components against the packages of the lock file that have no "dev": true.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/npm" "$folder/project"
cd "$folder/npm"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts npm@11.19.1
npm="node $folder/npm/node_modules/npm/bin/npm-cli.js"
cd "$folder/project"
seen() { # what the project has at run time by its lock file, and what the SBOM has of it
  $npm install --silent --no-audit --no-fund --ignore-scripts
  $npm sbom --omit dev --sbom-format cyclonedx --package-lock-only >sbom.json
  $npm ls ajv --all --omit dev --json >tree.json
  node - "$1" "$2" "$3" <<'NODE'
const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const read = (name) => JSON.parse(readFileSync(name, 'utf8'))
const [, , what, missing, hasAjv] = process.argv
const packages = Object.entries(read('package-lock.json').packages).filter(([path, { dev }]) => path !== '' && !dev)
const locked = new Set(packages.map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`))
const components = new Set(read('sbom.json').components.map((each) => each['bom-ref']))
const isIn = [...components].some((each) => each.startsWith('ajv@'))
assert.ok(JSON.stringify(read('tree.json')).includes('"ajv"'), 'npm ls must show ajv')
console.log(`ajv ${what}: ${locked.size} packages at run time, ${components.size} components, ${isIn ? 'with' : 'without'} ajv`)
assert.deepEqual([locked.size > components.size, isIn], [missing === 'some', hasAjv === 'ajv'])
NODE
}
echo '{ "name": "alone", "version": "1.0.0", "dependencies": { "fastify": "5.6.1" } }' >package.json
seen 'of fastify alone' none ajv
rm -r node_modules package-lock.json
echo '{ "name": "both", "version": "1.0.0", "dependencies": { "fastify": "5.6.1" }, "devDependencies": { "ajv": "8.17.1" } }' >package.json
seen 'for development too' some none
echo "npm $($npm --version): 2 projects as described"

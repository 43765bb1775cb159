// What generators of clients cannot read, each once the reason why one of them dropped an operation, did not compile or sent
// what is refused. `npm run test:contract` runs the generators themselves.

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { describedApp } from '../../app.ts'

type Json = Record<string, unknown>

interface Place {
  path: string
  node: Json
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every object of the document, but for the maps from names of properties to their schemas, and examples. */
function* placesOf(node: unknown, path = ''): Generator<Place> {
  if (Array.isArray(node)) {
    for (const [at, item] of node.entries()) yield* placesOf(item, `${path}/${at}`)
  } else if (isRecord(node)) {
    if (!path.endsWith('/properties')) yield { path, node }
    for (const [name, value] of Object.entries(node)) if (name !== 'examples') yield* placesOf(value, `${path}/${name}`)
  }
}

describe('the document as generators read it', () => {
  let document: Json
  let places: Place[]
  before(async () => {
    const app = describedApp()
    await app.ready()
    document = app.swagger() as unknown as Json
    await app.close()
    places = [...placesOf(document)]
  })

  const schemaAt = (ref: string): Json => {
    const found = ref
      .slice(2)
      .split('/')
      .reduce<unknown>((node, name) => (isRecord(node) ? node[name] : undefined), document)
    assert.ok(isRecord(found), ref)
    return found
  }

  /** Holds of every place that `select` picks, of which there are some. */
  function each<Picked>(
    select: (place: Place) => Picked | undefined,
    check: (picked: Picked, path: string) => void,
  ): void {
    let seen = 0
    for (const place of places) {
      const picked = select(place)
      if (picked === undefined) continue
      seen++
      check(picked, place.path)
    }
    assert.ok(seen > 0, 'nothing was looked at')
  }

  test('no default is an object: the text says it', () => {
    each(
      ({ node }) => ('default' in node ? node['default'] : undefined),
      (fallback, path) => assert.ok(!isRecord(fallback), path),
    )
    const { properties } = schemaAt('#/components/schemas/JobSpecInput') as { properties: Record<string, Json> }
    assert.match(String(properties['clipping']?.['description']), /Default: `{"policy":"norm","threshold":1}`\.$/)
  })

  test('a discriminator maps each of its names to a named schema that has that name alone', () => {
    each(
      ({ node }) => (isRecord(node['discriminator']) ? node : undefined),
      ({ oneOf, discriminator }, path) => {
        const { propertyName, mapping } = discriminator as { propertyName: string; mapping: Record<string, string> }
        const refs = (oneOf as { $ref: string }[]).map(({ $ref }) => $ref)
        assert.deepEqual(Object.values(mapping), refs, path)
        for (const [name, ref] of Object.entries(mapping)) {
          const { properties, required } = schemaAt(ref) as { properties: Record<string, Json>; required: string[] }
          assert.deepEqual(properties[propertyName]?.['enum'], [name], ref)
          assert.ok(required.includes(propertyName), ref)
        }
      },
    )
  })

  test('whole numbers that may be beyond 2^31 are int64', () => {
    each(
      ({ node }) => (node['type'] === 'integer' && Number(node['maximum'] ?? Infinity) >= 2 ** 31 ? node : undefined),
      ({ format }, path) => assert.equal(format, 'int64', path),
    )
  })

  test('an object in the query is sent as name[key]=value', () => {
    each(
      ({ node }) =>
        node['in'] === 'query' && isRecord(node['schema']) && node['schema']['type'] === 'object' ? node : undefined,
      ({ style, explode }, path) => assert.deepEqual([style, explode], ['deepObject', true], path),
    )
  })

  test('a record says of which names its fields may be', () => {
    const { properties } = schemaAt('#/components/schemas/JobSpecInput') as { properties: Record<string, Json> }
    assert.deepEqual(properties['metadata']?.['propertyNames'], { pattern: String.raw`^[^\n\r\u2028\u2029]{1,64}$` })
    each(
      ({ node, path }) => (/\/(?:metadata|space)$/.test(path) && 'additionalProperties' in node ? node : undefined),
      ({ propertyNames }, path) => assert.ok(isRecord(propertyNames), path),
    )
  })

  test('a body is required unless it has a default', () => {
    const needed = new Map<string, unknown>()
    each(
      ({ node }) => (isRecord(node['requestBody']) ? node : undefined),
      ({ operationId, requestBody }) => needed.set(String(operationId), (requestBody as Json)['required']),
    )
    const optional = [...needed].filter(([, required]) => required !== true).map(([id]) => id)
    assert.deepEqual(optional.toSorted(), [
      'drainWorker',
      'pauseQueue',
      'resumeQueue',
      'retryJob',
      'rotateKey',
      'saveSession',
      'updateSession',
    ])
  })

  test('every tag of an operation is declared', () => {
    const declared = (document['tags'] as { name: string }[]).map(({ name }) => name)
    each(
      ({ node }) => ('operationId' in node ? (node['tags'] as string[]) : undefined),
      (tags, path) => {
        assert.ok(tags.length > 0, path)
        for (const tag of tags) assert.ok(declared.includes(tag), `${path}: ${tag}`)
      },
    )
  })
})

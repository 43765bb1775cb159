import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { readConfig } from './config.ts'
import { readLimitPolicy } from './limits/policy.ts'

test('readConfig() has a default for everything, on the loopback address', () => {
  assert.deepEqual(readConfig({}), {
    host: '127.0.0.1',
    port: 8080,
    redisUrl: 'redis://127.0.0.1:6379',
    artifacts: 'file:.unroll/artifacts',
    maxDatasetBytes: 16 * 2 ** 30,
    keyPolicy: 'once_made',
    tokenPolicy: undefined,
    limitPolicy: readLimitPolicy(),
    reservedBytes: 2 ** 29,
    mostDelayMs: 2_000,
    firstKeyFile: '.unroll/admin.key',
    browsers: { hosts: ['127.0.0.1', hostname().toLowerCase()], origins: [] },
    notifyNetworks: [],
    retentionMs: null,
    otlpEndpoint: undefined,
    lockMs: 10_000,
    faults: undefined,
    logLevel: 'info',
  })
})

test('readConfig() keeps data sets below UNROLL_DATA_DIR unless UNROLL_ARTIFACTS says where', () => {
  assert.equal(readConfig({ UNROLL_DATA_DIR: '/data' }).artifacts, 'file:/data/artifacts')
  assert.equal(readConfig({ UNROLL_DATA_DIR: '/data', UNROLL_ARTIFACTS: 'file:/other' }).artifacts, 'file:/other')
})

test('readConfig() keeps data sets in S3 with the variables of AWS, where UNROLL_ARTIFACTS says so', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' }
  const url = 's3://bucket/unroll'
  assert.deepEqual(readConfig({ UNROLL_ARTIFACTS: url, ...keys }).artifacts, {
    url,
    s3: { accessKeyId: 'id', secretAccessKey: 'secret' },
  })
  const more = {
    AWS_SESSION_TOKEN: 'token',
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'other',
    AWS_ENDPOINT_URL: 'https://other.example.org',
    AWS_ENDPOINT_URL_S3: 'https://s3.example.org',
    AWS_S3_FORCE_PATH_STYLE: 'false',
  }
  assert.deepEqual(readConfig({ UNROLL_ARTIFACTS: url, ...keys, ...more }).artifacts, {
    url,
    s3: {
      accessKeyId: 'id',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      region: 'eu-central-1',
      endpoint: 'https://s3.example.org',
      pathStyle: false,
    },
  })
  assert.throws(() => readConfig({ UNROLL_ARTIFACTS: url }), /without AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/)
})

test('readConfig() names every fault of the environment at once, with its value', () => {
  const source = { PORT: 'eighty', LOG_LEVEL: 'loud', UNROLL_MAX_DATASET_BYTES: '0', UNROLL_ARTIFACTS: 'ftp://bucket' }
  assert.throws(
    () => readConfig(source),
    ({ message }: Error) => {
      for (const [name, value] of Object.entries(source)) assert.match(message, new RegExp(`${name} must .*"${value}"`))
      assert.match(message, /^Cannot start as the environment has 4 faults/)
      return true
    },
  )
})

for (const HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
  test(`readConfig() lets HOST be ${HOST}`, () => assert.equal(readConfig({ HOST }).host, HOST))

for (const [environment, policy] of [
  [{}, 'once_made'],
  [{ HOST: '::1' }, 'once_made'],
  [{ HOST: '0.0.0.0' }, 'always'],
  [{ HOST: '::' }, 'always'],
  [{ HOST: '192.168.1.5' }, 'always'],
  [{ HOST: 'example.org' }, 'always'],
  [{ HOST: '127.0.0.1.example.org' }, 'always'],
  [{ UNROLL_ALLOWED_HOSTS: 'unroll.example.org' }, 'always'],
  [{ UNROLL_OIDC_ISSUER: 'https://id.example.org', UNROLL_OIDC_AUDIENCE: 'unroll' }, 'always'],
  [{ HOST: '0.0.0.0', UNROLL_INSECURE: '1' }, 'never'],
] as const)
  test(`readConfig() has keys needed "${policy}" with ${JSON.stringify(environment)}`, () => {
    assert.equal(readConfig(environment).keyPolicy, policy)
  })

test('readConfig() reads whose tokens are taken, and refuses an issuer that is not encrypted or has no audience', () => {
  const audience = { UNROLL_OIDC_AUDIENCE: 'unroll' }
  const claims = { UNROLL_OIDC_SCOPE_CLAIM: 'roles', UNROLL_OIDC_OWNER_CLAIM: 'project', UNROLL_OIDC_TOLERANCE_S: '5' }
  const issuer = 'https://id.example.org/realms/lab'
  assert.deepEqual(readConfig({ UNROLL_OIDC_ISSUER: issuer, ...audience, ...claims }).tokenPolicy, {
    issuer,
    audience: 'unroll',
    scopeClaim: 'roles',
    ownerClaim: 'project',
    toleranceSeconds: 5,
  })
  for (const wanted of ['http://127.0.0.1:8081', 'http://localhost', 'http://[::1]:8081/a', 'https://id.example.org/'])
    assert.equal(readConfig({ UNROLL_OIDC_ISSUER: wanted, ...audience }).tokenPolicy?.issuer, wanted)
  for (const wrong of ['http://id.example.org', 'http://127.0.0.1.example.org', 'https://me:x@id.example.org', 'id'])
    assert.throws(() => readConfig({ UNROLL_OIDC_ISSUER: wrong, ...audience }), /UNROLL_OIDC_ISSUER must/, wrong)
  assert.throws(() => readConfig({ UNROLL_OIDC_ISSUER: issuer }), /UNROLL_OIDC_AUDIENCE must be there/)
})

test('readConfig() reads names, origins and networks as lists, and refuses what is none', () => {
  const source = {
    UNROLL_ALLOWED_HOSTS: 'A.example.org,b',
    UNROLL_ALLOWED_ORIGINS: 'https://c.example.org,http://[::1]:3000',
    UNROLL_NOTIFY_NETWORKS: '10.1.0.0/16,fd00::/8',
  }
  const { browsers, notifyNetworks } = readConfig(source)
  const { hosts, origins } = browsers
  assert.deepEqual(notifyNetworks, ['10.1.0.0/16', 'fd00::/8'])
  assert.deepEqual(hosts.slice(2), ['a.example.org', 'b'])
  assert.deepEqual(origins, ['https://c.example.org', 'http://[::1]:3000'])
  for (const [name, value] of [
    ['UNROLL_ALLOWED_HOSTS', 'https://a.example.org'],
    ['UNROLL_ALLOWED_HOSTS', '*'],
    ['UNROLL_NOTIFY_NETWORKS', '10.1.0.0'],
    ['UNROLL_NOTIFY_NETWORKS', '10.1.0.256/16'],
    ['UNROLL_NOTIFY_NETWORKS', '10.1.0.0/33'],
    ['UNROLL_NOTIFY_NETWORKS', 'fd00::/129'],
    ['UNROLL_ALLOWED_ORIGINS', '*'],
    ['UNROLL_ALLOWED_ORIGINS', 'https://c.example.org/'],
    ['UNROLL_ALLOWED_ORIGINS', 'null'],
  ] as const)
    assert.throws(() => readConfig({ [name]: value }), new RegExp(name))
})

for (const [url, told] of [
  [
    'redis://me:secret@host/abc',
    /REDIS_URL must end with the number of a database or without one: current value is "abc"/,
  ],
  ['http://me:secret@host', /REDIS_URL must be an address such as .*: the current value begins with "http:"/],
  ['secret', /REDIS_URL must be an address such as .*: the current value cannot be read as one/],
] as const) {
  test(`readConfig() names REDIS_URL where it is at fault and prints no password: ${url.replace(/secret/, '…')}`, () => {
    assert.throws(
      () => readConfig({ REDIS_URL: url, PORT: 'x' }),
      (error: Error) => told.test(error.message) && /2 faults/.test(error.message) && !/secret/.test(error.message),
    )
  })
}

test('readConfig() reads limits, and refuses names and numbers that there are not', () => {
  const { limitPolicy } = readConfig({ UNROLL_LIMITS: 'reads=60,streams=none', UNROLL_TOTAL_LIMITS: 'open_jobs=5' })
  const { keyed, keyless, total } = limitPolicy
  assert.deepEqual([keyed.reads, keyed.streams, keyed.writes], [60, Infinity, 1_200])
  assert.deepEqual([keyless.reads, keyless.writes], [60, Infinity])
  assert.deepEqual(total, { open_jobs: 5, stored_bytes: Infinity })
  for (const wrong of ['polls=1', 'reads=-1', 'reads', 'reads=1,', 'reads=1e3'])
    assert.throws(() => readConfig({ UNROLL_LIMITS: wrong }), /UNROLL_LIMITS/, wrong)
  assert.throws(() => readConfig({ UNROLL_TOTAL_LIMITS: 'reads=1' }), /UNROLL_TOTAL_LIMITS/)
})

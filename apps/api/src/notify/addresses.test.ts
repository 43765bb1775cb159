import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressRefusedError, ReceiverAddresses } from './addresses.ts'

const REFUSED = [
  '127.0.0.1',
  '127.1.2.3',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[fe80::1]',
  '[fd00::1]',
  '[fc00::1]',
  '[ff02::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:db8::1]',
  // Other spellings of 127.0.0.1, which the parser of URLs knows.
  '2130706433',
  '0x7f.1',
  '0177.0.0.1',
  '127.1',
]
const ALLOWED = ['93.184.215.14', '172.32.0.1', '[2606:4700::1111]', '[::ffff:93.184.215.14]']

test('ReceiverAddresses.find() refuses every address that is not public, however it is written', async (t) => {
  const addresses = new ReceiverAddresses([])
  for (const host of REFUSED)
    await assert.rejects(addresses.find(new URL(`http://${host}/`)), AddressRefusedError, host)
  for (const host of ALLOWED) assert.equal((await addresses.find(new URL(`https://${host}/`))).length, 1, host)
  t.diagnostic(`looked at ${REFUSED.length + ALLOWED.length} addresses`)
})

test('ReceiverAddresses.find() refuses a name of which one address is not public', async () => {
  const names: Record<string, string[]> = {
    'public.example.org': ['93.184.215.14', '2606:4700::1111'],
    'mixed.example.org': ['93.184.215.14', '127.0.0.1'],
    'inner.example.org': ['fd00::1'],
  }
  const addresses = new ReceiverAddresses([], async (name) => names[name] ?? [])
  assert.deepEqual(await addresses.find(new URL('https://public.example.org')), names['public.example.org'])
  assert.deepEqual(await addresses.find(new URL('https://missing.example.org')), [])
  for (const name of ['mixed', 'inner'])
    await assert.rejects(addresses.find(new URL(`https://${name}.example.org`)), {
      message: 'resolves to an address that is not public',
    })
})

test('ReceiverAddresses.find() accepts addresses of networks that the operator allows, and no others', async () => {
  const addresses = new ReceiverAddresses(['10.1.0.0/16', 'fd00:1::/32'])
  for (const host of ['10.1.2.3', '[fd00:1::5]', '[::ffff:10.1.2.3]'])
    assert.equal((await addresses.find(new URL(`http://${host}`))).length, 1, host)
  for (const host of ['10.2.0.1', '[fd00:2::5]', '127.0.0.1'])
    await assert.rejects(addresses.find(new URL(`http://${host}`)), AddressRefusedError, host)
})

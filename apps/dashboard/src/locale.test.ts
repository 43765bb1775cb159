import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveLocale, mendLanguage } from './locale.ts'

for (const [language, locale] of [
  ['de-CH', 'de-CH'],
  ['en-us', 'en-US'],
  ['en-US@posix', 'en'],
  ['C', 'en'],
  ['', 'en'],
  [undefined, 'en'],
] as const) {
  test(`resolveLocale(${JSON.stringify(language)}) is ${locale}`, () => {
    assert.equal(resolveLocale(language), locale)
  })
}

test('mendLanguage() gives a browser a language that numbers can be formatted in', () => {
  const browser = new (class {
    get language(): string {
      return 'en-US@posix'
    }
  })()
  assert.throws(() => new Intl.NumberFormat(browser.language), RangeError)
  mendLanguage(browser)
  assert.equal(new Intl.NumberFormat(browser.language).format(1_000), '1,000')
})

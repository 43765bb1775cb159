const FALLBACK = 'en'

/** `language` where it names a locale. A system without a language may name none, as in `en-US@posix`. */
export function resolveLocale(language: string | undefined): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? FALLBACK
  } catch {
    return FALLBACK
  }
}

/** Gives a browser whose language is no locale one that is: uPlot formats in it as soon as it is loaded, and would throw. */
export function mendLanguage(browser: { readonly language: string }): void {
  const value = resolveLocale(browser.language)
  if (value !== browser.language) Object.defineProperty(browser, 'language', { value, configurable: true })
}

if (globalThis.navigator !== undefined) mendLanguage(globalThis.navigator)

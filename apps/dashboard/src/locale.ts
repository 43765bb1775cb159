const FALLBACK = 'en'

/**
 * `language` if it is a valid locale. A system without a language setting may have an invalid one, such as
 * `en-US@posix`.
 */
export function resolveLocale(language: string | undefined): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? FALLBACK
  } catch {
    return FALLBACK
  }
}

/** Gives a browser with an invalid locale a valid one: uPlot uses it as soon as it is loaded, and would throw. */
export function mendLanguage(browser: { readonly language: string }): void {
  const value = resolveLocale(browser.language)
  if (value !== browser.language) Object.defineProperty(browser, 'language', { value, configurable: true })
}

if (globalThis.navigator !== undefined) mendLanguage(globalThis.navigator)

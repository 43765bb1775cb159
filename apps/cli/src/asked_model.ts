import type { AskedModel } from '@unroll/client'

/** A job by its id, or a registered model by its name, with a version or alias behind `@`. */
export function parseAsked(text: string): string | AskedModel {
  if (/^job_[0-9a-z]{20}$/.test(text)) return text
  const [model = '', version] = text.split('@')
  return { model, version }
}

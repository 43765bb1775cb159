/** Keys of metadata under which the page keeps tags and a note. */
export const TAGS = 'tags'
export const NOTE = 'note'

/** The tags of a text that separates them by commas, each once. */
export function parseTags(text: string): string[] {
  const tags = text.split(',').map((tag) => tag.trim())
  return [...new Set(tags)].filter((tag) => tag !== '')
}

// The responses of an S3 service are flat: elements without attributes, except on the root, and text. Only this subset
// is parsed.

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The content of every element of a name, in order. */
export function elements(xml: string, name: string): string[] {
  return Array.from(xml.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, 'g')), ([, inside = '']) => inside)
}

/** The text of the first element of a name; '' without one. */
export function readText(xml: string, name: string): string {
  return (elements(xml, name)[0] ?? '').replace(
    /&(#x?)?(\w+);/g,
    (entity, numeric: string | undefined, body: string) => {
      if (numeric === undefined) return ENTITIES[body] ?? entity
      return String.fromCodePoint(Number.parseInt(body, numeric === '#x' ? 16 : 10))
    },
  )
}

/** A text as XML. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

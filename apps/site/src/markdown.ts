import createMarkdown, { type MarkdownIt, type Token } from 'markdown-it'
import temml from 'temml'
import { escapeHtml } from './escape.ts'

/** A heading of a page, and the text up to the next one. */
export interface Passage {
  readonly level: number
  readonly id: string
  readonly title: string
  text: string
}

export interface Rendered {
  readonly html: string
  /** The first is that of the page. */
  readonly passages: readonly Passage[]
}

/** GitHub's notation of an inline formula. */
const FORMULA = /^\$`([^`]+)`\$/
/** Diagrams for viewers that draw them; a table beside each says the same. */
const DRAWN_ELSEWHERE = 'mermaid'

/**
 * Renders a Markdown file as a page under a strict content security policy: no inline style, formulas as MathML.
 *
 * @param resolve the address that a link or a picture of the file has on the site
 */
export function render(source: string, resolve: (link: string) => string): Rendered {
  const markdown = createMarkdown({ html: true, linkify: false })
  addFormulas(markdown)
  const fence = markdown.renderer.rules['fence']
  markdown.renderer.rules['fence'] = (tokens, at, options, env, self) => {
    const { info = '', content = '' } = tokens[at] ?? {}
    if (info === DRAWN_ELSEWHERE) return ''
    if (info === 'math') return `<div class="formula">${formula(content, true)}</div>\n`
    return fence?.(tokens, at, options, env, self) ?? ''
  }
  const tokens = markdown.parse(source.replaceAll(/<!--[^]*?-->\n*/g, ''), {})
  const passages = nameHeadings(tokens)
  nameRows(tokens)
  for (const token of flattened(tokens)) {
    replaceAttribute(token, 'href', resolve)
    replaceAttribute(token, 'src', resolve)
    alignByAttribute(token)
  }
  return { html: markdown.renderer.render(tokens, markdown.options, {}), passages }
}

/** Small adjustments of the spacing, which the policy forbids as the inline styles that they are. */
const SPACING = / style="[^"]*"/g

/** LaTeX as MathML. @throws {Error} where it cannot be parsed */
function formula(latex: string, displayMode: boolean): string {
  return temml.renderToString(latex, { displayMode, throwOnError: true, wrap: 'none' }).replaceAll(SPACING, '')
}

function addFormulas(markdown: MarkdownIt): void {
  markdown.inline.ruler.before('backticks', 'formula', (state, silent) => {
    const found = FORMULA.exec(state.src.slice(state.pos))
    if (found === null) return false
    if (!silent) state.push('html_inline', '', 0).content = formula(found[1] ?? '', false)
    state.pos += found[0].length
    return true
  })
}

/** Gives each heading an id, as GitHub does, and tells what stands below it. */
function nameHeadings(tokens: readonly Token[]): Passage[] {
  const passages: Passage[] = []
  const taken = new Set<string>()
  for (const [at, token] of tokens.entries()) {
    if (token.type === 'heading_open') {
      const title = plainText(tokens[at + 1])
      const id = uniqueId(slug(title), taken)
      token.attrSet('id', id)
      passages.push({ level: Number(token.tag.slice(1)), id, title, text: '' })
    } else if (tokens[at - 1]?.type !== 'heading_open') {
      const passage = passages.at(-1)
      if (passage !== undefined) passage.text += `${plainText(token)} `
    }
  }
  return passages
}

/** A row of a table whose first cell is a name in code can be linked to by it. */
function nameRows(tokens: readonly Token[]): void {
  for (const [at, token] of tokens.entries()) {
    const [cell] = tokens[at + 1]?.type === 'td_open' ? [tokens[at + 2]] : []
    const children = cell?.children ?? []
    if (token.type === 'tr_open' && children.length === 1 && children[0]?.type === 'code_inline')
      token.attrSet('id', `row-${slug(children[0].content)}`)
  }
}

function plainText(token: Token | undefined): string {
  if (token === undefined) return ''
  if (token.children === null) return token.content
  return token.children.map(({ content }) => content).join('')
}

/** Codes of errors keep their case, because the type of a problem leads to them. */
const CODE = /^[A-Z0-9_]+$/

function slug(title: string): string {
  const name = title
    .trim()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')
  return CODE.test(name) ? name : name.toLowerCase()
}

function uniqueId(wanted: string, taken: Set<string>): string {
  let id = wanted
  for (let count = 1; taken.has(id); count++) id = `${wanted}-${count}`
  taken.add(id)
  return id
}

function* flattened(tokens: readonly Token[]): Generator<Token> {
  for (const token of tokens) {
    yield token
    yield* flattened(token.children ?? [])
  }
}

function replaceAttribute(token: Token, name: string, replaced: (value: string) => string): void {
  const value = token.attrGet(name)
  if (value !== null) token.attrSet(name, replaced(String(value)))
}

/** The policy forbids the inline style by which columns are aligned. */
function alignByAttribute(token: Token): void {
  const [, side] = /^text-align:(\w+)$/.exec(String(token.attrGet('style') ?? '')) ?? []
  if (side !== undefined) token.attrs = [['data-align', side]]
}

export function headingList(passages: readonly Passage[]): string {
  const items = passages
    .filter(({ level }) => level === 2)
    .map(({ id, title }) => `<li><a href="#${escapeHtml(id)}">${escapeHtml(title)}</a></li>`)
  return items.length < 2
    ? ''
    : `<nav class="contents" aria-label="On this page"><h2>On this page</h2><ul>${items.join('')}</ul></nav>`
}

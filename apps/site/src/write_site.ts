// Writes the pages of the documentation to `dist/site`, which the API serves at `/docs`.

import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listSections, type Entry } from './contents.ts'
import { Links } from './links.ts'
import { render } from './markdown.ts'
import { writePage, type Page } from './page.ts'
import { writeSearchIndex } from './search_index.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const SITE = join(ROOT, 'apps/site/dist/site')
const INLINE_STYLE = /<[a-z][^>]* style=/

const documents = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
const files = documents
  .filter((name) => name.endsWith('.md'))
  .map((name) => posix.join('docs', name.replaceAll('\\', '/')))
const listed = listSections(files.toSorted())
const links = new Links(listed.flatMap(({ entries }) => entries))
const sections = listed.map(({ title, entries }) => ({ title, pages: entries.map(renderEntry) }))
const pages = sections.flatMap((section) => section.pages)
refuseOrphans()
for (const page of pages) write(`${page.path.replace('/docs/', '')}index.html`, writePage(page, sections))
write('search.json', writeSearchIndex(pages))
for (const file of links.files) copy(file, file.replace(/^docs\//, ''))
copy('apps/site/src/style.css', 'assets/site.css')
process.stdout.write(`${pages.length} pages, ${links.files.size} pictures and examples\n`)

function renderEntry({ file, path }: Entry): Page {
  const rendered = render(readFileSync(join(ROOT, file), 'utf8'), (link) => links.resolve(file, link))
  if (INLINE_STYLE.test(rendered.html))
    throw new RangeError(`${file} has an inline style, which the policy of the site forbids`)
  return { ...rendered, path, title: rendered.passages[0]?.title ?? path }
}

/** @throws {RangeError} where a document is on no page of the navigation */
function refuseOrphans(): void {
  const known = new Set(listed.flatMap(({ entries }) => entries.map(({ file }) => file)))
  const orphans = files.filter((file) => !known.has(file))
  if (orphans.length > 0) throw new RangeError(`In no section of apps/site/src/contents.ts: ${orphans.join(', ')}`)
}

function write(name: string, text: string): void {
  mkdirSync(dirname(join(SITE, name)), { recursive: true })
  writeFileSync(join(SITE, name), text)
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(join(SITE, to)), { recursive: true })
  copyFileSync(join(ROOT, from), join(SITE, to))
}

import { escapeHtml } from './escape.ts'
import { headingList, type Rendered } from './markdown.ts'

export interface Page extends Rendered {
  readonly path: string
  readonly title: string
}

export interface NavigationSection {
  readonly title: string
  readonly pages: readonly Page[]
}

/** A page of the site as a document: header with search, navigation, text, its headings, and the neighbours. */
export function writePage(page: Page, sections: readonly NavigationSection[]): string {
  const pages = sections.flatMap((section) => section.pages)
  const at = pages.indexOf(page)
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${escapeHtml(page.title)} · Unroll</title>
    <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
    <link rel="stylesheet" href="/docs/assets/site.css" />
    <script type="module" src="/docs/assets/site.js"></script>
  </head>
  <body>
    <a class="skip" href="#content">Skip to content</a>
    <header class="site">
      <a class="brand" href="/docs/"><img src="/favicon.svg" alt="" width="20" height="20" />Unroll docs</a>
      <search><label class="search">Search <input id="search" type="search" autocomplete="off" placeholder="Search ( / )" aria-controls="found" /></label><ol id="found" hidden></ol></search>
      <nav aria-label="Site"><a href="/">Dashboard</a><a href="/docs/api">API</a></nav>
    </header>
    <div class="columns">
      <details class="menu" open><summary>Pages</summary><nav aria-label="Pages">${sections.map((section) => navigation(section, page)).join('')}</nav></details>
      <main id="content" tabindex="-1">
${page.html}
        <nav class="neighbours" aria-label="Neighbours">${neighbour(pages[at - 1], '← ')}${neighbour(pages[at + 1], '', ' →')}</nav>
      </main>
      ${headingList(page.passages)}
    </div>
  </body>
</html>
`
}

function navigation({ title, pages }: NavigationSection, current: Page): string {
  const items = pages.map(
    (page) =>
      `<li><a href="${page.path}"${page === current ? ' aria-current="page"' : ''}>${escapeHtml(page.title)}</a></li>`,
  )
  return `<h2>${title}</h2><ul>${items.join('')}</ul>`
}

function neighbour(page: Page | undefined, before: string, after = ''): string {
  return page === undefined ? '<span></span>' : `<a href="${page.path}">${before}${escapeHtml(page.title)}${after}</a>`
}

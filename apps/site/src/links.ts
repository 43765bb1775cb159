import { posix } from 'node:path'
import type { Entry } from './contents.ts'

/** Examples that a page may offer to run. */
const EXAMPLE = /^examples\/[\w-]+\.json$/
const PICTURE = /^docs\/[\w/-]+\.(?:svg|png)$/
/** The first page of the repository, in whose place the site has its own. */
const FRONT_PAGE = 'README.md'

/** Where the links of a page lead on the site. */
export class Links {
  readonly #paths: ReadonlyMap<string, string>
  /** Files that pages need beside themselves: pictures and examples. */
  readonly files: Set<string> = new Set()

  constructor(entries: readonly Entry[]) {
    this.#paths = new Map([
      [FRONT_PAGE, '/docs/'],
      ...entries.map(({ file, path }): [string, string] => [file, path]),
      // A folder stands for its first page.
      ...entries.map(({ file, path }): [string, string] => [posix.dirname(file), path]).toReversed(),
    ])
  }

  /**
   * The address of what a page links to.
   *
   * @throws {RangeError} where it leads to a file that is not on the site
   */
  resolve(from: string, to: string): string {
    if (/^(?:[a-z]+:|\/|#)/.test(to)) return to
    const [name = '', fragment] = to.split('#')
    const file = posix.join(posix.dirname(from), name).replace(/\/$/, '')
    if (EXAMPLE.test(file) || PICTURE.test(file)) {
      this.files.add(file)
      return `/docs/${file.replace(/^docs\//, '')}`
    }
    const path = this.#paths.get(file)
    if (path === undefined) throw new RangeError(`${from} links to ${to}: ${file} is not on the site`)
    return fragment === undefined ? path : `${path}#${fragment}`
  }
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { listFiles, readFiles, root } from '../repository.mjs'

/** @import { Finding } from './run.mjs' */

const DOCUMENT = /\.md$/
const SOURCE = /\.(?:ts|mjs|lua|cc|h|css)$/
const FENCED = /^```[\s\S]*?^```/gm
const IN_BACKTICKS = /`([^`\n]+)`/g
const IN_A_FOLDER = /^(?:apps|packages|test|tools|docs|examples|deploy|bench|\.ci)\/[\w./-]*$/
/** A file by its name or the end of its path; `job/x.json` may be a key or a media type. */
const FILE = /^(?:[\w.-]+\.(?:ts|mjs|lua|md|json|ya?ml|py|html|css)|(?:[\w-]+\/)+[\w.-]+\.(?:ts|mjs|lua|cc|h))$/
const COMMENT = /^\s*(?:\/?\*|--).*$|(?<=^|\s)\/\/.*$/gm
const IN_A_COMMENT = /(?<![\w./@-])(?:[\w-]+\/)*[a-z][\w-]+\.(?:ts|mjs|lua|md|cc|h)(?![\w/-])/g

/**
 * The paths that a document names in backticks: below a folder of the repository, or a file by the end of its path.
 * @param {string} markdown
 * @returns {string[]}
 */
export function namedPaths(markdown) {
  const words = [...markdown.replace(FENCED, '').matchAll(IN_BACKTICKS)].map(([, word = '']) => word)
  return [...new Set(words.filter((word) => IN_A_FOLDER.test(word) || FILE.test(word)))]
}

/**
 * The files that the comments of a source name.
 * @param {string} source
 * @returns {string[]}
 */
export function pathsInComments(source) {
  const comments = [...source.matchAll(COMMENT)].map(([comment]) => comment)
  return [...new Set(comments.flatMap((comment) => comment.match(IN_A_COMMENT) ?? []))]
}

/**
 * Checks that what documents and comments name exists.
 * @returns {Finding}
 */
export function checkPaths() {
  const files = listFiles()
  const exists = (/** @type {string} */ path) =>
    files.some((file) => `/${file}`.endsWith(`/${path}`)) || existsSync(join(root, path))
  const named = [
    ...readFiles(DOCUMENT).map(({ path, text }) => ({ place: path, paths: namedPaths(text) })),
    ...readFiles(SOURCE).map(({ path, text }) => ({ place: path, paths: pathsInComments(text) })),
  ]
  return {
    seen: named.reduce((sum, { paths }) => sum + paths.length, 0),
    unit: `paths named in ${named.length} documents and sources`,
    faults: named.flatMap(({ place, paths }) =>
      paths.filter((path) => !exists(path)).map((path) => `${place} names "${path}", which does not exist`),
    ),
  }
}
